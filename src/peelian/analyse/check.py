"""Check a method's folder, as scikit-learn's ``check_estimator`` checks an estimator: everything wrong, at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from peelian.core.errors import InvalidError
from peelian.model.record import TABLES

FILES = ("method.yml", "method.py", "explain.py", "card.md")
TARGETS = frozenset({"place", "incident", "link", "network", "victim-safeguarding"})
"""What a method may be about (PL-15, red line 1). A person's offending is not among them."""

KEYS = (
    "name",
    "title",
    "version",
    "target",
    "owner",
    "purposes",
    "entry",
    "reads",
    "refuses",
    "digits",
    "seed",
    "replay",
    "present_practice",
    "challenger",
    "ceiling",
    "fallback",
)
CARD_HEADINGS = (
    "What it does",
    "What it is for, and not for",
    "How it works",
    "Data",
    "How good it is",
    "Known error and limits",
    "Fairness",
    "Who answers for it",
)
FORBIDDEN_IMPORTS = frozenset(
    {"peelian.gate", "peelian.store", "peelian.ledger", "peelian.policy", "peelian.app", "socket", "subprocess"}
    | {"urllib", "http", "random", "importlib", "ctypes", "duckdb", "sqlite3"}
)


@dataclass(frozen=True)
class MethodSpec:
    """A method as its ``method.yml`` declares it."""

    name: str
    target: str
    purposes: tuple[str, ...]
    reads: Mapping[str, tuple[str, ...]]
    digits: int
    body: Mapping[str, Any]


def check_method(folder: Path) -> MethodSpec:
    """Check that a method's folder is whole and within the rules.

    Parameters
    ----------
    folder : Path
        ``analyse/<name>``.

    Returns
    -------
    MethodSpec
        What ``method.yml`` declares.

    Raises
    ------
    InvalidError
        ``method-invalid``, with everything that is wrong, one fact each.
    """
    wrong = [f"{name} is missing" for name in FILES if not (folder / name).is_file()]
    body = _read(folder / "method.yml") if not wrong else {}
    if not wrong:
        wrong = [*_keys(body), *_target(body), *_reads(body), *_entry(folder, body), *_card(folder), *_imports(folder)]
    if wrong:
        raise InvalidError(
            "method-invalid",
            f"The method in {folder.name} breaks {len(wrong)} rule{'s' if len(wrong) > 1 else ''}: {'; '.join(wrong)}.",
            why="A method is declared whole before anybody can approve it.",
            do="See docs/explanation/hotspots.md for a method that passes.",
            facts={str(i + 1): text for i, text in enumerate(wrong)},
        )
    reads = {table: tuple(columns) for table, columns in body["reads"].items()}
    return MethodSpec(body["name"], body["target"], tuple(body["purposes"]), reads, body["digits"], body)


def _read(path: Path) -> dict[str, Any]:
    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError:
        return {}
    return body if isinstance(body, dict) else {}


def _keys(body: Mapping[str, Any]) -> Iterator[str]:
    missing = [k for k in KEYS if body.get(k) in (None, "", [], {})]
    if missing:
        yield f"method.yml lacks {', '.join(missing)}"
    if not isinstance(body.get("digits", 0), int):
        yield "digits is not a whole number"


def _target(body: Mapping[str, Any]) -> Iterator[str]:
    if body.get("target") not in TARGETS:
        yield f"target is not one of {', '.join(sorted(TARGETS))} (red line 1)"


def _reads(body: Mapping[str, Any]) -> Iterator[str]:
    """Only declared columns; never a sealed table nor a protected characteristic (red line 2)."""
    for table, columns in (body.get("reads") or {}).items():
        spec = TABLES.get(table)
        if spec is None:
            yield f"reads a table nobody declared: {table}"
            continue
        if spec.sealed:
            yield f"reads the sealed table {table} (red line 2)"
        for name in columns or ():
            try:
                if spec.column(name).protected:
                    yield f"reads a protected characteristic: {table}.{name} (red line 2)"
            except KeyError:
                yield f"reads a column nobody declared: {table}.{name}"


def _entry(folder: Path, body: Mapping[str, Any]) -> Iterator[str]:
    file_name, _, function = str(body.get("entry", "")).partition(":")
    path = folder / file_name
    if not file_name.endswith(".py") or not path.is_file():
        yield "entry names no file of the method"
        return
    found = [n for n in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(n, ast.FunctionDef)]
    arguments = next(([a.arg for a in f.args.args] for f in found if f.name == function), None)
    if arguments != ["tables", "parameters"]:
        yield "entry is not a function of tables and parameters"


def _card(folder: Path) -> Iterator[str]:
    lines = (folder / "card.md").read_text(encoding="utf-8").splitlines()
    headings = {line.removeprefix("## ").strip() for line in lines if line.startswith("## ")}
    missing = [h for h in CARD_HEADINGS if h not in headings]
    if missing:
        yield f"card.md lacks the heading {' and '.join(missing)}"


def _imports(folder: Path) -> Iterator[str]:
    """Say which modules a method may not import: it is pure on its view, without door, disk, network or chance."""
    for path in sorted(folder.glob("*.py")):
        for name in _imported(ast.parse(path.read_text(encoding="utf-8"))):
            if any(name == f or name.startswith(f + ".") for f in FORBIDDEN_IMPORTS):
                yield f"{path.name} imports {name}"


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
