"""Table in, question, table out: the manual of questions, one case an idea, run on every engine there is.

Read each case as: of these rows, this question gets these rows. A dash is a missing value. The column ``for`` says
whom a row is for: the analyst who asks, another purpose (*secret*), or nobody any longer (*expired*).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from peelian.model.question import Measure, Question, Where
from tests.support.charters import actor, circumstances, rulebook
from tests.support.gate import FAR_OFF, OPEN_LABEL, build
from tests.support.gate_by_hand import answer
from tests.support.gate_cases import TODAY
from tests.support.gate_world import World, read, whole

SECRET = replace(OPEN_LABEL, purposes=frozenset({"method-assessment"}))
LABELS = {label.label_id: label for label in (OPEN_LABEL, SECRET)}
FOR = {
    "analyst": (OPEN_LABEL.label_id, FAR_OFF),
    "secret": (SECRET.label_id, FAR_OFF),
    "expired": (OPEN_LABEL.label_id, date(2026, 11, 20)),
}

CRIMES = """
    id offence  month  place  for
    1  burglary 24300  north  analyst
    2  burglary 24301  south  analyst
    3  robbery  24301  north  analyst
    4  robbery  -      -      analyst
    5  assault  24302  south  analyst
    6  assault  24302  south  secret
    7  burglary 24302  north  secret
    8  robbery  24300  south  expired
"""

N = Measure("n", "count")

CASES = {
    "plain rows come in the order of their record": (
        {"columns": ("offence", "month")},
        """
        offence  month
        burglary 24300
        burglary 24301
        robbery  24301
        robbery  -
        assault  24302
        """,
    ),
    "equal": ({"columns": ("month",), "where": (Where("offence", "==", "burglary"),)}, "month | 24300 | 24301"),
    "not equal leaves out what is missing": (
        {"columns": ("offence",), "where": (Where("month", "!=", 24301),)},
        "offence | burglary | assault",
    ),
    "less": ({"columns": ("offence",), "where": (Where("month", "<", 24301),)}, "offence | burglary"),
    "at most": (
        {"columns": ("offence",), "where": (Where("month", "<=", 24301),)},
        "offence | burglary | burglary | robbery",
    ),
    "more": ({"columns": ("offence",), "where": (Where("month", ">", 24301),)}, "offence | assault"),
    "at least": (
        {"columns": ("offence",), "where": (Where("month", ">=", 24301),)},
        "offence | burglary | robbery | assault",
    ),
    "one of": (
        {"columns": ("month",), "where": (Where("offence", "in", ("assault", "robbery")),)},
        "month | 24301 | - | 24302",
    ),
    "one of none": ({"columns": ("month",), "where": (Where("offence", "in", ()),)}, "month"),
    "is missing": ({"columns": ("offence",), "where": (Where("month", "is-null"),)}, "offence | robbery"),
    "is not missing": (
        {"columns": ("month",), "where": (Where("place", "not-null"), Where("offence", "==", "robbery"))},
        "month | 24301",
    ),
    "conditions are joined by and": (
        {"columns": ("month",), "where": (Where("offence", "==", "burglary"), Where("place", "==", "south"))},
        "month | 24301",
    ),
    "ascending, what is missing first": (
        {"columns": ("month", "place"), "order_by": (("month", "asc"),)},
        """
        month place
        -     -
        24300 north
        24301 south
        24301 north
        24302 south
        """,
    ),
    "descending, what is missing last": (
        {"columns": ("month", "offence"), "order_by": (("month", "desc"), ("offence", "asc"))},
        """
        month offence
        24302 assault
        24301 burglary
        24301 robbery
        24300 burglary
        -     robbery
        """,
    ),
    "order by what is not shown": (
        {"columns": ("offence",), "order_by": (("place", "desc"), ("month", "desc"))},
        "offence | assault | burglary | robbery | burglary | robbery",
    ),
    "a limit keeps the first, after conditions and order": (
        {"columns": ("offence",), "order_by": (("month", "desc"),), "limit": 2},
        "offence | assault | burglary",
    ),
    "a limit of nothing": ({"columns": ("offence",), "limit": 0}, "offence"),
    "how many, by group": (
        {"columns": ("offence",), "measures": (N,)},
        """
        offence  n
        assault  1
        burglary 2
        robbery  2
        """,
    ),
    "what is missing is a group of its own": (
        {"columns": ("place",), "measures": (N,)},
        """
        place n
        -     1
        north 2
        south 2
        """,
    ),
    "one group of all": ({"columns": (), "measures": (N,)}, "n | 5"),
    "one group even of nothing": (
        {"columns": (), "where": (Where("month", "==", 1),), "measures": (N, Measure("most", "max", "month"))},
        """
        n most
        0 -
        """,
    ),
    "no group without rows": (
        {"columns": ("offence",), "where": (Where("month", "==", 1),), "measures": (N,)},
        "offence n",
    ),
    "sums, minima, maxima and distinct values leave out what is missing": (
        {
            "columns": ("offence",),
            "measures": (
                Measure("total", "sum", "month"),
                Measure("first", "min", "month"),
                Measure("last", "max", "place"),
                Measure("places", "count-distinct", "place"),
            ),
        },
        """
        offence  total first last  places
        assault  24302 24302 south 1
        burglary 48601 24300 south 2
        robbery  24301 24301 north 1
        """,
    ),
    "groups by what was counted, ties by name": (
        {"columns": ("offence",), "measures": (N,), "order_by": (("n", "desc"),)},
        """
        offence  n
        burglary 2
        robbery  2
        assault  1
        """,
    ),
    "groups by their own name, backwards": (
        {"columns": ("offence",), "measures": (N,), "order_by": (("offence", "desc"),)},
        """
        offence  n
        robbery  2
        burglary 2
        assault  1
        """,
    ),
    "the most frequent group": (
        {"columns": ("place",), "measures": (N,), "order_by": (("n", "desc"), ("place", "desc")), "limit": 1},
        """
        place n
        south 2
        """,
    ),
}


def cells(line: str) -> list[str]:
    """Split a line of a table."""
    return line.split()


def table(text: str) -> list[dict[str, object]]:
    """Read a table: a heading and rows, or values of one column with bars between."""
    lines = text.split(" | ") if " | " in text else [line for line in text.strip().splitlines() if line.strip()]
    names, *rows = [cells(line) for line in lines]
    return [{n: value(v) for n, v in zip(names, row, strict=True)} for row in rows]


def value(text: str) -> object:
    """Read a cell."""
    return None if text == "-" else int(text) if text.isdigit() else text


def rows(text: str) -> list[dict[str, object]]:
    """Turn a table of the manual into rows of incidents."""
    made = []
    for given in table(text):
        label_id, expires_on = FOR[str(given.pop("for"))]
        number = int(str(given.pop("id")))
        made.append({"record_id": f"{number:032x}", "label_id": label_id, "expires_on": expires_on} | given)
    return made


def in_memory(question: Question, given: list[dict[str, object]], threads: int) -> list[dict[str, object]]:
    """Ask the engine about rows in memory."""
    world = World({"s": given}, LABELS, threads)
    view = read(world.house(rulebook()), actor("analyst-1"), circumstances("hotspots"), question)
    world.close()
    return view.rows.to_pylist()


ENGINES = {
    "by hand": lambda q, given, lake: answer(
        q,
        [whole(r, "s") for r in given if r["label_id"] == OPEN_LABEL.label_id and r["expires_on"] > TODAY],
    ),
    "duckdb, one thread": lambda q, given, lake: in_memory(q, given, 1),
    "duckdb, two threads": lambda q, given, lake: in_memory(q, given, 2),
    "the lake, through the gate": lambda q, given, lake: lake.gate.view(
        lake.at_work("analyst-1"), "hotspots", q
    ).rows.to_pylist(),
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """Give a deployment that holds the manual's table, in several files."""
    made = build(tmp_path_factory.mktemp("spec"), n_buckets=4)
    made.plant_labels(LABELS.values())
    made.plant({"s": rows(CRIMES)})
    yield made
    made.gate.close()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_a_question_gets_its_answer(case, engine, lake):
    """An officer who reads the manual must be able to rely on it, whatever engine answers."""
    asked, expected = CASES[case]
    assert ENGINES[engine](Question("incident", **asked), rows(CRIMES), lake) == table(expected)


