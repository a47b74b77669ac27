"""A first contract for a file that no source knows: every column of it, each left at the door until somebody says why.

It is a start and no guess at meanings: under it nothing comes in but the row's own key, and `peelian source preview`
shows what each column that is then kept would become.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from peelian.core.errors import InvalidError
from peelian.ingest.door import show_name
from peelian.ingest.safe_zip import Inlet, Listing
from peelian.ingest.table_door import SUFFIXES, parts_of, read_names
from peelian.ingest.telling_names import PERSONAL, SPECIAL, speaks_of


def draft_contract(name: str, listing: Listing) -> str:
    """Write the contract of a new source as YAML.

    Parameters
    ----------
    name : str
        The source's id.
    listing : Listing
        One file of each kind.

    Raises
    ------
    InvalidError
        ``nothing-to-draft`` when no file has a header that can be read.
    """
    taken: set[str] = set()
    kinds = [
        text
        for inlet in listing.files
        if inlet.base_name.lower().endswith(SUFFIXES)
        for text in _kinds(name, inlet, taken)
    ]
    if not kinds:
        raise InvalidError(
            "nothing-to-draft",
            "No file has a header that can be read.",
            why="A contract names the columns of a file; without a header nobody knows them.",
            do=f"Give a file that ends in one of: {', '.join(SUFFIXES)}.",
        )
    return _HEAD.format(name=name) + "\n".join(kinds)


_HEAD = """\
# The contract of a new source (docs/formats/source-yml.md). A column that nobody has a purpose for stays at the door.
# To keep one: `keep: table.column`, `reason:` and `purposes:` instead of `drop:`; then `peelian source check`.
source: {name}
shape: records
title: A new source
publisher: who keeps the system
licence: the force's own data
lawful_basis: which law lets the force process it
cadence: how often it is exported
time_zone: Europe/London
label: {{role_class: none, basis: fact, handling: none, markings: []}}

files:
"""


def _kinds(source: str, inlet: Inlet, taken: set[str]) -> Iterable[str]:
    data = inlet.read()
    for part in parts_of(inlet.base_name, data):
        columns = read_names(inlet.base_name, data, part)
        if columns:
            name = _name(inlet.base_name, part, taken)
            taken.add(name)
            yield _kind(source, inlet.base_name, name, part, columns)


def _name(base_name: str, part: str, taken: set[str]) -> str:
    """Name a kind by its file and part; two files of one stem, a database and its address, are numbered."""
    stem = base_name.split(".")[0].lower()
    name = "_".join(w for w in f"{stem} {part}".lower().replace("-", " ").replace("/", " ").split() if w)
    return next(n for n in (name, *(f"{name}_{k}" for k in range(2, len(taken) + 3))) if n not in taken)


_DROP = "Nobody has said what it is for."
_DROPS = {
    SPECIAL: "Nobody has said what it is for; its name speaks of a special category or of another service's data.",
    PERSONAL: "Nobody has said what it is for; its name speaks of people.",
}


def _kind(source: str, base_name: str, name: str, part: str, columns: list[str]) -> str:
    first = show_name(columns[0], 0)
    lines = [
        f"  {json.dumps(name)}:",
        "    table: incident",
        *([f"    part: {json.dumps(part)}"] if part else []),
        f"    file_name: {json.dumps(base_name.replace('.', chr(92) + '.'))}",
        f"    slice: {source}/{name}",
        "    retention_class: recorded-crime",
        "    expires_from: day of taking in",
        "    same_rows: drop",
        f"    key: [{json.dumps(first)}]",
        "    columns:",
        f"      {json.dumps(first)}:",
        "        keep: incident.source_ref",
        "        required: true",
        "        reason: Tells one row from another; check that it does.",
        "        purposes: [data-loading]",
    ]
    rest = [show_name(c, place) for place, c in enumerate(columns)][1:]
    drops = [f"      {json.dumps(c)}: {{drop: {json.dumps(_DROPS.get(speaks_of(c)[0], _DROP))}}}" for c in rest]
    return "\n".join([*lines, *drops, ""])
