"""What tables are called in front of people: on the register, at the desk, in the panel room, in a rule's reasons."""

from __future__ import annotations

from collections.abc import Mapping

TABLES: Mapping[str, str] = {
    "amendment": "what was corrected, contested, restricted or held",
    "call": "calls to the police",
    "call_person": "people named in calls",
    "call_text": "what was written of calls",
    "call_vehicle": "vehicles named in calls",
    "court_order": "court orders",
    "court_order_person": "people whom court orders name",
    "custody": "stays in custody",
    "custody_person": "people who were in custody",
    "incident": "reported crimes",
    "incident_person": "people in reported crimes",
    "incident_text": "what was written of reported crimes",
    "incident_vehicle": "vehicles in reported crimes",
    "intelligence": "intelligence reports",
    "intelligence_person": "people in intelligence reports",
    "intelligence_text": "what intelligence reports say",
    "intelligence_vehicle": "vehicles in intelligence reports",
    "link_verdict": "what people decided on links between records",
    "missing": "reports of people missing or at risk",
    "missing_person": "people in reports of missing or at risk",
    "outcome": "what came of reported crimes",
    "person_link": "links between records of people",
    "plan": "past patrol plans",
    "plate_read": "plates that cameras read",
    "quarantine": "rows that were set aside, without their values",
    "stop": "stops and searches",
    "stop_equality": "protected groups of people who were stopped",
    "stop_person": "people who were stopped",
    "stop_vehicle": "vehicles that were stopped",
    "tenancy": "tenancies that a landlord reported",
    "warning": "warnings",
}
"""Table -> what people call it. A test holds that every table has its words."""


def table_words(table: str) -> str:
    """Return what people call a table; a table nobody has named yet goes by its own name, without underscores."""
    return TABLES.get(table, table.replace("_", " "))
