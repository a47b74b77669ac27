"""Pages that a script writes are what the script writes, and what they name exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from docs.generate import pages

ROOT = Path(__file__).resolve().parents[2]
SAFEGUARDS = [s for part in yaml.safe_load((ROOT / "docs/safeguards.yml").read_text()) for s in part["safeguards"]]


def test_generated_pages_are_up_to_date():
    """A command's help and its page must not tell two stories; `make docs` writes them again."""
    old = [
        path.relative_to(ROOT).as_posix()
        for path, text in pages().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    assert not old, f"out of date, run `make docs`: {old}"


def functions(path: Path) -> set[str]:
    """Give the names of a test file's functions, those in classes with their class."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names.add(node.name)
            names |= {f"{node.name}::{f.name}" for f in node.body if isinstance(f, ast.FunctionDef)}
    return names


@pytest.mark.parametrize("safeguard", SAFEGUARDS, ids=lambda s: s["promise"][:50])
def test_every_promise_names_code_and_tests_that_exist(safeguard):
    """A promise whose test is gone is a sentence, not a safeguard."""
    assert safeguard["code"] and safeguard["tests"], "a promise has code and a test"
    assert not [c for c in safeguard["code"] if not (ROOT / c).exists()]
    for test in safeguard["tests"]:
        path, _, name = test.partition("::")
        assert (ROOT / path).is_file(), path
        assert not name or name in functions(ROOT / path), test


def test_whatever_finding_does_is_reached_by_a_command_and_an_address_that_exist():
    """A face that is missing is only missed by whoever needs it; commands are checked with those of every page."""
    rows = [r for r in (ROOT / "docs/reference/reach-of-finding.md").read_text("utf-8").splitlines() if r[:1] == "|"]
    described = (ROOT / "docs/reference/api.md").read_text("utf-8")
    asked = [re.findall(r"`((?:GET|POST) /[^`]*)`", row) for row in rows[2:]]
    assert all(asked) and all(row.count("`peelian ") for row in rows[2:])
    assert not [one for row in asked for one in row if f"### `{one}`" not in described]
    told = {path for path in re.findall(r"### `(\S+ \S+)`", described)} - {one for row in asked for one in row}
    assert not [one for one in told if re.search("chart|cop(y|ies)|case|saved|flag|suggest|search|profile|list", one)]


def test_no_promise_stands_twice():
    """Two rows with one promise would drift apart."""
    promises = [s["promise"] for s in SAFEGUARDS]
    assert len(promises) == len(set(promises))
