"""Cedar behind one wrapper that can only fail closed.

Cedar *skips* a policy whose condition cannot be evaluated: a ``forbid`` that errs forbids nothing, which would mean
allow. So here policies are validated strictly against a schema in which every attribute is required, and **any**
error, at any step, is a refusal (:attr:`Decided.crashed`).

References
----------
Cedar, "Authorization", https://docs.cedarpolicy.com/auth/authorization.html (errors in policies are skipped).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any

import cedarpy

from peelian.core.canonical import digest
from peelian.core.errors import InvalidError, LimitError

Est = dict[str, Any]
"""A policy in Cedar's own JSON policy format (its "EST")."""

POLICIES_MAX = 150
"""Cedar takes 0.3 ms a decision at 100 policies and 1.6 ms at 1,000; 143 of them cost 1.06 times what 93 do [M]."""

NEEDS = re.compile(r"^([a-z0-9-]+): (.+)$")
REQUIRED = {"permit": ("id", "owner", "do"), "forbid": ("id", "why", "owner", "do")}


@dataclass(frozen=True)
class Need:
    """One condition of a permit: what to tell a person who does not meet it."""

    code: str
    what: str


@dataclass(frozen=True)
class Rule:
    """One policy as people see it, from its annotations."""

    id: str
    effect: str  # "permit" or "forbid"
    code: str
    why: str
    owner: str
    do: str
    redline: str
    needs: tuple[Need, ...]
    file: str
    line: int
    about_mandate: bool
    needs_about_mandate: tuple[bool, ...]


@dataclass(frozen=True)
class Entity:
    """A thing in a request: type, id and every attribute its type has."""

    type: str
    id: str
    attrs: Mapping[str, object]

    @property
    def uid(self) -> dict[str, str]:
        """Return the name Cedar knows it by."""
        return {"type": self.type, "id": self.id}

    @property
    def reference(self) -> dict[str, object]:
        """Return how an attribute refers to it."""
        return {"__entity": self.uid}

    def as_dict(self) -> dict[str, object]:
        """Return the entity in Cedar's JSON format."""
        return {"uid": self.uid, "attrs": dict(self.attrs), "parents": []}


@dataclass(frozen=True)
class Asked:
    """A request but for its resource: who, what, the circumstances as JSON, and the entities these refer to."""

    principal: Entity
    action: str
    context: str
    others: tuple[Entity, ...] = ()


@dataclass(frozen=True)
class Decided:
    """What Cedar said: the decision, the policies that decided, and whether anything went wrong on the way."""

    allow: bool
    rules: tuple[str, ...]
    crashed: bool = False


@dataclass(frozen=True)
class Unmet:
    """A permit that nearly permitted, and which of its conditions (from 1) were not met."""

    rule: str
    conditions: tuple[int, ...]


CRASHED = Decided(allow=False, rules=(), crashed=True)


BASES_KEPT = 63


def encode(entities: Sequence[Entity]) -> str:
    """Write entities in Cedar's JSON format; sets become sorted lists."""
    return json.dumps([e.as_dict() for e in entities], default=sorted)


@dataclass(frozen=True)
class _Ready:
    """What policies and a schema come to, a function of their text alone: validated, prepared, never changed."""

    policies: Mapping[str, Est]
    rules: Mapping[str, Rule]
    schema: cedarpy.Schema
    whole: cedarpy.PolicySet
    schema_words: str
    named: frozenset[str]
    needs: dict[str, cedarpy.PolicySet]

    @cached_property
    def hash(self) -> str:
        """SHA-256 of schema and policies; comments and layout do not count, every word of a rule does."""
        return digest({"schema": self.schema_words, "policies": dict(self.policies)})

    def needs_of(self, action: str) -> cedarpy.PolicySet:
        """Return the conditions of each permit that may speak of an action, prepared when first asked for."""
        of = action if action in self.named else ""
        if of not in self.needs:
            self.needs[of] = prepared(_needs_as_policies(self.policies, of))
        return self.needs[of]


