"""Looking things up: judge every table, enter what is asked, then search and read what this session may see.

One look is one entry for each thing asked, made before anything is read, and several reads under it: the index gives
ids, the lake gives rows, and from both only what this session may see. A table that it may not open is left out and
named with every reason; when none is open the look is refused and recorded.

Nothing that may not be seen changes hits, order, counts or messages: labels, tables and expiry are part of the query
to the index and of every statement, and a look rests on the charter and the ledger alone in what it says it left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pyarrow as pa

from peelian.core.errors import LimitError, MissingError, Reason, RefusedError
from peelian.gate import presence as presences
from peelian.gate.acts.office import mandate_states
from peelian.gate.acts.source_ages import SourceAge
from peelian.gate.acts.source_ages import _age as age_of
from peelian.gate.compile import compile_question
from peelian.gate.door import Gate
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.identity import Credential
from peelian.gate.judging import admit_user, circumstances, refuse
from peelian.gate.looking.index_entries import INDEXED, NUMBERS, TABLES_BY_NUMBER, day_number
from peelian.gate.looking.indexing import Indexed, IndexStanding, Told, bring_up_to_date, index_standing
from peelian.gate.looking.kept_rows import KeptRows
from peelian.gate.looking.watched import Watched, refuse_self, watch
from peelian.gate.memory.watch_record import Flag
from peelian.gate.presence import Presence
from peelian.gate.reading import visible_labels
from peelian.gate.room import Room
from peelian.model.label import Label
from peelian.model.question import Question
from peelian.model.search import Sought, Spotted, Step
from peelian.policy.rules import Circumstances, Verdict
from peelian.store.commit import Done
from peelian.store.grant import Grant
from peelian.store.index import Visible
from peelian.store.lake import quote

LOOK_S = 60.0
"""How long a look stays open, seconds: it belongs to one page, not to a shift."""

LINES_MAX = 200
"""Things asked in one look: a pasted list is no way to copy a system."""

LABEL_COLUMNS = ("source", "basis", "role_class", "handling", "standing")
"""What of a row's label comes with it: the label itself is one that this session may see."""

_RECORD_ID = re.compile("[0-9a-f]{32}")
_ANY_ROW = frozenset({"record_id"})

_NOT_ASKED = Reason("not-looked-into", "This page does not look into that table.", "nobody", "Look into it by itself.")
NOT_ASKED = _NOT_ASKED.code
"""The reason of a table that is open, and that this look does not read."""


@dataclass(frozen=True)
class Asked:
    """What is asked, as it goes into the sealed part of the record of use.

    Parameters
    ----------
    what : str
        ``search``, ``profile``, ``incident-page`` or ``check-list``.
    words : tuple of str
        What was typed, one entry of the record each.
    """

    what: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """What a search spotted, and whether there was more than the limit."""

    spotted: tuple[Spotted, ...]
    more: bool


