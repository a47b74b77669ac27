"""Was my area on a patrol plan: a public question, answered from plans whose stated delay has passed."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from peelian.core.local_time import day_words
from peelian.decide.released import ReleasedPlan, ask_about_area, released_plan
from peelian.decide.shift import read_shift
from peelian.gate.door import Gate


@dataclass(frozen=True)
class AreaTold:
    """The answer, in the words of the page: the plans found, and up to which day plans can be told of."""

    asked: str
    by: str
    plans: tuple[tuple[ReleasedPlan, str], ...]  # with the shift in words
    until: str
    delay_days: int
    more: bool


def delay_days(gate: Gate) -> int:
    """Return how many days after a shift its streets become public."""
    return gate.charter.publication.plan_delay_days


def ask_area(gate: Gate, asked: str) -> AreaTold:
    """Answer whether an area was on a plan. What was asked is not kept: it is in no entry, no log and no address.

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
    return AreaTold(answer.asked, answer.by, told, until, delay, answer.more)
