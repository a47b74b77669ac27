"""The prover's formulas against Cedar itself: thousands of requests, every rule, the same answer."""

from __future__ import annotations

import random

import pytest

from peelian.policy.cedar import CedarRules
from peelian.policy.formula import Formulas
from peelian.policy.shape import read_shape
from tests.support.charters import charter, rulebook
from tests.support.requests import request_from

N_REQUESTS = 150  # for each of 20 actions
TEXTS = [
    "", "many", "C", "P", "northmere", "GB-ENG", "GB-WLS", "US", "method", "assessment", "source", "duty", "sharing",
    "erase", "read-log", "publish", "hotspots", "place", "person-offending", "pre-deployment", "production", "retired",
    "analyst", "panel-member", "approver", "system-administrator", "burglary-prevention", "danger-to-life",
    "immigration-enforcement", "log-lawfulness", "burglary", "drugs", "incident", "sex", "month", "handling-c",
    "health", "social-media", "recorded-crime", "op-1", "owner", "chair",
]  # fmt: skip


def plausible(kind: str, name: str, rng: random.Random) -> object:
    """Make a value of a kind; leaning to what rules speak of, so that both answers come up."""
    if kind == "Bool":
        wanted = {"mandated", "adopted", "operation_open", "on_operation", "witnesses_ok", "glass_box"}
        return rng.random() < (0.9 if name.rsplit(".", 1)[-1] in wanted else 0.12)
    if kind == "Long":
        return rng.choice([-1, 0, 1, 2, 3])
    if kind == "String":
        return rng.choice(TEXTS)
    return rng.sample(TEXTS, rng.choice([0, 1, 2, 5]))


S, T, P, R = "context.mandate.subject", "context.mandate.target", "context.purpose", "principal.roles"
FITTING: dict[str, dict[str, object]] = {
    "run": {S: "method"},
    "post-rows": {S: "source"},
    "post-finding": {S: "method"},
    "post-assessment": {S: "assessment"},
    "register-assessment": {S: "assessment"},
    "erase": {S: "duty", T: "erase"},
    "read-log": {S: "duty", T: "read-log", P: "log-lawfulness"},
    "publish": {S: "duty", T: "publish"},
    "export": {S: "sharing"},
    "adopt-mandate": {"context.adopted": False},
    "halt": {"principal.offices": ["owner"]},
    "start": {R: ["system-administrator"]},
    "replay": {S: "duty", T: "replay", "resource.personal": False, "resource.sealed": False},
    "link": {S: "duty", T: "link-people", "resource.sealed": False, "resource.tables": ["incident"]},
    "compare": {S: "duty", T: "link-people"},
    "judge-links": {S: "duty", T: "judge-links"},
    "read-papers": {S: "method", "resource.kind": "plan"},
    "answer-question": {S: "duty", T: "oversee", R: ["analyst", "official"]},
    "check-release": {S: "duty", T: "publish", R: ["analyst", "publication-checker"]},
    "release": {S: "duty", T: "publish", R: ["analyst", "official"]},
    "file-measure": {S: "duty", T: "measure", R: ["analyst", "model-owner"]},
    "settle-emergency": {R: ["response-sergeant"], "resource.mine": False, "resource.named": False},
    "write-to-panel": {"resource.id": "northmere"},
    "see-looks": {S: "duty", T: "watch-use", P: "log-lawfulness", R: ["analyst", "panel-member"]},
    "keep-details": {S: "duty", T: "watch-use", R: ["analyst", "panel-member"], "resource.mine": False},
    "save-search": {S: "duty", T: "look-up"},
    "set-flag": {S: "duty", T: "deconflict"},
    "see-flagged": {S: "duty", T: "deconflict"},
    "amend": {S: "duty", T: "erase", "resource.mine": False},
    "recall-copy": {S: "duty", T: "erase"},
    "retain": {S: "duty", T: "retain"},
    **{
        act: {S: "duty", T: "look-up"}
        for act in ("take-copy", "keep-case-file", "read-case-file", "combine-case-file", "judge-suggestion")
    },
}
FITTING |= {act: {S: "duty", T: "oversee"} for act in ("ask-question", "rate-reason", "sign-off")}
FITTING |= {
    act: {S: "method", R: ["analyst", "neighbourhood-officer"]}
    for act in ("mark-own-view", "decide-plan", "issue-plan", "report-outcome")
}
"""What an action needs beside what all need."""


