"""What a report is made from: plain data about one walk. A part that did not happen is left out, and its section too.

Whoever puts a walk together has had every number from the gate; nothing here opens data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict


class Source(TypedDict, total=False):
    """Where rows came from, and what became of them."""

    title: str
    publisher: str
    licence: str
    file_sha256: str
    read: int
    kept: int
    duplicate: int
    quarantined: int
    dropped_columns: Mapping[str, int]
    reasons: Mapping[str, int]  # why rows were set aside -> how many
    quirks: Mapping[str, int]  # what was odd about rows that were kept -> how many
    open_data: bool  # published to the world already


class Permission(TypedDict, total=False):
    """The mandate, in public words."""

    title: str
    what: str
    mandate: str
    owner: str
    approver: str
    lawful_basis: str
    starts_on: str
    ends_on: str
    phase: str
    uses: Sequence[str]
    never_uses: Sequence[str]
    fallback: str


class Part(TypedDict, total=False):
    """One contribution to a cell's expected count. They add up to it."""

    label: str  # "2026-10", "places near by", "anywhere in the area"
    amount: float
    kind: str  # "here" for the place's own past, "nearby", "anywhere"


class Cell(TypedDict, total=False):
    """One chosen cell, in order of rank."""

    cell: str  # c150-column-row
    place: str
    expected: float
    low: float
    high: float
    why: Sequence[Part]


class Forecast(TypedDict, total=False):
    """What the tool said."""

    finding: str
    digest: str
    offence: str
    month: str
    cell_m: float
    cells_in_area: int
    budget: float
    interval: float  # how often a range should hold the figure, e.g. 0.9
    rings: Sequence[Sequence[Sequence[float]]]  # the study area, easting and northing
    area_name: str
    cells: Sequence[Cell]


class Score(TypedDict, total=False):
    """How one method did with one budget. Shares between 0 and 1."""

    method: str
    title: str  # in public words; known methods have one already
    own: bool  # the tool that the report is about
    budget: float
    hit_rate: float
    low: float
    high: float
    pai: float
    pei: float
    share_of_hindsight: float


class Test(TypedDict, total=False):
    """An assessment, in public words."""

    months: str
    as_known: bool  # each month was forecast from data as they stood then, not as later corrected
    registered_at_entry: int
    registered: str  # digest
    scores: Sequence[Score]
    warnings: Sequence[str]
    feedback: str  # what the test for self-fulfilling forecasts said
    exposure: str  # who lives, suffers and is stopped inside the chosen cells


class Step(TypedDict, total=False):
    """One thing that was done."""

    what: str
    command: str
    entry: int


class Stop(TypedDict, total=False):
    """One thing that was asked for and stopped by a rule."""

    asked: str
    code: str
    reasons: Sequence[str]
    owner: str
    do: str


class Record(TypedDict, total=False):
    """The ledger's head."""

    checkpoint: str
    size: int
    root: str
    verify: str
    witnesses: Sequence[str]


class Walk(TypedDict, total=False):
    """One walk, end to end."""

    force: str
    made_at: str
    synthetic: bool
    real_parts: str  # what of a demonstration is not made up, as half a sentence; "" for everything or for none
    source: Source
    permission: Permission
    forecast: Forecast
    test: Test
    steps: Sequence[Step]
    stopped: Sequence[Stop]
    record: Record
    to_break: Sequence[str]
    falls_short: Sequence[str]
