"""What staff meet in the morning: what they work on, what waits, what changed, which tools are on, how old sources are.

Facts for screens and programs alike, as plain data with the time on the wall. Nothing here is made up: what there is no
source for is not said, and a part without anything in it is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from peelian.app.caller import Caller
from peelian.core.errors import InvalidError, PeelianError, Reason
from peelian.core.local_time import (
    age_words,
    day_begins,
    day_words,
    instant_words,
    near_words,
    night_words,
    part_of_day,
)
from peelian.core.time import iso
from peelian.gate.acts.own_entries import OwnEntry
from peelian.gate.acts.source_ages import SourceAge
from peelian.gate.desk_facts import LEADS_LISTED, DeskFacts
from peelian.gate.lead import Lead
from peelian.gate.memory.head import Event
from peelian.gate.presence import Presence
from peelian.model.mandate import Mandate
from peelian.policy.charter import Operation

ENDS_SOON = timedelta(days=30)
"""A permission that ends within this time is named in the morning, with what to do instead."""

TOOLS = ("method", "sharing")
"""Mandates that people on a shift call tools; the rest are sources and duties."""


def zone_of(caller: Caller) -> ZoneInfo:
    """Return the time zone of the wall clock."""
    return ZoneInfo(caller.gate.charter.jurisdiction.timezone)


# What one works on


@dataclass(frozen=True)
class WorkingOn:
    """What the bar on top of every staff page says."""

    title: str
    operation: str
    purpose: str
    purpose_title: str
    reason: str
    until: str
    until_at: str
    emergency: bool


def working_on(caller: Caller) -> WorkingOn | None:
    """Return what the caller works on, or None when nothing is set or it has ended."""
    return working_on_of(caller, caller.gate.who(caller.credential))


def working_on_of(caller: Caller, met: Presence) -> WorkingOn | None:
    """Return what somebody works on whose presence was proved for this very page."""
    if met.context is None:
        return None
    charter, now = caller.gate.charter, caller.gate.clock.now()
    purpose = charter.purposes.get(met.purpose)
    title = purpose.title if purpose else met.purpose
    return WorkingOn(
        title=met.operation.title if met.operation else title,
        operation=met.operation_ref,
        purpose=met.purpose,
        purpose_title=title,
        reason=met.reason,
        until=near_words(met.context.expires_at, now, zone_of(caller)),
        until_at=iso(met.context.expires_at),
        emergency=met.context.emergency,
    )


@dataclass(frozen=True)
class Choice:
    """An operation, or an emergency, that somebody may or may not choose to work on."""

    id: str
    title: str
    purpose: str
    purpose_title: str
    reason: str
    until: str
    open: bool


@dataclass(frozen=True)
class Choices:
    """What the page to choose from shows: what one may work on, what life may depend on, and every other purpose."""

    operations: tuple[Choice, ...]
    closed: tuple[Choice, ...]
    emergencies: tuple[Choice, ...]
    purposes: tuple[tuple[str, str], ...]
    working_on: WorkingOn | None


def choices(caller: Caller) -> Choices:
    """Say what the caller could choose to work on."""
    met, charter = caller.gate.who(caller.credential), caller.gate.charter
    mine = [o for o in charter.operations.values() if met.actor.id in o.members]
    told = [_choice(caller, o) for o in sorted(mine, key=lambda o: o.title)]
    safety = sorted((p for p in charter.purposes.values() if p.safety), key=lambda p: p.title)
    emergencies = tuple(Choice(p.id, p.title, p.id, p.title, p.what, "", True) for p in safety)
    return Choices(
        operations=tuple(c for c in told if c.open),
        closed=tuple(c for c in told if not c.open),
        emergencies=emergencies,
        purposes=tuple((p.id, p.title) for p in sorted(charter.purposes.values(), key=lambda p: p.title)),
        working_on=working_on_of(caller, met),
    )


def _choice(caller: Caller, operation: Operation) -> Choice:
    now, purpose = caller.gate.clock.now(), caller.gate.charter.purposes[operation.purpose]
    until = day_words(operation.closes_at.astimezone(zone_of(caller)).date())
    return Choice(
        operation.id, operation.title, purpose.id, purpose.title, operation.reason, until, operation.is_open(now)
    )


def choose(caller: Caller, operation_id: str) -> WorkingOn | None:
    """Work on an operation from now on. The gate judges; a no is recorded and raised with every reason."""
    caller.gate.set_context(caller.credential, operation_id)
    return working_on(caller)


def declare_emergency(caller: Caller, purpose_id: str) -> WorkingOn | None:
    """Declare danger to life: opens look-ups at once, marked."""
    caller.gate.set_context(caller.credential, "", emergency_purpose=purpose_id)
    return working_on(caller)


def work_on(caller: Caller, operation_id: str, emergency_purpose: str) -> WorkingOn | None:
    """Work on an operation or declare an emergency, whichever is named; both at once contradict each other."""
    caller.gate.set_context(caller.credential, operation_id, emergency_purpose=emergency_purpose)
    return working_on(caller)


def ask_purpose(caller: Caller, purpose_id: str) -> None:
    """Ask to work for a purpose without an operation for it: always a no, recorded, with every reason."""
    caller.gate.ask_purpose(caller.credential, purpose_id)


# Tools


@dataclass(frozen=True)
class ToolNow:
    """A tool as it stands this minute. ``state``: ``on``, ``off``, ``stopped``; ``yours``: one's role may use it."""

    mandate: str
    target: str
    subject: str
    title: str
    state: str
    because: str
    phase: str
    ends: str
    ends_at: str
    ends_soon: bool
    fallback: str
    owner: str
    yours: bool
    stopped_why: str
    stopped_at: str