def fitting(action: str, values: dict[str, object], rng: random.Random) -> dict[str, object]:
    """Bring a random request near to allowed, so that a single attribute often decides."""
    m = "context.mandate."
    good: dict[str, object] = {
        m + "starts_at": 0, m + "ends_at": 3, m + "ends_at_latest": 3, "context.now": 1, m + "users_max": -1,
        "context.region": "GB-ENG", "context.operation": "op-1", "context.purpose": "burglary-prevention",
        m + "purposes": ["burglary-prevention", "danger-to-life", "log-lawfulness"], m + "roles": ["analyst"],
        "principal.roles": ["analyst", "panel-member", "approver"], m + "phase": "pre-deployment",
        m + "subject": rng.choice(["method", "assessment", "source", "duty", "sharing"]),
        m + "data_kinds": ["recorded-crime"],
        m + "tables": ["incident", "hotspots"], m + "columns": ["month"], m + "area": "", m + "code_hash": "place",
        m + "offences": ["burglary"], m + "owner": "owner", m + "approver": "chair", "principal.offices": ["chair"],
        "principal.trained": ["hotspots", "incident"], "principal.force": "northmere", m + "sealed": False,
        "resource.name": "hotspots", "resource.target": "place", "resource.inputs": ["month"],
        "resource.input_names": ["month"], "resource.offences": ["burglary"], "resource.area": "",
        "resource.code_hash": "place", "resource.table": "incident", "resource.columns": ["month"],
        "resource.purposes": ["burglary-prevention"], "resource.markings": [], "resource.force": "northmere",
        "resource.operation": "", m + "fallback": "x", "context.mandated": True, "context.adopted": True,
        "context.halted": False,
        "context.panel_stop": False, "context.signed": 3, "context.signatures_needed": 2,
        "context.operation_open": True, "context.on_operation": True,
        "context.papers_fit": True, "context.papers_read": ["month"],
        "context.own_view": True, "context.papers_days": 28, "context.papers_days_needed": 28,
        "context.emergency": False, "resource.handling": "none", m + "evidence": ["hotspots"],
    }  # fmt: skip
    good |= {T: "hotspots"} | FITTING.get(action, {})
    share = rng.choice([0.5, 0.9, 0.97, 1.0])
    return values | {k: v for k, v in good.items() if k in values and rng.random() < share}


@pytest.mark.parametrize("action", sorted(read_shape(charter().schema).actions))
def test_formula_and_cedar_decide_alike_rule_by_rule(action):
    """A proof about formulas that mean something else than the rules in force would be worse than none."""
    rng, rules, shape = random.Random(f"{action}-1"), rulebook().rules, read_shape(charter().schema)
    formulas = Formulas(shape)
    allowed = formulas.allowed(rules.policies, action)
    each = {name: formulas.policy(est, action) for name, est in rules.policies.items()}
    paths = {".".join(p): k for p, k in shape.paths(action).items()}
    decisions = {True: 0, False: 0}
    for _ in range(N_REQUESTS):
        values = fitting(action, {n: plausible(k, n, rng) for n, k in paths.items()}, rng)
        decided = rules.decide(*request_from(shape, action, values))
        assert not decided.crashed
        decisions[decided.allow] += 1
        truth = truths(formulas, action, values)
        assert truth(allowed) == decided.allow, values
        effect = "permit" if decided.allow else "forbid"
        held = {n for n, f in each.items() if rules.rules[n].effect == effect and truth(f)}
        assert held == set(decided.rules), values
    if action not in {"adverse-act", "post-list"}:
        assert min(decisions.values()) >= N_REQUESTS // 50, decisions


def truths(formulas: Formulas, action: str, values: dict[str, object]):
    """Return a function that says whether a formula is true of one request, by z3's own evaluation."""
    z3, solver = formulas.z3, formulas.z3.Solver()
    for path, kind in formulas.shape.paths(action).items():
        value, symbol = values[".".join(path)], formulas.symbol(action, path)
        term = {
            "Bool": lambda v: z3.BoolVal(v),
            "Long": lambda v: z3.IntVal(v),
            "String": formulas.text,
            "Set<String>": formulas.text_set,
        }[kind](value)
        solver.add(symbol == term)
    assert solver.check() == z3.sat
    model = solver.model()

    def truth(formula: object) -> bool:
        said = model.eval(formula, model_completion=True)
        if z3.is_true(said) or z3.is_false(said):
            return z3.is_true(said)
        return solver.check(formula) == z3.sat  # what evaluation leaves open, solving decides

    return truth


def test_the_shape_is_read_as_cedar_reads_it():
    """Every attribute that the prover knows is one that Cedar insists on, and no other."""
    shape, rules = read_shape(charter().schema), CedarRules(charter().policies, charter().schema)
    assert len(shape.actions) > 40
    for action in shape.actions:
        values = {".".join(p): plausible(k, "", random.Random(1)) for p, k in shape.paths(action).items()}
        asked, resource = request_from(shape, action, values)
        assert not rules.decide(asked, resource).crashed
        for missing in values:
            fewer = {k: v for k, v in values.items() if k != missing}
            assert rules.decide(*request_from(shape, action, fewer)).crashed, missing
