"""How well colleagues who look for each other are found: pairs planted among a made-up city's people, and counted.

Everything here is made up. Staff are drawn from the city's people and declare who they are and with whom they live;
they look people up all day as officers do. Some look for themselves, and are refused; for some of these a colleague
then looks, in one of the ways in which people look. Chance does the same: a colleague has a case of their own about
the same street, the same surname, the same household. What is found is held against what was planted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from peelian.core.marks import declared_marks, person_marks, read_typed, row_marks, thing_marks
from peelian.core.stats import wilson_interval
from peelian.gate.looking.pairs import Close, find_leads
from peelian.model.looks import PAIR, LookSeen

BEGINS = datetime(2026, 9, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Somebody:
    """One person of a made-up city."""

    forenames: str
    surname: str
    born_on: date
    address: str
    postcode: str
    phone: str
    household: int
    plates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setting:
    """What is planted. The choices are ours; no published figure says how often colleagues do this.

    Parameters
    ----------
    staff, days : int
        How many people look, for how long.
    looks_per_resident : float
        Ordinary look-ups in all that time, a resident: the more there are, the more fall on the same by chance.
    asked : int
        How many times somebody looks for themselves and is refused.
    p_pair : float
        Share of these after which a colleague looks instead.
    p_late : float
        Share of the colleagues who wait longer than anybody looks back.
    p_misspelt : float
        Share of look-ups by name whose name is typed wrong.
    p_undeclared : float
        Share of the people somebody lives with whom they did not declare.
    p_chance : float
        Share of refusals after which a colleague has a case of their own about the same household or street.
    """

    staff: int = 120
    days: int = 60
    looks_per_resident: float = 0.5
    asked: int = 200
    p_pair: float = 0.5
    p_late: float = 0.1
    p_misspelt: float = 0.15
    p_undeclared: float = 0.2
    p_chance: float = 0.05


@dataclass
class _Shift:
    """The made-up record of use as it grows: look-ups, who is close to whom, and which look-ups were planted."""

    people: Sequence[Somebody]
    rng: Random
    setting: Setting
    looks: list[LookSeen] = field(default_factory=list)
    planted: set[int] = field(default_factory=set)
    homes: dict[int, list[Somebody]] = field(default_factory=dict)

    def add(self, actor: str, at: datetime, marks: Iterable[str], *, refused: bool = False) -> int:
        self.looks.append(LookSeen(len(self.looks), at, actor, "search", "", "", frozenset(marks), refused))
        return len(self.looks) - 1


def measure_pairs(
    people: Sequence[Somebody], *, within_days: int, seed: int, setting: Setting = Setting()
) -> dict[str, object]:
    """Plant pairs among made-up people and count how many of them are found, and how many others.

    Returns
    -------
    dict
        For every lead and for the strong ones alone ``found planted right precision recall`` with intervals (Wilson,
        95 %), beside how many look-ups there were. A pair counts as planted if a colleague looked for somebody who had
        asked, however late or misspelt: what cannot be found is counted as missed.
    """
    shift = _Shift(people, Random(seed), setting)
    for one in people:
        shift.homes.setdefault(one.household, []).append(one)
    staff = _staff(shift)
    _look_all_day(shift, staff)
    _ask_and_pair(shift, staff)
    close = {account: _close(shift, somebody) for account, somebody in staff.items()}
    leads = [one for one in find_leads(shift.looks, close, timedelta(days=within_days)) if one.kind == PAIR]
    found, strong = {one.entry for one in leads}, {one.entry for one in leads if one.strong}
    return {
        "synthetic": True, "people": len(people), "staff": len(staff), "look_ups": len(shift.looks),
        "looks_per_resident": setting.looks_per_resident, "within_days": within_days, "seed": seed,
        "planted": len(shift.planted),
        "all": _score(found, shift.planted), "strong": _score(strong, shift.planted),
    }  # fmt: skip


def _score(found: set[int], planted: set[int]) -> dict[str, object]:
    right = len(found & planted)
    return {
        "found": len(found), "right": right,
        "precision": right / len(found) if found else None, "precision_range": wilson_interval(right, len(found)),
        "recall": right / len(planted) if planted else None, "recall_range": wilson_interval(right, len(planted)),
    }  # fmt: skip


def _staff(shift: _Shift) -> dict[str, Somebody]:
    grown = [p for p in shift.people if p.born_on.year <= BEGINS.year - 20]
    drawn = shift.rng.sample(grown, min(shift.setting.staff, len(grown)))
    return {f"officer-{n}": one for n, one in enumerate(drawn, start=1)}


def _close(shift: _Shift, me: Somebody) -> Close:
    """Give what somebody declares: themselves, and most of those they live with."""
    own = set(person_marks(me.forenames, me.surname, me.born_on)) | thing_marks("phone", me.phone)
    own |= thing_marks("address", f"{me.address}, {me.postcode}")
    own.update(*(thing_marks("vehicle", plate) for plate in me.plates))
    others = [p for p in shift.homes[me.household] if p is not me]
    declared = [p for p in others if shift.rng.random() >= shift.setting.p_undeclared]
    relations = frozenset(m for p in declared for m in person_marks(p.forenames, p.surname, p.born_on))
    return Close(declared_marks(own), declared_marks(relations))


def _look_all_day(shift: _Shift, staff: Mapping[str, Somebody]) -> None:
    """Have everybody look up people of the city: whoever comes along."""
    rng, setting, accounts = shift.rng, shift.setting, sorted(staff)
    times = [timedelta(days=rng.randrange(setting.days), minutes=rng.randrange(600)) for _ in
             range(int(setting.looks_per_resident * len(shift.people)))]  # fmt: skip
    for after in sorted(times):
        shift.add(rng.choice(accounts), BEGINS + after, _looked_for(shift, rng.choice(shift.people)))


def _ask_and_pair(shift: _Shift, staff: Mapping[str, Somebody]) -> None:
    """Have some look for themselves; a colleague may look instead, and another may have a reason of their own."""
    rng, setting, accounts = shift.rng, shift.setting, sorted(staff)
    for _ in range(setting.asked):
        account = rng.choice(accounts)
        me, at = staff[account], BEGINS + timedelta(days=rng.randrange(setting.days), minutes=rng.randrange(600))
        shift.add(account, at, read_typed(f"{me.forenames} {me.surname} {me.born_on}").marks, refused=True)
        colleague, other = rng.sample([a for a in accounts if a != account], 2)
        if rng.random() < setting.p_pair:
            late = rng.random() < setting.p_late
            after = timedelta(days=rng.uniform(20, 40)) if late else timedelta(hours=rng.expovariate(1 / 30))
            about = me if rng.random() < 0.7 else rng.choice(shift.homes[me.household])
            shift.planted.add(shift.add(colleague, at + after, _looked_for(shift, about)))
        if rng.random() < setting.p_chance:
            about = rng.choice(shift.homes[me.household])
            shift.add(other, at + timedelta(days=rng.uniform(0, 14)), _looked_for(shift, about))


def _looked_for(shift: _Shift, whom: Somebody) -> frozenset[str]:
    """Look for somebody in one of the ways in which people look; a page shows who it was about."""
    rng = shift.rng
    forename = whom.forenames.split()[0]
    if rng.random() < shift.setting.p_misspelt:
        forename = forename[:-1] + "x"
    typed = {
        "name": f"{forename} {whom.surname}",
        "born": f"{forename} {whom.surname} {whom.born_on:%d/%m/%Y}",
        "address": whom.address,
        "phone": whom.phone,
        "plate": rng.choice(whom.plates) if whom.plates else f"{forename} {whom.surname}",
    }
    how = rng.choice([*typed, "page"])
    if how != "page":
        return read_typed(typed[how]).marks
    row = {"forenames": whom.forenames, "surname": whom.surname, "birth_on": whom.born_on, "address": whom.address}
    return row_marks(row | {"postcode": whom.postcode, "phones": whom.phone})
