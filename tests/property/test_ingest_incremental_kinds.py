"""Every format that a new source may come in: night after night gives what one reading gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peelian.app.intake.deliveries import watch
from peelian.ingest.safe_zip import list_files
from tests.support.exports import Lake, Rows, assert_nights_equal_a_rebuild, write_export
from tests.support.fleet import FORMATS, LIKE, as_export, fleet, journey, rider
from tests.support.mysql import fresh_schema, mysql  # noqa: F401
from tests.support.postgres import fresh_database, postgres  # noqa: F401

FEW = settings(
    max_examples=2,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
FILES = [form for form in FORMATS if form != "url"]
PLACES, PARTS = ("Mill Road", "Quay", ""), ("DRIVER", "PASSENGER", "STOWAWAY")

# Few values each, so that numbers repeat, riders wait for their journey, and days change: the hard cases are common.
numbers = st.integers(0, 3)
journeys = st.lists(
    st.builds(journey, numbers, st.integers(1, 3), st.sampled_from(PLACES), st.sampled_from([None, "Late."])),
    min_size=1,
    max_size=6,
)
riders = st.lists(
    st.builds(rider, numbers, st.integers(0, 2), st.sampled_from(PARTS), st.sampled_from([None, "B1", "B2"])),
    min_size=1,
    max_size=6,
)
nights = st.builds(lambda a, b: {"journeys": a, "riders": b}, journeys, riders)


def _written(tables: dict[str, Rows], form: str) -> dict[str, bytes]:
    return write_export(as_export(tables, form), as_export(dict(LIKE), form))


@pytest.mark.parametrize("form", FILES)
@FEW
@given(st.lists(nights, min_size=1, max_size=3))
def test_nights_of_every_format_equal_a_rebuild(tmp_path, form, history):
    """A new source is a folder with a contract; whatever it is written in, nothing is lost or left over."""
    assert_nights_equal_a_rebuild(fleet(tmp_path, form), [_written(tables, form) for tables in history])


@pytest.mark.soak
@pytest.mark.parametrize("form", FILES)
@settings(FEW, max_examples=50)
@given(st.lists(nights, min_size=1, max_size=6))
def test_many_nights_of_every_format_equal_a_rebuild(tmp_path, form, history):
    """The same, often."""
    assert_nights_equal_a_rebuild(fleet(tmp_path, form), [_written(tables, form) for tables in history])


@FEW
@given(nights)
def test_every_format_gives_the_same_rows(tmp_path, tables):
    """What a force knows must not depend on what its export was written in."""
    held = {form: Lake(fleet(tmp_path / form, form)).load(_written(tables, form)).all_rows() for form in FILES}
    plain = {form: {row for row in rows if row[0] != "quarantine"} for form, rows in held.items()}
    assert all(rows == plain["csv"] for rows in plain.values()), sorted(plain)


_KEYS = {"journeys": ("number",), "riders": ("number", "seat")}


class Live:
    """A database that somebody works in: rows come, go and change, and the clock ticks in whole seconds, or not."""

    def __init__(self, url: str):
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)
        self.tick = 0
        meta = sa.MetaData()
        self.tables = {name: sa.Table(name, meta, *(_column(c) for c in LIKE[name][0])) for name in LIKE}
        meta.drop_all(self.engine)
        meta.create_all(self.engine)

    def work(self, chance: random.Random) -> None:
        """Let a night of work pass."""
        with self.engine.begin() as con:
            for name, table in self.tables.items():
                for _ in range(chance.randint(0, 3)):
                    self.tick += chance.randint(0, 1)
                    _one_act(con, table, _KEYS[name], chance, self.tick)


def _column(name: str) -> sa.Column:
    kind = {"started": sa.DateTime(), "changed": sa.DateTime(), "born": sa.Date(), "seat": sa.Integer()}
    return sa.Column(name, kind.get(name, sa.String(60)))


def _one_act(con: sa.Connection, table: sa.Table, key: tuple[str, ...], chance: random.Random, tick: int) -> None:
    """Insert a row (now and then one that was written elsewhere before), change one, or delete one."""
    made = journey if table.name == "journeys" else rider
    second = {"journeys": chance.randint(1, 3), "riders": chance.randint(0, 1)}[table.name]
    row = made(chance.randint(0, 3), second, tick=chance.choice([tick, max(tick - 2, 0)]))
    values = {c.name: _typed(c, row[c.name]) for c in table.columns}
    here = sa.and_(*(table.c[k] == values[k] for k in key))
    there = con.execute(sa.select(sa.func.count()).select_from(table).where(here)).scalar_one()
    if not there:
        con.execute(table.insert().values(values))
    elif chance.random() < 0.4:
        con.execute(table.delete().where(here))
    else:
        what = {"journeys": {"place": chance.choice(PLACES)}, "riders": {"part": chance.choice(PARTS)}}[table.name]
        now = _typed(table.c.changed, made(0, 0, tick=tick)["changed"])
        con.execute(table.update().where(here).values(what | {"changed": now}))


def _typed(column: sa.Column, value: object) -> object:
    """Turn a text into what the column holds."""
    kinds: dict[type, Callable[[str], object]] = {
        sa.DateTime: sa.func.now().type.python_type.fromisoformat,
        sa.Date: sa.func.current_date().type.python_type.fromisoformat,
        sa.Integer: int,
    }
    return kinds.get(type(column.type), lambda v: v)(value) if value is not None else None  # type: ignore[arg-type]


def _check_live(folder: Path, url: str, chance: random.Random, n_nights: int) -> None:
    live, source = Live(url), fleet(folder, "url")
    lake, files = Lake(source), {"fleet.url": url.encode()}
    try:
        for _ in range(n_nights):
            live.work(chance)
            before = dict(lake.rows)
            lake.load(files)
            assert lake.rows == before | Lake(source).load(files).rows
        assert len(lake.rows) == len(LIKE)
    finally:
        live.engine.dispose()


def test_nights_of_a_live_database_equal_a_rebuild(tmp_path):
    """A row that is changed twice in one second, or goes while an older one comes, must not be overlooked."""
    _check_live(tmp_path, f"sqlite:///{tmp_path / 'fleet.sqlite'}", random.Random(7), n_nights=5)


@pytest.mark.soak
@settings(FEW, max_examples=25)
@given(chance=st.randoms(use_true_random=False))
def test_many_nights_of_a_live_database_equal_a_rebuild(tmp_path, chance):
    """The same, often."""
    _check_live(tmp_path, f"sqlite:///{tmp_path / 'fleet.sqlite'}", chance, n_nights=8)


@pytest.mark.soak
def test_nights_of_postgres_equal_a_rebuild(tmp_path, postgres):  # noqa: F811
    """A server's own types and order of texts must not look like changes."""
    with fresh_database(postgres) as url:
        for seed in range(5):
            _check_live(tmp_path, url, random.Random(seed), n_nights=6)


