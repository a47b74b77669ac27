"""Watching over use: who staff are, as digests; who looked at somebody; what should be looked into.

For professional standards and the panel, under a duty of its own and for the ends of the log alone (DPA 2018
s.62(4)). Each reading is an entry before anything is told, and nobody is told of what concerns themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from peelian.core.errors import InvalidError
from peelian.core.marks import declared_marks, kind_of, person_marks, read_typed, thing_marks
from peelian.gate import presence as presences
from peelian.gate.door import Gate
from peelian.gate.entries import Act
from peelian.gate.identity import Credential
from peelian.gate.judging import circumstances, insist
from peelian.gate.looking.looks import looks_since
from peelian.gate.looking.pairs import Close, find_leads, flag_leads
from peelian.gate.looking.watched import digested, refuse_self, watch
from peelian.gate.presence import Presence
from peelian.gate.room import Room
from peelian.model.looks import Lead, LookSeen
from peelian.policy.rules import actor_of

TOOL = "watch-use"
"""What the entries of such readings name."""

DAYS_MAX = 366
"""So far back is looked."""

RELATIONS_MAX = 50


@dataclass(frozen=True)
class Declared:
    """What somebody declares of themselves, or of one person close to them. It is digested and then forgotten.

    Parameters
    ----------
    addresses : tuple of str
        With the postcode where there is one.
    """

    forenames: str = ""
    surname: str = ""
    born_on: date | None = None
    addresses: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    plates: tuple[str, ...] = ()
    relations: tuple[Declared, ...] = field(default=())

    def marks(self) -> frozenset[str]:
        """Write it as marks."""
        said = set(person_marks(self.forenames, self.surname, self.born_on))
        things = (("address", self.addresses), ("phone", self.phones), ("vehicle", self.plates))
        said.update(*(thing_marks(kind, one) for kind, ones in things for one in ones))
        return declared_marks(said)


class WatchRoom(Room):
    """Watching over use at one deployment's gate."""

    def keep_details(self, credential: Credential, mandate_id: str, account: str, declared: Declared) -> int:
        """Enter by what a member of staff is known, in place of what was entered before; return how many marks.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason, recorded: also for one's own.
        InvalidError
            ``details-empty``.
        MissingError
            ``person-unknown``.
        """
        house, met = self._house, presences.meet(self._house, credential)
        now = circumstances(house, met, mandate_id)
        detail = {"mandate": mandate_id, "about": account}
        verdict = house.rulebook.judge_details(met.actor, now, mine=account == met.actor.id)
        insist(house, met, verdict, "keep the details of staff", TOOL, detail)
        actor_of(house.charter, account)  # a person of the charter, or an error
        own, relations = declared.marks(), frozenset(m for r in declared.relations for m in r.marks())
        if not own or len(declared.relations) > RELATIONS_MAX:
            raise _empty()
        body = met.who() | detail | {"own": sorted(digested(house, own))}
        body |= {"relations": sorted(digested(house, relations))}
        house.recorder.record([Act("details-kept", TOOL, now.purpose, "allow", body, met.reason)])
        return len(own) + len(relations)

    def who_looked(self, credential: Credential, mandate_id: str, text: str, days: int) -> list[LookSeen]:
        """Return who looked for somebody or something, as typed: newest first. No source is opened for it.

        A name alone finds those who typed it; a name with a birth date, a plate, a number or an address also those
        whose page showed it. What is about the caller themselves is refused.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason; recorded.
        InvalidError
            ``days-out-of-range``.
        """
        house, met = self._house, presences.meet(self._house, credential)
        body = self._begin(met, mandate_id, days) | {"asked_for": text}
        watched, own = watch(house, met, "who-looked", (text,))
        if own:
            refuse_self(house, met, mandate_id, watched, (text,), own)
        house.recorder.record([Act("consultation", TOOL, met.purpose, "allow", body, met.reason)])
        typed = read_typed(text)
        wanted = {m for m in typed.marks if kind_of(m) != "name" or not typed.dated}
        marks = digested(house, wanted | _record_mark(text))
        looks = looks_since(house, house.clock.now() - timedelta(days=days))
        return [one for one in reversed(looks) if one.marks & marks and one.actor != met.actor.id]

    def leads(self, credential: Credential, mandate_id: str, days: int) -> list[Lead]:
        """Return what should be looked into, newest first, but for what concerns the caller.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason; recorded.
        InvalidError
            ``days-out-of-range``.
        """
        house, met = self._house, presences.meet(self._house, credential)
        body = self._begin(met, mandate_id, days) | {"asked": "what should be looked into"}
        house.recorder.record([Act("consultation", TOOL, met.purpose, "allow", body, met.reason)])
        known = house.head.follow().watch.details
        staff = {account: Close(d.own, d.relations) for account, d in known.items()}
        since = house.clock.now() - timedelta(days=days)
        found = find_leads(looks_since(house, since), staff, timedelta(days=house.charter.panel.pair_days))
        found += flag_leads(house.head.watch.flags.values(), staff, since)
        found.sort(key=lambda lead: (lead.at, lead.strong, lead.entry), reverse=True)
        return [lead for lead in found if met.actor.id not in (lead.looker, lead.about)]

    def known(self, credential: Credential, mandate_id: str) -> Mapping[str, int]:
        """Return of whom details are kept, and how many marks; not which."""
        house, met = self._house, presences.meet(self._house, credential)
        body = self._begin(met, mandate_id, 1) | {"asked": "of whom details are kept"}
        house.recorder.record([Act("consultation", TOOL, met.purpose, "allow", body, met.reason)])
        return {account: len(d.own) for account, d in sorted(house.head.follow().watch.details.items())}

    def _begin(self, met: Presence, mandate_id: str, days: int) -> dict[str, object]:
        """Judge a reading of who looked; return what its entry says."""
        house = self._house
        verdict = house.rulebook.judge_act(met.actor, circumstances(house, met, mandate_id), "see-looks")
        insist(house, met, verdict, "see who looked at whom", TOOL, {"mandate": mandate_id})
        if not 1 <= days <= DAYS_MAX:
            raise InvalidError(
                "days-out-of-range", f"From 1 to {DAYS_MAX} days are looked at.", do="Ask for fewer days."
            )
        return met.who() | {"mandate": mandate_id, "days": days}


def watch_room(gate: Gate) -> WatchRoom:
    """Return the room beside a gate in which use is watched over."""
    return WatchRoom(gate._house)


def _record_mark(text: str) -> set[str]:
    """Write the key of a person's record, as a search gives it, if that is what was typed."""
    table, colon, record = text.strip().partition(":")
    return {f"record:{table}:{record}"} if colon and " " not in text.strip() else set()


def _empty() -> InvalidError:
    return InvalidError(
        "details-empty",
        "There is nothing in these details by which anybody could be known, or there are too many people in them.",
        why="A first name and a surname, an address, a phone or a plate each make a mark; anything less makes none.",
        do=f"Enter at least one of them, and at most {RELATIONS_MAX} people who are close.",
    )
