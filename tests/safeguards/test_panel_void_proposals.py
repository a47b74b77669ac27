"""A change of the permission makes an open proposal void: the panel is told, and proposes it again with one click."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from peelian.app.served import Site
from peelian.core.errors import RefusedError
from peelian.policy.charter import load_charter
from tests.support.desk_site import OWN, DeskSite, desk_site
from tests.support.gate import codes

ONE, TWO, WHY = "panel-member-1", "panel-member-2", "It is not tested."


@pytest.fixture
def served(tmp_path: Path) -> Iterator[DeskSite]:
    """Give a site at which a stop was proposed, and whose charter then changed a word of the tool's permission."""
    with desk_site(tmp_path) as first:
        built = first.built
        first.void = built.gate.propose_stop(built.at_work(ONE), "hotspots", WHY)
        file = built.deployment.charter / "mandates" / "hotspots.yml"
        assert "ask the neighbourhood team." in file.read_text()
        file.write_text(file.read_text().replace("ask the neighbourhood team.", "ask the neighbourhood team first."))
        built.gate.adopt_charter(built.at_work("approver-1"), load_charter(built.deployment.charter))
        with Site(first.place) as site:
            built.gate, built.charter = site.gate, site.charter
            made = replace(first, site=site)
            made.void = first.void
            yield made


def test_a_void_proposal_says_so_and_is_put_forward_again_with_one_click(served: DeskSite) -> None:
    """Else a force could void a stop before the panel by changing a word, and the panel would find out by chance."""
    built, old = served.built, served.void
    with pytest.raises(RefusedError) as refused:
        built.sign_for_panel(old, ONE)
    assert codes(refused.value) == {"statement-outdated"}

    client = served.client(ONE, "op-oversight")
    assert "Propose again" in client.get("/panel").text
    page = client.get(f"/panel/proposals/{old.id}").text
    assert "This proposal is void" in page and "Sign with your own key" not in page

    form = {"csrf": served.token(client)["x-csrf-token"]}
    again = client.post(f"/panel/proposals/{old.id}/again", data=form, headers=OWN)
    assert again.status_code == 303
    number = again.headers["location"].rpartition("/")[2]
    room = client.get("/panel").text
    assert number in room and old.id not in room and "Propose again" not in room, "the void one is told no more"

    fresh = next(p for p in built.gate.proposals(built.at_work(ONE)) if p.id == number)
    assert fresh.statement.reason == WHY
    assert built.sign_for_panel(fresh, ONE, TWO).done
    assert built.gate.mandate_states()["hotspots"] == "stopped"


def test_only_the_panel_proposes_again(served: DeskSite) -> None:
    """A stop is the panel's word, and so is its second try."""
    client = served.client("information-commissioner-1", "op-lawfulness")
    form = {"csrf": served.token(client)["x-csrf-token"]}
    again = client.post(f"/panel/proposals/{served.void.id}/again", data=form, headers=OWN)
    assert again.status_code == 403
