"""A file for one case: looked at, its columns said by the officer, kept with the case, and joined to the holdings."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from peelian.app.caller import Caller
from peelian.app.finding import find
from peelian.app.finding.uploads import Uploaded, read_upload
from peelian.core.errors import InvalidError, MissingError
from peelian.find.answer import CheckTable
from peelian.gate.rooms.case_files import CaseFile, case_room
from peelian.gate.rooms.searching import LINES_MAX, look_room

__all__ = [
    "JOINED",
    "LEFT_OUT",
    "MEANINGS",
    "CaseFile",
    "Draft",
    "Drafts",
    "Joined",
    "Opened",
    "guess_meanings",
    "join",
    "join_by_name",
    "keep",
    "list_files",
    "may_keep",
    "open_file",
    "read_for_case",
    "remove",
    "sweep",
]

LEFT_OUT = ""
"""What an officer says of a column that is not kept."""

JOINED = ("plate", "phone", "name", "reference", "address", "postcode")
"""Meanings of columns that can be held against the holdings."""

MEANINGS = (*JOINED, "born", "other")

_SIGNS: Mapping[str, tuple[str, ...]] = {
    "plate": ("plate", "vrm", "reg", "vehicle"),
    "phone": ("phone", "tel", "mobile", "msisdn"),
    "born": ("dob", "birth", "born"),
    "postcode": ("postcode", "post code", "zip"),
    "address": ("address", "street"),
    "name": ("name", "who", "person", "surname"),
    "reference": ("ref", "number", "urn", "id"),
}

DRAFT_MINUTES = 15
DRAFTS_MAX = 8
"""Files that wait to be mapped, over everybody: they are in memory alone."""


@dataclass(frozen=True)
class Draft:
    """A file that was read and is not kept: its holder says of each column what it is, or that it is left out."""

    session: str
    until: datetime
    read: Uploaded = field(repr=False)


class Drafts:
    """Files that wait to be mapped, in the memory of one process."""

    def __init__(self) -> None:
        self._held: dict[str, Draft] = {}
        self._lock = threading.Lock()

    def hold(self, caller: Caller, read: Uploaded) -> str:
        """Hold a file for a quarter of an hour; the oldest makes room. Return the name to ask for it by."""
        now, name = caller.gate.clock.now(), secrets.token_urlsafe(24)
        with self._lock:
            self._held = {n: d for n, d in self._held.items() if now < d.until}
            while len(self._held) >= DRAFTS_MAX:
                del self._held[next(iter(self._held))]
            self._held[name] = Draft(caller.credential.session_id, now + timedelta(minutes=DRAFT_MINUTES), read)
        return name

    def take(self, caller: Caller, name: str) -> Uploaded:
        """Return a file that the caller brought, and forget it.

        Raises
        ------
        MissingError
            ``draft-gone``.
        """
        with self._lock:
            draft = self._held.get(name)
            if draft is None or draft.session != caller.credential.session_id or caller.gate.clock.now() >= draft.until:
                raise _draft_gone()
            return self._held.pop(name).read


@dataclass(frozen=True)
class Opened:
    """A file of the case with its rows."""

    about: CaseFile
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)

    def joinable(self) -> list[tuple[int, str, str]]:
        """Return the columns that can be joined: place, name, meaning."""
        return [(i, name, means) for i, (name, means) in enumerate(self.columns) if means in JOINED]

    def things(self, place: int) -> list[str]:
        """Return what a column holds, each once; a name with the birth date beside it, where there is one."""
        means = [m for _, m in self.columns]
        born = means.index("born") if means[place] == "name" and "born" in means else None
        said = ((row[place], row[born] if born is not None else "") for row in self.rows)
        return list(dict.fromkeys(" ".join(filter(None, pair)) for pair in said if pair[0]))


@dataclass(frozen=True)
class Joined:
    """What came of holding a column against the holdings: things from ``first`` on, of ``count`` in all."""

    table: CheckTable
    entry: int
    first: int
    count: int

    @property
    def next(self) -> int | None:
        """Where to go on, if there is more."""
        after = self.first + len(self.table.rows)
        return after if after < self.count else None


def may_keep(caller: Caller) -> None:
    """Say no before anything is read, to whoever may not keep a file of a case."""
    case_room(caller.gate).check(caller.credential, _mandate(caller))


def read_for_case(caller: Caller, file_name: str, data: bytes) -> Uploaded:
    """Read a file for the case that the caller works on; nothing of it is kept.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError, LimitError
        As :func:`peelian.app.finding.uploads.read_upload`.
    """
    may_keep(caller)
    return read_upload(file_name, data)


def guess_meanings(read: Uploaded) -> tuple[str, ...]:
    """Guess what each column holds by its name, for the officer to put right; what the scanner flags is left out."""
    return tuple(LEFT_OUT if c in read.flagged else _guess(c.lower()) for c in read.columns)


def _guess(name: str) -> str:
    return next((means for means, signs in _SIGNS.items() if any(s in name for s in signs)), "other")


def keep(caller: Caller, read: Uploaded, means: Sequence[str]) -> CaseFile:
    """Keep the columns that the officer says are needed, with the case; the others are dropped.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``case-mapping-malformed``; ``case-column-special`` for a column whose name speaks of a special category or of
        another service's data.
    LimitError
        ``case-files-too-many``, ``case-file-too-large``.
    """
    if len(means) != len(read.columns) or set(means) - {LEFT_OUT, *MEANINGS} or not any(means):
        raise _mapping_malformed()
    places = [i for i, m in enumerate(means) if m]
    special = {
        w.what.rpartition("Column: ")[2].removesuffix(".") for w in read.flags if w.code == "scan-special-column"
    }
    if any(read.columns[i] in special for i in places):
        raise _column_special()
    columns = [{"name": read.columns[i], "means": means[i]} for i in places]
    rows = [[row[i] for i in places] for row in read.rows]
    content = {"columns": columns, "rows": [row for row in rows if any(row)]}
    return case_room(caller.gate).keep(caller.credential, _mandate(caller), content, len(means) - len(places))


def list_files(caller: Caller) -> list[CaseFile]:
    """List the files of the case that the caller works on, newest first."""
    return case_room(caller.gate).files(caller.credential, _mandate(caller))


def open_file(caller: Caller, file_id: str) -> Opened:
    """Open a file of the case that the caller works on.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    MissingError
        ``case-file-missing``.
    """
    about, content = case_room(caller.gate).read(caller.credential, _mandate(caller), file_id)
    return _opened(about, content)


def _opened(about: CaseFile, content: Mapping[str, Any]) -> Opened:
    columns = tuple((str(c["name"]), str(c["means"])) for c in content["columns"])
    return Opened(about, columns, tuple(tuple(map(str, row)) for row in content["rows"]))


def join(
    caller: Caller, file_id: str, place: int, first: int = 0, tell: Callable[[int, int], None] = lambda done, of: None
) -> Joined:
    """Hold a column against the holdings, a stretch of as many things as one list may have.

    The combination is judged and entered first; then each thing is a look-up of its own.

    Parameters
    ----------
    tell : callable
        Told how many things have been looked up, of how many of this stretch.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``case-column-not-joined``.
    MissingError
        ``case-file-missing``.
    """
    return _join(caller, open_file(caller, file_id), place, first, tell)


def join_by_name(
    caller: Caller, file_id: str, column: str, first: int = 0, tell: Callable[[int, int], None] = lambda done, of: None
) -> Joined:
    """Hold a column against the holdings that is named as the file names it. See :func:`join`."""
    opened = open_file(caller, file_id)
    names = [name for name, _ in opened.columns]
    return _join(caller, opened, names.index(column) if column in names else -1, first, tell)


def _join(caller: Caller, opened: Opened, place: int, first: int, tell: Callable[[int, int], None]) -> Joined:
    if place not in [i for i, _, _ in opened.joinable()]:
        raise _not_joined()
    things = opened.things(place)
    stretch = things[max(0, first) : max(0, first) + LINES_MAX]
    if not stretch:
        raise _not_joined()
    tell(0, len(stretch))
    entry = case_room(caller.gate).combine(caller.credential, _mandate(caller), opened.about.id, place, len(stretch))
    table = find.check_list(caller, stretch)
    tell(len(stretch), len(stretch))
    return Joined(table, entry, max(0, first), len(things))


def remove(caller: Caller, file_id: str) -> None:
    """Delete a file before its case closes.

    Raises
    ------
    MissingError
        ``case-file-missing``.
    """
    case_room(caller.gate).remove(caller.credential, _mandate(caller), file_id)


def sweep(caller: Caller) -> int:
    """Delete every file whose case is over; returns how many."""
    return case_room(caller.gate).sweep()


def meanings_of(columns: Sequence[str], said: Iterable[str]) -> list[str]:
    """Read ``COLUMN=MEANING`` pairs; a column that nobody names is left out.

    Raises
    ------
    InvalidError
        ``case-mapping-malformed``.
    """
    pairs = dict(one.rpartition("=")[::2] for one in said)
    if set(pairs) - set(columns):
        raise _mapping_malformed()
    return [pairs.get(c, LEFT_OUT) for c in columns]


def _mandate(caller: Caller) -> str:
    return look_room(caller.gate).mandate_for(caller.credential)


def _draft_gone() -> MissingError:
    return MissingError(
        "draft-gone",
        "The file that you brought is not held any more.",
        why=f"Until its columns are said it is in memory alone, for {DRAFT_MINUTES} minutes and for you.",
        do="Bring it again.",
    )


def _mapping_malformed() -> InvalidError:
    return InvalidError(
        "case-mapping-malformed",
        "It is not said of every column what it holds, or of none that it is kept.",
        why="Only columns that somebody says the case needs are kept.",
        do=f"Say of at least one column that it holds one of: {', '.join(MEANINGS)}; the rest is left out.",
    )


def _column_special() -> InvalidError:
    return InvalidError(
        "case-column-special",
        "A column whose name speaks of a special category, or of another service's data, is not kept.",
        why="Red lines 2 and 11: such data does not come in by a file.",
        do="Leave the column out. If its name misleads, name it in the file for what it holds.",
    )


def _not_joined() -> InvalidError:
    return InvalidError(
        "case-column-not-joined",
        "There is nothing in that column to hold against the holdings.",
        why=f"Joined are columns that hold one of: {', '.join(JOINED)}.",
        do="Choose another column, or begin earlier in it.",
    )
