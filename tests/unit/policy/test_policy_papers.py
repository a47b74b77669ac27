"""Who may write which paper, and who may read what others wrote, as the rules have it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from peelian.model.paper import KINDS
from tests.support.charters import NOON, actor, charter, circumstances, codes, rulebook

OFFICERS = ("data-protection-officer-1", "data-protection-officer-2")
WRITERS = {
    # act: (mandate, people who may)
    "mark-own-view": ("hotspots", {"neighbourhood-officer-1", "response-sergeant-1"}),
    "decide-plan": ("hotspots", {"neighbourhood-officer-1", "response-sergeant-1"}),
    "issue-plan": ("hotspots", {"neighbourhood-officer-1", "response-sergeant-1"}),
    "report-outcome": ("hotspots", {"neighbourhood-officer-1", "response-sergeant-1"}),
    "ask-question": ("oversight", {"panel-member-1", "panel-member-2", "panel-member-3"}),
    "rate-reason": ("oversight", {"panel-member-1", "panel-member-2", "panel-member-3"}),
    "sign-off": ("oversight", {"panel-member-1", "panel-member-2", "panel-member-3"}),
    "answer-question": ("oversight", {"official-1", "official-2"}),
    "file-measure": ("measure-use", {"model-owner-1"}),
    "check-release": ("publish-register", {"publication-checker-1", "publication-checker-2"}),
    "release": ("publish-register", {"official-1", "official-2"}),
    "take-copy": ("find-investigation", {"analyst-1", "analyst-2", "response-sergeant-1"}),
    "judge-suggestion": ("find-investigation", {"analyst-1", "analyst-2", "response-sergeant-1"}),
    "keep-case-file": ("find-investigation", {"analyst-1", "analyst-2", "response-sergeant-1"}),
    "recall-copy": ("erase-on-request", set(OFFICERS)),
    "propose-stop": ("hotspots", {"panel-member-1", "panel-member-2", "panel-member-3"}),
}


def trained(person: str):
    """Return a person of the example who has passed the practice set of the tool, whatever the charter says."""
    return replace(actor(person), trained=frozenset({"hotspots"}))


@pytest.mark.parametrize("act", sorted(WRITERS))
def test_each_paper_is_written_by_those_whose_it_is_and_by_nobody_else(act):
    """The right role is the difference between a decision and a paper somebody found."""
    mandate, people = WRITERS[act]
    allowed = {p for p in charter().people if rulebook().judge_act(trained(p), circumstances(mandate), act).allow}
    assert allowed == people


@pytest.mark.parametrize("act", sorted(set(WRITERS) - {"propose-stop"}))
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"mandate": None}, "no-mandate"),
        ({"mandate_adopted": False}, "mandate-not-adopted"),
        ({"now": NOON + timedelta(days=400)}, "mandate-expired"),
        ({"halted": True}, "mandate-halted"),
        ({"purpose": "data-loading"}, "purpose-not-in-mandate"),
        ({"operation_ref": "", "operation_open": False}, "operation-missing"),
        ({"operation_open": False}, "operation-closed"),
        ({"actor_on_operation": False}, "not-on-operation"),
        ({"emergency": True, "purpose": "danger-to-life"}, "emergency-not-for-this"),
    ],
)
def test_no_paper_of_work_is_written_outside_its_authority(act, changed, code):
    """A plan decided under an expired mandate is a plan nobody answers for."""
    mandate, people = WRITERS[act]
    given = {"mandate": mandate} | changed
    verdict = rulebook().judge_act(trained(min(people)), circumstances(**given), act)
    assert not verdict.allow
    assert code in codes(verdict)


@pytest.mark.parametrize("act", ["decide-plan", "issue-plan"])
def test_an_untrained_officer_decides_no_plan(act):
    """Somebody who has never caught the tool being wrong does not act on it."""
    officer = replace(actor("neighbourhood-officer-1"), trained=frozenset({"stop_person"}))
    assert codes(rulebook().judge_act(officer, circumstances("hotspots"), act)) == {"untrained-decision"}


@pytest.mark.parametrize("act", ["issue-plan", "release", "take-copy"])
def test_nothing_leaves_while_witnesses_are_lost(act):
    """What went out while nobody outside was watching could be denied afterwards."""
    mandate, people = WRITERS[act]
    verdict = rulebook().judge_act(trained(min(people)), circumstances(mandate, witnesses_ok=False), act)
    assert codes(verdict) == {"witnesses-lost"}


def test_a_stop_is_proposed_whatever_has_expired_or_closed():
    """A power that needs a mandate is one that somebody else can let lapse."""
    amiss = circumstances(
        "hotspots", mandate_adopted=False, now=NOON + timedelta(days=900), operation_ref="", operation_open=False,
        actor_on_operation=False, witnesses_ok=False, purpose="",
    )  # fmt: skip
    assert rulebook().judge_act(actor("panel-member-2"), amiss, "propose-stop").allow
    nothing = replace(amiss, mandate=None)
    assert codes(rulebook().judge_act(actor("panel-member-2"), nothing, "propose-stop")) == {"adopt-nothing"}


def test_everybody_writes_to_the_panel_and_practises_for_their_own_tools():
    """Speaking up and learning need nobody's leave, and no open operation."""
    idle = {"operation_ref": "", "operation_open": False, "actor_on_operation": False, "halted": True}
    for person in charter().people:
        assert rulebook().judge_act(actor(person), circumstances(None, **idle), "write-to-panel").allow
        practises = rulebook().judge_act(actor(person), circumstances("hotspots", **idle), "sit-practice")
        assert practises.allow == bool(actor(person).roles & charter().mandates["hotspots"].roles)
    stranger = replace(actor("analyst-1"), force="southmere")
    assert codes(rulebook().judge_act(stranger, circumstances(None), "write-to-panel")) == {"not-this-force"}


