"""Sources: ingest an archive, preview one, replay what was set aside, fetch one from the publisher."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from peelian.app.caller import Caller
from peelian.core.errors import Warned
from peelian.core.time import to_micros
from peelian.gate.rooms.searching import FOUND_BY_NAME, look_room
from peelian.gate.writing import Delivery, Written
from peelian.ingest.catalogue import guess_source, open_source
from peelian.ingest.contract import Contract
from peelian.ingest.fetch import fetch_police_uk
from peelian.ingest.preview import preview as preview_archive
from peelian.ingest.run import Progress, read_slices
from peelian.ingest.shape import Options
from peelian.ingest.slice import Slice
from peelian.model.mandate import Mandate
from peelian.policy.charter import load_charter
from peelian.store.deployment import require_deployment
from peelian.store.keys import pepper

EPSG = 27700
"""Projected reference system unless the settings name another; metres."""

_FIRST_BATCH_ROWS, _BATCH_ROWS = 20_000, 300_000

Tell = Callable[[Progress], None]


def epsg_of(caller: Caller) -> int:
    """Return the deployment's projected reference system."""
    section = caller.deployment.settings.get("geography", {})
    return int(section.get("epsg", EPSG)) if isinstance(section, dict) else EPSG


def ingest(
    caller: Caller,
    source_name: str,
    archive: Path,
    *,
    mapping: Path | None = None,
    force: str = "",
    threads: int = 2,
    progress: Tell | None = None,
    index: bool = True,
) -> dict[str, object]:
    """Take in an archive: what is new is written, what changed becomes a version, what vanished a tombstone.

    Each batch is one commit; interrupt when you like and run it again, and it goes on where it stopped. With
    ``index`` False the caller brings the index of names up to date, once for several sources.

    Returns
    -------
    dict
        ``read kept changed deleted duplicate quarantined dropped_columns seconds`` and more.
    """
    started = time.perf_counter()
    credential, source = caller.credential, open_source(source_name, mapping, [own_sources(caller.deployment.folder)])
    mandate = _mandate(caller, source.contract)
    options = _options(caller, force, threads)
    seen = caller.gate.fingerprints(credential, mandate.id, source.contract.files[0].table)
    reading = read_slices(source, archive, options, seen=seen, progress=progress)
    tally = Tally(frozenset(kind.table for kind in source.contract.files))
    for batch in _batches(reading):
        # A slice with nothing in it is delivered too: what was set aside before and is mended now leaves quarantine.
        tally.add(caller.gate.post_rows(credential, mandate.id, [_delivery(part) for part in batch]))
        tally.note(batch)
    if index and tally.tables & FOUND_BY_NAME:
        look_room(caller.gate).bring_up_to_date()
    counts = reading.counts.as_dict()
    return (
        counts
        | tally.as_dict()
        | {
            "kept": reading.counts.kept - tally.expired,
            "source": source_name,
            "skipped_slices": reading.slices_skipped,
            "warnings": _summed([*reading.warnings, *tally.warnings]),
            "seconds": round(time.perf_counter() - started, 3),
        }
    )


def own_sources(folder: Path) -> Path:
    """Return where a deployment keeps sources of its own."""
    return folder / "sources"


def _mandate(caller: Caller, contract: Contract) -> Mandate:
    """Return the mandate that lets a source in: a partner's data needs one to share (red line 11).

    Raises
    ------
    RefusedError
        ``no-mandate-for-this``; for a partner's data ``refused-by-rule``, on record, with the red line.
    """
    if contract.partner and not caller.gate.mandates("sharing", contract.source):
        caller.gate.fingerprints(caller.credential, "", contract.files[0].table)  # refuses, and puts it on record
    return caller.mandate("sharing" if contract.partner else "source", contract.source)


