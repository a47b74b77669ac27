"""One seed is one city, to the byte."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from peelian.synth.city import make_city


def digests(folder: Path) -> dict[str, str]:
    """Give the digest of every file."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_same_seed_size_and_month_give_the_same_bytes(tmp_path):
    """A figure measured on a city can be measured again by anybody."""
    for name, seed, day in (("a", 3, 1), ("b", 3, 28), ("c", 4, 1)):
        make_city(tmp_path / name, seed=seed, size="village", today=date(2026, 10, day))
    one, same, other = (digests(tmp_path / name) for name in "abc")
    assert one == same
    assert one.keys() == other.keys()
    place = {"area.geojson", "geography/streets.geojson", "geography/parks.geojson"}
    alike = {name for name in one if one[name] == other[name]}
    assert place <= alike and "systems/crime/crimes.csv" not in alike


def test_errors_do_not_change_what_happened(tmp_path):
    """Only the writing differs: a clean city beside a dirty one is the same city."""
    make_city(tmp_path / "dirty", seed=5, size="village", today=date(2026, 10, 1))
    make_city(tmp_path / "clean", seed=5, size="village", today=date(2026, 10, 1), clean=True)
    one, other = digests(tmp_path / "dirty"), digests(tmp_path / "clean")
    for name in ("persons", "vehicles", "groups", "cuckooed", "couples"):
        assert one[f"truth/{name}.parquet"] == other[f"truth/{name}.parquet"]
