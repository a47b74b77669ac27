"""The bundle: every public fact of the register in one canonical JSON file, from which the whole site is built.

Counts in it have passed disclosure control already; nothing in it is secret, and nothing on the site is from anywhere
else. See ``docs/formats/register-bundle.md``.
"""

from __future__ import annotations

import json
from typing import Any, NotRequired, TypedDict

from peelian.core.canonical import canonical_bytes, digest, digest_bytes
from peelian.core.errors import InvalidError

FORM = "peelian-register/1"
"""Form of the bundle. A reader that knows another form refuses this one."""

MOMENTARY = ("built_at", "out_of_date_after", "record")
"""What differs from one gathering to the next although nothing has happened."""


class Force(TypedDict):
    """Whose register it is. Of a demonstration: what is not made up; and where the program's source is, if told."""

    id: str
    name: str
    demonstration: bool
    real_parts: NotRequired[str]
    source_at: NotRequired[str]
    timezone: str
    regions: list[str]


class Act(TypedDict):
    """An act of office in the record of use: what, when, about what, why, and its public leaf."""

    entry: int
    day: str
    op: str
    about: str
    reason: str
    tool: str
    leaf: str


class Permission(TypedDict):
    """A mandate in public words. ``state`` is as of the bundle; ``status.json`` has it as of now."""

    id: str
    title: str
    subject: str
    target: str
    state: str
    phase: str
    owner: str
    approver: str
    lawful_basis: str
    purposes: list[str]
    roles: list[str]
    starts_on: str
    ends_on: str
    decided_on: str
    reference: str
    fallback: str
    offences: list[str]
    area: str
    tables: list[str]
    columns: list[str]
    sealed: bool
    users_max: int | None
    evidence: list[str]
    digest: str
    retention_class: str
    data_kinds: list[str]


class Score(TypedDict):
    """How one way of choosing places did: share of the test's cases that fell inside, with its range, in hundredths."""

    method: str
    share: int
    low: int
    high: int


class Test(TypedDict):
    """A tool's newest assessment, as it may be shown: shares in whole hundredths, counts rounded."""

    id: str
    digest: str
    day: str
    registered: str
    registered_at_entry: int
    first_month: str
    last_month: str
    offences: list[str]
    area_km2: float
    squares: int
    square_m: float
    cases: int | None
    practice: str
    stand_in: bool
    scores: dict[str, list[Score]]  # by share of the area
    clear: dict[str, str]  # by share of the area: better, worse, unclear (than what was done before)
    range_promised: int
    range_held: int
    feedback: str
    feedback_up_to: int
    exposure: list[dict[str, Any]]
    warnings: list[str]
    may_be_permitted: bool
    reasons: list[str]
    of_this_code: bool


class Document(TypedDict):
    """An assessment of impact: people's answers. ``signed_as``: what sign-offs of this very version are about."""

    kind: str
    title: str
    written_on: str
    by: str
    answers: list[dict[str, str]]
    signed_as: str


class Tool(TypedDict):
    """A tool as the register shows it."""

    id: str
    permission: str
    assessment_permission: str
    words: dict[str, Any]  # what the charter says of it
    running: dict[str, Any]  # facts of the running configuration
    described: dict[str, Any]  # what the documents were written about
    documents: list[Document]
    papers_since: str  # the day since which they are public as they are now; "" before the record says so
    card: list[dict[str, Any]]
    code_hash: str
    version: str
    test: Test | None


class Source(TypedDict):
    """A source's contract in public words."""

    id: str
    title: str
    publisher: str
    licence: str
    licence_url: str
    lawful_basis: str
    cadence: str
    permission: str
    last_taken_in: str
    kinds: list[dict[str, Any]]


class Record(TypedDict):
    """The head of the record of use, who countersigns it, and the audit path of each act of office."""

    origin: str
    size: int
    root: str
    checkpoint: str
    vkey: str
    quorum: int
    witnesses_min: int
    gap_minutes: int
    witnesses: list[dict[str, Any]]
    proofs: dict[str, list[str]]


class Bundle(TypedDict):
    """Everything."""

    form: str
    product: str
    built_at: str
    out_of_date_after: str
    force: Force
    limits: dict[str, int]
    contact: dict[str, str]
    tools: list[Tool]
    sources: list[Source]
    permissions: list[Permission]
    acts: list[Act]
    stops: list[dict[str, Any]]
    papers: list[dict[str, Any]]
    releases: list[dict[str, Any]]
    emergencies_late: str  # in words, rounded; "" for none
    linking: dict[str, Any]  # release that people are linked with, and its rates; {} where nobody is linked
    officials: list[dict[str, str]]
    panel: dict[str, Any]
    roles: dict[str, dict[str, str]]
    purposes: dict[str, dict[str, Any]]
    offences: dict[str, dict[str, Any]]
    retention: list[dict[str, str]]
    areas: list[dict[str, Any]]
    red_lines: list[dict[str, Any]]
    rules: list[dict[str, Any]]
    proofs: dict[str, Any]
    charter_hash: str
    policy_hash: str
    record: Record


def write_bundle(bundle: Bundle) -> bytes:
    """Write a bundle: canonical bytes, so that equal facts are equal files."""
    return canonical_bytes(bundle)


def read_bundle(data: bytes) -> Bundle:
    """Read a bundle back.

    Raises
    ------
    InvalidError
        ``bundle-unreadable``.
    """
    try:
        bundle: Bundle = json.loads(data)
        fits = bundle["form"] == FORM and set(bundle) == set(Bundle.__annotations__)
    except (ValueError, TypeError, KeyError):
        fits = False
    if not fits:
        raise InvalidError(
            "bundle-unreadable",
            "This is no bundle of a register that can be read here.",
            why=f"It is not JSON of the form {FORM}, or parts are missing.",
            do="Fetch bundle.json again, or use the version of Peelian that it names under `product`.",
        )
    return bundle


def facts_digest(bundle: Bundle) -> str:
    """Return the digest of what a register says, less what differs although nothing has happened."""
    return digest({k: v for k, v in bundle.items() if k not in MOMENTARY})


def bundle_digest(bundle: Bundle) -> str:
    """Return the SHA-256 of the bundle's file."""
    return digest_bytes(write_bundle(bundle))
