"""The form of each charter file: which keys it has, and what each may hold. Unknown keys are refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", max_length=60)]
Words = Annotated[str, StringConstraints(min_length=3, strip_whitespace=True)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Period = Annotated[str, StringConstraints(pattern=r"^P([0-9]+[YMD])+$")]
Column = Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$")]
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z]{3})?$")]


class Form(BaseModel):
    """Any part of a charter: no unknown keys, no silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class MarkingForm(Form):
    """A handling marking."""

    id: Id
    what: Words


class ForceForm(Form):
    """``force.yml``."""

    id: Id
    name: Words
    demonstration: bool
    markings: list[MarkingForm]
    real_parts: Annotated[str, Field(max_length=200)] = ""
    source_at: Annotated[str, Field(max_length=200, pattern=r"^(https://[!-~]+)?$")] = ""


class PurposeForm(Form):
    """A purpose, or a purpose that is refused to everybody."""

    id: Id
    title: Words
    what: Words
    refused: bool = False
    red_line: int | None = None
    safety: bool = False
    log: bool = False
    dpv: list[str] = []


class PurposesForm(Form):
    """``purposes.yml``."""

    purposes: list[PurposeForm]


class RoleForm(Form):
    """A role: what people do, not what they may do; that stands in mandates and rules."""

    id: Id
    title: Words
    what: Words


class RolesForm(Form):
    """``roles.yml``."""

    roles: list[RoleForm]


class ListForm(Form):
    """A list that people agreed on, and the rules that must hold exactly the same list."""

    name: Id
    of: Words
    items: list[str] = Field(min_length=1)
    rules: list[Id] = Field(min_length=1)


class RedLineForm(Form):
    """One red line: its words, the rules that enforce it, and what else does."""

    id: Id
    number: int
    words: Words
    rules: list[Id]
    also: list[Words] = []
    lists: list[ListForm] = []


class RedLinesForm(Form):
    """``red_lines.yml``."""

    red_lines: list[RedLineForm]


class RetentionForm(Form):
    """A retention class. ``unchecked``: nobody has yet checked the citation, so it is not stated as law."""

    id: Id
    title: Words
    period: Period
    trigger: Words
    review: Words
    citation: Words
    effective_from: date
    status: Literal["checked", "unchecked"]
    checked_by: str = ""


class RetentionFileForm(Form):
    """``retention.yml``."""

    classes: list[RetentionForm]


class HolidayForm(Form):
    """A day that is not a working day."""

    day: date
    what: Words


class ClockForm(Form):
    """A time within which somebody is owed an answer. ``unchecked``: not stated as law."""

    id: Literal["objection"]
    title: Words
    period: Period
    citation: Words
    effective_from: date
    status: Literal["checked", "unchecked"]


class JurisdictionForm(Form):
    """``jurisdiction.yml``."""

    home: Region
    regions: list[Region] = Field(min_length=1)
    timezone: Words
    log_law: Words
    clocks: list[ClockForm] = Field(min_length=1)
    holidays: list[HolidayForm]
    holidays_status: Literal["checked", "unchecked"]


class OfficialForm(Form):
    """An office and who holds it."""

    id: Id
    title: Words
    held_by: Id
    publish_name: bool


class OfficialsForm(Form):
    """``officials.yml``."""

    officials: list[OfficialForm]


class PersonForm(Form):
    """A person with a role. The id says the role and a number, never the name."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*-[0-9]+$")]
    display_name: Words
    roles: list[Id] = Field(min_length=1)
    markings: list[Id] = []


class PeopleForm(Form):
    """``people.yml``."""

    people: list[PersonForm]


class OperationForm(Form):
    """An operation, shift or standing task. Times are local to the jurisdiction."""

    id: Id
    title: Words
    purpose: Id
    members: list[Id] = Field(min_length=1)
    opens_at: datetime
    closes_at: datetime
    reason: Words


class OperationsForm(Form):
    """``operations.yml``."""

    operations: list[OperationForm]


class OffenceForm(Form):
    """An offence type, as sources word it, whether police activity itself discovers it, and how grave it is."""

    id: Id
    title: Words
    police_initiated: bool
    severity: int = Field(ge=1, le=5)
    stated_as: list[Words] = []


class OffencesForm(Form):
    """``offences.yml``."""

    offences: list[OffenceForm]


RoleClass = Literal["none", "offender-side", "victim-side", "witness-side", "mixed"]
Basis = Literal["fact", "assessment", "mixed"]
Handling = Literal["none", "P", "C"]


class VariesForm(Form):
    """What single rows of a source may say of themselves, beside what its label says. Left out: nothing."""

    role_class: list[RoleClass] = []
    basis: list[Basis] = []
    handling: list[Handling] = []
    markings: list[Id] = []


class LabelForm(Form):
    """The label that a source's rows take; force and source are filled in."""

    purposes: list[Id] = Field(min_length=1)
    markings: list[Id] = []
    role_class: RoleClass = "none"
    basis: Basis = "fact"
    handling: Handling = "none"
    operation: str = ""
    varies: VariesForm | None = None


class ScopeForm(Form):
    """Where, on what and about what a mandate may be used. Left out means nothing, never everything."""

    offences: list[Id] = []
    severity_min: int = Field(default=1, ge=1, le=5)
    area: str = ""
    tables: list[Id] = []
    columns: list[Column] = []
    sealed: bool = False
    users_max: int | None = Field(default=None, ge=1)


class MandateForm(Form):
    """``mandates/<id>.yml``. There is no hour: a mandate starts at 00:00 and ends at 10:00, local time."""

    id: Id
    title: Words
    subject: Literal["source", "method", "assessment", "sharing", "duty"]
    target: Id
    purposes: list[Id] = Field(min_length=1)
    owner: Id
    approver: Id
    lawful_basis: Words
    starts_on: date
    ends_on: date
    phase: Literal["pre-deployment", "private-beta", "public-beta", "production", "retired"]
    scope: ScopeForm
    roles: list[Id] = Field(min_length=1)
    fallback: Words
    code_hash: Sha256 | None = None
    evidence: list[Words] = []
    endorses: list[Id] = []
    label: LabelForm | None = None
    retention_class: Id | None = None
    data_kinds: list[Id] = []
    decided_on: date
    reference: Words
