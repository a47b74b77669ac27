"""Non-interference (DESIGN section 5): nothing a session sees depends on what it may not see.

Each case is answered in two worlds: one with the records that the session may not see and one in which they never
were. Everything that comes out must be equal. The path from question to view is the gate's own; only the disks and the
ledger around it are left out here (``test_gate_non_interference_whole`` has them).
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peelian.core.canonical import digest
from peelian.core.errors import MissingError, PeelianError
from peelian.gate import compile as compiling
from peelian.gate import reading
from peelian.gate.findings.running import derived_label
from peelian.gate.view import View
from tests.support.charters import rulebook
from tests.support.gate_cases import TODAY, Case, draw_case, may_see, without_hidden
from tests.support.gate_world import World, read

EVERYTHING = 'SELECT * FROM "incident@1_none"'


def seen(view: View) -> dict[str, object]:
    """Return all of a view that a session or a method can look at."""
    return {
        "rows": [repr(row) for row in view.rows.to_pylist()],
        "columns": str(view.rows.schema),
        "digest": view.rows_digest,
        "rows_read": view.rows_read,
        "label": view.label,
        "expires_on": view.expires_on,
    }


def answers(case: Case, world: World, sessions) -> list[object]:
    """Ask everything that the sessions ask, in one house; then put views together as a run and a finding do."""
    house = world.house(rulebook())
    found: list[object] = []
    for session in sessions:
        views = []
        for question in case.questions:
            try:
                views.append(read(house, session.actor, session.now, question))
                found.append(seen(views[-1]))
            except PeelianError as error:
                found.append(error.as_dict())
        found.append(derived_label(session.now.mandate, "hotspots-cells", views))
        found.append(derived_label(session.now.mandate, "another", views))
        found.append(glass_box(views))
    return found


def glass_box(views: list[View]) -> str:
    """Stand in for a method: rank groups of visible rows, break ties by name, round, take the top."""
    groups: dict[str, int] = {}
    for row in (r for v in views for r in v.rows.to_pylist()):
        key = repr(sorted(row.items(), key=str)[:1])
        groups[key] = groups.get(key, 0) + 1
    total = sum(groups.values()) or 1
    ranked = sorted(((-round(n / total, 2), key) for key, n in groups.items()))[:2]
    return digest(ranked)


def differences(case: Case) -> list[tuple[object, object]]:
    """Return where a session's answers differ between the world with hidden records and the one without."""
    whole = World(case.commits, case.labels)
    together = answers(case, whole, case.sessions)
    whole.close()
    n, found = len(together) // len(case.sessions), []
    for i, session in enumerate(case.sessions):
        part = World(*without_hidden(case, session))
        alone = answers(case, part, [session])
        part.close()
        found += [(a, b) for a, b in zip(together[i * n : (i + 1) * n], alone, strict=True) if a != b]
    return found


SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
@given(st.randoms(use_true_random=False))
def test_answers_are_the_same_whether_or_not_hidden_records_exist(random):
    """An analyst who may not see the refuge must not be able to tell from any answer that it is there."""
    assert differences(draw_case(random, sessions=random.choice((1, 1, 1, 2)))) == []