@lru_cache(maxsize=4)
def _make_ready(policies: tuple[tuple[str, str], ...], schema: str) -> _Ready:
    """Check and prepare policies; one process opens many doors under the same text, and validating it is slow."""
    ests, rules = read_policies(dict(policies))
    if len(ests) > POLICIES_MAX:
        raise LimitError(
            "too-many-policies",
            f"The charter has {len(ests)} policies; at most {POLICIES_MAX} are allowed.",
            why="A decision must stay fast enough to take on every call.",
            do="Put lists into one policy rather than one policy for each entry.",
            facts={"policies": len(ests), "most": POLICIES_MAX},
        )
    parsed = _parse_schema(schema)
    _validate(dict(policies), schema, rules)
    whole, named = prepared(ests), frozenset(_named(ests))
    return _Ready(MappingProxyType(ests), MappingProxyType(rules), parsed, whole, cedar_words(schema), named, {})


class CedarRules:
    """A validated policy set, prepared once in a process for the same text.

    Parameters
    ----------
    policies : mapping of str to str
        Cedar text by file name.
    schema : str
        Cedar schema text.

    Raises
    ------
    InvalidError
        ``policy-invalid`` with file and line, when a policy does not parse, lacks an annotation, repeats an id, names
        what the schema does not have, or could err when evaluated.
    LimitError
        ``too-many-policies`` beyond :data:`POLICIES_MAX`.
    """

    def __init__(self, policies: Mapping[str, str], schema: str) -> None:
        ready = _make_ready(tuple(sorted(policies.items())), schema)
        self.policies: Mapping[str, Est] = ready.policies
        self.rules: Mapping[str, Rule] = ready.rules
        self._ready = ready
        self._bases: dict[str, cedarpy.Entities] = {}

    @property
    def hash(self) -> str:
        """SHA-256 of schema and policies (see :class:`_Ready`)."""
        return self._ready.hash

    def decide_with(self, policies: Mapping[str, Est], asked: Asked, resource: Entity) -> Decided:
        """Decide a request under other policies over the same schema: to try an amendment, never to act on it."""
        return self._ask(prepared(policies), asked, [resource], self.prepare(asked, [resource]))[0]

    def prepare(self, asked: Asked, resources: Sequence[Entity]) -> cedarpy.Entities | None:
        """Parse a request's entities and check them against the schema; None when they do not fit it.

        Who asks, under which mandate, is the same for many requests: those parsed last are kept, by their content.
        """
        try:
            known = encode([asked.principal, *asked.others])
            base = self._bases.get(known)
            if base is None:
                base = cedarpy.Entities.from_json_str(known, self._ready.schema)
                self._bases = {**dict(list(self._bases.items())[-BASES_KEPT:]), known: base}
            return base.with_added_json_str(encode(resources), self._ready.schema)
        except (ValueError, TypeError):
            return None

    def decide(self, asked: Asked, resource: Entity) -> Decided:
        """Decide one request."""
        return self.decide_many(asked, [resource])[0]

    def decide_many(self, asked: Asked, resources: Sequence[Entity]) -> list[Decided]:
        """Decide the same request about each of several resources, in order."""
        return self._ask(self._ready.whole, asked, resources, self.prepare(asked, resources))

    def explain(self, asked: Asked, resource: Entity) -> tuple[Decided, Unmet | None]:
        """Decide one request, and for a refusal find the permit that came nearest (see :meth:`_nearest`)."""
        entities = self.prepare(asked, [resource])
        decided = self._ask(self._ready.whole, asked, [resource], entities)[0]
        if decided.allow or decided.crashed:
            return decided, None
        needs = self._ready.needs_of(asked.action)
        return decided, self._nearest(self._ask(needs, asked, [resource], entities)[0])

    def _nearest(self, met: Decided) -> Unmet | None:
        """Find the permit that came nearest, and which of its conditions (from 1) were not met.

        Returns
        -------
        Unmet or None
            None when no permit speaks of this action at all, or when asking went wrong.
        """
        if met.crashed:
            return None
        held = {tuple(rule.rsplit("/", 1)) for rule in met.rules}
        nearest: Unmet | None = None
        for rule in self.rules.values():
            if rule.effect != "permit" or (rule.id, "0") not in held:
                continue
            lacking = [n for n in range(1, len(rule.needs) + 1) if (rule.id, str(n)) not in held]
            if nearest is None or len(lacking) < len(nearest.conditions):
                nearest = Unmet(rule.id, tuple(lacking))
        return nearest

    def _ask(
        self,
        policies: cedarpy.PolicySet,
        asked: Asked,
        resources: Sequence[Entity],
        entities: cedarpy.Entities | None,
    ) -> list[Decided]:
        if entities is None:
            return [CRASHED] * len(resources)
        uid, act = asked.principal.uid, {"type": "Action", "id": asked.action}
        requests = [{"principal": uid, "action": act, "resource": r.uid, "context": asked.context} for r in resources]
        try:
            answers = cedarpy.is_authorized_batch(requests, policies, entities, self._ready.schema)
        except Exception:  # whatever goes wrong inside is a refusal, never a way through
            return [CRASHED] * len(resources)
        if len(answers) != len(resources):
            return [CRASHED] * len(resources)
        return [_decided(a) for a in answers]


