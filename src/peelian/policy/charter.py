"""The charter: one force's law as data, validated whole at load, every mistake with its file and line.

A charter is a folder: YAML files for people to read and argue over, Cedar policies for the machine to obey, GeoJSON for
areas. :func:`load_charter` refuses the whole folder if anything in it is wrong, and says everything that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from peelian.core.canonical import digest
from peelian.core.errors import MissingError
from peelian.model.label import Label
from peelian.model.mandate import Mandate, Scope
from peelian.policy import floor_forms, forms
from peelian.policy.charter_folder import (
    Area,
    Folder,
    charter_invalid,
    form_of,
    mandate_forms,
    months_after,
    read_folder,
    tool_forms,
)
from peelian.policy.checks import check_folder
from peelian.policy.floor_law import (
    Panel,
    PracticeSet,
    Publication,
    Tool,
    panel_from,
    practice_from,
    publication_from,
    tool_from,
)

ENDS_AT = time(10, 0)
"""A mandate ends at ten in the morning, when those who can answer for it are at work (PL-20)."""


@dataclass(frozen=True)
class Force:
    """The force, and whether it is a demonstration: the people are made up then, and all the rest but ``real_parts``.

    Parameters
    ----------
    real_parts : str
        What of a demonstration is not made up, as half a sentence; empty when everything is.
    source_at : str
        Where the force publishes its copy of the program's source; empty when it does not say.
    """

    id: str
    name: str
    demonstration: bool
    markings: Mapping[str, str]
    real_parts: str = ""
    source_at: str = ""


@dataclass(frozen=True)
class Purpose:
    """A purpose. ``refused`` ones are named so that refusing them is a rule and not an omission."""

    id: str
    title: str
    what: str
    refused: bool = False
    red_line: int | None = None
    safety: bool = False
    log: bool = False
    dpv: tuple[str, ...] = ()


@dataclass(frozen=True)
class Role:
    """What a person does."""

    id: str
    title: str
    what: str


@dataclass(frozen=True)
class AgreedList:
    """A list people agreed on, and the rules that hold exactly the same list."""

    name: str
    of: str
    items: frozenset[str]
    rules: tuple[str, ...]


@dataclass(frozen=True)
class RedLine:
    """A red line: its words, the rules that enforce it, and what else does."""

    id: str
    number: int
    words: str
    rules: tuple[str, ...]
    also: tuple[str, ...]
    lists: tuple[AgreedList, ...]


@dataclass(frozen=True)
class RetentionClass:
    """How long something is kept, from when, on what authority. ``unchecked`` is never stated as law."""

    id: str
    title: str
    period: str
    trigger: str
    review: str
    citation: str
    effective_from: date
    status: str
    checked_by: str = ""


@dataclass(frozen=True)
class StatutoryClock:
    """Within which time somebody is owed an answer, and on what authority. ``unchecked`` is never stated as law."""

    id: str
    title: str
    period: str
    citation: str
    effective_from: date
    status: str


@dataclass(frozen=True)
class Jurisdiction:
    """Where data may be, whose clock counts, and which days are not working days."""

    home: str
    regions: frozenset[str]
    timezone: str
    log_law: str
    clocks: Mapping[str, StatutoryClock]
    holidays: Mapping[date, str]
    holidays_status: str


@dataclass(frozen=True)
class Official:
    """An office and who holds it."""

    id: str
    title: str
    held_by: str
    publish_name: bool


@dataclass(frozen=True)
class Person:
    """A person with roles. The display name is for screens, never for logs, errors or ids."""

    id: str
    display_name: str = field(repr=False)
    roles: frozenset[str]
    markings: frozenset[str]


@dataclass(frozen=True)
class Operation:
    """An operation, shift or standing task: what a working context refers to."""

    id: str
    title: str
    purpose: str
    members: frozenset[str]
    opens_at: datetime
    closes_at: datetime
    reason: str

    def is_open(self, at: datetime) -> bool:
        """Say whether it is open at an instant; open at its start, closed at its end."""
        return self.opens_at <= at < self.closes_at


@dataclass(frozen=True)
class Offence:
    """An offence type. ``police_initiated``: police activity itself discovers it (red line 3)."""

    id: str
    title: str
    police_initiated: bool
    severity: int
    stated_as: tuple[str, ...]


@dataclass(frozen=True)
class Charter:
    """One force's law as data; frozen, valid, hashed."""

    force: Force
    jurisdiction: Jurisdiction
    purposes: Mapping[str, Purpose]
    roles: Mapping[str, Role]
    red_lines: tuple[RedLine, ...]
    retention: Mapping[str, RetentionClass]
    officials: Mapping[str, Official]
    people: Mapping[str, Person]
    operations: Mapping[str, Operation]
    offences: Mapping[str, Offence]
    areas: Mapping[str, Area]
    mandates: Mapping[str, Mandate]
    panel: Panel
    publication: Publication
    practice: Mapping[str, PracticeSet]  # by method or table
    tools: Mapping[str, Tool]  # by method
    policies: Mapping[str, str]
    schema: str
    hash: str

    def offence_for(self, stated: str) -> Offence | None:
        """Return the offence that a source words so, or None. Case and outer spaces do not matter."""
        wanted = stated.strip().casefold()
        for offence in self.offences.values():
            if wanted == offence.id or wanted in {s.casefold() for s in offence.stated_as}:
                return offence
        return None


