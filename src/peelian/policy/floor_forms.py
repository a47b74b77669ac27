"""The form of the charter files about panel, publication, practice and tools. Unknown keys are refused."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from peelian.policy.forms import Column, Form, Id, Region, Words


class SeatForm(Form):
    """A seat of the panel: who appoints to it, and who holds it now. ``held_by`` left out: the seat is empty."""

    id: Id
    appointed_by: Words
    held_by: Id | None = None
    interests: str = ""


class PanelForm(Form):
    """``panel.yml``: the oversight panel and its powers. All of it is entrenched."""

    seats: list[SeatForm] = Field(min_length=1)
    quorum: int = Field(ge=1)
    stop_signatures: int = Field(ge=2)
    answer_days: int = Field(ge=1, le=90)
    below_quorum_days: int = Field(ge=1)
    witnesses_min: int = Field(ge=0)
    pair_days: int = Field(default=14, ge=1, le=90)


class SettingForm(Form):
    """One number of ``publication.yml``, and where it comes from, as for a retention class."""

    value: int = Field(ge=0)
    citation: Words
    effective_from: date
    status: Literal["checked", "unchecked"]
    checked_by: str = ""


class PublicationForm(Form):
    """``publication.yml``: what is done to counts before anybody outside sees them, and how fresh pages must be."""

    suppress_below: SettingForm
    round_to: SettingForm
    plan_delay_days: SettingForm
    log_bucket_days: SettingForm
    checkers: SettingForm
    stale_hours: SettingForm
    papers_public_days: SettingForm


class PracticeSetForm(Form):
    """What passing a practice set takes, for one method or one table about people. Shares are between 0 and 1.

    ``covers`` names other tables about people that are read in the same way: one set counts for all of them.
    """

    id: Id
    cases: int = Field(ge=5, le=200)
    share_wrong: float = Field(gt=0, lt=1)
    must_catch: float = Field(gt=0, le=1)
    must_keep: float = Field(gt=0, le=1)
    valid_months: int = Field(ge=1, le=60)
    covers: list[Id] = Field(default_factory=list)


class PracticeForm(Form):
    """``practice.yml``."""

    sets: list[PracticeSetForm] = Field(min_length=1)


class AlternativeForm(Form):
    """Another way that was looked at, and why it was not enough."""

    option: Words
    why_not: Words


class HarmForm(Form):
    """Something that may go wrong for people, and what is done about it."""

    risk: Words
    answer: Words


class DescribedForm(Form):
    """What a tool's documents were written about; the register compares it with what runs."""

    purposes: list[Id]
    roles: list[Id]
    offences: list[Id]
    reads: list[Column]
    may_open: list[Id]
    equality_tables: bool
    sources: list[Id]
    retention: list[Id]
    regions: list[Region]
    shared_with: list[Words]


class AnswerForm(Form):
    """One of a document's questions, answered."""

    question: Words
    answer: Words


class DocumentForm(Form):
    """An assessment of impact: people's answers; its facts are generated."""

    kind: Literal["data-protection", "equality", "human-rights"]
    title: Words
    written_on: date
    by: Id
    answers: list[AnswerForm] = Field(min_length=1)


class ToolForm(Form):
    """``tools/<method>.yml``: what the public register says of a tool in words that no program can write."""

    id: Id
    title: Words
    one_line: Words
    what: Words
    not_for: Words
    contact: Words
    contact_email: Words
    contact_post: Words
    area_name: Words
    team: Words
    supplier: Words
    cost: Words
    problem: Words
    alternatives: list[AlternativeForm] = Field(min_length=1)
    cannot: list[Words] = Field(min_length=1)
    harms: list[HarmForm] = Field(min_length=1)
    described: DescribedForm
    documents: list[DocumentForm]
