"""Tables that a force's own systems feed: who, what and where was in which event, as each system words it.

An event has a table (``custody``), and what is about people in it has tables of its own (``custody_person``,
``custody_vehicle``, ``custody_text``), row by row: ``event_ref`` there is ``source_ref`` of the event, within a source.
A row about a person says what one system wrote about one person in one event. It is never about a resolved cluster.
"""

from __future__ import annotations

from peelian.model.table import Column, TableSpec, text

PERSON_COLUMNS: tuple[Column, ...] = (
    text("event_ref"),
    Column("person_no", "int"),  # which of the event's people, counted from 0 in the system's own order
    text("role"),  # DPA 2018 s.38 category: suspect, convicted, victim, witness or other
    text("role_stated"),  # the system's own word for it
    text("person_ref", personal=True),  # the system's own number for the person; may repeat or be empty
    text("forenames", personal=True),
    text("surname", personal=True),
    text("aliases", personal=True),  # other names, between bars
    Column("birth_on", "day", personal=True),
    Column("died_on", "day", personal=True),
    text("address", personal=True),
    text("postcode", personal=True),
    text("phones", personal=True),  # between bars, digits and a leading plus only
)
"""What a system can say of a person in an event. Sex is a protected characteristic and in no such table."""

VEHICLE_COLUMNS: tuple[Column, ...] = (
    text("event_ref"),
    Column("vehicle_no", "int"),  # which of the event's vehicles, counted from 0 in the system's own order
    text("role"),  # used, owned, seen, taken, damaged or other
    text("plate", personal=True),  # as written by the system; may have misread or missing characters
    text("make"),
    text("model"),
    text("colour"),
)

TEXT_COLUMNS: tuple[Column, ...] = (text("event_ref"), text("text", personal=True))


def _people(event: str) -> TableSpec:
    return TableSpec(f"{event}_person", PERSON_COLUMNS)


def _vehicles(event: str) -> TableSpec:
    return TableSpec(f"{event}_vehicle", VEHICLE_COLUMNS)


def _texts(event: str) -> TableSpec:
    return TableSpec(f"{event}_text", TEXT_COLUMNS)


STOP_PERSON = TableSpec(
    "stop_person",
    (
        text("role"),  # DPA 2018 s.38 category; a person searched is not thereby a suspect: "other"
        text("age_band", personal=True),
        Column("more_than_outer_clothing_removed", "bool", personal=True),
        *(c for c in PERSON_COLUMNS if c.name != "role"),
    ),
)

CUSTODY = TableSpec(
    "custody",
    (
        text("force"),
        text("source_ref"),
        text("suite"),
        text("offence"),
        Column("at_arrival", "instant"),
        Column("at_release", "instant"),  # null while detained
        text("outcome"),
    ),
)

INTELLIGENCE = TableSpec(
    "intelligence",
    (
        text("force"),
        text("source_ref"),
        Column("at", "instant"),
        text("source_grade"),  # 3x5x2: 1 reliable, 2 untested, 3 not reliable; an older scheme keeps its own
        text("information_grade"),  # A known directly ... E suspected false
        text("handling"),  # P or C
        text("topic"),
        text("place"),
        Column("easting_m", "float"),
        Column("northing_m", "float"),
    ),
)

CALL = TableSpec(
    "call",
    (
        text("force"),
        text("source_ref"),
        Column("at", "instant"),
        Column("at_closed", "instant"),
        text("grade"),  # how urgently it was to be attended, as the control room graded it
        text("kind"),
        text("result"),
        text("place"),
        Column("easting_m", "float"),
        Column("northing_m", "float"),
    ),
)

PLATE_READ = TableSpec(
    "plate_read",
    (
        text("camera"),
        Column("at", "instant"),
        text("plate", personal=True),
        Column("easting_m", "float"),
        Column("northing_m", "float"),
    ),
)

MISSING = TableSpec(
    "missing",
    (
        text("force"),
        text("source_ref"),
        text("kind"),  # missing-child, missing-adult, exploitation-concern, adult-at-risk
        text("risk"),
        Column("at", "instant"),
        Column("at_found", "instant"),
        text("place"),
    ),
)

COURT_ORDER = TableSpec(
    "court_order",
    (
        text("force"),
        text("source_ref"),
        text("kind"),  # bail, warrant, non-molestation, restraining, stalking-protection, other
        text("conditions"),  # codes, between bars
        text("court"),
        text("state"),  # in-force, ended, breached
        Column("from_on", "day"),
        Column("until_on", "day"),
    ),
)

WARNING = TableSpec(
    "warning",
    (
        text("source_ref"),
        text("event_ref"),
        text("about"),  # person, address or vehicle
        text("kind"),  # weapons, violent, dog, firearms, self-harm, contagious, other
        text("person_ref", personal=True),
        text("address", personal=True),
        text("plate", personal=True),
        Column("from_on", "day"),
        Column("review_on", "day"),
        text("grade"),
    ),
)

TENANCY = TableSpec(
    "tenancy",  # a partner's, under a sharing agreement: three safeguarding fields and the address
    (
        text("source_ref"),
        text("address", personal=True),
        text("postcode", personal=True),
        Column("tenancy_from", "day", personal=True),
        Column("cuckooing_concern", "bool", personal=True),
        Column("vulnerable_tenant", "bool", personal=True),
    ),
)

POLE_TABLES: tuple[TableSpec, ...] = (
    _people("incident"),
    _vehicles("incident"),
    _texts("incident"),
    CUSTODY,
    _people("custody"),
    INTELLIGENCE,
    _people("intelligence"),
    _vehicles("intelligence"),
    _texts("intelligence"),
    CALL,
    _people("call"),
    _vehicles("call"),
    _texts("call"),
    PLATE_READ,
    _vehicles("stop"),
    MISSING,
    _people("missing"),
    COURT_ORDER,
    _people("court_order"),
    WARNING,
    TENANCY,
)

PERSON_TABLES: tuple[str, ...] = tuple(
    f"{event}_person" for event in ("incident", "custody", "intelligence", "call", "stop", "missing", "court_order")
)
"""Every table with :data:`PERSON_COLUMNS`: what resolving and searching people read."""
