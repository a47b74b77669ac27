"""Records and the tables that hold them: one source's claim about a person, object, location or event (POLE).

A table's shape is declared here once. Every table has the system columns of :data:`SYSTEM_COLUMNS`; columns about a
person live in a table of their own, ``<table>_person``, and protected characteristics in ``<table>_equality``, which
is sealed: only ``assess`` may open it, under its own mandate.
"""

from __future__ import annotations

from collections.abc import Mapping

from peelian.model.amendment import AMENDMENT
from peelian.model.links import LINK_TABLES
from peelian.model.pole import POLE_TABLES, STOP_PERSON
from peelian.model.table import HISTORY_COLUMN, KINDS, SYSTEM_COLUMNS, Column, Kind, TableSpec, text

__all__ = [
    "HISTORY_COLUMN",
    "KINDS",
    "SYSTEM_COLUMNS",
    "TABLES",
    "Column",
    "Kind",
    "TableSpec",
    "text",
]

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
        text("mo"),  # how it was done: the source's codes, in order, between bars
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
        text("place"),
        text("source_ref"),
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
    t.name: t
    for t in (
        INCIDENT,
        OUTCOME,
        STOP,
        STOP_PERSON,
        STOP_EQUALITY,
        *POLE_TABLES,
        *LINK_TABLES,
        AMENDMENT,
        PLAN,
        QUARANTINE,
    )
}
