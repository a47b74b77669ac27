"""The sources that come with Peelian, by name."""

from __future__ import annotations

from pathlib import Path

from peelian.core.errors import InvalidError, MissingError
from peelian.ingest.contract import load_contract
from peelian.ingest.run import knows_file
from peelian.ingest.safe_zip import list_files
from peelian.ingest.source import Source
from peelian.ingest.sources.incidents.read import open_mapped
from peelian.ingest.sources.plans.read import shape as shape_plans
from peelian.ingest.sources.police_uk.read import shape as shape_police_uk

FOLDER = Path(__file__).parent / "sources"
NAMES = ("incidents", "plans", "police_uk")


def open_source(name: str, mapping: Path | None = None) -> Source:
    """Open a source by its name and check its contract.

    Parameters
    ----------
    name : str
        One of :data:`NAMES`.
    mapping : Path, optional
        Mapping file; ``incidents`` needs one, the others take none.

    Raises
    ------
    MissingError
        ``source-unknown``.
    InvalidError
        ``mapping-needed``, ``declaration-invalid``.
    """
    if name not in NAMES:
        raise MissingError(
            "source-unknown",
            "There is no source of that name.",
            do=f"The sources are: {', '.join(NAMES)}.",
        )
    if (mapping is not None) != (name == "incidents"):
        raise InvalidError(
            "mapping-needed",
            "A table of incidents is read with a mapping file, other sources without one.",
            why="Only a mapping says which of a table's columns is which.",
            do="Write one after docs/formats/mapping-file.md; sources/incidents/sample has an example.",
        )
    contract = load_contract(FOLDER / name)
    if mapping is not None:
        return open_mapped(contract, mapping)
    return Source(contract, {"plans": shape_plans, "police_uk": shape_police_uk}[name], name)


def guess_source(path: Path, mapping: Path | None = None) -> Source:
    """Find the source that knows a file's name or header, for a first look at it.

    Raises
    ------
    InvalidError
        ``source-unclear`` when none does.
    """
    if mapping is not None:
        return open_source("incidents", mapping)
    listing = list_files(path)
    try:
        for name in ("police_uk", "plans"):
            source = open_source(name)
            if any(knows_file(source, inlet) for inlet in listing.files):
                return source
    finally:
        listing.close()
    raise InvalidError(
        "source-unclear",
        "No source knows files of that name or with that header.",
        why="What a column means is declared, never guessed.",
        do="For a table of incidents give a mapping file (docs/formats/mapping-file.md).",
    )
