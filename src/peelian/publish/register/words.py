"""Public words: what the register calls things. The precise word stands once on each page, in small print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from peelian.core.local_time import day_words, instant_words
from peelian.model.plain_words import table_words
from peelian.publish.register.bundle import Bundle, Permission
from peelian.publish.say import ENGLISH, Say

METHODS = {
    "hotspots": "This tool",
    "last-year": "Last year’s map",
    "past-plans": "The police’s own past plans",
    "kde": "A density map",
    "promap": "ProMap, a method from research",
    "gradient-boosting": "A black box, for comparison only",
    "oracle": "The best choice of all, knowing the future",
    "hindsight": "The best fixed map, known only afterwards",
    "hindsight-two-sided": "This tool, if shown the future too",
}

COLUMNS = {
    "offence": "the type of crime",
    "easting_m": "where on the map, west to east",
    "northing_m": "where on the map, south to north",
    "month": "the month",
    "at_start": "when it began, if known",
    "at_end": "when it ended, if known",
    "precision": "how exact the time is",
    "recorded_at": "when it was written down",
    "record_id": "a number for the report, so that a repeat counts once",
}

SUBJECTS = {
    "source": "Take in data",
    "method": "Use a tool",
    "assessment": "Test a tool",
    "sharing": "Share data",
    "duty": "Do a duty",
}

PHASES = {
    "pre-deployment": "trial, before any use",
    "private-beta": "pilot with a few users",
    "public-beta": "pilot",
    "production": "in use",
    "retired": "ended",
}

ACTS = {
    "assessment": "A test was published",
    "charter-loaded": "The rules were put into force",
    "checkpoint-gap": "The outside witnesses did not sign for a while",
    "halt": "Stopped",
    "lift": "The stop was lifted",
    "mandate-adopted": "Permission was given",
    "mandate-ended": "Permission was ended",
    "registration": "What a test will measure was written down, before the test",
    "settings-loaded": "The settings were changed",
}


STATES = {
    "stopped": ("Stopped", "stopped"),
    "expired": ("Ended", "off"),
    "proposed": ("Asked for, not allowed", "wait"),
    "papers outdated": ("Off: papers out of date", "stopped"),
    "papers too new": ("Not yet: its papers are too new", "off"),
    "not begun": ("Allowed, not begun", "wait"),
}
"""State of a permission that is not in force -> in public words, and which tag shows it."""

IN_FORCE = {
    "production": ("In use", "on"),
    "retired": ("Ended", "off"),
    "pre-deployment": ("Trial", "pilot"),
    "other": ("Pilot", "pilot"),
}
"""Phase of a permission in force -> the same."""


def state_of(permission: Permission) -> tuple[str, str]:
    """Return the state of a permission in public words, and which tag shows it: on, pilot, wait, stopped or off."""
    if permission["state"] in STATES:
        return STATES[permission["state"]]
    return IN_FORCE.get(permission["phase"], IN_FORCE["other"])


def month_words(month: str) -> str:
    """Write ``2026-05`` as ``May 2026``."""
    return f"{date.fromisoformat(month + '-01'):%B %Y}"


def column_words(column: str) -> str:
    """Say what a column of a table holds."""
    name = column.rpartition(".")[2]
    return COLUMNS.get(name, name.replace("_", " "))


class Words:
    """Names things of one bundle for its pages.

    Parameters
    ----------
    bundle : Bundle
    say : callable
        Says words in the site's language (:mod:`peelian.publish.say`).
    """

    def __init__(self, bundle: Bundle, say: Say = ENGLISH) -> None:
        self.bundle = bundle
        self.say = say
        self.zone = ZoneInfo(bundle["force"]["timezone"])
        self.permissions = {p["id"]: p for p in bundle["permissions"]}
        self.sources = {s["id"]: s for s in bundle["sources"]}
        self.areas = {a["id"]: a for a in bundle["areas"]}

    def instant(self, at: str) -> str:
        """Write an instant on the local clock."""
        return instant_words(datetime.fromisoformat(at), self.zone)

    def day(self, on: str) -> str:
        """Write a day."""
        return day_words(date.fromisoformat(on)) if on else ""

    def purpose(self, purpose_id: str) -> str:
        """Name a purpose."""
        return str(self.bundle["purposes"].get(purpose_id, {}).get("title", purpose_id))

    def role(self, role_id: str) -> str:
        """Name a role."""
        return self.bundle["roles"].get(role_id, {}).get("title", role_id)

    def offence(self, offence_id: str) -> str:
        """Name a type of crime."""
        return str(self.bundle["offences"].get(offence_id, {}).get("title", offence_id))

    def table(self, table: str) -> str:
        """Name a table."""
        return self.say(table_words(table))

    def column(self, column: str) -> str:
        """Say what a column of a table holds."""
        return self.say(column_words(column))

    def columns(self, columns: list[str]) -> list[str]:
        """Say what each of some columns holds, what matters most to people first."""
        order = [*COLUMNS]
        known = [c for name in order for c in columns if c.rpartition(".")[2] == name]
        return [self.column(c) for c in [*known, *(c for c in columns if c not in known)]]

    def method(self, method: str) -> str:
        """Name a way of choosing places."""
        return self.say(METHODS.get(method, method))

    def rule(self, words: str) -> str:
        """Say a rule's words in general: what it fills in at a refusal stands in braces, after a word for it."""
        return re.sub(r"\b(\w+) \{\1\}", r"\1", words, flags=re.IGNORECASE).replace("{", "").replace("}", "")

    def act(self, op: str) -> str:
        """Say what an act of office was."""
        return self.say(ACTS.get(op, op))

    def phase(self, phase: str) -> str:
        """Say at what stage something is."""
        return self.say(PHASES.get(phase, phase))

    def subject(self, subject: str) -> str:
        """Say what kind of thing a permission allows."""
        return self.say(SUBJECTS.get(subject, subject))

    def state(self, permission: Permission) -> tuple[str, str]:
        """Return the state of a permission in public words, and which tag shows it."""
        word, tag = state_of(permission)
        return self.say(word), tag

    def month(self, month: str) -> str:
        """Write a month."""
        return month_words(month)

    def retention(self, retention_id: str) -> str:
        """Say how long something is kept."""
        for kept in self.bundle["retention"]:
            if kept["id"] == retention_id:
                return kept["period"]
        return retention_id

    def fact(self, fact: str, item: str) -> str:
        """Name an item of what a document was written about."""
        names: Mapping[str, Any] = {
            "purposes": self.purpose,
            "roles": self.role,
            "offences": self.offence,
            "reads": self.column,
            "may_open": self.table,
            "sources": lambda s: self.sources[s]["title"] if s in self.sources else s,
            "retention": self.retention,
        }
        return str(names[fact](item)) if fact in names else item
