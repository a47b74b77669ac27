"""What is known about which records are of one person: edges found by machine, and what people judged.

Both name records and nobody: a record's person is whoever its source wrote about. Each row carries the combined label
of the records that it rests on, and the earliest of their expiries.
"""

from __future__ import annotations

from peelian.model.table import Column, TableSpec, text

PERSON_LINK = TableSpec(
    "person_link",
    (
        text("record_a"),  # the lesser of the two ids
        text("record_b"),
        Column("weight_mbit", "int"),  # evidence that the two are of one person, thousandths of a bit
        text("reason"),  # why the edge waits for a reviewer; empty for one that is accepted
        text("release"),  # hash of the model release that it follows from
        text("hash_a"),  # the records' row hashes as they were compared: an edge of a changed record is shown to nobody
        text("hash_b"),
        text("widest_a"),  # of each record the widest cluster of joining edges: finds what hangs together, never shown
        text("widest_b"),
    ),
)

NAME_AND_HOME = "name-and-home"
"""Reason of an edge that rests on a name and a home alone, of two records that give no date of birth: it joins where
what hangs together gives one somewhere, and waits where none is known: a father and a son may be so called."""

JOINING = ("", NAME_AND_HOME)
"""Reasons of the edges over which records may hang together; all others only wait."""

LINK_VERDICT = TableSpec(
    "link_verdict",  # one row for each record that a verdict names
    (
        text("verdict_id"),
        text("found"),  # same, not-same or cannot-tell
        text("record"),
        Column("side", "int"),  # 0, or 1 for those that were found to be another person
        text("reason", personal=True),
        text("author"),
        Column("at", "instant"),
        Column("needs_two", "bool"),  # a finding of "same" that counts only once another person has found it too
    ),
)

LINK_TABLES: tuple[TableSpec, ...] = (PERSON_LINK, LINK_VERDICT)

COMPARED: tuple[str, ...] = (
    "person_ref", "forenames", "surname", "aliases", "birth_on", "address", "postcode", "phones",
)  # fmt: skip
"""Columns of a person table that records are compared by."""
