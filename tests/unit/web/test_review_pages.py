"""Judging links at the desk: one question a page, blind, and the weights only once it is answered."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from httpx import Response
from starlette.testclient import TestClient

from tests.support.desk_site import OWN, DeskSite, desk_site
from tests.support.gate import record
from tests.support.linked import CUSTODY, at_site, person

NAME_ALONE = {"address": "", "postcode": "", "birth_on": None}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskSite]:
    """Give a desk with two records of a name alone, one of somebody suspected, one of somebody hurt."""
    tables = {
        "incident_person": [person(1, **NAME_ALONE)],
        "custody_person": [person(11, CUSTODY, role="victim", **NAME_ALONE)],
    }
    with pytest.MonkeyPatch.context() as patch, desk_site(tmp_path_factory.mktemp("review")) as site:
        at_site(site.built, patch, tables)
        yield site


@pytest.fixture(scope="module")
def analyst(served: DeskSite) -> TestClient:
    """Give the browser of somebody who investigates."""
    return served.client("analyst-1", "op-investigation-1")


def send(served: DeskSite, client: TestClient, **fields: str) -> Response:
    """Answer the one question."""
    told = fields | {"csrf": served.token(client)["x-csrf-token"]}
    return client.post(f"/desk/links/{pair()}", data=told, headers=OWN)


def pair() -> str:
    """Return the two entities in an address."""
    return "/".join(sorted((record(1), record(11))))


def test_a_question_shows_both_records_and_no_weight(served, analyst) -> None:
    """Whoever knows what the machine thinks thinks so too."""
    queue = analyst.get("/desk/links").text
    assert f"/desk/links/{pair()}" in queue
    page = analyst.get(f"/desk/links/{pair()}").text
    assert "Are these 2 records of one person?" in page, "one hypothesis, not edge by edge"
    assert page.count("Amina Okafor") == 2 and "Nothing but the name agrees" in page
    assert not re.search(r"odds|weight|bits|-?\d+\.\d{3}", page)


def test_an_answer_needs_a_reason_and_then_the_weights_are_shown(served, analyst) -> None:
    """The answer is the reviewer's own; the machine's view comes after it, and for so much two people are asked."""
    short = send(served, analyst, found="same", reason="yes")
    assert short.status_code == 422 and "10 to 2,000" in short.text
    none = send(served, analyst, reason="I spoke to her: she was in both events.")
    assert none.status_code == 422
    given = send(served, analyst, found="same", reason="I spoke to her: she was in both events.")
    assert given.status_code == 200 and "somebody else has found the same" in given.text
    assert "same surname" in given.text and "Weights" in given.text
    assert f"/desk/links/{pair()}" not in analyst.get("/desk/links").text


def test_who_may_not_see_both_is_asked_nothing(served) -> None:
    """The page of a question that is not theirs is worded as one of no question."""
    officer = served.client("response-sergeant-1", "op-response")
    assert officer.get(f"/desk/links/{pair()}").status_code in (403, 404)
