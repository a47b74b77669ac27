"""A member of the panel reads an impact paper and signs it, sufficient or not, because; for that version alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from peelian.app.oversight.panel_papers import paper_named, signed_under, version_of
from peelian.app.publishing.register_facts import gather
from peelian.publish.environment import make_environment
from peelian.publish.register.site import build_site
from tests.support.desk_site import OWN, DeskSite, desk_site

ADDRESS = "/panel/papers/hotspots/equality"
WHY = "It says plainly that the burden is not known yet."


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskSite]:
    """Give a served site."""
    with desk_site(tmp_path_factory.mktemp("papers")) as site:
        yield site


def sign(served: DeskSite, account: str, **changed: str):
    """Send a signature from somebody's browser, with or without a verdict."""
    client = served.client(account, "")
    version = paper_named(served.site.charter, "hotspots", "equality").version
    form = {"csrf": served.token(client)["x-csrf-token"], "version": version, "verdict": "sufficient", "because": WHY}
    return client.post(ADDRESS, data=form | changed, headers=OWN)


def page(served: DeskSite, path: str = "tools/hotspots/equality/") -> str:
    """Return a page of the register as it would be published now."""
    served.site.gate.publish_head()
    return build_site(gather(served.site), make_environment(), {})[f"{path}index.html"].decode()


def test_a_signature_says_whether_and_why(served: DeskSite) -> None:
    """A tick without a reason is what nobody could hold anybody to."""
    assert "Nobody on the oversight panel has signed" in page(served)
    for lacking in ({"verdict": ""}, {"because": " "}, {"verdict": "fine"}):
        answer = sign(served, "panel-member-2", **lacking)
        assert answer.status_code == 422 and "Say whether it is sufficient" in answer.text
    old = sign(served, "panel-member-2", version="0" * 64)
    assert old.status_code == 422 and "changed while you read it" in old.text


@pytest.mark.parametrize("account", ["official-1", "information-commissioner-1", "model-owner-1"])
def test_only_members_sign(served: DeskSite, account: str) -> None:
    """A force that signs its own papers has had them read by nobody."""
    assert sign(served, account).status_code == 403


def test_a_member_signs_a_paper_and_the_register_says_so(served: DeskSite) -> None:
    """The whole way: the list, the paper, the signature, the record, the register; no name on any of it."""
    member = served.client("panel-member-1", "op-oversight")
    assert "Nobody has signed" in member.get("/panel/papers").text
    assert "Could one group gain less or bear more than others?" in member.get(ADDRESS).text
    assert sign(served, "panel-member-1").status_code == 303
    assert "signed-off" in {leaf["op"] for leaf in served.built.leaves()}
    assert "You have signed this version" in member.get(ADDRESS).text
    again = sign(served, "panel-member-1")
    assert again.status_code == 403, "once for each version"
    assert sign(served, "panel-member-3", verdict="not-sufficient", because="Residents are missing.").status_code == 303
    html = page(served)
    assert WHY in html and "Read: not sufficient" in html and "Residents are missing." in html
    assert "Edmund Sato" not in html and "panel-member" not in html
    tool = page(served, "tools/hotspots/")
    assert "signed by 2 panel members" in tool and "1 of them: not sufficient" in tool
    assert "nobody on the panel has signed it yet" in tool, "the other two papers"


def test_a_signature_counts_for_the_version_that_was_read(served: DeskSite, tmp_path: Path) -> None:
    """Else a paper could be changed under the signature that praised it."""
    paper = paper_named(served.site.charter, "hotspots", "human-rights")
    rewritten = {**paper.document, "title": "Another title"}
    assert version_of(paper.tool, rewritten) != paper.version
    widened = replace(paper.tool, described={**paper.tool.described, "roles": ["analyst"]})
    changed = replace(paper, tool=widened, version=version_of(widened, paper.document))
    assert changed.version != paper.version
    assert signed_under(served.site.gate, changed) == []