HISTORY = [
    "id offence  month place for\n1 burglary 24300 north analyst\n2 robbery 24300 north analyst",
    "id offence  month place for\n1 burglary 24301 north analyst\n2 robbery 24300 north secret",
    "id offence  month place for\n1 burglary 24301 north analyst\n3 assault 24301 south analyst",
]
KNOWN = {
    0: [],
    1: [("burglary", 24300), ("robbery", 24300)],
    2: [("burglary", 24301)],
    3: [("burglary", 24301), ("assault", 24301)],
    None: [("burglary", 24301), ("assault", 24301)],
}


@pytest.mark.parametrize("where", ["memory", "lake"])
def test_as_known_at_an_earlier_commit_gives_the_earlier_answer(where, tmp_path):
    """A finding of last month is judged by what was known last month: corrections do not rewrite it."""
    if where == "memory":
        world = World([{"s": rows(text)} for text in HISTORY], LABELS)
        house = world.house(rulebook())

        def ask(question):
            return read(house, actor("analyst-1"), circumstances("hotspots"), question)

    else:
        made = build(tmp_path)
        made.plant_labels(LABELS.values())
        for text in HISTORY:
            made.plant({"s": rows(text)})

        def ask(question):
            return made.gate.view(made.at_work("analyst-1"), "hotspots", question)

    for seq, expected in KNOWN.items():
        view = ask(Question("incident", ("offence", "month"), known_at_seq=seq))
        assert [tuple(r.values()) for r in view.rows.to_pylist()] == expected
        assert view.seq == (3 if seq is None else seq)
