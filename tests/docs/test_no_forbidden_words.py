"""Nothing in the repository that a stranger should not find there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = {".py", ".md", ".yml", ".yaml", ".toml", ".cfg", ".ini", ".lock", ".css", ".sh", ".cedar", ".cedarschema", ""}
HERE = Path(__file__).name


@cache
def tracked() -> tuple[Path, ...]:
    """Give the repository's own text files, or all of them where git is not at hand."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
        paths = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [p for p in ROOT.rglob("*") if ".venv" not in p.parts]
    return tuple(p for p in paths if p.is_file() and p.suffix in TEXT and p.name != HERE)


def hits(pattern: str, flags: int = 0) -> Iterator[str]:
    """Give file and line of everything that matches."""
    compiled = re.compile(pattern, flags)
    for path in tracked():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if compiled.search(line):
                yield f"{path.relative_to(ROOT)}:{number}"


def test_nothing_is_left_for_later():
    """A mark of unfinished work in a product is a promise without a date."""
    assert not list(hits(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError"))


def test_no_registry_or_mirror_is_named():
    """A force installs from where it trusts; a host in the tree would be somebody else's choice."""
    hosts = r"pypi\.org|pythonhosted|registry\.npmjs|debian\.org|index-url|extra-index|--find-links"
    assert not [h for h in hits(hosts) if not re.match(r"(Makefile|docs/adr/0002)", h)]


def test_no_path_of_somebodys_machine_is_left():
    """A path that exists on one machine only breaks on all the others, and tells who worked where."""
    assert not list(hits(r"(?<![\w.])/(work|root|home/\w+|tmp/\w+|Users)/"))


def test_test_files_have_names_of_their_own():
    """Two test files with one name shadow each other."""
    names = [p.name for p in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(set(names)) == sorted(names)
