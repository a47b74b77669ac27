"""Promise: nobody and nothing reads or writes data except through the gate."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src" / "peelian"


def calls(tree):
    """Give the last name of everything that is called or imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "id", getattr(node.func, "attr", ""))
        elif isinstance(node, ast.ImportFrom):
            yield from (f"import {a.name}" for a in node.names)


def test_only_the_gate_constructs_a_mint():
    """Whoever makes grants decides who reads; that is the gate, which judges and records first."""
    strays = [
        path.relative_to(SOURCES).as_posix()
        for path in sorted(SOURCES.rglob("*.py"))
        if path.relative_to(SOURCES).parts[0] not in ("gate",) and "Mint" in set(calls(ast.parse(path.read_text())))
    ]
    assert strays == []


def test_nobody_reaches_for_the_seal():
    """The seal is what tells a grant from a lookalike; it has no business outside its module."""
    strays = [
        path.relative_to(SOURCES).as_posix()
        for path in sorted(SOURCES.rglob("*.py"))
        if "_SEAL" in path.read_text() and path != SOURCES / "store" / "grant.py"
    ]
    assert strays == []


def test_every_public_function_that_touches_data_takes_a_grant_first():
    """A new function without a grant would be a door of its own."""
    classes = {"lake": "Lake", "desk": "Desk", "rows": "Rows", "paper_rows": "PaperRows", "web_rows": "WebRows"}
    for module, cls in (classes | {"index": "SearchIndex", "erase": "Eraser"}).items():
        tree = ast.parse((SOURCES / "store" / f"{module}.py").read_text())
        body = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == cls).body
        plain = {
            f.name for f in body if isinstance(f, ast.FunctionDef) and [a.arg for a in f.args.args[1:2]] != ["grant"]
        }
        helpers = {  # what opens no data: names, places, schemas, and what the store's own modules call with a grant
            "Lake": {"spec", "declared", "path", "names", "snapshot", "forget_versions", "open", "ensure"},
            "Desk": {"cannot_scrub"},
            "Rows": {"close"},
            "PaperRows": set(),
            "WebRows": set(),
            "SearchIndex": {"shard_of", "state", "sweep"},
            "Eraser": set(),
        }
        assert {n for n in plain if not n.startswith("_")} == helpers[cls]