def load_charter(folder: Path) -> Charter:
    """Load and check a charter folder.

    Raises
    ------
    InvalidError
        ``charter-invalid``: facts hold ``file`` and ``line`` of the first mistake, ``mistakes`` the count, ``all``
        every one as ``file:line: what``, one a line. ``policy-invalid`` for a policy that Cedar or the schema refuses.
    MissingError
        ``charter-missing`` when the folder is not there.
    """
    if not folder.is_dir():
        raise MissingError(
            "charter-missing",
            "There is no charter here.",
            why="Nothing runs without rules.",
            do="Make one with `peelian init`, or name the folder that holds it.",
        )
    read = read_folder(folder)
    if not read.mistakes:
        read.mistakes += check_folder(read)
    if read.mistakes:
        raise charter_invalid(read.mistakes)
    return build(read)


def build(read: Folder) -> Charter:
    """Turn a folder without mistakes into a charter."""
    force, where = form_of(read, forms.ForceForm), form_of(read, forms.JurisdictionForm)
    zone = ZoneInfo(where.timezone)
    mandates = [mandate_from(f, force.id, read.areas, zone) for f in mandate_forms(read).values()]
    return Charter(
        force=Force(
            force.id,
            force.name,
            force.demonstration,
            {m.id: m.what for m in force.markings},
            force.real_parts,
            force.source_at,
        ),
        jurisdiction=Jurisdiction(
            where.home,
            frozenset(where.regions),
            where.timezone,
            where.log_law,
            {c.id: StatutoryClock(**c.model_dump()) for c in where.clocks},
            {h.day: h.what for h in where.holidays},
            where.holidays_status,
        ),
        purposes={
            p.id: Purpose(p.id, p.title, p.what, p.refused, p.red_line, p.safety, p.log, tuple(p.dpv))
            for p in form_of(read, forms.PurposesForm).purposes
        },
        roles={r.id: Role(r.id, r.title, r.what) for r in form_of(read, forms.RolesForm).roles},
        red_lines=tuple(_red_line(r) for r in form_of(read, forms.RedLinesForm).red_lines),
        retention={r.id: RetentionClass(**r.model_dump()) for r in form_of(read, forms.RetentionFileForm).classes},
        officials={o.id: Official(**o.model_dump()) for o in form_of(read, forms.OfficialsForm).officials},
        people={p.id: _person(p) for p in form_of(read, forms.PeopleForm).people},
        operations={o.id: _operation(o, zone) for o in form_of(read, forms.OperationsForm).operations},
        offences={
            o.id: Offence(o.id, o.title, o.police_initiated, o.severity, tuple(o.stated_as))
            for o in form_of(read, forms.OffencesForm).offences
        },
        areas=dict(read.areas),
        mandates={m.id: m for m in mandates},
        panel=panel_from(form_of(read, floor_forms.PanelForm)),
        publication=publication_from(form_of(read, floor_forms.PublicationForm)),
        practice=practice_from(form_of(read, floor_forms.PracticeForm)),
        tools={f.id: tool_from(f) for f in tool_forms(read).values()},
        policies=dict(read.policies),
        schema=read.schema,
        hash=digest(read.hashes),
    )


