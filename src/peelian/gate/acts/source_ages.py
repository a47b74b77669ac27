"""How old each source is, and what of it this person could look into for what they work on: no rows are opened.

An answer that does not say what was left out reads like "nothing is known". What is told here rests on the charter and
the ledger alone, never on rows, so it is the same whatever rows there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from peelian.core.errors import Reason
from peelian.core.time import from_micros
from peelian.gate.acts.office import mandate_states
from peelian.gate.house import House
from peelian.gate.judging import circumstances
from peelian.gate.presence import Presence
from peelian.model.mandate import Mandate
from peelian.model.plain_words import table_words

_READING = frozenset({"method", "assessment", "duty", "sharing"})
"""Mandates under which tables can be opened at all (``grant-open``)."""

_NOT_RECORDS = frozenset({"quarantine"})
"""What was set aside at the door belongs to no answer."""


@dataclass(frozen=True)
class Shut:
    """A table of a source that is not open, with every reason."""

    table: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class SourceAge:
    """One source, as this person meets it now.

    Parameters
    ----------
    source, title, mandate : str
        Its name, its mandate's title and id.
    state : str
        Of its mandate: a source that is stopped or has ended brings nothing new, what it brought stays.
    ends_at : datetime
        When its mandate ends.
    loaded_at : datetime or None
        When its last delivery was committed; None when it never was taken in.
    serves : bool
        Whether its rows may serve what this person works on.
    opens : tuple of str
        Tables that a look-up would search.
    shut : tuple of Shut
        Tables that it would not, and why.
    """

    source: str
    title: str
    mandate: str
    state: str
    ends_at: datetime
    loaded_at: datetime | None
    serves: bool
    opens: tuple[str, ...]
    shut: tuple[Shut, ...]

    @property
    def searched(self) -> bool:
        """Say whether a look-up would search anything of it."""
        return bool(self.opens) and self.loaded_at is not None


def source_ages(house: House, presence: Presence) -> list[SourceAge]:
    """Tell every source of the charter, by name."""
    states = mandate_states(house)
    sources = [m for m in house.charter.mandates.values() if m.label]  # a source's own, or a partner's agreement
    verdicts = {t: _reasons(house, presence, t) for t in sorted({t for m in sources for t in m.scope.tables})}
    return [_age(house, presence, m, states[m.id], verdicts) for m in sorted(sources, key=lambda m: m.target)]


def _age(
    house: House, presence: Presence, mandate: Mandate, state: str, verdicts: dict[str, tuple[Reason, ...]]
) -> SourceAge:
    kept_for = mandate.label.get("purposes", ())
    serves = isinstance(kept_for, Iterable) and presence.purpose in set(kept_for)
    tables = sorted(mandate.scope.tables - _NOT_RECORDS)
    lacking = () if serves or not presence.purpose else (_serves_other_purposes(house, presence, mandate),)
    shut = tuple(Shut(t, verdicts[t] + lacking) for t in tables if verdicts[t] or lacking)
    loaded = house.head.loaded.get(mandate.id)
    return SourceAge(
        source=mandate.target,
        title=mandate.title,
        mandate=mandate.id,
        state=state,
        ends_at=mandate.ends_at,
        loaded_at=None if loaded is None else from_micros(loaded),
        serves=serves,
        opens=tuple(t for t in tables if t not in {s.table for s in shut}),
        shut=shut,
    )


def _reasons(house: House, presence: Presence, table: str) -> tuple[Reason, ...]:
    """Return nothing when some mandate lets this person open a table now, else every reason of those that might."""
    purpose, found = presence.purpose, []
    fitting = [m for m in house.charter.mandates.values() if m.subject in _READING and table in m.scope.tables]
    for mandate in sorted((m for m in fitting if purpose in m.purposes), key=lambda m: m.id):
        spec = house.lake.spec(table)
        columns = [c for c in spec.column_names if f"{table}.{c}" in mandate.scope.columns]
        now = circumstances(house, presence, mandate.id)
        verdict = house.rulebook.judge_open(presence.actor, now, table, columns, spec.sealed)
        if verdict.allow:
            return ()
        found += list(verdict.reasons)
    return tuple(dict.fromkeys(found)) or (_no_mandate(house, purpose, table),)


def _title(house: House, purpose: str) -> str:
    known = house.charter.purposes.get(purpose)
    return known.title if known else ""


def _no_mandate(house: House, purpose: str, table: str) -> Reason:
    if not purpose:
        what = "No operation, shift or incident is set, so there is no purpose to look anything up for."
        return Reason("operation-missing", what, "your supervisor", "Choose what you work on.")
    what = f'No permission opens {table_words(table)} for the purpose "{_title(house, purpose)}".'
    return Reason("no-mandate", what, "the elected body", "Ask for a permission, with the reason why it is needed.")


def _serves_other_purposes(house: House, presence: Presence, mandate: Mandate) -> Reason:
    what = f'What this source brings may not be used for the purpose "{_title(house, presence.purpose)}".'
    return Reason("label-purpose", what, "the approver named in the source's mandate", "Nothing: it stays unseen.")
