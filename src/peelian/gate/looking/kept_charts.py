"""Charts that are kept, as the record has them: what would have to be looked up again to draw one.

A kept chart holds no row of any source. It holds names under which things are looked up, what its owner wrote beside
them, and how it looks; all of it sealed in the record under a key of its own, which is destroyed when the chart ends.
When a record is erased, every chart that rests on it is written anew without whatever rested on that record alone and
without what was written beside it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from peelian.core.canonical import canonical_bytes
from peelian.core.errors import LimitError
from peelian.core.ids import new_ulid
from peelian.core.time import to_micros
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.looking.sealed_words import key_of, words_under
from peelian.gate.memory.watch_record import Saved

WHAT, TOOL = "chart", "look-up"
BODY_BYTES_MAX = 64 * 1024

RESTS = "rests"
"""Where a kept chart says what each of its names was read from: a list of ``[names, [record ids]]``."""


def forget_in_charts(house: House, records: Iterable[str]) -> list[str]:
    """Write every chart anew that rests on records that are erased; return which those were.

    Whatever rested on these records alone goes out of it, and so does what was written beside anything that rested on
    any of them: nobody can tell what the words were about.
    """
    gone, written = frozenset(records), []
    for saved in charts_of(house):
        said = words_under(house, saved.entry, key_of("saved", saved.id)) if saved.ended_at is None else {}
        touched = [(name, kept) for name, kept in _rests(said) if gone & set(kept)]
        if touched:
            _write_anew(house, saved, said, touched, gone)
            written.append(saved.id)
    return written


def _write_anew(
    house: House,
    saved: Saved,
    said: Mapping[str, Any],
    touched: Collection[tuple[tuple[str, str], Collection[str]]],
    gone: frozenset[str],
) -> None:
    out = frozenset(name for name, kept in touched if gone >= set(kept))
    unsaid = frozenset(name for name, _ in touched)
    fresh = {**said, "wanted": _without(said["wanted"], out, unsaid)}
    fresh[RESTS] = [[list(n), sorted(set(kept) - gone)] for n, kept in _rests(said) if n not in out]
    body: dict[str, object] = {"actor": saved.owner, "operation": saved.operation, "mandate": saved.mandate}
    body["expires_at"] = to_micros(saved.expires_at)
    if fresh["wanted"]["opened"]:
        enter_chart(house, body, saved.purpose, fresh)
    ended = {"saved": saved.id, "why": "erased"}
    house.recorder.record([Act("saved-search-ended", TOOL, saved.purpose, "record", ended)])
    house.keys.destroy(key_of("saved", saved.id))


def _without(wanted: Mapping[str, Any], out: frozenset[Any], unsaid: frozenset[Any]) -> dict[str, Any]:
    """Take names out of what a chart shows, and what is written beside others."""

    def keep(told: Iterable[Any]) -> list[Any]:
        return [one for one in told if (one[0], one[1]) not in out]

    notes = [[on, says] for on, says in wanted["notes"] if not any(tuple(name) in unsaid for name in on)]
    lists = {part: keep(wanted[part]) for part in ("opened", "without", "marked", "placed")}
    way = wanted["way"] if len(keep(wanted["way"])) == len(wanted["way"]) else []
    return {**wanted, **lists, "way": way, "notes": notes}


def enter_chart(house: House, body: Mapping[str, object], purpose: str, said: Mapping[str, Any]) -> Saved:
    """Enter a chart, its words under a key of its own, and what it rests on.

    Raises
    ------
    LimitError
        ``chart-too-large``.
    """
    words = canonical_bytes(said)
    if len(words) > BODY_BYTES_MAX:
        raise LimitError(
            "chart-too-large",
            "There is more in this chart than can be kept.",
            why="A kept chart is a picture and a few words, not a place to keep data.",
            do="Take notes away, or keep it in two charts.",
        )
    made = new_ulid(house.clock)
    told = {**body, "saved": made, "what": WHAT}
    house.recorder.record([Act("search-saved", TOOL, purpose, "allow", told, words.decode(), (key_of("saved", made),))])
    records = {record for _, kept in _rests(said) for record in kept}
    house.rests_on("saved-chart", made, [("record", record) for record in sorted(records)])
    return house.head.follow().watch.saved[made]


def charts_of(house: House) -> list[Saved]:
    """Return every chart that was kept, in the order in which they were."""
    return [saved for saved in house.head.follow().watch.saved.values() if saved.what == WHAT]


def _rests(said: Mapping[str, Any]) -> list[tuple[tuple[str, str], list[str]]]:
    told = json.loads(json.dumps(said.get(RESTS, [])))
    return [((str(name[0]), str(name[1])), list(records)) for name, records in told]