@pytest.mark.soak
def test_nights_of_mysql_equal_a_rebuild(tmp_path, mysql):  # noqa: F811
    """The same on MySQL or MariaDB, whose texts are compared without regard to case."""
    with fresh_schema(mysql) as url:
        for seed in range(5):
            _check_live(tmp_path, url, random.Random(seed), n_nights=6)


@FEW
@given(st.lists(nights, min_size=1, max_size=3))
def test_a_watched_folder_equals_a_rebuild(tmp_path, history):
    """A folder that is looked at all night takes each delivery once and whole."""
    source, folder = fleet(tmp_path, "csv"), tmp_path / "watched"
    folder.mkdir(exist_ok=True)
    lake = Lake(source)
    coming = iter([files for tables in history for files in (_written(tables, "csv"), {})])

    def deliver(_seconds: float) -> None:
        for name, data in next(coming).items():
            (folder / name).write_bytes(data)

    def take() -> dict[str, object]:
        lake.load({f.name: f.read() for f in list_files(folder).files})
        return {}

    for path in folder.iterdir():
        path.unlink()
    taken = list(watch(take, folder, every_s=0, rounds=2 * len(history) + 1, sleep=deliver))
    assert len(taken) == len(history)
    assert lake.rows == Lake(source).load(_written(history[-1], "csv")).rows
