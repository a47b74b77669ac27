"""The sources that come with Peelian, by name."""

from __future__ import annotations

from pathlib import Path

from peelian.core.errors import MissingError
from peelian.ingest.contract import load_contract
from peelian.ingest.source import Source
from peelian.ingest.sources.police_uk.read import shape as shape_police_uk

FOLDER = Path(__file__).parent / "sources"


def open_source(name: str) -> Source:
    """Open a source by its name and check its contract."""
    if name == "police_uk":
        return Source(load_contract(FOLDER / name), shape_police_uk, name)
    raise MissingError(
        "source-unknown",
        "There is no source of that name.",
        do="The sources are: police_uk, incidents, plans.",
    )
