"""Records and the tables that hold them: one source's claim about a person, object, location or event (POLE).

A table's shape is declared here once. Every table has the system columns of :data:`SYSTEM_COLUMNS`; columns about a
person live in a table of their own, ``<table>_person``, and protected characteristics in ``<table>_equality``, which
is sealed: only ``assess`` may open it, under its own mandate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Kind = str
"""A column's type: ``text int float bool day instant``. Instants are integer microseconds UTC."""

KINDS: frozenset[Kind] = frozenset({"text", "int", "float", "bool", "day", "instant"})


@dataclass(frozen=True)
class Column:
    """A declared column: its type, and whether its values are about a person or are a protected characteristic."""

    name: str
    kind: Kind
    personal: bool = False
    protected: bool = False


@dataclass(frozen=True)
class TableSpec:
    """A declared table. Columns nobody declared do not exist.

    Parameters
    ----------
    name : str
        Table name, snake case.
    columns : tuple of Column
        The domain columns, in order; system columns come on top.
    sealed : bool
        True for equality tables: opened by ``assess`` alone, under its own mandate.
    """

    name: str
    columns: tuple[Column, ...]
    sealed: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Return the domain columns' names, in order."""
        return tuple(c.name for c in self.columns)

    @property
    def has_personal(self) -> bool:
        """Say whether any column is about a person."""
        return any(c.personal or c.protected for c in self.columns)

    def column(self, name: str) -> Column:
        """Return the named column, system columns included. Raises KeyError."""
        for c in (*self.columns, *SYSTEM_COLUMNS):
            if c.name == name:
                return c
        raise KeyError(name)


SYSTEM_COLUMNS: tuple[Column, ...] = (
    Column("record_id", "text"),  # 32 hex digits: SHA-256 of pepper, source and natural key, cut
    Column("subject_id", "text"),  # the source's own person id (peppered), or the record itself; never a cluster
    Column("slice_id", "text"),  # the unit a source re-publishes whole, e.g. police_uk/metropolitan/street/2019-05
    Column("row_hash", "text"),  # 32 hex digits over pepper and the domain columns: says whether a row changed
    Column("label_id", "int"),
    Column("expires_on", "day"),
    Column("recorded_at", "instant"),  # when the source said it, so far as known; else when it was first read
    Column("seq_from", "int"),  # the commit that wrote this version
)

HISTORY_COLUMN = Column("seq_to", "int")
"""History tables hold superseded versions: visible at commit s when ``seq_from <= s < seq_to``."""


def text(name: str, **flags: bool) -> Column:
    """Declare a text column."""
    return Column(name, "text", **flags)


INCIDENT = TableSpec(
    "incident",
    (
        text("force"),
        text("offence"),  # offence id, e.g. burglary
        Column("month", "int"),  # 12 * year + month - 1 of the start, for month-only sources and fast filters
        Column("at_start", "instant"),  # half-open [at_start, at_end); a month for month-only sources
        Column("at_end", "instant"),
        text("precision"),  # exact, interval, day or month
        Column("easting_m", "float"),  # in the deployment's projected reference system
        Column("northing_m", "float"),
        text("place"),  # street or map point as the source words it
        text("area_code"),  # the source's small-area code, e.g. LSOA
        text("outcome"),  # last outcome category as the source states it
        text("source_ref"),  # the source's own reference, may repeat or be empty
    ),
)

OUTCOME = TableSpec(
    "outcome",
    (
        text("force"),
        Column("month", "int"),
        text("outcome"),
        text("outcome_stated"),
        text("area_code"),
        text("source_ref"),
    ),
)

STOP = TableSpec(
    "stop",
    (
        text("force"),
        Column("at", "instant"),
        Column("month", "int"),
        text("stop_type"),
        text("legislation"),
        text("search_object"),
        text("outcome"),
        text("outcome_stated"),
        Column("outcome_linked", "bool"),
        Column("easting_m", "float"),
        Column("northing_m", "float"),
        Column("part_of_operation", "bool"),
    ),
)

STOP_PERSON = TableSpec(
    "stop_person",
    (
        text("role"),  # DPA 2018 s.38 category; a person searched is not thereby a suspect: "other"
        text("age_band", personal=True),
        Column("more_than_outer_clothing_removed", "bool", personal=True),
    ),
)

STOP_EQUALITY = TableSpec(
    "stop_equality",
    (
        text("sex", protected=True),
        text("ethnicity_self_defined", protected=True),
        text("ethnicity_officer_defined", protected=True),
    ),
    sealed=True,
)

PLAN = TableSpec(
    "plan",  # the force's own past patrol plans: present practice, when it is loaded
    (
        text("force"),
        text("offence"),
        Column("month", "int"),
        text("plan_ref"),
        Column("rank", "int"),
        Column("easting_m", "float"),
        Column("northing_m", "float"),
    ),
)

QUARANTINE = TableSpec(
    "quarantine",  # declared columns only: file hash, line and reason; replay re-reads the source
    (
        text("source"),
        text("file_name"),
        text("file_sha256"),
        Column("line", "int"),
        text("reason"),
        text("column_name"),
    ),
)

TABLES: Mapping[str, TableSpec] = {
    t.name: t for t in (INCIDENT, OUTCOME, STOP, STOP_PERSON, STOP_EQUALITY, PLAN, QUARANTINE)
}
