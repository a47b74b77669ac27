"""Was my area on a patrol plan: a public question, answered from plans whose stated delay has passed.

Which streets there are is published geography, and no record of anything: saying that a name is on no map, or how
others are spelt, gives nothing away.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from peelian.app.patrol import geography
from peelian.core.local_time import day_words
from peelian.decide.released import ReleasedPlan, ask_about_area, known_streets, near_streets, released_plan
from peelian.decide.shift import read_shift
from peelian.gate.door import Gate


@dataclass(frozen=True)
class AreaTold:
    """The answer, in the words of the page.

    Parameters
    ----------
    plans : tuple
        The plans found, each with its shift in words.
    until : str
        Up to which day plans can be told of.
    on_map : bool or None
        Whether the map has a street of that name; None where it was not asked for, or there is no map of streets.
    near : tuple of str
        Streets that are spelt much alike, where the map has none of that name.
    """

    asked: str
    by: str
    plans: tuple[tuple[ReleasedPlan, str], ...]
    until: str
    delay_days: int
    more: bool
    on_map: bool | None = None
    near: tuple[str, ...] = ()


def delay_days(gate: Gate) -> int:
    """Return how many days after a shift its streets become public."""
    return gate.charter.publication.plan_delay_days


def ask_area(gate: Gate, asked: str, folder: Path) -> AreaTold:
    """Answer whether an area was on a plan. What was asked is not kept: it is in no entry, no log and no address.

    Parameters
    ----------
    folder : Path
        The deployment's, whose map says which streets there are.

    Raises
    ------
    InvalidError
        ``area-not-asked``.
    """
    delay, timezone = delay_days(gate), gate.charter.jurisdiction.timezone
    plans = [released_plan(body) for body in gate.released_plans()]
    answer = ask_about_area(plans, asked, now=gate.clock.now(), delay_days=delay)
    told = tuple((p, read_shift(p.shift, timezone).words) for p in answer.plans)
    until = day_words(answer.told_until.astimezone(ZoneInfo(timezone)).date())
    on_map, near = (None, ()) if told or answer.by == "reference" else _on_map(folder, answer.asked)
    return AreaTold(answer.asked, answer.by, told, until, delay, answer.more, on_map, near)


def _on_map(folder: Path, asked: str) -> tuple[bool | None, tuple[str, ...]]:
    path = geography.layers(folder).get("streets")
    streets = _streets(folder, path.stat().st_mtime_ns) if path else frozenset()
    if not streets:
        return None, ()
    if known_streets(streets, asked):
        return True, ()
    return False, tuple(near_streets(streets, asked))


@lru_cache(maxsize=4)
def _streets(folder: Path, changed_ns: int) -> frozenset[str]:
    return frozenset(name for name, _ in geography.shapes(folder, "streets") if name)