@dataclass
class Look:
    """An open look: searches and reads, all under one judgement and its entries. Made by :meth:`LookRoom.look`."""

    house: House = field(repr=False)
    presence: Presence
    now: Circumstances
    columns: Mapping[str, frozenset[str]]  # by table that is open
    shut: Mapping[str, tuple[Reason, ...]]
    entries: tuple[int, ...]
    done: Done | None
    until: datetime
    standing: tuple[object, object]
    watched: Watched = field(repr=False)
    over: bool = False

    @property
    def purpose(self) -> str:
        """The purpose of the look."""
        return self.now.purpose

    @property
    def mandate_id(self) -> str:
        """The mandate that the look is under."""
        return self.now.mandate.id if self.now.mandate else ""

    def opens(self, table: str) -> bool:
        """Say whether rows of a table can be read."""
        return table in self.columns

    def search(self, sought: Sought) -> Seen:
        """Ask the index, step by step, until enough is found; strict steps first."""
        self._go_on()
        found: dict[tuple[int, str], str] = {}
        more = False
        for step in sought.steps:
            tables = [NUMBERS[t] for t in sorted(step.tables or INDEXED) if t in self.columns and t in INDEXED]
            seen = Visible(self._labels(), tables, day_number(self.now.now.date()))
            hits = self._hits(step, seen, sought.limit + 1)
            more |= len(hits) > sought.limit
            for key in hits[: sought.limit]:
                found.setdefault(key, step.name)
            if self.watched.own and len(found) >= min(sought.enough, sought.limit):
                found = {key: found[key] for key in self._of_others(list(found))}
            if len(found) >= sought.enough:
                break
        spotted = [Spotted(TABLES_BY_NUMBER[t], r, step) for (t, r), step in found.items()]
        return Seen(tuple(spotted[: sought.limit]), more or len(spotted) > sought.limit)

    def _hits(self, step: Step, seen: Visible, wanted: int) -> list[tuple[int, str]]:
        """Ask the index for one step; where the answer is cut, records about whoever looks take nobody's place."""
        grant, ask = self._grant("index"), wanted
        while True:
            hits = list(self.house.index.search(grant, step.all_of, seen, ask))
            if not self.watched.own or len(hits) < wanted:
                return hits
            kept = self._of_others(hits)
            if len(kept) >= wanted or len(hits) < ask:
                return kept[:wanted]
            ask += len(hits) - len(kept)

    def _of_others(self, hits: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
        by_table: dict[int, list[str]] = {}
        for table, record in hits:
            by_table.setdefault(table, []).append(record)
        read = {t: self.read(TABLES_BY_NUMBER[t], (), ids) for t, ids in by_table.items()}
        kept = {(t, str(r)) for t, rows in read.items() for r in rows.column("record_id").to_pylist()}
        return [hit for hit in hits if hit in kept]

    def rows(self, question: Question) -> pa.Table:
        """Read rows of one open table: columns asked for, ``record_id``, :data:`LABEL_COLUMNS` with an underscore.

        A table that is not open has no rows; what it is left out for is in :attr:`shut`.
        """
        self._go_on()
        spec = self.house.lake.spec(question.table)
        if question.table not in self.columns:
            return _no_rows(question)
        assert question.columns_used - _ANY_ROW <= self.columns[question.table], "only columns that were judged"
        relation = self.house.engine.relation(self._grant(question.table), question.table, self.done, None)
        beside = tuple(c for c in self.watched.columns(question.table) if c not in question.columns)
        asked = replace(question, columns=question.columns + (() if question.measures else beside))
        statement = compile_question(asked, spec, relation, self._labels(), self.now.now.date(), ties=True)
        rows = self.watched.sift(question.table, self.house.engine.run(statement))
        return _with_label(rows, question, self.house.labels())

    def read(self, table: str, columns: Sequence[str], record_ids: Iterable[str]) -> pa.Table:
        """Read records of one table by their ids; columns that the mandate does not cover are left out."""
        ids = set(record_ids)
        assert all(_RECORD_ID.fullmatch(r) for r in ids), "ids come from the index or from rows"
        return self.among(table, columns, "record_id", ids)

    def among(self, table: str, columns: Sequence[str], column: str, values: Iterable[str]) -> pa.Table:
        """Read rows of one table in which a text column has one of some values; a column not covered gives none."""
        self._go_on()
        wanted = sorted({v for v in values if v})
        kept = tuple(c for c in columns if c in self.columns.get(table, frozenset()))
        question = Question(table, ("record_id", *kept))
        labels = self._labels()
        covered = self.columns.get(table, frozenset()) | _ANY_ROW
        if not wanted or not labels or table not in self.columns or column not in covered:
            return _no_rows(question)
        read = _names_read((*kept, *self.watched.columns(table)))
        rows = self.kept(table).among(table, read, column, wanted)
        if rows is None:
            parts = self._parts(table, column, wanted)
            rows = self.house.engine.run(_among(parts, read, column, sorted(labels), self.now.now.date()))
        return _with_label(self.watched.sift(table, rows), question, self.house.labels())

    def kept(self, *tables: str) -> KeptRows:
        """Return what the index keeps of some tables, as this session may see it at this look's commit."""
        return KeptRows(self.house, self._grant("index", *tables), self.done, self._labels(), self.now)

    def _parts(self, table: str, column: str, wanted: list[str]) -> list[tuple[str, list[str]]]:
        """Return where to look for values: the whole table, or by record id the few files that can hold each."""
        if column != "record_id":
            name = self.house.engine.relation(self._grant(table), table, self.done, None)
            return [(f'FROM "{name}"', wanted)]
        version = self.done.vector.get(table) if self.done else None
        ids = [v for v in wanted if _RECORD_ID.fullmatch(v)]
        return self.house.lake.id_scans(self._grant(table), table, version, ids)

    def note_subjects(self, subject_ids: Iterable[str]) -> None:
        """Say whom a page is about; it is entered under each subject's own key, before the page is shown."""
        self.watched.show(subject_ids)

    def flags(self, nth: int = 0, *, person: bool = False) -> list[Flag]:
        """Return the overt flags on what one of the things asked is about: of people, those noted last."""
        return self.watched.flags(nth, self.now.now, person=person)

    def source_ages(self) -> list[SourceAge]:
        """Say of every source how old it is, and what of it this look could search."""
        states = mandate_states(self.house)
        brings = [m for m in self.house.charter.mandates.values() if m.label]
        verdicts = {t: self.shut.get(t, () if t in self.columns else (_NOT_ASKED,)) for t in self.house.lake.tables}
        sources = sorted(brings, key=lambda m: m.target)
        return [age_of(self.house, self.presence, m, states[m.id], verdicts) for m in sources]

    def index_standing(self) -> IndexStanding:
        """Say how far the search index has come."""
        return index_standing(self.house)

    def _labels(self) -> frozenset[int]:
        return visible_labels(self.house, self.presence, self.now)

    def _grant(self, *tables: str) -> Grant:
        return self.house.grant("read", *tables, entry=self.entries[0])

    def _go_on(self) -> None:
        """Look again at what may have changed since the judgement: a halt or an end comes first."""
        self.house.head.follow()
        assert not self.over, "a look ends with its block"
        if self.house.clock.now() >= self.until or _standing(self.house, self.mandate_id) != self.standing:
            raise RefusedError(
                "look-ended",
                "This look is over: it took too long, or its mandate has been stopped or ended meanwhile.",
                why="A look is judged when it begins, and nothing is opened on an old judgement.",
                do="Ask again; a refusal then says why.",
            )


class LookRoom(Room):
    """Looking things up at one deployment's gate."""

    @contextmanager
    def look(
        self, credential: Credential, mandate_id: str, wanted: Mapping[str, Iterable[str]], asked: Asked
    ) -> Iterator[Look]:
        """Open a look over several tables.

        Parameters
        ----------
        wanted : mapping of str to iterable of str
            Table -> columns; columns that the mandate does not cover are not asked for.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason, recorded, when no table is open.
        LimitError
            ``list-too-long``.
        """
        house, met = self._house, presences.meet(self._house, credential)
        if not 1 <= len(asked.words) <= LINES_MAX:
            raise _too_long()
        opened = _open(house, met, mandate_id, wanted, asked)
        with house.leases.hold(LOOK_S):
            opened.done = house.head.follow().done
            try:
                yield opened
            finally:
                opened.over = True
                opened.watched.note(met, opened.purpose, mandate_id, opened.entries)

    def mandate_for(self, credential: Credential) -> str:
        """Name the mandate to look things up under for what the caller works on: of several the widest.

        Without one that fits any mandate for looking up is named: the rules then say no, with every reason.
        """
        house, met = self._house, presences.meet(self._house, credential)
        ours = [m for m in house.charter.mandates.values() if (m.subject, m.target) == ("duty", "look-up")]
        if not ours:
            raise MissingError(
                "look-up-mandate-missing",
                "The charter has no mandate for looking things up.",
                why="Everything runs under a mandate that expires to off.",
                do="Have one written in charter/mandates and adopted.",
            )
        return max(ours, key=lambda m: (met.purpose in m.purposes, len(m.scope.tables), m.id)).id

    def standing(self) -> IndexStanding:
        """Say how far the search index has come; no session is needed, and nothing of any row is told."""
        self._house.head.follow()
        return index_standing(self._house)

    def bring_up_to_date(self, *, whole: bool = False, tell: Told = lambda built, of: None) -> Indexed:
        """Bring the search index up to the last commit; rows are read and shown to nobody."""
        self._house.ready()
        return bring_up_to_date(self._house, whole=whole, tell=tell)


def look_room(gate: Gate) -> LookRoom:
    """Return the room beside a gate in which things are looked up."""
    return LookRoom(gate._house)


def _open(house: House, met: Presence, mandate_id: str, wanted: Mapping[str, Iterable[str]], asked: Asked) -> Look:
    now, verdicts, columns = _judge(house, met, mandate_id, wanted)
    shut = {t: v.reasons for t, v in verdicts.items() if not v.allow}
    if len(shut) == len(verdicts):
        _refuse(house, met, verdicts, mandate_id, asked)
    watched, own = watch(house, met, asked.what, asked.words)
    if own:
        refuse_self(house, met, mandate_id, watched, asked.words, own)
    admit_user(house, met, now.mandate)
    standing = _standing(house, mandate_id)
    body = met.who() | {"mandate": mandate_id, "look": asked.what, "tables": sorted(set(verdicts) - set(shut))}
    told = [{"asked": w, "marks": sorted(m)} for w, m in zip(asked.words, watched.typed, strict=True)]
    acts = [Act("consultation", "look-up", now.purpose, "allow", body | one, met.reason) for one in told]
    entries = tuple(house.recorder.record(acts))
    house.ready()
    if _standing(house, mandate_id) != standing:  # a halt or an end was entered since the judgement, and comes first
        now, verdicts, columns = _judge(house, met, mandate_id, wanted)
        shut = {t: v.reasons for t, v in verdicts.items() if not v.allow}
        if len(shut) == len(verdicts):
            _refuse(house, met, verdicts, mandate_id, asked)
        standing = _standing(house, mandate_id)
    opened = {t: columns[t] for t in verdicts if t not in shut}
    until = now.now + timedelta(seconds=LOOK_S)
    return Look(house, met, now, opened, shut, entries, None, until, standing, watched)


def _judge(
    house: House, met: Presence, mandate_id: str, wanted: Mapping[str, Iterable[str]]
) -> tuple[Circumstances, dict[str, Verdict], dict[str, frozenset[str]]]:
    now = circumstances(house, met, mandate_id)
    covered = now.mandate.scope.columns if now.mandate else frozenset()
    columns = {t: frozenset(c for c in names if f"{t}.{c}" in covered) for t, names in sorted(wanted.items())}
    # A table of which nothing is covered is judged as such, by its first column.
    asked_for = {t: sorted(kept) or list(house.lake.spec(t).column_names)[:1] for t, kept in columns.items()}
    return now, house.rulebook.judge_open_each(met.actor, now, asked_for), columns


def _refuse(house: House, met: Presence, verdicts: Mapping[str, Verdict], mandate_id: str, asked: Asked) -> None:
    """Refuse with the reasons that stand against every table, or, when there are none such, with all of them."""
    sets = [dict.fromkeys(v.reasons) for v in verdicts.values()]
    common = [r for r in sets[0] if all(r in s for s in sets)] or [r for s in sets for r in s]
    first = next(iter(verdicts.values()))
    rules = tuple(sorted({r for v in verdicts.values() for r in v.rules}))
    verdict = Verdict(False, tuple(dict.fromkeys(common)), first.policy_hash, rules)
    detail = {"mandate": mandate_id, "look": asked.what, "asked_for": list(asked.words)}
    refuse(house, met, verdict, "look something up", "look-up", detail)


def _standing(house: House, mandate_id: str) -> tuple[object, object]:
    return house.head.adopted.get(mandate_id), house.stop_on(mandate_id)


def _with_label(rows: pa.Table, question: Question, labels: Mapping[int, Label]) -> pa.Table:
    ids = rows.column("label_id").to_pylist()
    shown = rows.select(list(dict.fromkeys(("record_id", *question.columns))))
    for name in LABEL_COLUMNS:
        said = {i: getattr(labels[i], name) for i in set(ids)}
        shown = shown.append_column(f"_{name}", pa.array([said[i] for i in ids], pa.string()))
    return shown


def _names_read(columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(("record_id", "label_id", *columns, "slice_id", "subject_id")))


def _among(
    parts: Sequence[tuple[str, Sequence[str]]], columns: Sequence[str], column: str, labels: Sequence[int], today: date
) -> str:
    """Write the statement for rows by value: the restriction of :mod:`peelian.gate.compile`, without its detour.

    Compiling a question takes several times as long as finding a few rows, and values differ every time [M].
    """
    names = ", ".join(f'"{c}"' for c in columns)
    may_see = f"label_id IN ({', '.join(map(str, labels))}) AND expires_on > DATE '{today.isoformat()}'"
    found = [
        f'SELECT {names} FROM ({relation}) WHERE "{column}" IN ({_quoted(values) or "NULL"}) AND {may_see}'
        for relation, values in parts
    ]
    return f"{' UNION ALL '.join(found)} ORDER BY record_id, slice_id, subject_id"


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(quote(v.replace("\x00", "")) for v in values)


def _no_rows(question: Question) -> pa.Table:
    names = dict.fromkeys(("record_id", *question.columns, *(f"_{n}" for n in LABEL_COLUMNS)))
    return pa.table({n: pa.array([], pa.string()) for n in names})


def _too_long() -> LimitError:
    return LimitError(
        "list-too-long",
        f"One list has from one to {LINES_MAX} lines.",
        why="Each line is a look-up of its own in the record of use; a longer list is a copy of a system.",
        do="Check those that the case is about, in several lists if need be.",
    )


FOUND_BY_NAME = frozenset(INDEXED) - {"incident", "stop", "stop_person"}
"""Tables for which the index is brought up to date as soon as they change. Incidents and stops as they are published,
which have no names in them and come by the million, are left to `peelian index`."""
