"""Cedar policies as formulas: what a policy set allows, over *all* requests, in a form that z3 can reason about.

The source is Cedar's own JSON policy format, so there is one parser and it is Cedar's. Texts become whole numbers, one
a text, because rules only ever compare them; sets of texts become arrays from numbers to yes or no. A set here may be
infinite, which no real request's is: what is proved for more requests holds for fewer.

z3 is a development dependency: it is imported when a prover is made.

References
----------
Cutler et al. (2024), Cedar: A New Language for Expressive, Fast, Safe, and Analyzable Authorization, OOPSLA, section 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from peelian.core.errors import InvalidError, MissingError
from peelian.policy.cedar import Est, attribute_path
from peelian.policy.shape import Shape

Term = Any
"""A z3 expression; z3 has no types of its own."""


def load_z3() -> Any:
    """Import z3, or say how to get it.

    Raises
    ------
    MissingError
        ``prover-missing`` when z3-solver is not installed.
    """
    try:
        import z3
    except ImportError as error:
        raise MissingError(
            "prover-missing",
            "The theorem prover is not installed.",
            why="Proofs are made where the rules are changed; running Peelian does not need them.",
            do="Set up the development tools with `make set-up`, or `pip install z3-solver`.",
        ) from error
    return z3


class Words:
    """Texts as numbers, and back."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def code(self, text: str) -> int:
        """Return a text's number, the same each time."""
        return self._codes.setdefault(text, len(self._codes))

    def text(self, code: int) -> str:
        """Return a number's text, or a made-up one for a text no rule names."""
        known = {v: k for k, v in self._codes.items()}
        return known.get(code, f"other{code}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes)


class Formulas:
    """The symbols of a request and the meaning of policies over them.

    Parameters
    ----------
    shape : Shape
        Of the schema the policies were validated against.
    words : Words, optional
        Shared by formulas that are compared.
    """

    def __init__(self, shape: Shape, words: Words | None = None) -> None:
        self.z3 = load_z3()
        self.shape = shape
        self.words = words or Words()
        self._seen: dict[tuple[int, str, str], tuple[Est, Term | None]] = {}
        self._text_set = self.z3.ArraySort(self.z3.IntSort(), self.z3.BoolSort())

    def symbol(self, action: str, path: tuple[str, ...], about: str = "") -> Term:
        """Return the symbol of an attribute; ``about`` tells two resources of one question apart."""
        kind = self.shape.kind(action, path)
        head = f"{self.shape.actions[action].resource}{about}" if path[0] == "resource" else path[0]
        name = ".".join((head, *path[1:]))
        sort = {"Bool": self.z3.BoolSort(), "Set<String>": self._text_set}.get(kind, self.z3.IntSort())
        return self.z3.Const(name, sort)

    def text(self, value: str) -> Term:
        """Return the number of a text."""
        return self.z3.IntVal(self.words.code(value))

    def text_set(self, values: Sequence[str]) -> Term:
        """Return a set of texts that holds exactly these."""
        out = self.z3.K(self.z3.IntSort(), self.z3.BoolVal(False))
        for value in values:
            out = self.z3.Store(out, self.text(value), True)
        return out

    def any_of(self, values: Sequence[str], element: Term) -> Term:
        """Say that a text is one of these."""
        return self.z3.Or(*(element == self.text(v) for v in values))

    def share(self, values: Sequence[str], held: Term) -> Term:
        """Say that a set holds at least one of these."""
        return self.z3.Or(*(held[self.text(v)] for v in values))

    def policy(self, est: Est, action: str, about: str = "") -> Term:
        """Return when a policy is satisfied for an action; plain false when it is not about that action."""
        meaning = self._meaning(est, action, about)
        return self.z3.BoolVal(False) if meaning is None else meaning

    def _meaning(self, est: Est, action: str, about: str) -> Term | None:
        """Return the same, but nothing for a policy that is not about that action: most are not, of any one."""
        key = (id(est), action, about)
        if key not in self._seen:
            # The policy is kept beside its formula, so that its id stays its own.
            told = self._policy(est, action, about) if in_scope(est, action, self.shape) else None
            self._seen[key] = (est, told)
        return self._seen[key][1]

    def _policy(self, est: Est, action: str, about: str) -> Term:
        clauses = []
        for condition in est["conditions"]:
            body = self._term(condition["body"], action, about)
            clauses.append(body if condition["kind"] == "when" else self.z3.Not(body))
        return self.z3.And(*clauses) if clauses else self.z3.BoolVal(True)

    def allowed(self, policies: Mapping[str, Est], action: str, about: str = "") -> Term:
        """Return when a policy set allows an action: some permit, and no forbid."""
        terms: dict[str, list[Term]] = {"permit": [], "forbid": []}
        for est in policies.values():
            meaning = self._meaning(est, action, about)
            if meaning is not None:
                terms[est["effect"]].append(meaning)
        return self.z3.And(self.z3.Or(*terms["permit"]), self.z3.Not(self.z3.Or(*terms["forbid"])))

    def _term(self, body: Est, action: str, about: str) -> Term:
        path = attribute_path(body)
        if len(path) > 1:
            return self.symbol(action, path, about)
        ((op, inner),) = body.items()
        if op == "Value":
            return self._value(inner)
        if op == "Set":
            return self.text_set([_literal(item) for item in inner])
        if op == "if-then-else":
            return self.z3.If(*(self._term(inner[part], action, about) for part in ("if", "then", "else")))
        if op in {"!", "isEmpty"}:
            arg = self._term(inner["arg"], action, about)
            return self.z3.Not(arg) if op == "!" else arg == self.z3.EmptySet(self.z3.IntSort())
        if op not in self._operators:
            raise _not_provable(op)
        if op == "containsAny" and "Set" in inner["left"]:
            return self.share([_literal(i) for i in inner["left"]["Set"]], self._term(inner["right"], action, about))
        return self._operators[op](*(self._term(inner[side], action, about) for side in ("left", "right")))

    @property
    def _operators(self) -> dict[str, Callable[[Term, Term], Term]]:
        z3 = self.z3
        return {
            "&&": lambda a, b: z3.And(a, b),
            "||": lambda a, b: z3.Or(a, b),
            "==": lambda a, b: a == b,
            "!=": lambda a, b: a != b,
            "<": lambda a, b: a < b,
            "<=": lambda a, b: a <= b,
            ">": lambda a, b: a > b,
            ">=": lambda a, b: a >= b,
            "contains": lambda a, b: a[b],
            "containsAll": lambda a, b: z3.IsSubset(b, a),
            "containsAny": lambda a, b: z3.SetIntersect(a, b) != z3.EmptySet(z3.IntSort()),
        }

    def _value(self, value: object) -> Term:
        if isinstance(value, bool):
            return self.z3.BoolVal(value)
        if isinstance(value, int):
            return self.z3.IntVal(value)
        if isinstance(value, str):
            return self.text(value)
        raise _not_provable("an entity named in a condition")

    def simpler(self, action: str) -> Iterator[Term]:
        """Give wishes that make an example plainer: empty or small sets, plain numbers, no text that is not needed."""
        z3 = self.z3
        for path, kind in self.shape.paths(action).items():
            symbol = self.symbol(action, path)
            if kind == "Set<String>":
                one, two = (z3.Int(f"{'.'.join(path)}#{n}") for n in (1, 2))
                nothing = z3.EmptySet(z3.IntSort())
                # Wished in turn; only one can come true, and a set of two is the largest any rule needs.
                yield symbol == nothing
                yield z3.Or(symbol == nothing, symbol == z3.Store(nothing, one, True))
                yield z3.Or(symbol == nothing, symbol == z3.Store(z3.Store(nothing, one, True), two, True))
            elif kind == "Bool":
                yield z3.Not(symbol)
            else:
                yield symbol >= 0
                yield symbol == (self.text("") if kind == "String" else 0)

    def example(self, model: Any, action: str) -> dict[str, object]:
        """Read a request out of a model, in words: each attribute and its value."""
        numbers = self._numbers_in(model, action)
        out: dict[str, object] = {"action": action}
        for path, kind in self.shape.paths(action).items():
            value = model.eval(self.symbol(action, path), model_completion=True)
            name = ".".join(path)
            if kind == "Bool":
                out[name] = self.z3.is_true(value)
            elif kind == "Long":
                out[name] = value.as_long()
            elif kind == "String":
                out[name] = self.words.text(value.as_long())
            else:
                held = [n for n in numbers if self.z3.is_true(model.eval(value[n], model_completion=True))]
                out[name] = sorted(self.words.text(n) for n in held)
        return out

    def _numbers_in(self, model: Any, action: str) -> list[int]:
        """Return every text's number that an example may hold: those the rules name and those the model made up."""
        numbers = {self.words.code(t) for t in self.words}
        for constant in model.decls():
            if constant.arity() == 0 and self.z3.is_int_value(model[constant]):
                numbers.add(model[constant].as_long())
        return sorted(numbers)


def _literal(item: Est) -> str:
    value = item.get("Value")
    if not isinstance(value, str):
        raise _not_provable("a set of something else than texts")
    return value


def in_scope(est: Est, action: str, shape: Shape) -> bool:
    """Say whether a policy is about an action; principals and resources are told apart in conditions only."""
    for side in ("principal", "resource"):
        if est[side]["op"] != "All":
            raise _not_provable(f"a scope on the {side}")
    scope, groups = est["action"], shape.actions[action].groups
    if scope["op"] == "All":
        return True
    if scope["op"] == "==":
        return bool(scope["entity"]["id"] == action)
    named = scope.get("entities") or [scope["entity"]]
    return any(entity["id"] in groups for entity in named)


def _not_provable(what: str) -> InvalidError:
    return InvalidError(
        "policy-not-provable",
        f"A policy uses what the prover does not read: {what}.",
        why="What the prover cannot read it cannot prove, and a red line that is not proved is not published as kept.",
        do="Say it with comparisons and sets of texts, in the conditions.",
    )
