"""What stands for longer than a page: searches that are saved, and flags that say that somebody works on this.

Both belong to one person on one operation and end by themselves. What was searched for, and what a flag is on, lies in
the record sealed under a key of its own, which is destroyed when it ends: the record keeps that there was one.
A covert flag is looked at by its owner alone, out of the record; no look-up ever asks for it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from peelian.core.errors import InvalidError, MissingError
from peelian.core.ids import new_ulid
from peelian.core.marks import declared_marks, row_marks, thing_marks
from peelian.core.time import to_micros
from peelian.gate import presence as presences
from peelian.gate.acts.office import mandate_states
from peelian.gate.door import Gate
from peelian.gate.entries import Act, read_body
from peelian.gate.house import House
from peelian.gate.identity import Credential
from peelian.gate.judging import circumstances, insist
from peelian.gate.looking.looks import looks_since
from peelian.gate.looking.sealed_words import key_of, words_under
from peelian.gate.looking.watched import IDENTITY, digested, refuse_self, watch
from peelian.gate.memory.watch_record import COVERT, OVERT, Flag, Saved
from peelian.gate.presence import Presence
from peelian.gate.room import Room
from peelian.gate.rooms.searching import Asked, LookRoom
from peelian.model.looks import LookSeen
from peelian.model.pole import PERSON_TABLES

TOOL = "look-up"

SAVED_DAYS_MAX, FLAG_DAYS_MAX = 90, 180
"""The longest that a search stays saved, and a flag set. Our choice."""

WORDS_MAX = 200
HITS_MAX = 400

STANDS, EXPIRED, ENDED, OPERATION_OVER, MANDATE_OVER = "stands", "expired", "ended", "operation-over", "mandate-over"
NOT_NOW = "not-now"
"""A flag that stands, and whose owner is not told who looked, because they work on something else now."""


@dataclass(frozen=True)
class SavedSearch:
    """A saved search as its owner sees it; ``text`` and ``name`` are empty once it has ended."""

    saved: Saved
    state: str
    name: str = ""
    text: str = field(default="", repr=False)


@dataclass(frozen=True)
class FlagSet:
    """A flag as its owner sees it: what it is on, and who looked since it was set."""

    flag: Flag
    state: str
    on: str = field(default="", repr=False)
    looked: tuple[LookSeen, ...] = ()


class StandingRoom(Room):
    """Saved searches and flags at one deployment's gate."""

    # Saved searches

    def save(self, credential: Credential, mandate_id: str, text: str, name: str, until: datetime) -> Saved:
        """Save a search for oneself, for what one works on, until an instant.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason, recorded; ``self-search``.
        InvalidError
            ``standing-malformed``.
        """
        house, met = self._house, presences.meet(self._house, credential)
        now = circumstances(house, met, mandate_id)
        insist(house, met, house.rulebook.judge_act(met.actor, now, "save-search"), "save a search", TOOL, {})
        watched, own = watch(house, met, "saved-search", (text,))
        if own:
            refuse_self(house, met, mandate_id, watched, (text,), own)
        name = " ".join(name.split())[:WORDS_MAX] or text
        made = new_ulid(house.clock)
        body = met.who() | {"saved": made, "mandate": mandate_id, "expires_at": to_micros(self._until(met, until, 0))}
        said = json.dumps({"text": _worded(text), "name": name})
        acts = [Act("search-saved", TOOL, now.purpose, "allow", body, said, (key_of("saved", made),))]
        house.recorder.record(acts)
        return house.head.follow().watch.saved[made]

    def searches(self, credential: Credential) -> list[SavedSearch]:
        """Return one's own saved searches, newest first; those that are over lose what they were for."""
        house, met = self._house, presences.meet(self._house, credential)
        self._insist_own(met)
        saved = house.head.follow().watch.saved.values()
        mine = [s for s in saved if s.owner == met.actor.id and s.what == "search"]
        return [self._shown(met, s) for s in reversed(mine)]

    def to_run(self, credential: Credential, saved_id: str) -> SavedSearch:
        """Return one that may be run now, for what one works on; the look that follows is judged by itself.

        Raises
        ------
        MissingError
            ``saved-search-missing``: it does not stand, is somebody else's, or is for another operation.
        """
        house, met = self._house, presences.meet(self._house, credential)
        found = house.head.follow().watch.saved.get(saved_id)
        shown = self._shown(met, found) if found and found.owner == met.actor.id else None
        if shown is None or shown.state != STANDS or shown.saved.operation != met.operation_ref:
            raise MissingError(
                "saved-search-missing",
                "There is no such saved search for what you work on now.",
                why="It belongs to one person on one operation, and ends with its time, the operation or the mandate.",
                do="List yours with `peelian saved list`; set its operation first.",
            )
        return shown

    def note_run(self, credential: Credential, saved_id: str, records: Iterable[str]) -> frozenset[str] | None:
        """Note what a run found; return which of it is new, or None when it was the first run."""
        house, met = self._house, presences.meet(self._house, credential)
        shown = self.to_run(credential, saved_id)
        key = house.keys.get_or_create(key_of("saved", saved_id))
        marks = {hmac.digest(key, r.encode(), "sha256")[:8].hex(): r for r in sorted(set(records))[:HITS_MAX]}
        before = self._hits(shown.saved)
        body = met.who() | {"saved": saved_id, "hits": sorted(marks)}
        house.recorder.record([Act("saved-search-run", TOOL, met.purpose, "record", body, met.reason)])
        return None if before is None else frozenset(r for mark, r in marks.items() if mark not in before)

    def end_search(self, credential: Credential, saved_id: str) -> None:
        """End one's own saved search: what it was for is gone.

        Raises
        ------
        MissingError
            ``saved-search-missing``.
        """
        house, met = self._house, presences.meet(self._house, credential)
        self._insist_own(met)
        found = house.head.follow().watch.saved.get(saved_id)
        if found is None or found.owner != met.actor.id:
            raise MissingError("saved-search-missing", "You have no such saved search.", do="List yours.")
        self._end_search(met, found, ENDED)

    def _shown(self, met: Presence, saved: Saved) -> SavedSearch:
        state = self._state(saved)
        if state != STANDS:
            self._end_search(met, saved, state)
            return SavedSearch(saved, state)
        said = words_under(self._house, saved.entry, key_of("saved", saved.id))
        return SavedSearch(saved, state, str(said.get("name", "")), str(said.get("text", "")))

    def _state(self, saved: Saved) -> str:
        house, now = self._house, self._house.clock.now()
        operation = house.charter.operations.get(saved.operation)
        if saved.ended_at is not None:
            return ENDED
        if now >= saved.expires_at:
            return EXPIRED
        if operation is None or not operation.is_open(now) or saved.owner not in operation.members:
            return OPERATION_OVER
        if mandate_states(house).get(saved.mandate) != "in force":
            return MANDATE_OVER
        return STANDS

    def sweep(self, met: Presence) -> int:
        """End what is over, whoever it belongs to, so that what it was for is gone; return how much that was."""
        watch = self._house.head.follow().watch
        searches = [(s, self._state(s)) for s in watch.saved.values() if s.ended_at is None]
        flags = [(f, self._flag_state(f)) for f in watch.flags.values() if f.ended_at is None]
        over = [(s, state) for s, state in searches if state not in (STANDS, MANDATE_OVER)]
        gone = [(f, state) for f, state in flags if state not in (STANDS, MANDATE_OVER)]
        for saved, state in over:
            self._end_search(met, saved, state)
        for flag, state in gone:
            self._end_flag(met, flag, state)
        return len(over) + len(gone)

    def _end_search(self, met: Presence, saved: Saved, why: str) -> None:
        house = self._house
        # A mandate that is stopped may go on; nothing runs meanwhile.
        if why != MANDATE_OVER and saved.ended_at is None:
            body = met.who() | {"saved": saved.id, "why": why}
            house.recorder.record([Act("saved-search-ended", TOOL, saved.purpose, "record", body)])
            house.keys.destroy(key_of("saved", saved.id))

    def _hits(self, saved: Saved) -> frozenset[str] | None:
        if saved.run < 0:
            return None
        [(_, leaf, private)] = self._house.ledger.read(saved.run, saved.run + 1)
        hits = read_body(private, self._house.keys.log_key(), leaf=leaf)["hits"]
        assert isinstance(hits, list)
        return frozenset(map(str, hits))

    # Flags

    def set_flag(
        self, credential: Credential, mandate_id: str, kind: str, on: tuple[str, str], terms: FlagTerms
    ) -> Flag:
        """Set a deconfliction flag on a person, vehicle, phone or address.

        Parameters
        ----------
        mandate_id : str
            The duty to keep operations from meeting unawares; what the flag is on is read under that to look up.
        kind : str
            ``overt`` or ``covert``.
        on : tuple of str
            Kind and key, as for a page.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason, recorded; ``self-search``.
        MissingError
            ``nothing-to-show``.
        InvalidError
            ``standing-malformed``.
        """
        house, met = self._house, presences.meet(self._house, credential)
        now = circumstances(house, met, mandate_id)
        insist(house, met, house.rulebook.judge_act(met.actor, now, "set-flag"), "set a flag", TOOL, {})
        watched, own = watch(house, met, "profile", (" ".join(on),))
        if own:
            refuse_self(house, met, mandate_id, watched, (" ".join(on),), own)
        terms.check(kind, now.now.date())
        until = self._until(met, terms.until, FLAG_DAYS_MAX)
        marks = digested(house, self._marks_of(credential, *on))
        made = new_ulid(house.clock)
        body = met.who() | {"flag": made, "mandate": mandate_id, "kind": kind, "about": on[0], "marks": sorted(marks)}
        body |= {"contact": terms.contact if kind == OVERT else "", "review_on": terms.review_on.isoformat()}
        body |= {"expires_at": to_micros(until)}
        said = json.dumps({"on": terms.title or on[1]})
        house.recorder.record([Act("flag-set", TOOL, now.purpose, "allow", body, said, (key_of("flag", made),))])
        return house.head.follow().watch.flags[made]

    def _marks_of(self, credential: Credential, kind: str, key: str) -> frozenset[str]:
        if kind != "person":
            marks = declared_marks(thing_marks(kind, key))
            if kind not in ("vehicle", "phone", "address") or not marks:
                raise _malformed("A flag is on a person, a vehicle, a phone or an address.")
            return marks
        table, _, record = key.partition(":")
        if table not in PERSON_TABLES or len(record) != 32 or set(record) - set("0123456789abcdef"):
            raise _malformed("A person is named by the key of a record about them, as a search gives it.")
        columns = (*IDENTITY[table], "subject_id")
        room, asked = LookRoom(self._house), Asked("flag", (f"person {key}",))
        with room.look(credential, room.mandate_for(credential), {table: columns}, asked) as look:
            rows: list[Mapping[str, Any]] = look.read(table, columns, [record]).to_pylist()
        if not rows:
            raise MissingError(
                "nothing-to-show", "Nothing you may see matches.", do="Search again, and use the key of what was found."
            )
        marks = frozenset(m for row in rows for m in row_marks(row) if m.startswith(("person:", "subject:")))
        return marks | {f"record:{key}"}

    def flags(self, credential: Credential) -> list[FlagSet]:
        """Return one's own flags with who looked at what they are on, newest first; reading it is an entry.

        Who looked is told under the flag's own mandate, while one works on its operation, and to nobody else.
        """
        house, met = self._house, presences.meet(self._house, credential)
        self._insist_own(met)
        mine = [f for f in house.head.follow().watch.flags.values() if f.owner == met.actor.id]
        body = met.who() | {"asked": "who looked at what is flagged", "flags": [f.id for f in mine]}
        house.recorder.record([Act("consultation", "flags", met.purpose, "allow", body, met.reason)])
        standing = [f for f in mine if self._flag_state(f) == STANDS]
        looks = looks_since(house, min(f.set_at for f in standing)) if standing else []
        return [self._flag_shown(met, f, looks) for f in reversed(mine)]

    def end_flag(self, credential: Credential, flag_id: str) -> None:
        """End one's own flag.

        Raises
        ------
        MissingError
            ``flag-missing``.
        """
        house, met = self._house, presences.meet(self._house, credential)
        self._insist_own(met)
        found = house.head.follow().watch.flags.get(flag_id)
        if found is None or found.owner != met.actor.id:
            raise MissingError("flag-missing", "You have no such flag.", do="List yours with `peelian flag list`.")
        self._end_flag(met, found, ENDED)

    def _flag_shown(self, met: Presence, flag: Flag, looks: Sequence[LookSeen]) -> FlagSet:
        state = self._flag_state(flag)
        if state not in (STANDS, MANDATE_OVER):
            self._end_flag(met, flag, state)
            return FlagSet(flag, state)
        said = words_under(self._house, flag.entry, key_of("flag", flag.id))
        if state == STANDS and not self._may_see(met, flag):
            state = NOT_NOW
        since = (one for one in looks if one.entry > flag.entry and not (one.refused or one.own) and state == STANDS)
        seen = tuple(one for one in since if one.marks & flag.marks and one.actor != flag.owner)
        return FlagSet(flag, state, str(said.get("on", "")), seen[::-1])

    def _may_see(self, met: Presence, flag: Flag) -> bool:
        now = circumstances(self._house, met, flag.mandate)
        allowed = self._house.rulebook.judge_act(met.actor, now, "see-flagged").allow
        return allowed and met.operation_ref == flag.operation

    def _flag_state(self, flag: Flag) -> str:
        now = self._house.clock.now()
        operation = self._house.charter.operations.get(flag.operation)
        if flag.ended_at is not None:
            return ENDED
        if not flag.stands(now):
            return EXPIRED
        if operation is None or not operation.is_open(now) or flag.owner not in operation.members:
            return OPERATION_OVER
        return STANDS if mandate_states(self._house).get(flag.mandate) == "in force" else MANDATE_OVER

    def _end_flag(self, met: Presence, flag: Flag, why: str) -> None:
        if flag.ended_at is None:
            body = met.who() | {"flag": flag.id, "why": why}
            self._house.recorder.record([Act("flag-ended", TOOL, flag.purpose, "record", body)])
            self._house.keys.destroy(key_of("flag", flag.id))

    # What both share

    def _insist_own(self, met: Presence) -> None:
        verdict = self._house.rulebook.judge_act(met.actor, circumstances(self._house, met, ""), "read-own-entries")
        insist(self._house, met, verdict, "see what you have saved", TOOL, {})

    def _until(self, met: Presence, until: datetime, days_max: int) -> datetime:
        """Return when it ends: as asked, and with the operation at the latest."""
        now, days_max = self._house.clock.now(), days_max or SAVED_DAYS_MAX
        if until.tzinfo is None or not now < until <= now + timedelta(days=days_max):
            raise _malformed(f"It ends on a day from tomorrow on, within {days_max} days.")
        return min(until, met.operation.closes_at) if met.operation else until


