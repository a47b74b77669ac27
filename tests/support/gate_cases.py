"""Random cases for non-interference: labels, sessions, commits, questions; and who may see what, by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from peelian.model.label import Label
from peelian.model.question import Measure, Question, Where
from peelian.policy.rules import Actor, Circumstances
from tests.support.charters import charter, circumstances
from tests.support.gate import record

TODAY = date(2026, 12, 1)
"""The day of :data:`tests.support.charters.NOON`."""

EXPIRIES = (date(2026, 11, 30), TODAY, date(2026, 12, 2), date(2027, 6, 1), date(2036, 1, 1))
PURPOSES = ("burglary-prevention", "method-assessment", "danger-to-life", "erasure-on-request")
MARKINGS = ("sensitive-location", "handling-c")
ROLES = {"hotspots": "analyst", "assess-hotspots": "model-owner", "danger-to-life": "neighbourhood-officer"}
"""Mandates that open the table of incidents, and a role that each names."""

TEXTS = {"offence": ("burglary", "robbery", "assault"), "place": ("a", "b", "ä", ""), "area_code": ("E1", "E2")}
WHOLE = {"month": (24300, 24301, 24302), "at_start": (-1, 0, 7)}
FLOATS = {"easting_m": (0.0, -0.0, 1.5, 1e9)}
COLUMNS: Mapping[str, tuple[object, ...]] = TEXTS | WHOLE | FLOATS
"""Columns that cases fill and ask for, with few values, so that ties and groups happen."""

Row = dict[str, object]
Slices = dict[str, list[Row]]


@dataclass(frozen=True)
class Session:
    """Somebody at work: who, and what for."""

    actor: Actor
    now: Circumstances


@dataclass(frozen=True)
class Case:
    """A history of commits, the labels in it, sessions and what each asks."""

    commits: Sequence[Slices]
    labels: Mapping[int, Label]
    sessions: Sequence[Session]
    questions: Sequence[Question]


def draw_case(random: Random, *, sessions: int = 2, questions: int = 2) -> Case:
    """Draw a case."""
    people = [_session(random) for _ in range(sessions)]
    labels = [_label(random, people[0]) for _ in range(random.randint(1, 5))]
    known = {label.label_id: label for label in labels[:-1] or labels}  # the last one's number stands in no dictionary
    ids = [*(label.label_id for label in labels), None]
    commits = [draw_commit(random, ids) for _ in range(random.randint(1, 3))]
    asked = [draw_question(random, len(commits)) for _ in range(questions)]
    return Case(commits, known, people, asked)


def draw_commit(random: Random, label_ids: Sequence[int | None]) -> Slices:
    """Draw what one or two slices hold from now on."""
    names = random.choice([("s",), ("t",), ("s", "t")])
    return {name: _rows(random, label_ids) for name in names}


def _rows(random: Random, label_ids: Sequence[int | None]) -> list[Row]:
    keys = {(random.randint(0, 9), random.choice("xxy")) for _ in range(random.randint(0, 9))}
    rows = []
    for number, subject in sorted(keys):
        row: Row = {"record_id": record(number), "subject_id": record(ord(subject)), "force": "northmere"}
        row |= {c: random.choice((*values, None)) for c, values in COLUMNS.items()}
        row |= {"label_id": random.choice(label_ids), "expires_on": random.choice(EXPIRIES)}
        rows.append(row)
    return rows


def _some(random: Random, of: Sequence[str], most: int) -> frozenset[str]:
    return frozenset(random.choice(of) for _ in range(random.randint(0, most)))


def _label(random: Random, session: Session) -> Label:
    """Draw a label that the first session may see about half the time."""
    label = Label(
        purposes=frozenset({session.now.purpose}) | _some(random, PURPOSES, 2),
        markings=frozenset(),
        source=random.choice(("incidents", "police_uk")),
        role_class=random.choice(("none", "victim-side")),
        force="northmere",
    )
    if random.random() < 0.5:
        return label
    changed = label.as_dict() | {random.choice(("purposes", "markings", "force", "operation", "handling")): None}
    others = {
        "purposes": _some(random, PURPOSES, 2),
        "markings": frozenset({random.choice(MARKINGS)}),
        "force": random.choice(("eastmarch", "many", "")),
        "operation": random.choice(("op-any", "op-secret")),
        "handling": random.choice("PC"),
    }
    [name] = [n for n, v in changed.items() if v is None]
    return Label(**(label.__dict__ | {name: others[name]}))


def _session(random: Random) -> Session:
    mandate = random.choice(sorted(ROLES))
    actor = Actor("somebody", frozenset({ROLES[mandate]}), "northmere", _some(random, MARKINGS, 2))
    purpose = min(charter().mandates[mandate].purposes)
    operation = random.choice(("op-any", "op-other"))
    return Session(actor, circumstances(mandate, purpose=purpose, operation_ref=operation))


def draw_question(random: Random, commits: int) -> Question:
    """Draw a question; a few are malformed or ask about a commit that has not been made."""
    grouped = random.random() < 0.5
    columns = tuple(random.sample(sorted(COLUMNS), random.randint(0 if grouped else 1, 3)))
    measures = tuple(_measure(random, i) for i in range(random.randint(1, 3))) if grouped else ()
    orderable = [*columns, *(m.name for m in measures)] if grouped else sorted(COLUMNS)
    order_by = tuple(
        (c, random.choice(("asc", "desc"))) for c in random.sample(orderable, min(len(orderable), random.randint(0, 2)))
    )
    return Question(
        table="incident",
        columns=columns,
        where=tuple(_where(random) for _ in range(random.choice((0, 0, 1, 1, 2)))),
        measures=measures,
        order_by=order_by,
        limit=random.choice((None, None, 0, 1, 2, 3)),
        known_at_seq=random.choice((None, None, random.randint(0, commits + 1))),
    )


def _measure(random: Random, number: int) -> Measure:
    fn = random.choice(("count", "sum", "min", "max", "count-distinct"))
    column = "" if fn == "count" else random.choice(sorted(WHOLE)) if fn == "sum" else random.choice(sorted(COLUMNS))
    return Measure(f"m{number}", fn, column)


def _where(random: Random) -> Where:
    column = random.choice(sorted(COLUMNS))
    op = random.choice(("==", "!=", "<", "<=", ">", ">=", "in", "is-null", "not-null"))
    values = COLUMNS[column]
    if op == "in":
        return Where(column, op, tuple(random.sample(values, random.randint(0, len(values)))))  # type: ignore[arg-type]
    if op in ("is-null", "not-null"):
        return Where(column, op)
    odd = random.random() < 0.03  # of another kind: refused, whatever rows there are
    return Where(column, op, object.__name__ if odd and column in WHOLE else random.choice(values))  # type: ignore[arg-type]


def may_see(session: Session, labels: Mapping[int, Label], row: Mapping[str, object], today: date = TODAY) -> bool:
    """Say by hand whether a session may see a row: the rules in plain words, for the code to be held against."""
    label = labels.get(row["label_id"])  # type: ignore[call-overload]
    expires_on = row["expires_on"]
    if label is None or not isinstance(expires_on, date) or expires_on <= today:
        return False
    needed = label.markings | ({"handling-c"} if label.handling == "C" else set())
    return (
        session.now.purpose in label.purposes
        and needed <= session.actor.markings
        and label.force == session.actor.force
        and label.operation in ("", session.now.operation_ref)
    )


def without_hidden(case: Case, session: Session) -> tuple[list[Slices], dict[int, Label]]:
    """Return the world in which what a session may not see was never there: fewer rows, and their labels alone."""
    commits = [
        {name: [r for r in rows if may_see(session, case.labels, r)] for name, rows in slices.items()}
        for slices in case.commits
    ]
    used = {r["label_id"] for slices in commits for rows in slices.values() for r in rows}
    return commits, {i: label for i, label in case.labels.items() if i in used}
