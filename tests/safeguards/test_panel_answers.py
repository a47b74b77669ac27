"""Who owes the public an answer gives it; nobody ends the days they have for it in their place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.desk_site import OWN, DeskSite, desk_site

WORDS = "It was tested again."


@pytest.fixture
def served(tmp_path) -> Iterator[DeskSite]:
    """Give a desk at which the panel has stopped the forecast."""
    with desk_site(tmp_path) as site:
        yield site


def answer(served: DeskSite, account: str, about: str) -> tuple[int, str]:
    """Send an answer from somebody's browser."""
    client = served.client(account, "")
    csrf = client.get("/api/v1/session").json()["csrf"]
    told = client.post(f"/desk/answers/{about}", data={"csrf": csrf, "text": WORDS}, headers=OWN)
    return told.status_code, told.text


def test_a_stop_is_answered_by_the_office_that_owns_the_tool(served) -> None:
    """Else a colleague's two words would stop the clock that the panel's stop has started."""
    gate, stop = served.site.gate, served.built.panel_stops("hotspots")
    status, text = answer(served, "official-2", stop.id)
    assert status == 403 and "not yours to answer" in text
    assert gate.public_papers("answer", about=stop.id) == []
    assert answer(served, "official-1", stop.id)[0] == 303
    [given] = gate.public_papers("answer", about=stop.id)
    assert (given.author, given.body["text"]) == ("official-1", WORDS)


def test_what_nobody_asked_is_not_answered(served) -> None:
    """The register shows answers: it is no place to publish whatever an official likes."""
    status, _ = answer(served, "official-1", "nothing-at-all")
    assert status == 404 and served.site.gate.public_papers("answer") == []