def mandate_from(form: forms.MandateForm, force: str, areas: Mapping[str, Area], zone: ZoneInfo) -> Mandate:
    """Turn a mandate's form into the noun: 00:00 on its first day to 10:00 on its last, local time."""
    area = areas.get(form.scope.area)
    return Mandate(
        id=form.id,
        title=form.title,
        subject=form.subject,
        target=form.target,
        purposes=frozenset(form.purposes),
        owner=form.owner,
        approver=form.approver,
        lawful_basis=form.lawful_basis,
        starts_at=datetime.combine(form.starts_on, time(0), zone).astimezone(UTC),
        ends_at=datetime.combine(form.ends_on, ENDS_AT, zone).astimezone(UTC),
        phase=form.phase,
        scope=Scope(
            offences=frozenset(form.scope.offences),
            area=form.scope.area,
            area_sha256=area.sha256 if area else "",
            tables=frozenset(form.scope.tables),
            columns=frozenset(form.scope.columns),
            sealed=form.scope.sealed,
            users_max=form.scope.users_max,
        ),
        roles=frozenset(form.roles),
        fallback=form.fallback,
        code_hash=form.code_hash or "",
        evidence=tuple(form.evidence),
        endorses=tuple(form.endorses),
        label=_label(form, force),
        retention_class=form.retention_class or "",
        data_kinds=frozenset(form.data_kinds),
        decided_on=form.decided_on,
        reference=form.reference,
    )


def _label(form: forms.MandateForm, force: str) -> dict[str, object]:
    if form.label is None:
        return {}
    given = form.label
    label = Label(
        purposes=frozenset(given.purposes),
        markings=frozenset(given.markings),
        source=form.target,
        role_class=given.role_class,
        basis=given.basis,
        handling=given.handling,
        force=force,
        operation=given.operation,
    )
    # Only where there is something to vary: the digest of a mandate that varies nothing stays what was adopted.
    return label.as_dict() | ({"varies": given.varies.model_dump()} if given.varies else {})


def _red_line(form: forms.RedLineForm) -> RedLine:
    lists = tuple(AgreedList(x.name, x.of, frozenset(x.items), tuple(x.rules)) for x in form.lists)
    return RedLine(form.id, form.number, form.words, tuple(form.rules), tuple(form.also), lists)


def _person(form: forms.PersonForm) -> Person:
    return Person(form.id, form.display_name, frozenset(form.roles), frozenset(form.markings))


def _operation(form: forms.OperationForm, zone: ZoneInfo) -> Operation:
    opens, closes = (t.replace(tzinfo=zone).astimezone(UTC) for t in (form.opens_at, form.closes_at))
    return Operation(form.id, form.title, form.purpose, frozenset(form.members), opens, closes, form.reason)


def a_year_after(at: datetime) -> datetime:
    """Return the latest a mandate that starts at an instant may end: ten o'clock on the same day a year later.

    Counted in local time, so that the clocks going forward does not shorten a mandate by an hour.
    """
    day = months_after(at.date(), 12)
    return datetime.combine(day, ENDS_AT, at.tzinfo)
