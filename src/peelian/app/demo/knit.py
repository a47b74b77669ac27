"""The second half of a demonstration: a partner held to its agreement, many systems taken in, people linked."""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.csv as pacsv

from peelian.app.caller import Place, at_door
from peelian.app.demo.rehearsal import rehearse_end
from peelian.app.demo.stage import Stage
from peelian.app.finding import find
from peelian.app.finding.watching import keep_details
from peelian.app.intake.deliveries import ingest_systems
from peelian.app.intake.sources import ingest
from peelian.app.linking.resolve import resolve, say_linked
from peelian.app.offices import act_on_mandate
from peelian.app.session import set_context, sign_in
from peelian.app.start import APPROVER, OVERSIGHT
from peelian.core.errors import RefusedError

LOADER, LINKER, READER = "data-engineer-1", "data-engineer-1", "analyst-1"
PARTNER = "sharing-housing"


def knit(place: Place, systems: Path, stage: Stage) -> None:
    """Take in every system of a made-up city, link its people, and look somebody up.

    Parameters
    ----------
    systems : Path
        A folder a system.
    """
    _admit_partner(place, systems, stage)
    _load(place, systems, stage)
    _link(place, stage)
    _search(place, systems, stage)
    _look_for_oneself(place, stage)


def _load(place: Place, systems: Path, stage: Stage) -> None:
    t = time.perf_counter()
    with at_door(_as(place, LOADER)) as caller:
        done: dict[str, Any] = ingest_systems(caller, systems, without=("housing",))["systems"]  # type: ignore[assignment]
    taken = {name: one for name, one in done.items() if "refused" not in one}
    what = f"Took in {len(taken)} systems, {sum(one['kept'] for one in taken.values()):,} rows, and indexed them"
    stage.note(what, f"peelian ingest city {systems} --in {place.folder}", t)


def _admit_partner(place: Place, systems: Path, stage: Stage) -> None:
    """Show that a partner's feed stays out until an agreement about it has been adopted (red line 11)."""
    feed = systems / "housing"
    command = f"peelian ingest housing {feed} --in {place.folder}"
    t = time.perf_counter()
    with at_door(_as(place, LOADER)) as caller:
        try:
            ingest(caller, "housing", feed)
            raise AssertionError("a partner's feed is refused before anybody has agreed to it")
        except RefusedError as error:
            codes = ", ".join(dict.fromkeys(reason.code for reason in error.reasons))
            stage.note(f"Offered a housing partner's feed: stopped by the rules ({codes})", command, t)
    t = time.perf_counter()
    with at_door(_as(place, APPROVER)) as caller:
        sign_in(caller, APPROVER)
        set_context(caller, OVERSIGHT)
        act_on_mandate(caller, PARTNER, "adopt-mandate", "")
        mandate = caller.gate.charter.mandates[PARTNER]
    with at_door(_as(place, LOADER)) as caller:
        kept = ingest(caller, "housing", feed)["kept"]
    until = f"{mandate.ends_at:%d %B %Y}".lstrip("0")
    what = f"Agreed to three safeguarding fields until {until}: {kept:,} rows in, gone on that day"
    stage.note(what, f"peelian mandate adopt {PARTNER} --in {place.folder}", t)
    _live_through(place, feed, mandate.ends_at.date(), stage)


def _live_through(place: Place, feed: Path, last_day: date, stage: Stage) -> None:
    """Live through the agreement's last day in a copy: unreadable before the night, gone after it."""
    t = time.perf_counter()
    seen = rehearse_end(place, "housing", feed / "tenancies.csv", last_day)
    on = f"{last_day:%d %B %Y}".lstrip("0")
    what = (
        f"Lived through {on}, its last day, as a rehearsal in a copy whose clock was set to that evening: of "
        f"{seen.values} of the feed's addresses an officer could look up {seen.read_before} before and "
        f"{seen.read_after} then; the night deleted all {seen.deleted:,} rows, {seen.left} are left, and a byte search "
        f"of every file found {seen.traces_before} places before and {seen.traces_after} after; the copy is deleted"
    )
    stage.note(
        what, f"peelian retain --dry-run --on {last_day.isoformat()} --in {place.folder}", t, deleted=seen.deleted
    )


def _link(place: Place, stage: Stage) -> None:
    t = time.perf_counter()
    with at_door(_as(place, LINKER)) as caller:
        set_context(caller, "op-linking")
        made = say_linked(resolve(caller))
    stage.note(_linked_in_words(made), f"peelian resolve --in {place.folder}", t)


def _linked_in_words(made: dict[str, Any]) -> str:
    waiting = sum(made["waiting"].values())
    return f"Linked {made['records']:,} records of people: {made['accepted']:,} links, {waiting:,} more left open"


def _search(place: Place, systems: Path, stage: Stage) -> None:
    """Look up somebody made up, their name half remembered, and say why they were found."""
    t = time.perf_counter()
    asked = half_remembered(systems)
    with at_door(_as(place, READER)) as caller:
        sign_in(caller, READER)
        set_context(caller, "op-investigation-1")
        answer = find.search(caller, asked)
    why = "; ".join(answer.found[0].why[:2]) if answer.found else "nothing"
    what = f"Looked up {asked!r}, somebody made up: {len(answer.found)} found, the first because: {why}"
    stage.note(what, f"peelian search {asked!r} --in {place.folder}", t)


def half_remembered(systems: Path) -> str:
    """Write a suspect's name of the crime system wrongly: surname first, two letters of it changed over."""
    rows = pacsv.read_csv(systems / "crime" / "crime_persons.csv").to_pylist()
    named = [r for r in rows if r["part"] == "SUSP" and r["forenames"] and len(str(r["surname"])) >= 6]
    forename, surname = str(named[0]["forenames"]).split()[0], str(named[0]["surname"])
    return f"{surname[:3]}{surname[4]}{surname[3]}{surname[5:]}, {forename}".lower()


def _as(place: Place, account: str) -> Place:
    return Place(place.folder, place.home, account, place.clock)


STANDARDS = "professional-standards-1"

STAFF = {
    "analyst-1": {"forenames": "Tamsin", "surname": "Hale", "born_on": "1986-04-12", "plates": ["TH86 ALE"]},
    "response-sergeant-1": {"forenames": "Dilys", "surname": "Novak", "born_on": "1979-09-30", "plates": ["DN79 OVK"]},
}
"""What is invented of two of the example's people, so that somebody can try to look them up as themselves."""


def _look_for_oneself(place: Place, stage: Stage) -> None:
    """Enter who two of the staff are, and show that one of them cannot look up their own plate."""
    t = time.perf_counter()
    with at_door(_as(place, STANDARDS)) as caller:
        sign_in(caller, STANDARDS)
        set_context(caller, "op-standards")
        for account, details in STAFF.items():
            keep_details(caller, account, json.dumps(details))
    with at_door(_as(place, READER)) as caller:
        try:
            find.search(caller, "TH86 ALE")
            raise AssertionError("nobody looks up their own plate")
        except RefusedError as error:
            what = f"Had an analyst look for their own plate: stopped by a rule ({error.code}), and in the record"
    stage.note(what, f'peelian search "TH86 ALE" --as {READER} --in {place.folder}', t)