READERS = {
    "own-view": {("measure-use", "model-owner-1")},
    "plan": {("measure-use", "model-owner-1"), *(("hotspots", p) for p in ("analyst-1", "analyst-2"))},
    "question": {("oversight", p) for p in ("official-1", "official-2")},
    "rating": set(),
    "note-to-panel": set(),
    "hand-over": set(),  # read by the people on the operation, by a rule of its own
    "release-check": {
        ("publish-register", p) for p in ("official-1", "official-2", "publication-checker-1", "publication-checker-2")
    },
}
READERS["plan"] |= {("hotspots", "neighbourhood-officer-1"), ("hotspots", "response-sergeant-1")}
for kind in ("question", "rating", "note-to-panel"):
    READERS[kind] |= {("oversight", f"panel-member-{n}") for n in (1, 2, 3)}
READERS |= {"plan-issued": READERS["plan"], "outcome": READERS["plan"], "release": READERS["release-check"]}
READERS["measure"] = READERS["release-check"]
READERS |= {"answer": READERS["question"], "sign-off": READERS["question"]}
READERS |= {"copy": {("erase-on-request", p) for p in OFFICERS}, "copy-recalled": set(), "copy-ended": set()}
READERS["suggestion"] = set()  # known to whoever has the text before them, by its hash
READERS["case-file"] = set()  # read by those on the case, by a rule of its own


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_others_wrote_is_read_only_where_it_is_needed(kind):
    """An officer whose own marks a sergeant may read marks what the sergeant expects."""
    allowed = {
        (mandate, person)
        for person in charter().people
        for mandate in charter().mandates
        if rulebook().judge_papers(actor(person), circumstances(mandate), kind, mine=False).allow
    }
    assert allowed == READERS[kind]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_everybody_reads_their_own_without_any_mandate(kind):
    """What you wrote is yours, the day after your mandate ended too."""
    idle = circumstances(None, operation_ref="", operation_open=False, actor_on_operation=False, witnesses_ok=False)
    assert all(rulebook().judge_papers(actor(p), idle, kind, mine=True).allow for p in charter().people)


def test_papers_of_an_unknown_kind_are_refused():
    """What no rule knows is refused."""
    verdict = rulebook().judge_papers(actor("panel-member-1"), circumstances("oversight"), "diary", mine=True)
    assert codes(verdict) == {"kind-unknown"}