_STATES = {"in force": "on", "stopped": "stopped"}


def tools_now(caller: Caller, *, every: bool = False) -> list[ToolNow]:
    """Return the tools, those of one's own role first; ``every``: sources and duties too."""
    return _tools(caller, caller.gate.who(caller.credential).actor.roles, every=every)


def _tools(caller: Caller, roles: frozenset[str], *, every: bool = False) -> list[ToolNow]:
    states, events = caller.gate.mandate_states(), caller.gate.events()
    wanted = [m for m in caller.gate.charter.mandates.values() if every or m.subject in TOOLS]
    told = [_tool(caller, m, states[m.id], roles, events) for m in wanted]
    return sorted(told, key=lambda t: (not t.yours, t.title))


def _tool(caller: Caller, mandate: Mandate, state: str, roles: frozenset[str], events: Sequence[Event]) -> ToolNow:
    charter, now, zone = caller.gate.charter, caller.gate.clock.now(), zone_of(caller)
    halt = _last(events, "halt", mandate.id) if state == "stopped" else None
    office = charter.officials.get(mandate.owner)
    return ToolNow(
        mandate=mandate.id,
        target=mandate.target,
        subject=mandate.subject,
        title=mandate.title,
        state=_STATES.get(state, "off"),
        because=state,
        phase=mandate.phase,
        ends=instant_words(mandate.ends_at, zone),
        ends_at=iso(mandate.ends_at),
        ends_soon=state == "in force" and mandate.ends_at - now <= ENDS_SOON,
        fallback=" ".join(mandate.fallback.split()),
        owner=office.title if office else mandate.owner,
        yours=bool(mandate.roles & roles),
        stopped_why=halt.reason if halt else "",
        stopped_at=near_words(halt.at, now, zone) if halt else "",
    )


def _last(events: Sequence[Event], op: str, about: str) -> Event | None:
    return next((e for e in reversed(events) if (e.op, e.about) == (op, about)), None)


# Sources