@settings(max_examples=20, deadline=None, suppress_health_check=SLOW)
@given(st.randoms(use_true_random=False))
def test_nor_for_a_session_that_may_see_very_many_labels(random):
    """Labels of an answer are told by another statement when they are many: it must be as blind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiling, "TALLIED_MAX", 0)
        patch.setattr(reading, "TALLIED_MAX", 0)
        patch.setattr(reading, "compile_question", plain_question)
        patch.setattr(reading, "compile_labels", plain_labels)
        assert differences(draw_case(random, sessions=1, questions=1)) == []


@pytest.mark.soak
@pytest.mark.parametrize("thousand", range(10))
def test_ten_thousand_cases_leak_nothing(thousand):
    """A leak in one case of a thousand is found by somebody who asks a thousand times."""
    for seed in range(1000 * thousand, 1000 * (thousand + 1)):
        random = Random(seed)
        assert differences(draw_case(random, sessions=random.choice((1, 1, 1, 2)))) == [], f"seed {seed}"


@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
@given(st.randoms(use_true_random=False))
def test_every_row_that_may_be_seen_is_shown_and_no_other(random):
    """Showing nothing at all would not interfere either: what may be seen must be there."""
    case = draw_case(random, sessions=1)
    [session] = case.sessions
    world = World(case.commits, case.labels)
    rows = world.table(EVERYTHING).to_pylist()
    expected = sorted(r["record_id"] for r in rows if may_see(session, case.labels, r))
    shown = read(world.house(rulebook()), session.actor, session.now, replace(case.questions[0], **PLAIN))
    world.close()
    assert sorted(shown.rows.column("record_id").to_pylist()) == expected


PLAIN = {"columns": ("record_id",), "where": (), "measures": (), "order_by": (), "limit": None, "known_at_seq": None}


# Leaky variants: each is a mistake that somebody could make in one line. The property has to notice every one.

real_read, real_run, real_visible = reading._read, reading._run, reading.visible_labels
real_allowed = compiling._allowed
plain_question, plain_labels = compiling.compile_question.__wrapped__, compiling.compile_labels.__wrapped__


def table_of(spec, relation):
    """Return the relation with nothing kept out."""
    return real_allowed(spec, relation, frozenset(), TODAY).op().parent.to_expr()


def allowed_by(condition):
    """Make a variant of the restriction."""
    return lambda spec, relation, ids, today: (lambda t: t.filter(condition(t, ids, today)))(table_of(spec, relation))


def everything(house):
    """Return every row there is, hidden ones included."""
    return house.engine.run(EVERYTHING)


def with_view(change):
    """Make a variant of reading that changes the view after it was made."""

    def leaky(house, presence, now, question, entry):
        return change(house, real_read(house, presence, now, question, entry))

    return {"read": leaky}


def say_whether_hidden(house, view):
    """Give an empty answer another error when there is something to hide."""
    if view.rows_read == 0 and everything(house).num_rows:
        raise MissingError("rows-not-for-you", "There are rows, but you may not see them.")
    return view


def quote_a_row(house, view):
    """Put a value of some row into an error."""
    rows = everything(house)
    if view.rows_read == 0 and rows.num_rows:
        raise MissingError("nothing-found", f"Nothing found; did you mean {rows.column('place')[0]}?")
    return view


def order_by_hidden(house, presence, now, question, done, entry):
    """Break ties by how often an offence occurs in the whole table."""
    rows, basis = real_run(house, presence, now, question, done, entry)
    if question.measures or "offence" not in rows.column_names:
        return rows, basis
    often = everything(house).column("offence").to_pylist()
    keys = [-often.count(o) for o in rows.column("offence").to_pylist()]
    return rows.take(sorted(range(rows.num_rows), key=keys.__getitem__)), basis


def limit_first(question, spec, relation, ids, today, *, ties=False):
    """Restrict what the limit has left."""
    sql = compile_unrestricted(question, spec, relation, ids, today, ties=ties)
    if question.measures:
        return plain_question(question, spec, relation, ids, today, ties=ties)
    listed = ", ".join(map(str, sorted(ids))) or "NULL"
    return f"SELECT * FROM ({sql}) WHERE label_id IN ({listed}) AND expires_on > DATE '{today}'"


def compile_unrestricted(question, spec, relation, ids, today, *, ties=False):
    """Compile without the restriction."""
    kept, compiling._allowed = compiling._allowed, allowed_by(lambda t, ids, today: t.seq_from >= 0)
    try:
        return plain_question(question, spec, relation, ids, today, ties=ties)
    finally:
        compiling._allowed = kept


def groups_first(question, spec, relation, ids, today, *, ties=False):
    """Group everything, and restrict rows alone."""
    make = compile_unrestricted if question.measures else plain_question
    return make(question, spec, relation, ids, today, ties=ties)


def history_open(question, spec, relation, ids, today, *, ties=False):
    """Restrict what is known now, and forget about earlier commits."""
    make = plain_question if question.known_at_seq is None else compile_unrestricted
    return make(question, spec, relation, ids, today, ties=ties)


def tally_of_everything(question, spec, relation, ids, today, *, ties=False):
    """Count what was grouped where nothing was kept out."""
    sql = plain_question(question, spec, relation, ids, today, ties=ties)
    if not question.measures:
        return sql
    return f'SELECT * REPLACE ((SELECT count(*) FROM "{relation}") AS _rows) FROM ({sql})'


def labels_of_everything(question, spec, relation, ids, today):
    """Tell the labels of all rows that meet the conditions."""
    kept, compiling._allowed = compiling._allowed, allowed_by(lambda t, ids, today: t.seq_from >= 0)
    try:
        return plain_labels(question, spec, relation, ids, today)
    finally:
        compiling._allowed = kept


def remembered_by_question():
    """Keep compiled statements by question alone."""
    memory: dict[object, str] = {}

    def leaky(question, spec, relation, ids, today, *, ties=False):
        made = memory.get((question, relation)) or plain_question(question, spec, relation, ids, today, ties=ties)
        return memory.setdefault((question, relation), made)

    return leaky


def remembered_by_purpose(house, presence, now):
    """Keep allowed labels by purpose alone: markings, force and operation of whoever asked first count for all."""
    if now.purpose not in house._allowed:
        house._allowed[now.purpose] = real_visible(house, presence, now)
    return house._allowed[now.purpose]


def unknown_is_open(house, presence, now):
    """Allow what the rules do not refuse, which a label nobody knows is not."""
    refused = set(house.labels()) - real_visible(house, presence, now)
    return frozenset(i for i in everything(house).column("label_id").to_pylist() if i is not None) - refused


MUTANTS = {
    "labels are not asked": {"allowed": allowed_by(lambda t, ids, today: t.expires_on > today)},
    "expiry is not asked": {"allowed": allowed_by(lambda t, ids, today: t.label_id.isin(sorted(ids)))},
    "a row lives a day too long": {
        "allowed": allowed_by(lambda t, ids, today: t.label_id.isin(sorted(ids)) & (t.expires_on >= today))
    },
    "a row without a label is open": {
        "allowed": allowed_by(
            lambda t, ids, today: (t.label_id.isin(sorted(ids)) | t.label_id.isnull()) & (t.expires_on > today)
        )
    },
    "label or expiry": {
        "allowed": allowed_by(lambda t, ids, today: t.label_id.isin(sorted(ids)) | (t.expires_on > today))
    },
    "limit before restriction": {"question": limit_first},
    "groups before restriction": {"question": groups_first},
    "earlier commits are open": {"question": history_open},
    "labels told of all rows": {"labels": labels_of_everything, "few": 0, "few_read": 0},
    "tally of all rows": {"question": tally_of_everything},
    "rows read counts everything": with_view(lambda h, v: replace(v, rows_read=everything(h).num_rows)),
    "label when anything is there": with_view(lambda h, v: replace(v, label=h if everything(h).num_rows else None)),
    "earliest expiry of everything": with_view(
        lambda h, v: replace(v, expires_on=min(everything(h).column("expires_on").to_pylist(), default=None))
    ),
    "an empty answer says whether something is hidden": with_view(say_whether_hidden),
    "an error quotes a row": with_view(quote_a_row),
    "ties by what is common": {"run": order_by_hidden},
    "statements remembered by question": {"question": remembered_by_question()},
    "labels remembered by purpose": {"visible": remembered_by_purpose},
    "an unknown label is open": {"visible": unknown_is_open},
}

PLACES = {
    "allowed": (compiling, "_allowed"),
    "question": (reading, "compile_question"),
    "labels": (reading, "compile_labels"),
    "few": (compiling, "TALLIED_MAX"),
    "few_read": (reading, "TALLIED_MAX"),
    "run": (reading, "_run"),
    "read": (reading, "_read"),
    "visible": (reading, "visible_labels"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_leaky_variant_is_noticed(mutant, monkeypatch):
    """A property that cannot fail protects nobody."""
    monkeypatch.setattr(reading, "compile_question", plain_question)
    monkeypatch.setattr(reading, "compile_labels", plain_labels)
    for place, leaky in MUTANTS[mutant].items():
        monkeypatch.setattr(*PLACES[place], leaky)
    assert any(leaks(seed) for seed in range(300))


def leaks(seed: int) -> bool:
    """Say whether a case shows a difference; falling over where the other world does not is one too."""
    try:
        return bool(differences(draw_case(Random(seed))))
    except (KeyError, AttributeError, TypeError):
        return True
