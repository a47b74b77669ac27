"""Write a charter from the example: the same rules, with mandates that start on a day and end within twelve months."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from peelian.core.errors import InvalidError
from peelian.policy.charter import Charter, load_charter
from peelian.policy.charter_folder import END_WEEKDAYS, months_after

_DATED = re.compile(r"\b(starts_on|ends_on|decided_on|opens_at|closes_at)(: )(\d{4}-\d{2}-\d{2})")
_MANDATE_CODE = re.compile(r"(?m)^code_hash: .*$")
_ASSESSMENT = re.compile(r"(?m)^subject: assessment$")
_TARGET = re.compile(r"(?m)^target: (\S+)$")
_FORCE = re.compile(r"(?m)^(id|name): .*$")

_SHORT = timedelta(days=300)
"""The example's mandates last a year less a few days; one shorter than this keeps its own length."""

AREA = "study-area"
"""The name of the example's area; ``areas/study-area.geojson`` is replaced by the caller's polygon."""


def write_example(
    folder: Path,
    starts_on: date,
    *,
    template: Path,
    area_geojson: Mapping[str, object] | str | None = None,
    code_hashes: Mapping[str, str] | None = None,
    force_id: str | None = None,
    force_name: str | None = None,
    real_parts: str = "",
) -> Charter:
    """Write the example charter into a folder, dated, and load it to be sure that it is valid.

    Parameters
    ----------
    folder : Path
        Where to; must not exist, or be empty.
    starts_on : date
        Mandates start and operations open on this day.
    template : Path
        The example's folder: ``charter/`` in the source tree, ``peelian/charter_example`` in an installation.
    area_geojson : mapping or str, optional
        The polygon that methods may be used in, longitude and latitude (RFC 7946).
    code_hashes : mapping of str to str, optional
        SHA-256 of each method's code as installed, by method name; of the code that assesses it, by ``assess-`` and
        its name (the method's own where that is not given).
    force_id, force_name : str, optional
        Whose charter it is to be.
    real_parts : str
        What of the demonstration is not made up, as half a sentence.

    Raises
    ------
    InvalidError
        ``charter-exists`` when the folder holds something already; ``charter-invalid`` when what was given does not
        make a valid charter.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InvalidError(
            "charter-exists",
            "This folder already holds something.",
            why="A charter that is in force is amended in public, never overwritten.",
            do="Name an empty folder.",
        )
    hashes = dict(code_hashes or {})
    for name, text in _template_files(template):
        if name == "force.yml":
            text = _with_force(text, force_id, force_name)
            text += f"real_parts: {json.dumps(real_parts)}\n" if real_parts else ""
        if name == f"areas/{AREA}.geojson" and area_geojson is not None:
            text = area_geojson if isinstance(area_geojson, str) else json.dumps(area_geojson, indent=1) + "\n"
        if name.endswith(".yml"):
            text = _with_code(_dated(text, starts_on), hashes)
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return load_charter(folder)


def sunset_after(starts_on: date) -> date:
    """Return the latest day on which a mandate that starts on a day may end.

    A Tuesday, Wednesday or Thursday within twelve months, outside 24 December to 2 January: the bank holidays of
    England and Wales that can fall on those weekdays all lie there.
    """
    return _last_fit(months_after(starts_on, 12))


def _last_fit(day: date) -> date:
    while day.weekday() not in END_WEEKDAYS or (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 2):
        day -= timedelta(days=1)
    return day


def _template_files(template: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(template.rglob("*")):
        if path.is_file() and path.suffix in {".yml", ".cedar", ".cedarschema", ".geojson", ".md"}:
            yield path.relative_to(template).as_posix(), path.read_text(encoding="utf-8")


def _dated(text: str, starts_on: date) -> str:
    """Give every date of an authority or an operation its place in the new year; others stay."""
    ends_on = _last_fit(starts_on + _length(text)) if _length(text) < _SHORT else sunset_after(starts_on)

    def moved(found: re.Match[str]) -> str:
        key, between, _ = found.groups()
        return f"{key}{between}{ends_on if key in {'ends_on', 'closes_at'} else starts_on}"

    return _DATED.sub(moved, text)


def _length(text: str) -> timedelta:
    """Return how long the example's own mandate lasts: one that was given for some weeks is not given for a year."""
    days = {key: date.fromisoformat(day) for key, _, day in _DATED.findall(text)}
    return days["ends_on"] - days["starts_on"] if {"starts_on", "ends_on"} <= set(days) else _SHORT


def _with_code(text: str, hashes: Mapping[str, str]) -> str:
    """Write the installed code's hash into a mandate that approves code: a method's, or its assessment's."""
    target = _TARGET.search(text)
    name = target.group(1) if target else ""
    code = (hashes.get(f"assess-{name}") if _ASSESSMENT.search(text) else None) or hashes.get(name)
    return _MANDATE_CODE.sub(f'code_hash: "{code}"', text) if code else text


def _with_force(text: str, force_id: str | None, force_name: str | None) -> str:
    given = {"id": force_id, "name": force_name}

    def line(found: re.Match[str]) -> str:
        value = given[found.group(1)]
        # JSON strings are YAML strings: whatever the name holds, it stays one.
        return f"{found.group(1)}: {json.dumps(value)}" if value else found.group(0)

    return _FORCE.sub(line, text)