@dataclass(frozen=True)
class FlagTerms:
    """Whom to ask, when it is looked at again, until when it stands, and what its owner calls what it is on."""

    contact: str
    review_on: date
    until: datetime
    title: str = field(default="", repr=False)

    def check(self, kind: str, today: date) -> None:
        """Refuse terms that are not whole.

        Raises
        ------
        InvalidError
            ``standing-malformed``.
        """
        if kind not in (OVERT, COVERT):
            raise _malformed("A flag is overt or covert.")
        if kind == OVERT and not 1 <= len(self.contact.strip()) <= WORDS_MAX:
            raise _malformed(f"An overt flag says whom to ask, in at most {WORDS_MAX} letters.")
        if not today < self.review_on <= self.until.date():
            raise _malformed("A flag is looked at again on a day after today, before it ends.")


def sweep_standing(house: House, presence: Presence) -> int:
    """End what is over of saved searches and flags, for the nightly deletion; return how much that was."""
    return StandingRoom(house).sweep(presence)


def standing_room(gate: Gate) -> StandingRoom:
    """Return the room beside a gate in which searches are saved and flags set."""
    return StandingRoom(gate._house)


def _worded(text: str) -> str:
    words = " ".join(text.split())
    if not 2 <= len(words) <= WORDS_MAX:
        raise _malformed(f"A search has from 2 to {WORDS_MAX} letters.")
    return words


def _malformed(what: str) -> InvalidError:
    return InvalidError(
        "standing-malformed", what, why="What stands for longer than a page has an owner, words and an end.",
        do="Put it right.",
    )  # fmt: skip
