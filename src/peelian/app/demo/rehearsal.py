"""A demonstration lives through the end of an agreement: for real, in a copy whose clock is set to that day.

The demonstration's own deployment stays as it is. The copy is an ordinary deployment with the same keys: it is opened,
read and cleaned by the same code through the same gate, and deleted afterwards. Its record of use goes on from where
the copied one was, so nobody outside may ever be shown it: with witnesses in the settings there is no rehearsal.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from peelian.app.caller import Place, at_door
from peelian.app.corrections.retention import retain
from peelian.app.finding import find
from peelian.app.session import set_context, sign_in
from peelian.core.time import FixedClock
from peelian.store.residue import find_residue

NIGHT, READER = "data-engineer-1", "response-sergeant-1"
_VALUES, _TRIED = 3, 20
_OWN = ("lake/tenancy", "index/")
"""Where what the partner said lies: its table, and what was made of it to be found by."""


@dataclass(frozen=True)
class Rehearsed:
    """What was seen in the copy.

    Parameters
    ----------
    values : int
        Addresses of the feed that stood in the partner's rows and nowhere else, and were looked for.
    read_before, read_after : int
        How many of them a sergeant on safeguarding could read the day it was agreed, and on the last day before the
        night's run.
    deleted : int
        Rows of the partner's that the night deleted.
    left : int
        Rows of the partner's that a count found afterwards.
    traces_before, traces_after : int
        Places in the files of the copy where a byte search found one of the values.
    """

    values: int
    read_before: int
    read_after: int
    deleted: int
    left: int
    traces_before: int
    traces_after: int


def rehearse_end(place: Place, partner: str, feed: Path, last_day: date) -> Rehearsed:
    """Live through an agreement's last day in a copy of a demonstration's deployment.

    Parameters
    ----------
    partner : str
        The source id.
    feed : Path
        A file of what the partner gave, with a column ``address``.
    """
    with tempfile.TemporaryDirectory(prefix="peelian-rehearsal-", dir=place.folder.parent) as folder:
        copy = Place(Path(folder) / "deployment", Path(folder) / "keys", clock=place.clock)
        shutil.copytree(place.folder, copy.folder)
        shutil.copytree(place.home, copy.home)
        values, traces = _known(copy, feed)
        before = _readable(copy, partner, values)
        evening = FixedClock(datetime.combine(last_day, time(22, 30), UTC))
        ended = Place(copy.folder, copy.home, clock=evening)
        after = _readable(ended, partner, values)
        done, again = _night(ended)
        assert partner in done["ended"], "on its last day an agreement is over"
        left = sum(c["current"] + c["past"] for t, c in again["counts"].items() if t == "tenancy")
        gone = len(find_residue(copy.folder, values))
        return Rehearsed(len(values), before, after, done["rows"]["tenancy"], left, traces, gone)


def _known(copy: Place, feed: Path) -> tuple[list[str], int]:
    """Choose values that stand in the partner's rows alone, and count where they are."""
    with feed.open(encoding="utf-8", newline="") as file:
        tried = list(dict.fromkeys(row["address"] for row in csv.DictReader(file)))[:_TRIED]
    found: dict[int, list[str]] = {}
    for trace in find_residue(copy.folder, tried):
        found.setdefault(trace.needle, []).append(trace.path)
    own = [n for n, paths in sorted(found.items()) if all(p.startswith(_OWN) for p in paths)][:_VALUES]
    assert own, "the feed says of some homes what nobody else says"
    return [tried[n] for n in own], sum(len(found[n]) for n in own)


def _readable(place: Place, partner: str, values: list[str]) -> int:
    """Count the values that somebody whose work it is can look up."""
    with at_door(Place(place.folder, place.home, READER, place.clock)) as caller:
        assert "witnesses" not in caller.deployment.settings, "what is rehearsed is shown to no witness"
        sign_in(caller, READER)
        set_context(caller, "op-safeguarding")
        answers = [find.search(caller, value) for value in values]
    return sum(any(hit.fact.source == partner for one in answer.found for hit in one.hits) for answer in answers)


def _night(place: Place) -> tuple[dict[str, Any], dict[str, Any]]:
    """Delete what is over as every night, and count what is over afterwards."""
    with at_door(Place(place.folder, place.home, NIGHT, place.clock)) as caller:
        sign_in(caller, NIGHT)
        set_context(caller, "op-loading")
        return retain(caller), retain(caller, dry_run=True)
