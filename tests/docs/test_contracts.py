"""The import contracts cover the tree as it is."""

from __future__ import annotations

import configparser
import re
import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = configparser.ConfigParser()
CONTRACTS.read(ROOT / ".importlinter")
NAMED = [CONTRACTS[s] for s in CONTRACTS.sections() if s.startswith("importlinter:contract:")]
PACKAGES = {p.parent.name for p in (ROOT / "src/peelian").glob("*/__init__.py")}


def test_there_are_eight_contracts_each_a_sentence():
    """Who reads a broken build reads the contract's name, and should understand it."""
    assert len(NAMED) == 8
    assert all(len(c["name"].split()) >= 5 and c["name"][0].isupper() for c in NAMED)


def test_every_package_has_its_place():
    """A package that is there but still in brackets could be deleted from the list unnoticed."""
    layers = CONTRACTS["importlinter:contract:layers"]["layers"]
    placed = set(re.findall(r"\w+", layers))
    bracketed = set(re.findall(r"\((\w+)\)", layers))
    assert placed >= PACKAGES, f"packages without a place: {PACKAGES - placed}"
    assert not PACKAGES & bracketed, f"take the brackets off: {PACKAGES & bracketed}"


def test_imports_for_types_alone_count_too():
    """A stage that names another stage's types depends on it all the same."""
    assert CONTRACTS["importlinter"]["exclude_type_checking_imports"] == "false"


def test_a_rival_under_another_licence_is_for_benchmarks_alone():
    """Importing igraph, which is under the GPL, would put every force that installs Peelian under its terms."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    named = [*project["project"]["dependencies"], *chain(*project["project"]["optional-dependencies"].values())]
    assert not [one for one in named if one.startswith("igraph")]
    assert [one for one in project["dependency-groups"]["dev"] if one.startswith("igraph")]
    used = re.compile(r"^\s*(?:import|from) (?:igraph|leidenalg)\b", re.MULTILINE)
    assert not [p.name for p in (ROOT / "src").rglob("*.py") if used.search(p.read_text("utf-8"))]
