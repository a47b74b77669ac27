"""Instants as people on the spot say them: their own clock, "overnight 21/22 Nov", "12 min ago". Storage stays UTC."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

MORNING, AFTERNOON, EVENING = time(4), time(12), time(18)
"""When a greeting changes, local time."""


def day_words(on: date) -> str:
    """Write a day: ``22 Nov 2026``."""
    return f"{on.day} {on:%b %Y}"


def instant_words(at: datetime, zone: tzinfo) -> str:
    """Write an instant in full: ``22 Nov 2026, 06:10``."""
    local = at.astimezone(zone)
    return f"{day_words(local.date())}, {local:%H:%M}"


def near_words(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Write an instant as shortly as is clear now: ``06:10`` today, ``20 Nov, 06:10``, with the year in another one."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    if local.year == today.year:
        return f"{local.day} {local:%b}, {local:%H:%M}"
    return instant_words(at, zone)


def age_words(at: datetime, now: datetime) -> str:
    """Say how long ago something was, in its largest unit, rounded down: ``4 min``, ``7 h``, ``12 days``."""
    minutes = max(0, int((now - at) / timedelta(minutes=1)))
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def night_words(now: datetime, zone: tzinfo) -> str:
    """Name the night that ended this morning, or is under way: ``21/22 Nov``, ``30 Nov/1 Dec``."""
    today = now.astimezone(zone)
    ends = today.date() + timedelta(days=1 if today.time() >= EVENING else 0)
    begins = ends - timedelta(days=1)
    first = str(begins.day) if begins.month == ends.month else f"{begins.day} {begins:%b}"
    return f"{first}/{ends.day} {ends:%b}"


def part_of_day(now: datetime, zone: tzinfo) -> str:
    """Return ``morning``, ``afternoon`` or ``evening``, which lasts until four."""
    at = now.astimezone(zone).time()
    if MORNING <= at < AFTERNOON:
        return "morning"
    return "afternoon" if AFTERNOON <= at < EVENING else "evening"


def day_begins(now: datetime, zone: tzinfo) -> datetime:
    """Return the instant at which the local day began, UTC offsets of that hour included."""
    return datetime.combine(now.astimezone(zone).date(), time(), tzinfo=zone)
