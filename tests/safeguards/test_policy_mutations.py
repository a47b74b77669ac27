"""Hundreds of weakened rule sets: every one is caught, and here is how."""

from __future__ import annotations

from collections import Counter

import pytest

from peelian.policy.mutations import Judged, judge_mutations
from peelian.policy.proofs import Prover
from tests.support.charters import charter, rulebook
from tests.support.requests import request_from

POLICIES = rulebook().rules.policies


@pytest.fixture(scope="module")
def prover() -> Prover:
    """Give a prover for the example charter."""
    return Prover(charter())


@pytest.fixture(scope="module")
def judged(prover) -> list[Judged]:
    """Give every mutation with what became of it; made once."""
    return judge_mutations(prover, POLICIES)


def test_every_weakened_rule_set_is_caught(judged):
    """A proof that misses a rule with a hole in it would let the hole through into law."""
    weaker = [j for j in judged if j.weaker]
    print(f"\n{len(judged)} distinct mutations, {len(weaker)} of them weaken the rules")
    for by, count in Counter(j.by or "NOTHING" for j in weaker).most_common():
        print(f"{count:5}  caught by {by}")
    assert len(weaker) >= 100
    assert [(j.mutation.kind, j.mutation.rule, j.mutation.what) for j in weaker if not j.by] == []


def test_dropping_any_rule_that_matters_is_caught(judged):
    """Every forbid earns its place: without it something opens.

    But for the two that stand beside no permit at all, and for one that says which red line it is where the lack of a
    mandate refuses already.
    """
    dropped = {j.mutation.rule: j for j in judged if j.mutation.kind == "drop-rule"}
    idle = {rule for rule, j in dropped.items() if not j.weaker}
    assert idle == {"red-line-4-adverse-act", "red-line-9-lists", "red-line-11-partner-unmandated"}
    assert len(dropped) == sum(est["effect"] == "forbid" for est in POLICIES.values())


def test_every_theorem_that_forbids_catches_something(judged, prover):
    """A theorem that no mutation can break says nothing."""
    caught = {j.by for j in judged}
    assert {t.id for t in prover.theorems if t.kind == "never"} - caught == set()


def test_a_mutation_that_names_what_is_not_there_is_refused_by_the_schema(judged):
    """Strict validation at load is the first net."""
    by_schema = [j for j in judged if j.by == "schema"]
    assert by_schema
    assert all(j.mutation.kind == "widen-scope" for j in by_schema)


def test_cedar_confirms_the_cases_that_the_prover_shows(judged, prover):
    """The case shown is allowed by the weakened rules and refused by the approved ones, says Cedar itself."""
    shape, formulas, rules = prover.shape, prover.formulas, rulebook().rules
    cases = [j for j in judged if j.weaker and j.by != "schema"][::48]
    for j in cases:
        before, after = (formulas.allowed(p, j.action) for p in (POLICIES, j.mutation.policies))
        example = prover.find(j.action, after, formulas.z3.Not(before))
        request = request_from(shape, j.action, example)
        assert rules.decide_with(j.mutation.policies, *request).allow, (j.mutation.kind, j.mutation.rule)
        assert not rules.decide(*request).allow
    assert len(cases) >= 10