def _decided(answer: cedarpy.AuthzResult) -> Decided:
    """Read Cedar's answer. INVARIANT: allowed only with no error at all and a permit that says so."""
    if answer.diagnostics.errors or answer.decision is cedarpy.Decision.NoDecision:
        return CRASHED
    rules = tuple(sorted(answer.diagnostics.reasons))
    return Decided(allow=answer.allowed and bool(rules), rules=rules)


def read_policies(policies: Mapping[str, str]) -> tuple[dict[str, Est], dict[str, Rule]]:
    """Parse Cedar texts into policies and rules by their ``@id``."""
    ests: dict[str, Est] = {}
    rules: dict[str, Rule] = {}
    for file, text in sorted(policies.items()):
        for est in _parse(file, text):
            rule = _rule(file, text, est)
            if rule.id in ests:
                raise _invalid(file, rule.line, f"Two policies are called {rule.id}.")
            ests[rule.id], rules[rule.id] = est, rule
    return ests, rules


def _parse(file: str, text: str) -> list[Est]:
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as error:
        raise _invalid(file, _line_in(str(error)), "This is not Cedar.") from error
    if parsed.get("templates") or parsed.get("templateLinks"):
        raise _invalid(file, 1, "Templates are not used here: a rule is read as it stands.")
    return list(parsed["staticPolicies"].values())


def _line_in(message: str) -> int:
    found = re.search(r"line (\d+)", message)
    return int(found.group(1)) if found else 1


def _rule(file: str, text: str, est: Est) -> Rule:
    """Read a policy's annotations; each must say who can change it and what to do next."""
    notes: dict[str, str] = {k: v or "" for k, v in est.get("annotations", {}).items()}
    line = _line_of(text, notes.get("id", ""))
    for name in REQUIRED[est["effect"]]:
        if not notes.get(name):
            raise _invalid(file, line, f"A policy has no @{name}.")
    clauses = est["conditions"] if est["effect"] == "permit" else []
    return Rule(
        id=notes["id"],
        effect=est["effect"],
        code=notes.get("code", notes["id"]),
        why=notes.get("why", ""),
        owner=notes["owner"],
        do=notes["do"],
        redline=notes.get("redline", ""),
        needs=tuple(_need(file, line, notes, n) for n in range(1, len(clauses) + 1)),
        file=file,
        line=line,
        about_mandate=any(speaks_of_mandate(c["body"]) for c in est["conditions"]),
        needs_about_mandate=tuple(speaks_of_mandate(c["body"]) for c in clauses),
    )


def _need(file: str, line: int, notes: Mapping[str, str], number: int) -> Need:
    found = NEEDS.match(notes.get(f"needs_{number}", ""))
    if not found:
        raise _invalid(file, line, f"The permit's condition {number} has no @needs_{number} of the form 'code: words'.")
    return Need(*found.groups())


def _line_of(text: str, rule: str) -> int:
    at = text.find(f'@id("{rule}")')
    return text.count("\n", 0, max(at, 0)) + 1


