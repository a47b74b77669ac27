"""The sources there are: every folder that holds a ``source.yml``. A new one is a folder and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from peelian.core.errors import InvalidError, MissingError
from peelian.ingest.contract import Contract, load_contract
from peelian.ingest.record_shape import shape as shape_records
from peelian.ingest.run import knows_file
from peelian.ingest.safe_zip import list_files
from peelian.ingest.source import WGS84, Shape, Source
from peelian.ingest.sources.incidents.read import open_mapped
from peelian.ingest.sources.plans.read import shape as shape_plans
from peelian.ingest.sources.police_uk.read import shape as shape_police_uk
from peelian.ingest.table_door import SUFFIXES

FOLDER = Path(__file__).parent / "sources"
"""The sources that come with Peelian. A deployment may have a folder of its own beside it."""

_BY_CODE: Mapping[str, Shape] = {"plans": shape_plans, "police_uk": shape_police_uk}
_MAPPED, _PUBLISHED = "incidents", "police_uk"


def find_sources(*folders: Path) -> dict[str, Path]:
    """Return every source by its id, those that come with Peelian first, and the folder that holds it.

    Raises
    ------
    InvalidError
        ``source-twice`` when two folders hold a source of one name: nobody could say which is meant.
    """
    found: dict[str, Path] = {}
    for folder in (FOLDER, *folders):
        for contract in sorted(folder.glob("*/source.yml")):
            name = contract.parent.name
            if name in found:
                raise InvalidError(
                    "source-twice",
                    f'There are two sources called "{name}".',
                    why="Rows would come in under the contract of one and the mandate of the other.",
                    do="Rename one of the folders, and the source in its contract.",
                )
            found[name] = contract.parent
    return found


def open_source(name: str, mapping: Path | None = None, folders: Iterable[Path] = ()) -> Source:
    """Open a source by its name and check its contract.

    Parameters
    ----------
    name : str
        Name of its folder.
    mapping : Path, optional
        Mapping file; ``incidents`` needs one, the others take none.
    folders : iterable of Path
        Where else to look than among the sources that come with Peelian.

    Raises
    ------
    MissingError
        ``source-unknown``.
    InvalidError
        ``mapping-needed``, ``declaration-invalid``, ``source-twice``.
    """
    found = find_sources(*folders)
    if name not in found:
        raise MissingError(
            "source-unknown",
            "There is no source of that name.",
            do=f"The sources are: {', '.join(sorted(found))}.",
        )
    if (mapping is not None) != (name == _MAPPED):
        raise InvalidError(
            "mapping-needed",
            "A table of incidents is read with a mapping file, other sources without one.",
            why="Only a mapping says which of a table's columns is which.",
            do="Write one after docs/formats/mapping-file.md; sources/incidents/sample has an example.",
        )
    contract = load_contract(found[name])
    return open_mapped(contract, mapping) if mapping is not None else of_contract(contract)


def of_contract(contract: Contract) -> Source:
    """Make a source of its contract: shaped by what it says, or by the code that comes with Peelian."""
    if contract.shape in _BY_CODE:
        return Source(contract, _BY_CODE[contract.shape], contract.source, WGS84)
    return Source(contract, shape_records, contract.source, contract.epsg, SUFFIXES)


def guess_source(path: Path, mapping: Path | None = None, folders: Iterable[Path] = ()) -> Source:
    """Find the source that knows a file's name or header, for a first look at it.

    Raises
    ------
    InvalidError
        ``source-unclear`` when none does.
    """
    if mapping is not None:
        return open_source(_MAPPED, mapping)
    listing = list_files(path)
    try:
        # Published data first: its headers are long and its own, while a force's system may call a column anything.
        for name in sorted(find_sources(*folders), key=lambda n: (n != _PUBLISHED, n)):
            source = None if name == _MAPPED else open_source(name, folders=folders)
            if source and any(knows_file(source, inlet) for inlet in listing.files):
                return source
    finally:
        listing.close()
    raise InvalidError(
        "source-unclear",
        "No source knows files of that name or with that header.",
        why="What a column means is declared, never guessed.",
        do="For a table of incidents give a mapping file (docs/formats/mapping-file.md).",
    )
