"""Cedar behind the wrapper: whatever goes wrong is a no."""

from __future__ import annotations

import cedarpy
import pytest

from peelian.core.errors import InvalidError, LimitError
from peelian.policy import cedar
from peelian.policy.cedar import Asked, CedarRules, Entity, literals
from peelian.policy.rules import Rulebook
from tests.support.charters import actor, charter, circumstances, codes, rulebook

SCHEMA = """
entity Who = { name: String };
entity What = { n: Long };
type Ctx = { ok: Bool };
action "do" appliesTo { principal: [Who], resource: [What], context: Ctx };
"""
PERMIT = """@id("p") @owner("o") @do("d") @needs_1("not-ok: Not {mandate}.")
permit (principal, action, resource) when { context.ok };"""
WHO, WHAT = Entity("Who", "w", {"name": "x"}), Entity("What", "t", {"n": 1})
ASKED = Asked(WHO, "do", '{"ok": true}')


def rules(*texts: str, schema: str = SCHEMA) -> CedarRules:
    """Make rules of a permit and some more text."""
    return CedarRules({f"{n}.cedar": t for n, t in enumerate((PERMIT, *texts))}, schema)


def forbid(condition: str, name: str = "f") -> str:
    """Make a forbid with all its annotations."""
    return f'@id("{name}") @why("w") @owner("o") @do("d") forbid (principal, action, resource) when {{ {condition} }};'


def test_a_permit_permits_and_names_itself():
    """A wrapper that refused everything would pass every other test here."""
    decided = rules().decide(ASKED, WHAT)
    assert decided.allow
    assert decided.rules == ("p",)
    decided, nearest = rules().explain(Asked(WHO, "do", '{"ok": false}'), WHAT)
    assert not decided.allow
    assert nearest == cedar.Unmet("p", (1,))


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        (Asked(WHO, "do", "{}"), WHAT),
        (Asked(WHO, "do", '{"ok": 1}'), WHAT),
        (Asked(WHO, "do", '{"ok": true, "more": 1}'), WHAT),
        (Asked(WHO, "do", "not json"), WHAT),
        (Asked(WHO, "undo", '{"ok": true}'), WHAT),
        (Asked(Entity("Who", "w", {}), "do", '{"ok": true}'), WHAT),
        (Asked(Entity("Nobody", "w", {}), "do", '{"ok": true}'), WHAT),
        (ASKED, Entity("What", "t", {"n": "one"})),
        (ASKED, Entity("What", "t", {"n": 2**70})),
        (ASKED, Entity("What", "t", {"n": object()})),
        (ASKED, Entity("Who", "w", {"name": "x"})),
        (ASKED, Entity("What", "t", {})),
    ],
)
def test_a_request_that_does_not_fit_is_a_refusal(asked, what):
    """Cedar skips a forbid that cannot be evaluated; a request it cannot evaluate must never pass."""
    decided = rules().decide(asked, what)
    assert not decided.allow
    assert decided.crashed
    assert rules().explain(asked, what) == (cedar.CRASHED, None)


def test_an_evaluation_error_is_a_refusal_even_beside_a_permit():
    """Overflow in a forbid: bare Cedar answers Allow, the wrapper answers no."""
    text = forbid("resource.n + 9223372036854775807 > 0")
    big = Entity("What", "t", {"n": 5})
    found = rules(text)
    bare = cedarpy.is_authorized(
        {"principal": WHO.uid, "action": 'Action::"do"', "resource": big.uid, "context": {"ok": True}},
        found._ready.whole,
        found.prepare(ASKED, [big]),
        found._ready.schema,
    )
    assert bare.allowed, "if Cedar changes this, the explanation page must change"
    assert bare.diagnostics.errors
    assert found.decide(ASKED, big) == cedar.CRASHED


def test_a_crash_inside_cedar_is_a_refusal_with_its_reason(monkeypatch):
    """A bug in a library must not open a door."""

    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(cedar.cedarpy, "is_authorized_batch", broken)
    verdict = Rulebook(charter()).judge_open(actor("analyst-1"), circumstances(), "incident", ["month"])
    assert not verdict.allow
    assert codes(verdict) == {"rule-crashed"}