@dataclass
class Tally:
    """What the commits of one run changed, over the tables with one row a source row."""

    primary: frozenset[str]
    added: int = 0
    changed: int = 0
    deleted: int = 0
    same: int = 0
    expired: int = 0
    seqs: list[int] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)
    set_aside: Counter[str] = field(default_factory=Counter)
    warnings: list[Any] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)

    def add(self, written: Written) -> None:
        """Add one commit."""
        self.seqs.append(written.seq)
        self.tables |= {table for table, change in written.changes.items() if change.kept or change.deleted}
        self.expired += sum(n for table, n in written.expired.items() if table in self.primary)
        for table, change in written.changes.items():
            if table in self.primary:
                self.added += change.added
                self.changed += change.changed
                self.deleted += change.deleted
                self.same += change.same

    def note(self, batch: list[Slice]) -> None:
        """Note files that were refused as a whole, why rows were set aside, and warnings."""
        self.refused += [{"file": s.file_name, "code": s.refused} for s in batch if s.refused]
        self.warnings += [w for s in batch for w in s.warnings]
        for part in batch:
            self.set_aside.update(part.quarantine.column("reason").to_pylist())

    def as_dict(self) -> dict[str, object]:
        """Return the tally as plain data."""
        names = ("added", "changed", "deleted", "same", "expired")
        return {n: getattr(self, n) for n in names} | {
            "commits": len(self.seqs),
            "files_refused": self.refused,
            "set_aside": dict(sorted(self.set_aside.items())),
        }


def _summed(warnings: Iterable[Warned]) -> list[dict[str, object]]:
    """Add up warnings of one kind: a note a file would bury what matters."""
    found: dict[tuple[str, str], int] = {}
    for w in warnings:
        found[w.code, w.what] = found.get((w.code, w.what), 0) + w.count
    return [{"code": code, "what": what, "count": n} for (code, what), n in found.items()]


def _options(caller: Caller, force: str, threads: int) -> Options:
    return Options(
        pepper=pepper(caller.deployment.keys),
        read_at=to_micros(caller.gate.clock.now()),
        epsg=epsg_of(caller),
        force=force,
        own_force=caller.gate.charter.force.id,
        threads=threads,
    )


def _batches(slices: Any) -> Iterator[list[Slice]]:
    """Gather slices into commits: a small one first, each three times the one before, up to some hundred thousand rows.

    So an interruption early on loses little, and a long loading takes few commits.
    """
    batch: list[Slice] = []
    rows, wanted = 0, _FIRST_BATCH_ROWS
    for part in slices:
        batch.append(part)
        rows += part.counts.read
        if rows >= wanted:
            yield batch
            batch, rows, wanted = [], 0, min(3 * wanted, _BATCH_ROWS)
    if batch:
        yield batch


def _delivery(part: Slice) -> Delivery:
    tables: dict[str, pa.Table] = dict(part.tables)
    tables["quarantine"] = part.quarantine
    # What a column that nobody declared is called comes from the file, and may be a person's name. The engineer is
    # told it once; the ledger, where nothing can be taken out again, says how many there were.
    counts = part.counts.as_dict()
    left = {"columns_left": len(part.counts.dropped_columns), "cells_left": sum(part.counts.dropped_columns.values())}
    del counts["dropped_columns"]
    flagged = sum(w.count for w in part.warnings if w.code.startswith("scan-"))
    return Delivery(part.slice_id, tables, part.fingerprint, counts | left | ({"flagged": flagged} if flagged else {}))


def preview(
    caller_options: Mapping[str, Any] | None,
    source_name: str,
    archive: Path,
    *,
    mapping: Path | None,
    rows: int,
    folder: Path | None = None,
) -> dict[str, object]:
    """Show an archive's first rows as they would be kept, what is dropped, what is rejected and why. Writes nothing.

    Without a source's name, the one that knows the file's name or header is used. With a deployment's folder, points
    are held against its study areas, which are public.
    """
    options = Options(pepper=bytes(32), read_at=0, **(caller_options or {}))
    own = [own_sources(folder)] if folder else []
    source = open_source(source_name, mapping, own) if source_name else guess_source(archive, mapping, own)
    shown = preview_archive(source, archive, options, n_rows=rows, areas=_areas(folder))
    return asdict(shown) | {"counts": shown.counts.as_dict()}


def _areas(folder: Path | None) -> list[Mapping[str, Any]]:
    """Return the published areas of a deployment's charter, in degrees."""
    if folder is None:
        return []
    require_deployment(folder)
    return [area.geojson for area in load_charter(folder / "charter").areas.values()]


def fetch(
    force: str, first: str, last: str, into: Path, base_url: str | None, progress: Callable[[str, int, int], None]
) -> dict[str, object]:
    """Download a force's published months into a folder outside the deployment."""
    address = base_url or open_source("police_uk").contract.address
    fetched = fetch_police_uk(force, first, last, into, address, progress=progress)
    return asdict(fetched) | {"folder": str(fetched.folder), "files": dict(fetched.files)}
