"""The page on which counts leave: proposed, checked by two others, released, or held back with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from peelian.app.publishing import releases_waiting
from peelian.core.errors import Reason, RefusedError
from tests.support.desk_site import OWN, DeskSite, desk_site
from tests.support.gate import burglaries

OVERSIGHT = "op-oversight"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskSite]:
    """Give a desk with rows to count."""
    with desk_site(tmp_path_factory.mktemp("counts")) as site:
        site.built.plant({"s": burglaries(40)})
        yield site


@pytest.fixture(scope="module")
def people(served: DeskSite) -> dict[str, TestClient]:
    """Give those who publish a browser each."""
    return {p: served.client(p, OVERSIGHT) for p in ("official-1", "publication-checker-1", "publication-checker-2")}


def send(client: TestClient, address: str, **fields: str):
    """Send a form of the page that has it."""
    token = client.get("/api/v1/session").json()["csrf"]
    return client.post(address, data=fields | {"csrf": token}, headers=OWN)


def test_a_count_goes_the_whole_way_on_the_page(served: DeskSite, people: dict[str, TestClient]) -> None:
    """Officials have no terminal: what can only be done at one is not done, and the register stays without counts."""
    official, *checkers = people.values()
    page = official.get("/desk/counts").text
    assert "No table has been proposed yet" in page and "Count anew" in page
    assert "/desk/counts" in official.get("/desk").text and "/desk/counts" in checkers[0].get("/desk").text
    made = send(official, "/desk/counts", kind="held")
    assert made.status_code == 303
    table = made.headers["location"]
    assert "0 of 2 checkers" in official.get(table).text and "/check" not in official.get(table).text
    early = send(official, f"{table}/release", sure="yes")
    assert early.status_code == 403 and "not been checked by enough people" in early.text

    for checker in checkers:
        unsaid = send(checker, f"{table}/check")
        assert unsaid.status_code == 422 and "Say whether it may go out." in unsaid.text
        assert "Say what is wrong with it." in send(checker, f"{table}/check", agree="no").text
        shown = send(checker, f"{table}/check", agree="yes", words="Rounded.")
        assert "Check your answers" in shown.text and "Rounded." in shown.text
        assert "Rounded." in send(checker, f"{table}/check", agree="yes", words="Rounded.", sure="change").text
        kept = send(checker, f"{table}/check", agree="yes", words="Rounded.", sure="yes")
        assert kept.headers["location"] == "/desk/counts?done=checked"
        assert "/check" not in checker.get(table).text, "nobody checks twice"

    assert "Ready to release" in official.get("/desk/counts").text
    sure = send(official, f"{table}/release")
    assert "cannot be called back" in sure.text and re.search(r"\b40\b", sure.text)
    assert send(official, f"{table}/release", sure="yes").headers["location"] == "/desk/counts?done=released"
    assert "Public" in official.get(table).text
    again = send(official, "/desk/counts", kind="held")
    assert again.status_code == 422 and "what the last one showed" in again.text
    assert send(official, "/desk/counts", kind="").status_code == 422


def test_a_table_that_tells_of_a_small_group_is_held_back_with_the_reason(
    people: dict[str, TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A no without which group and why sends the official back to guessing."""

    def by_difference(caller: object) -> dict[str, object]:
        raise RefusedError(
            "disclosure-by-difference",
            "Together with what has left before, this release would tell 1 small groups apart.",
            why="No group of fewer than 8 may be told more closely than that.",
            do="Merge groups or months.",
            reasons=[Reason("small-group", "Could be worked out: rows of Monday.", do="Make it coarser.")],
        )

    monkeypatch.setitem(releases_waiting.KINDS, "held", by_difference)
    held = send(people["official-1"], "/desk/counts", kind="held")
    assert held.status_code == 403
    for words in ("small groups apart", "fewer than 8", "Could be worked out: rows of Monday.", "Merge groups"):
        assert words in held.text


@pytest.mark.parametrize(("person", "operation"), [("analyst-1", "op-patrol-planning"), ("panel-member-1", OVERSIGHT)])
def test_nobody_else_sees_what_waits_or_counts_or_checks(served: DeskSite, person: str, operation: str) -> None:
    """Who looks at tables before they are safe is few, and by their office."""
    other = served.client(person, operation)
    for answer in (
        other.get("/desk/counts") if person == "analyst-1" else send(other, "/desk/counts", kind="held"),
        send(other, "/desk/counts", kind="held"),
        send(other, "/desk/counts/01K0000000000000000000000A/check", agree="yes", sure="yes"),
        send(other, "/desk/counts/01K0000000000000000000000A/release", sure="yes"),
    ):
        assert answer.status_code in (403, 404)
    assert 'href="/desk/counts"' not in other.get("/desk").text


def test_every_desk_page_has_a_search_box_that_puts_nothing_into_an_address(served: DeskSite) -> None:
    """Whoever is on the telephone searches from wherever they are; no history may say for whom."""
    officer = served.client("neighbourhood-officer-1")
    for address in ("/desk", "/desk/look-ups", "/desk/patrol-places", "/desk/practice", "/desk/hand-over"):
        assert officer.get(address).text.count('role="search"') == 1, address
    assert officer.get("/desk/search").text.count('role="search"') == 1, "one box, not two, where there is one"
    found = send(officer, "/desk/search", wanted="Mary Secretname")
    assert found.status_code == 303 and "ecretname" not in found.headers["location"]