@dataclass(frozen=True)
class SourceNow:
    """How old a source is, and whether an answer would rest on it."""

    source: str
    title: str
    mandate: str
    state: str
    searched: bool
    loaded: str
    loaded_at: str
    age: str
    tables: tuple[str, ...]
    left_out: tuple[str, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Searched:
    """What a look-up made now would search, and what not: goes with every answer."""

    sources: tuple[SourceNow, ...]

    @property
    def searched(self) -> tuple[SourceNow, ...]:
        """Sources that would be searched, at least in part."""
        return tuple(s for s in self.sources if s.searched)

    @property
    def left_out(self) -> tuple[SourceNow, ...]:
        """Sources of which nothing would be searched."""
        return tuple(s for s in self.sources if not s.searched)

    @property
    def newest(self) -> str:
        """How long ago the newest of the searched ones was taken in, in words; nothing when none is searched."""
        return max(self.searched, key=lambda s: s.loaded_at).age if self.searched else ""


def source_ages(caller: Caller) -> Searched:
    """Say what would be searched now, how old it is, what would not and why."""
    return _searched(caller, caller.gate.source_ages(caller.credential))


def _searched(caller: Caller, ages: Iterable[SourceAge]) -> Searched:
    now, zone = caller.gate.clock.now(), zone_of(caller)
    return Searched(tuple(_source(age, now, zone) for age in ages))


def _source(age: SourceAge, now: datetime, zone: ZoneInfo) -> SourceNow:
    reasons = [r for s in age.shut for r in s.reasons] if not age.opens else []
    if age.loaded_at is None:
        never = "This source has never been taken in."
        reasons.insert(0, Reason("never-loaded", never, "the data engineer", "Ask for it to be taken in."))
    return SourceNow(
        source=age.source,
        title=age.title,
        mandate=age.mandate,
        state=age.state,
        searched=age.searched,
        loaded=near_words(age.loaded_at, now, zone) if age.loaded_at else "",
        loaded_at=iso(age.loaded_at) if age.loaded_at else "",
        age=age_words(age.loaded_at, now) if age.loaded_at else "",
        tables=age.opens,
        left_out=tuple(s.table for s in age.shut),
        reasons=tuple({r.code: r for r in reasons}.values()),
    )


# What one did


@dataclass(frozen=True)
class LookUp:
    """One line of what the record says of oneself; ``times``: the same again and again within the minute."""

    entry: int
    at: str
    iso: str
    kind: str
    about: str
    table: str
    operation: str
    purpose: str
    emergency: bool
    reasons: tuple[str, ...]
    times: int = 1


_KINDS = {
    "consultation": "looked",
    "combination": "ran",
    "collection": "took-in",
    "disclosure": "handed-out",
    "erasure": "erased",
    "alteration": "amended",
    "finding": "kept",
    "assessment": "tested",
    "refusal": "stopped",
    "context-opened": "context",
    "session-opened": "signed-in",
    "own-view-marked": "own-view",
    "plan-decided": "plan",
    "plan-issued": "copy",
    "copy-taken": "download",
    "case-file-kept": "case-file",
    "suggestion-judged": "suggestion",
    "copy-recalled": "recalled",
    "copy-ended": "deleted-copy",
    "outcome-reported": "outcome",
    "shift-handed-over": "handed-over",
    "practice-begun": "practice",
    "practice-marked": "practice",
    "panel-told": "panel",
    "question-asked": "panel",
    "question-answered": "panel",
    "reason-rated": "panel",
    "signed-off": "panel",
    "stop-proposed": "panel",
    "stop-signed": "panel",
}


@dataclass(frozen=True)
class LookUps:
    """What the record says of oneself today."""

    rows: tuple[LookUp, ...]
    count: int
    operations: int
    refusals: int
    since: str
    working_on: WorkingOn | None

    def page(self, number: int, size: int = 50) -> tuple[LookUp, ...]:
        """Return the rows of one page, from 1."""
        return self.rows[(number - 1) * size : number * size]

    def pages(self, size: int = 50) -> int:
        """Return how many pages there are; one at least."""
        return max(1, -(-len(self.rows) // size))


def my_look_ups(caller: Caller) -> LookUps:
    """Return the caller's own entries of today, and of this session if it began yesterday; newest first."""
    began = day_begins(caller.gate.clock.now(), zone_of(caller))
    day = caller.gate.own_day(caller.credential, began)
    return _told_of(caller, day.entries, min(began, day.attendance.opened_at), day.presence)


def _told_of(caller: Caller, entries: Sequence[OwnEntry], since: datetime, met: Presence) -> LookUps:
    now = caller.gate.clock.now()
    entries = [e for e in entries if not isinstance(e.body.get("look"), list)]  # says more about an entry before it
    looks = [e for e in entries if (e.op, e.decision) == ("consultation", "allow")]
    return LookUps(
        rows=tuple(_look_ups(caller, entries)),
        count=len(looks),
        operations=len({e.operation for e in looks}),
        refusals=sum(e.decision == "refuse" for e in entries),
        since=near_words(since, now, zone_of(caller)),
        working_on=working_on_of(caller, met),
    )


def _look_ups(caller: Caller, entries: Iterable[OwnEntry]) -> Iterable[LookUp]:
    told = [_look_up(caller, e) for e in entries]
    for _, same in groupby(told, key=lambda t: (t.at, t.kind, t.about, t.table, t.operation, t.reasons)):
        rows = list(same)
        yield replace(rows[0], times=len(rows))


def _look_up(caller: Caller, entry: OwnEntry) -> LookUp:
    charter, now, zone = caller.gate.charter, caller.gate.clock.now(), zone_of(caller)
    operation = charter.operations.get(str(entry.body.get("operation_asked") or entry.operation))
    purpose = charter.purposes.get(entry.purpose)
    reasons = entry.body.get("reasons", ())
    question = entry.body.get("question")
    if entry.op == "context-opened":
        operation = charter.operations.get(entry.operation or str(entry.body.get("operation", "")))
    return LookUp(
        entry=entry.index,
        at=near_words(entry.at, now, zone),
        iso=iso(entry.at),
        kind="cleared" if (entry.op, entry.tool) == ("erasure", "retain") else _KINDS.get(entry.op, "other"),
        about=str(entry.body.get("look") or "") or tool_title(caller, entry.tool),
        table=str(question["table"]) if isinstance(question, Mapping) else "",
        operation=operation.title if operation else "",
        purpose=purpose.title if purpose else "",
        emergency=bool(entry.body.get("emergency")),
        reasons=tuple(map(str, reasons)) if isinstance(reasons, list) else (),
    )


def tool_title(caller: Caller, target: str) -> str:
    """Return what people call a tool, source or duty that an entry names."""
    mandates = caller.gate.charter.mandates.values()
    return next((m.title for m in mandates if m.target == target and m.subject != "assessment"), target)


# What changed, what waits


@dataclass(frozen=True)
class Change:
    """Something that happened since one last signed in."""

    kind: str
    title: str
    at: str
    iso: str
    reason: str
    link: str
    times: int = 1


@dataclass(frozen=True)
class Changes:
    """What happened since one last signed in, newest first."""

    since: str
    rows: tuple[Change, ...]

    @property
    def groups(self) -> list[tuple[Change, ...]]:
        """Return the rows, many of one kind in a row together: fifteen permissions of one day are one thing to know."""
        kinds = [tuple(same) for _, same in groupby(self.rows, key=lambda c: c.kind)]
        return [g for same in kinds for g in ([same] if len(same) > TOGETHER else [(c,) for c in same])]


TOGETHER = 3
"""More rows of one kind than this are one line that opens."""

CHANGES_SHOWN = 20
PLACES = "desk/patrol-places"


def changed_since_last(caller: Caller) -> Changes:
    """Return what changed since the caller signed in the time before this one."""
    return _changes(caller, _facts(caller))


def _facts(caller: Caller) -> DeskFacts:
    return caller.gate.desk_facts(caller.credential, day_begins(caller.gate.clock.now(), zone_of(caller)))


def _changes(caller: Caller, facts: DeskFacts) -> Changes:
    now, zone = caller.gate.clock.now(), zone_of(caller)
    since = facts.attendance.before or day_begins(now, zone)
    rows = [*_events_since(caller, since)]
    rows += [_change(caller, "loaded", a.title, a.loaded_at, f"data/{a.source}/") for a in facts.ages if a.loaded_at]
    rows += [_change(caller, "finding", tool_title(caller, f.method), f.made_at, PLACES) for f in facts.leads]
    newest = sorted((r for r in rows if r[0] >= since), key=lambda row: (row[0], row[1].title), reverse=True)
    told = tuple(_gathered(change for _, change in newest[:CHANGES_SHOWN]))
    return Changes(near_words(since, now, zone), told)


def _gathered(rows: Iterable[Change]) -> Iterable[Change]:
    """Take the same thing again and again within the minute as one line."""
    for _, same in groupby(rows, key=lambda c: (c.at, c.kind, c.title, c.reason)):
        alike = list(same)
        yield replace(alike[0], times=len(alike))


def _events_since(caller: Caller, since: datetime) -> Iterable[tuple[datetime, Change]]:
    mandates = caller.gate.charter.mandates
    for event in caller.gate.events():
        if event.at >= since:
            mandate = mandates.get(event.about)
            title, link = (mandate.title, f"permissions/{mandate.id}/") if mandate else ("", "record/")
            yield _change(caller, event.op, title, event.at, link, event.reason)


def _change(
    caller: Caller, kind: str, title: str, at: datetime, link: str, reason: str = ""
) -> tuple[datetime, Change]:
    words = near_words(at, caller.gate.clock.now(), zone_of(caller))
    return at, Change(kind, title, words, iso(at), reason, link)


@dataclass(frozen=True)
class Task:
    """Something that waits for this person: what, about what, until when, and where it is done."""

    kind: str
    title: str
    due: str
    link: str
    overdue: bool = False
    words: str = ""


def tasks(caller: Caller, tools: Sequence[ToolNow], leads: Sequence[Lead] | None = None) -> list[Task]:
    """Return what waits for the caller: plans to make and to report on, permissions that end, stopped tools."""
    return [*_tool_tasks(tools), *_plan_tasks(caller, tools, leads)]


def _tool_tasks(tools: Sequence[ToolNow]) -> list[Task]:
    mine = [t for t in tools if t.yours]
    told = [
        Task("stopped", t.title, t.stopped_at, _page_of(t.subject, t.target, t.mandate), True, t.fallback)
        for t in mine
        if t.state == "stopped"
    ]
    ending = [t for t in mine if t.ends_soon]
    return told + [
        Task("ends", t.title, t.ends, _page_of(t.subject, t.target, t.mandate), words=t.fallback) for t in ending
    ]


def _page_of(subject: str, target: str, mandate: str) -> str:
    """Return where the register tells of what a mandate is for: a tool, a source, or the permission itself."""
    folder = {"method": f"tools/{target}/", "source": f"data/{target}/", "sharing": f"data/{target}/"}
    return folder.get(subject, f"permissions/{mandate}/")


def _plan_tasks(caller: Caller, tools: Sequence[ToolNow], leads: Sequence[Lead] | None) -> list[Task]:
    """Ask the stage that decides; somebody who may not is not asked anything."""
    if not any(t.target == "hotspots" and t.yours and t.state == "on" for t in tools):
        return []
    from peelian.app.patrol.decide import queue

    try:
        waiting = queue(caller, leads=leads)
    except PeelianError:
        return []
    return [*_due(waiting), *_to_plan(waiting)]


def month_words(month: str) -> str:
    """Write a month as people say it: ``November 2026`` for ``2026-11``; anything else as it stands."""
    try:
        return f"{datetime.strptime(month, '%Y-%m'):%B %Y}"
    except ValueError:
        return month


_NEXT = {"ready": "mark", "marked": "decide"}


def _due(waiting: Any) -> list[Task]:
    due = [p for p in waiting.plans if p.state.name == "over"]
    return [Task("outcome", p.reference, p.shift.words, f"desk/patrol-places/plans/{p.reference}", True) for p in due]


def _to_plan(waiting: Any) -> list[Task]:
    open_jobs = [j for j in waiting.jobs if j.state.name in ("ready", "marked") and not j.why_not(_NEXT[j.state.name])]
    return [
        Task(j.state.name, j.tool.mandate.title, j.shift.words, "desk/patrol-places", words=month_words(j.month))
        for j in open_jobs
    ]


# Handing over


NOTE_MAX = 2_000
"""Characters of a note: what fits on a screen is read."""

NOTE_KEPT = timedelta(days=30)
"""A note is for the next shift, and a month of them is more than anybody reads."""


@dataclass(frozen=True)
class Note:
    """A note that an earlier shift left."""

    at: str
    iso: str
    author: str
    mine: bool
    text: str
    until: str


def hand_over_notes(caller: Caller) -> list[Note]:
    """Return the notes of the operation that the caller works on, newest first; none when nothing is set."""
    met, now, zone = caller.gate.who(caller.credential), caller.gate.clock.now(), zone_of(caller)
    if met.operation is None:
        return []
    return [
        Note(
            near_words(p.made_at, now, zone),
            iso(p.made_at),
            p.author,
            p.author == met.actor.id,
            str(p.body.get("note", "")),
            day_words(p.expires_at.astimezone(zone).date()) if p.expires_at else "",
        )
        for p in caller.gate.handed_over(caller.credential)
    ]


def hand_over(caller: Caller, note: str) -> None:
    """Leave a note for those who come next on the operation that the caller works on.

    Raises
    ------
    InvalidError
        ``note-empty``, ``note-over-long``.
    """
    text = "\n".join(line.rstrip() for line in note.strip().splitlines())
    if not text:
        raise InvalidError("note-empty", "Write what the next shift should know.", do="Write a line.")
    if len(text) > NOTE_MAX:
        raise InvalidError(
            "note-over-long",
            f"A note has at most {NOTE_MAX} characters; this one has {len(text)}.",
            why="What does not fit on a screen is not read at the start of a shift.",
            do="Shorten it.",
        )
    about = caller.gate.who(caller.credential).operation_ref
    ends = caller.gate.clock.now() + NOTE_KEPT
    caller.gate.post_paper(caller.credential, "", "hand-over", about, {"note": text}, expires_at=ends)


# Finding what the desk itself knows by name


@dataclass(frozen=True)
class Hit:
    """Something that the search box found."""

    kind: str
    title: str
    link: str
    more: str = ""


HITS_SHOWN = 20


def find(caller: Caller, wanted: str) -> list[Hit]:
    """Find plans of one's own, results, tools, sources and permissions by reference or by part of a name."""
    word = " ".join(wanted.casefold().split())
    if not word:
        return []
    known = [*_plans(caller), *_results(caller), *_permissions(caller)]
    return [hit for hit in known if word in f"{hit.title} {hit.more}".casefold()][:HITS_SHOWN]


def _plans(caller: Caller) -> list[Hit]:
    written = [p for m in _methods(caller) for p in caller.gate.papers(caller.credential, m.id, "plan", mine=True)]
    return [Hit("plan", str(p.body["reference"]), f"desk/patrol-places/plans/{p.body['reference']}") for p in written]


def _methods(caller: Caller) -> list[Mandate]:
    return [m for m in caller.gate.charter.mandates.values() if m.subject == "method"]


def _results(caller: Caller) -> list[Hit]:
    found = caller.gate.findings(caller.credential)
    return [
        Hit("result", tool_title(caller, f.method), "desk/patrol-places", f"{f.about.get('month', '')} {f.id}")
        for f in found
    ]


def _permissions(caller: Caller) -> list[Hit]:
    mandates = sorted(caller.gate.charter.mandates.values(), key=lambda m: (m.subject != "method", m.title))
    kinds = {"method": "tool", "source": "source", "sharing": "source"}
    return [
        Hit(kinds.get(m.subject, "permission"), m.title, _page_of(m.subject, m.target, m.id), m.id) for m in mandates
    ]


# The morning


@dataclass(frozen=True)
class Morning:
    """Everything that the first page of the desk says."""

    part_of_day: str
    night: str
    now: str
    account: str
    titles: tuple[str, ...]
    working_on: WorkingOn | None
    tasks: tuple[Task, ...]
    changes: Changes
    tools: tuple[ToolNow, ...]
    sources: Searched
    look_ups: LookUps
    session_until: str


def morning(caller: Caller) -> Morning:
    """Gather the morning page."""
    facts, charter = _facts(caller), caller.gate.charter
    now, zone, met = caller.gate.clock.now(), zone_of(caller), facts.presence
    tools = _tools(caller, met.actor.roles)
    since = min(day_begins(now, zone), facts.attendance.opened_at)
    leads = facts.leads if len(facts.leads) < LEADS_LISTED else None  # a list that was cut short is not every lead
    return Morning(
        part_of_day=part_of_day(now, zone),
        night=night_words(now, zone),
        now=instant_words(now, zone),
        account=met.actor.id,
        titles=tuple(charter.roles[r].title for r in sorted(met.actor.roles) if r in charter.roles),
        working_on=working_on_of(caller, met),
        tasks=tuple(tasks(caller, tools, leads)) if met.purpose else tuple(_tool_tasks(tools)),
        changes=_changes(caller, facts),
        tools=tuple(tools),
        sources=_searched(caller, facts.ages),
        look_ups=_told_of(caller, facts.own, since, met),
        session_until=near_words(met.expires_at, now, zone),
    )