def attributes(body: object) -> Iterator[tuple[str, ...]]:
    """Give each attribute path that an expression reads, e.g. ``("context", "mandate", "ends_at")``."""
    if isinstance(body, dict):
        path = attribute_path(body)
        if path:
            yield path
        for child in body.values():
            yield from attributes(child)
    elif isinstance(body, list):
        for child in body:
            yield from attributes(child)


def attribute_path(body: Est) -> tuple[str, ...]:
    """Return the attribute path that an expression is, or an empty one."""
    if "Var" in body:
        return (body["Var"],)
    inner = body.get(".")
    if not inner:
        return ()
    left = attribute_path(inner["left"])
    return (*left, inner["attr"]) if left else ()


def speaks_of_mandate(body: object) -> bool:
    """Say whether a condition reads the mandate: it says nothing useful when there is none."""
    return any(path[:2] == ("context", "mandate") for path in attributes(body))


def literals(est: Est) -> frozenset[str]:
    """Return every text written out in a policy's sets: the lists that people agreed on."""

    def walk(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            for item in node.get("Set", []):
                if isinstance(item, dict) and isinstance(item.get("Value"), str):
                    yield item["Value"]
            for child in node.values():
                yield from walk(child)
        elif isinstance(node, list):
            for child in node:
                yield from walk(child)

    return frozenset(walk(est["conditions"]))


def _needs_as_policies(policies: Mapping[str, Est], action: str) -> dict[str, Est]:
    """Split each permit that may speak of an action into one policy a condition, so that Cedar says which are met.

    ``<id>/0`` is the permit's scope alone, ``<id>/n`` its n-th condition.
    """
    out: dict[str, Est] = {}
    for name, est in policies.items():
        scope = est["action"]
        if est["effect"] == "permit" and (scope["op"] != "==" or scope["entity"]["id"] == action):
            out[f"{name}/0"] = {**est, "conditions": []}
            out |= {f"{name}/{n}": {**est, "conditions": [c]} for n, c in enumerate(est["conditions"], start=1)}
    return out


def _named(policies: Mapping[str, Est]) -> set[str]:
    """Return the actions that some policy names as its only one."""
    return {est["action"]["entity"]["id"] for est in policies.values() if est["action"]["op"] == "=="}


def prepared(policies: Mapping[str, Est]) -> cedarpy.PolicySet:
    """Prepare policies under their own ids, once."""
    return cedarpy.PolicySet.from_json_str(
        json.dumps({"staticPolicies": policies, "templates": {}, "templateLinks": []})
    )


def _parse_schema(schema: str) -> cedarpy.Schema:
    try:
        return cedarpy.Schema.from_str(schema)
    except ValueError as error:
        raise _invalid("schema.cedarschema", _line_in(str(error)), "This is not a Cedar schema.") from error


def _validate(policies: Mapping[str, str], schema: str, rules: Mapping[str, Rule]) -> None:
    """Validate strictly: names, types, and that no evaluation can err for want of an attribute."""
    if re.search(r"\w\?\s*:", cedar_words(schema)):
        raise _invalid("schema.cedarschema", 1, "An attribute is optional; every attribute is required here.")
    for file, text in sorted(policies.items()):
        found = cedarpy.validate_policies(text, schema)
        if found.validation_passed:
            continue
        first = found.errors[0]
        name = found.id_annotations_by_policy_id.get(first.policy_id, "")
        line = rules[name].line if name in rules else 1
        raise _invalid(file, line, f"The policy {name or first.policy_id} does not fit the schema: {first.error}")


def cedar_words(text: str) -> str:
    """Return Cedar text without comments and with single spaces, so that layout does not change a hash."""
    return " ".join(re.sub(r"//[^\n]*", " ", text).split())


def _invalid(file: str, line: int, what: str) -> InvalidError:
    return InvalidError(
        "policy-invalid",
        what,
        why=f"{file}, line {line}. A rule that could fail half-way might let through what it should stop.",
        do="Put it right; `docs/reference/charter.md` shows the form of a policy.",
        facts={"file": file, "line": line},
    )
