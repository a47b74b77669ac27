"""What the charter says of the panel, of publication, of practice and of each tool, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from peelian.policy import floor_forms as forms


@dataclass(frozen=True)
class Seat:
    """A seat of the panel. ``held_by`` is ``""`` for an empty one."""

    id: str
    appointed_by: str
    held_by: str
    interests: str = ""


@dataclass(frozen=True)
class Panel:
    """The oversight panel and its powers.

    Parameters
    ----------
    seats : tuple of Seat
        All of them, empty ones too.
    quorum : int
        How many seats must be held for the panel to be a panel.
    stop_signatures : int
        How many members sign a stop, or its lifting.
    answer_days : int
        Within how many days the owner of a stopped tool answers in public.
    below_quorum_days : int
        After how many days below quorum no mandate is renewed.
    witnesses_min : int
        Outside witnesses that must countersign the log, at the least; no setting of the force goes below.
    pair_days : int
        Days within which a colleague's look-up of what somebody may not look up is put before standards.
    """

    seats: tuple[Seat, ...]
    quorum: int
    stop_signatures: int
    answer_days: int
    below_quorum_days: int
    witnesses_min: int
    pair_days: int

    @property
    def members(self) -> frozenset[str]:
        """Return who holds a seat."""
        return frozenset(s.held_by for s in self.seats if s.held_by)

    @property
    def quorate(self) -> bool:
        """Say whether enough seats are held."""
        return len(self.members) >= self.quorum

    def as_dict(self) -> dict[str, object]:
        """Return the panel as plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Source:
    """Where a number comes from. ``unchecked`` is never stated as law."""

    citation: str
    effective_from: date
    status: str
    checked_by: str


@dataclass(frozen=True)
class Publication:
    """What is done to counts before anybody outside sees them, and how fresh pages must be.

    Parameters
    ----------
    suppress_below : int
        Counts below this are not shown.
    round_to : int
        Counts that are shown are rounded to multiples of this.
    plan_delay_days : int
        A plan is spoken of in public so many days after its end.
    log_bucket_days : int
        The public log tells no finer time than this.
    checkers : int
        How many people check a release before it goes out.
    stale_hours : int
        A page older than this says that it is out of date.
    papers_public_days : int
        A tool's impact papers are public for so many days before it is used.
    sources : mapping of str to Source
        Where each of these numbers comes from, by name.
    """

    suppress_below: int
    round_to: int
    plan_delay_days: int
    log_bucket_days: int
    checkers: int
    stale_hours: int
    papers_public_days: int
    sources: Mapping[str, Source]


@dataclass(frozen=True)
class PracticeSet:
    """What passing takes: of ``cases`` a ``share_wrong`` is wrong; ``must_catch`` of those, ``must_keep`` of others."""

    id: str
    cases: int
    share_wrong: float
    must_catch: float
    must_keep: float
    valid_months: int
    covers: tuple[str, ...] = ()  # other tables about people that it counts for

    @property
    def counts_for(self) -> frozenset[str]:
        """Return everything that somebody who passed it is trained for."""
        return frozenset({self.id, *self.covers})


@dataclass(frozen=True)
class Tool:
    """What the public register says of a tool, in people's words.

    Parameters
    ----------
    described : mapping
        What its documents were written about; compared with what runs.
    documents : tuple of mapping
        Assessments of impact: ``kind title written_on by answers``.
    """

    id: str
    title: str
    one_line: str
    what: str
    not_for: str
    contact: str
    contact_email: str
    contact_post: str
    area_name: str
    team: str
    supplier: str
    cost: str
    problem: str
    alternatives: tuple[Mapping[str, str], ...]
    cannot: tuple[str, ...]
    harms: tuple[Mapping[str, str], ...]
    described: Mapping[str, object]
    documents: tuple[Mapping[str, object], ...]


def panel_from(form: forms.PanelForm) -> Panel:
    """Turn ``panel.yml`` into the value."""
    seats = tuple(Seat(s.id, s.appointed_by, s.held_by or "", s.interests) for s in form.seats)
    numbers = ("quorum", "stop_signatures", "answer_days", "below_quorum_days", "witnesses_min", "pair_days")
    return Panel(seats, *(getattr(form, name) for name in numbers))


def publication_from(form: forms.PublicationForm) -> Publication:
    """Turn ``publication.yml`` into the value."""
    settings: dict[str, forms.SettingForm] = {name: getattr(form, name) for name in type(form).model_fields}
    sources = {n: Source(s.citation, s.effective_from, s.status, s.checked_by) for n, s in settings.items()}
    return Publication(**{n: s.value for n, s in settings.items()}, sources=sources)


def practice_from(form: forms.PracticeForm) -> dict[str, PracticeSet]:
    """Turn ``practice.yml`` into values, by method or table."""
    return {s.id: PracticeSet(**(s.model_dump() | {"covers": tuple(s.covers)})) for s in form.sets}


def tool_from(form: forms.ToolForm) -> Tool:
    """Turn ``tools/<method>.yml`` into the value."""
    given: dict[str, Any] = form.model_dump()
    lists: dict[str, Any] = {name: tuple(given.pop(name)) for name in ("alternatives", "cannot", "harms", "documents")}
    return Tool(**given, **lists)
