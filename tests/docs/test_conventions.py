"""Conventions that a machine can hold; the others are in CONTRIBUTING.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 60  # lines of a function, its docstring not counted
SEEN = {"row", "record", "values", "person", "cell_text", "raw_value"}


def functions(folder: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Give every function below a folder, with file and line."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def test_no_function_is_longer_than_a_page():
    """What does not fit on a page is not read."""
    long = [where for where, f in functions("src") if _length(f) > LONGEST]
    assert not long, f"functions over {LONGEST} lines: {long}"


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    return lines - ((first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(function) else 0)


def test_every_test_says_why_anybody_cares():
    """A test whose point is forgotten is deleted by whoever it stops."""
    mute = [w for w, f in functions("tests") if f.name.startswith("test_") and not ast.get_docstring(f)]
    assert not mute, f"tests without a docstring: {mute}"


def test_names_of_tests_are_sentences():
    """The list of tests is read as a list of promises."""
    short = [w for w, f in functions("tests") if f.name.startswith("test_") and f.name.count("_") < 3]
    assert not short, f"tests whose names are no sentences: {short}"


def test_no_error_or_log_line_holds_a_value_of_a_row():
    """Messages end up in logs, tickets and screenshots: they name column, count and row key, never a value."""
    leaks = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _speaks(node):
                leaks += [f"{path.relative_to(ROOT)}:{node.lineno} {name}" for name in _values_in(node)]
    assert not leaks, f"messages that hold a row's value: {leaks}"


def _speaks(call: ast.Call) -> bool:
    """Say whether a call makes an error, a reason or a warning, or writes a log line."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    owner = getattr(getattr(call.func, "value", None), "id", "")
    return name.endswith("Error") or name in {"Reason", "Warned"} or owner in {"log", "logger", "logging"}


def _values_in(call: ast.Call) -> Iterator[str]:
    """Give what a message takes out of a row: ``{row[...]}``, ``{row.x}``."""
    for field in ast.walk(call):
        if isinstance(field, ast.FormattedValue):
            for inner in ast.walk(field.value):
                if isinstance(inner, (ast.Subscript, ast.Attribute)) and getattr(inner.value, "id", "") in SEEN:
                    yield ast.unparse(inner)
