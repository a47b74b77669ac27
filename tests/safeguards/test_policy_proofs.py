"""The red lines are proved, the proof is published, and what is published is what is in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from peelian.core.errors import InvalidError, MissingError, RefusedError
from peelian.policy import formula
from peelian.policy.cedar import read_policies
from peelian.policy.formula import Formulas
from peelian.policy.proofs import NOT_PROVED, Prover, as_page, proof_log
from peelian.policy.shape import read_shape
from peelian.policy.widening import refuse_widening, widenings
from tests.support.charters import charter, rulebook
from tests.support.requests import request_from

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
APPROVED = rulebook().rules.policies


@pytest.fixture(scope="module")
def prover() -> Prover:
    """Give a prover for the example charter."""
    return Prover(charter())


def amended(*changes: tuple[str, str], extra: str = "") -> dict[str, formula.Est]:
    """Return the example's policies with texts replaced, as Cedar reads them."""
    texts = dict(charter().policies)
    for old, new in changes:
        assert any(old in t for t in texts.values())
        texts = {k: v.replace(old, new) for k, v in texts.items()}
    return read_policies({**texts, "policies/99-amendment.cedar": extra} if extra else texts)[0]


def test_every_theorem_holds_and_the_published_log_says_so():
    """Whoever reads the register must read about the rules in force, not about last year's."""
    log, published = proof_log(charter()), json.loads((REFERENCE / "proofs.json").read_text())
    assert [e["id"] for e in log["theorems"] if e["result"] != "holds"] == []
    assert {k: v for k, v in log.items() if k != "solver"} == {k: v for k, v in published.items() if k != "solver"}
    assert log["policy_hash"] == rulebook().policy_hash
    assert (REFERENCE / "proofs.md").read_text() == as_page(published)


def test_the_page_says_what_is_not_proved():
    """A proof that does not name its limits is a claim."""
    page = (REFERENCE / "proofs.md").read_text()
    assert "What this does not prove" in page
    assert all(words in page for words in NOT_PROVED)


def test_every_red_line_has_a_theorem(prover):
    """A red line whose rule is not proved is as good as its author's attention."""
    assert {int(t.redline) for t in prover.theorems if t.redline} == set(range(1, 12))


def test_a_broken_rule_is_shown_with_a_case_that_cedar_confirms(prover):
    """A prover that only says no is not believed."""
    weaker = {k: v for k, v in APPROVED.items() if k != "mandate-expired"}
    broken = prover.first_broken(weaker)
    assert broken is not None
    assert broken.theorem.id == "not-after-end"
    assert broken.example["context.now"] >= broken.example["context.mandate.ends_at"]
    request = request_from(prover.shape, broken.action, broken.example)
    assert rulebook().rules.decide_with(weaker, *request).allow
    assert not rulebook().rules.decide(*request).allow


def test_a_widening_amendment_is_refused_with_a_case_that_cedar_confirms(prover):
    """PL-07: adding an export permit fails the build, and the case shown is a real one."""
    extra = """@id("export-for-all") @owner("o") @do("d.") @needs_1("no-analyst: You are no analyst.")
    permit (principal, action == Action::"export", resource) when { principal.roles.contains("analyst") };"""
    found = widenings(prover, APPROVED, amended(extra=extra))
    assert [w.action for w in found] == ["export"]
    shape = read_shape(charter().schema)
    asked, resource = request_from(shape, "export", found[0].example)
    assert rulebook().rules.decide_with(amended(extra=extra), asked, resource).allow
    assert not rulebook().rules.decide(asked, resource).allow
    with pytest.raises(RefusedError) as caught:
        refuse_widening(prover, APPROVED, amended(extra=extra))
    assert caught.value.code == "amendment-widens"
    assert caught.value.reasons


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("context.now >= context.mandate.ends_at", "context.now > context.mandate.ends_at"),
        ('"officer-productivity-ranking", ', ""),
        ("containsAll(resource.columns)", "containsAny(resource.columns)"),
        ('["GB-ENG", "GB-WLS"]', '["GB-ENG", "GB-WLS", "US"]'),
        ("unless { context.witnesses_ok };", "unless { context.witnesses_ok || context.emergency || true };"),
    ],
)
def test_a_small_widening_is_found(prover, old, new):
    """One character is enough to open a door."""
    assert widenings(prover, APPROVED, amended((old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"drugs", "possession-of-weapons"', '"drugs", "robbery", "possession-of-weapons"'),
        ('["GB-ENG", "GB-WLS"]', '["GB-ENG"]'),
        ("context.now >= context.mandate.ends_at", "context.now >= context.mandate.ends_at || context.user_number > 9"),
        ("when { context.halted }", "when { true && context.halted }"),
    ],
)
def test_a_narrowing_amendment_is_accepted(prover, old, new):
    """A check that refuses every change would be switched off."""
    assert widenings(prover, APPROVED, amended((old, new))) == []
    refuse_widening(prover, APPROVED, amended((old, new)))


def test_what_the_prover_cannot_read_is_refused():
    """What cannot be read cannot be proved, and is not left out in silence."""
    shape = read_shape(charter().schema)
    for body in (
        'context.purpose like "immigration*"',
        "context.now + 1 > 0",
        'principal has "roles"',
        'principal in Actor::"x"',
        'context.mandate == Mandate::"m"',
    ):
        text = f'@id("x") @why("w") @owner("o") @do("d") forbid (principal, action, resource) when {{ {body} }};'
        est = read_policies({"x": text})[0]["x"]
        with pytest.raises(InvalidError) as caught:
            Formulas(shape).policy(est, "open")
        assert caught.value.code == "policy-not-provable"
    scoped = '@id("x") @why("w") @owner("o") @do("d") forbid (principal == Actor::"a", action, resource);'
    with pytest.raises(InvalidError):
        Formulas(shape).policy(read_policies({"x": scoped})[0]["x"], "open")


@pytest.mark.parametrize("schema", ["entity A in [B] = { x: Long };", "entity A = { x: Set<Long> };", "namespace X {}"])
def test_a_schema_beyond_the_provers_reading_is_refused(schema):
    """Guessing at a schema would prove something about other requests."""
    with pytest.raises(InvalidError) as caught:
        read_shape(schema)
    assert caught.value.code == "schema-too-rich"


def test_without_the_solver_the_error_says_how_to_get_it(monkeypatch):
    """Running Peelian does not need a prover; changing its rules does."""
    monkeypatch.setitem(__import__("sys").modules, "z3", None)
    with pytest.raises(MissingError) as caught:
        formula.load_z3()
    assert caught.value.code == "prover-missing"
    assert "z3-solver" in caught.value.do