def test_answers_that_do_not_match_the_questions_are_refusals(monkeypatch):
    """One answer too few, and the rest would be read one label off."""
    monkeypatch.setattr(cedar.cedarpy, "is_authorized_batch", lambda *_: [])
    assert rules().decide_many(ASKED, [WHAT, Entity("What", "u", {"n": 2})]) == [cedar.CRASHED] * 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("permit (principal, action, resource", "not Cedar"),
        (forbid("context.missing"), "does not fit the schema"),
        (forbid("resource.ethnicity == 1"), "does not fit the schema"),
        (forbid('context.ok == "yes"'), "does not fit the schema"),
        ("forbid (principal, action, resource);", "no @id"),
        ('@id("f") @why("w") @owner("o") forbid (principal, action, resource);', "no @do"),
        ('@id("f") @owner("o") @do("d") forbid (principal, action, resource);', "no @why"),
        ('@id("q") @owner("o") @do("d") permit (principal, action, resource) when { true };', "no @needs_1"),
        (forbid("true", "p"), "Two policies are called p"),
        ('@id("t") @why("w") @owner("o") @do("d") forbid (principal == ?principal, action, resource);', "Templates"),
    ],
)
def test_a_policy_that_could_fail_is_not_loaded(text, words):
    """PL-02: a rule that names an attribute nobody declared is found at load, not at three in the morning."""
    with pytest.raises(InvalidError) as caught:
        rules(text)
    assert caught.value.code == "policy-invalid"
    assert words in str(caught.value)
    assert caught.value.facts["file"] == "1.cedar"
    assert int(str(caught.value.facts["line"])) >= 1


def test_an_optional_attribute_is_not_loaded():
    """An attribute that may be missing is a forbid that may be skipped."""
    with pytest.raises(InvalidError) as caught:
        rules(schema=SCHEMA.replace("ok: Bool", "ok: Bool, maybe?: Bool"))
    assert "optional" in caught.value.what
    with pytest.raises(InvalidError):
        rules(schema="entity {")


def test_more_policies_than_cedar_is_fast_with_are_refused():
    """At a thousand policies a decision takes milliseconds, and somebody would start to cache verdicts."""
    with pytest.raises(LimitError) as caught:
        rules(*(forbid("!context.ok", f"f{n}") for n in range(150)))
    assert caught.value.code == "too-many-policies"


def test_the_hash_follows_words_and_not_layout():
    """The register pairs the hash with proofs: a comment must not unpair them, a changed word must."""
    base = rules().hash
    assert (
        CedarRules({"x.cedar": "// a word\n" + PERMIT.replace("when", "\n  when")}, SCHEMA + "// more\n").hash == base
    )
    assert rules(forbid("!context.ok")).hash != base
    assert CedarRules({"x.cedar": PERMIT.replace("Not {", "Never {")}, SCHEMA).hash != base


def test_a_rules_lists_can_be_read():
    """Loading compares the lists people agreed on with the lists in the rules."""
    found = literals(rulebook().rules.policies["red-line-3-offences"])
    assert found == {"drugs", "possession-of-weapons", "public-order"}


def test_every_rule_of_the_example_speaks_plainly():
    """A refusal tells a person why, who can change it and what to do next."""
    for rule in rulebook().rules.rules.values():
        for words in (rule.why, *(n.what for n in rule.needs)):
            assert rule.effect == "permit" or words.endswith(".")
        assert rule.owner
        assert rule.do.endswith(".")
    assert len(rulebook().rules.rules) <= cedar.POLICIES_MAX


def test_who_asks_is_parsed_once_and_never_taken_for_another():
    """What is kept for speed is kept by its content: a changed role is another person."""
    found = rules(forbid('principal.name == "y"'))
    other = Asked(Entity("Who", "w", {"name": "y"}), "do", ASKED.context)
    for _ in range(3):
        assert found.decide(ASKED, WHAT).allow
        assert not found.decide(other, WHAT).allow
    for n in range(200):
        found.decide(Asked(Entity("Who", "w", {"name": str(n)}), "do", ASKED.context), WHAT)
    assert len(found._bases) <= cedar.BASES_KEPT + 1
