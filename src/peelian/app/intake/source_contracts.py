"""Contracts of sources: list them, check one, and start a new one from a file."""

from __future__ import annotations

import re
from pathlib import Path

from peelian.app.intake.sources import own_sources
from peelian.core.errors import InvalidError, PeelianError
from peelian.ingest.catalogue import find_sources, of_contract
from peelian.ingest.check import check_source
from peelian.ingest.contract import load_contract
from peelian.ingest.draft_contract import draft_contract
from peelian.ingest.safe_zip import list_files

_ID = re.compile(r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$")
_NEEDS_MAPPING = "incidents"


def list_sources(deployment: Path | None) -> dict[str, object]:
    """Return every source that comes with Peelian or with a deployment."""
    own = own_sources(deployment) if deployment else None
    listed: list[dict[str, object]] = []
    for name, folder in sorted(find_sources(*([own] if own else [])).items()):
        contract = load_contract(folder)
        tables = sorted({t for kind in contract.files for t in kind.tables})
        row = {"source": name, "title": contract.title, "publisher": contract.publisher, "tables": tables}
        listed.append(row | {"partner": contract.partner, "own": folder.parent == own})
    return {"sources": listed}


def new_source(name: str, example: Path, into: Path) -> dict[str, object]:
    """Start a source from a file: a folder with a contract under which every column stays at the door.

    Raises
    ------
    InvalidError
        ``source-name-unfit``, ``source-there`` when the folder exists; ``nothing-to-draft``.
    """
    if not _ID.match(name):
        raise InvalidError(
            "source-name-unfit",
            "A source is named in lower case words joined by - or _.",
            why="Its name stands in mandates, in slices and in addresses.",
            do="Choose a name such as fleet_tracker.",
        )
    folder = into / name
    if folder.exists():
        raise InvalidError(
            "source-there",
            "There is a folder of that name already.",
            why="A contract that somebody wrote is not overwritten.",
            do="Choose another name, or another folder.",
        )
    listing = list_files(example)
    try:
        text = draft_contract(name, listing)
    finally:
        listing.close()
    (folder / "sample").mkdir(parents=True)
    (folder / "source.yml").write_text(text, encoding="utf-8")
    load_contract(folder)
    return {"source": name, "contract": str(folder / "source.yml"), "sample": str(folder / "sample")}


def check(name_or_folder: str, deployment: Path | None) -> dict[str, object]:
    """Check a source against the promises that every source makes, with its own made-up sample.

    Returns
    -------
    dict
        ``source`` and ``problems``, sentences; none when it keeps them.
    """
    folder = Path(name_or_folder)
    if not (folder / "source.yml").is_file():
        own = [own_sources(deployment)] if deployment else []
        found = find_sources(*own)
        folder = found.get(name_or_folder.replace("-", "_"), found.get(name_or_folder, folder))
    contract = load_contract(folder)
    if contract.shape == _NEEDS_MAPPING:
        return {"source": contract.source, "problems": [], "note": "Checked with a mapping file, as it is read."}
    problems = [] if contract.source == folder.resolve().name else ["the folder is not called as the source is."]
    try:
        problems += check_source(of_contract(contract), folder / "sample")
    except PeelianError as error:
        problems.append(str(error))
    return {"source": contract.source, "problems": problems}
