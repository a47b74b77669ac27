"""The commands of the tutorial and of how-to pages, run as they stand there."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from peelian.synth import make_town, write_town
from tests.support.walk import Told, archive, at_metres, call, new_walk, stop_row, street_row

DOCS = Path(__file__).resolve().parents[2] / "docs"
FENCE = re.compile(r"(?ms)^( *)```(\w*)\n(.*?)^ *```")
LATER = re.compile(r"#.*exit code (\d)")


def blocks(page: Path, kind: str = "") -> list[str]:
    """Give the fenced blocks of a kind, unindented."""
    text = page.read_text(encoding="utf-8")
    found = [(indent, body) for indent, k, body in FENCE.findall(text) if k == kind]
    return ["\n".join(line.removeprefix(indent) for line in body.splitlines()) for indent, body in found]


@dataclass
class Reader:
    """Somebody who types what a page says, and puts what was printed for words in capitals."""

    home: Path
    words: dict[str, str]
    env: dict[str, str] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)

    def read(self, page: Path) -> Reader:
        """Run every command of a page in order."""
        for line in "\n".join(blocks(page)).splitlines():
            later = LATER.search(line)
            self.type(line.split("   #")[0].strip(), int(later.group(1)) if later else 0)
        return self

    def type(self, line: str, code: int) -> None:
        """Run one line."""
        words = [self.words.get(w, w) for w in shlex.split(line)]
        if words[:1] == ["export"]:
            self.env |= dict([words[1].split("=", 1)])
        elif words[:2] == ["python", "-c"]:
            exec(compile(words[2], "page", "exec"), {})
        elif words[:1] == ["peelian"]:
            told = call(*words[1:], home=self.home, **{k: v for k, v in self.env.items() if k != "PATH"})
            assert (told.code, told.raised) == (code, None), f"{line}\n{told.out}\n{told.err}"
            self.told.append(told)
            self._note(words[1:], told)
        else:
            assert words[0] in ("make",), f"a page says {line!r}, which nothing tests"

    def _note(self, words: list[str], told: Told) -> None:
        if found := re.search(r"Finding (\w{26})", told.out):
            self.words["FINDING"] = found.group(1)
        if words[0] == "subjects":
            self.words["SUBJECT"] = told.out.split()[0]


@pytest.fixture
def deployment(tmp_path, monkeypatch):
    """Give a reader who has a deployment, signed in as nobody, in an empty current folder."""
    walk = new_walk(tmp_path / "w", "data-engineer-1")
    monkeypatch.chdir(tmp_path)
    return walk, Reader(walk.home, {"DIR": str(walk.folder)})


@pytest.mark.slow
def test_the_first_walk_works_as_it_is_written(tmp_path, monkeypatch):
    """The first page a newcomer follows must not be the first thing that breaks."""
    monkeypatch.chdir(tmp_path)
    reader = Reader(tmp_path / "unused", {}).read(DOCS / "tutorials" / "first-walk.md")
    assert len(reader.told) >= 20
    assert not (tmp_path / "unused").exists()
    assert any("The same, byte for byte" in t.out for t in reader.told)
    assert "Verified" in reader.told[-1].out


def test_a_person_is_erased_as_the_page_says(deployment, tmp_path):
    """Whoever answers a request under a deadline follows the page."""
    walk, reader = deployment
    streets = [street_row(i, **at_metres(40.0 * i, 300)) for i in range(10)]
    walk.ingest("police-uk", archive(tmp_path / "a.zip", streets, [stop_row(i, **at_metres(9, 9)) for i in range(8)]))
    reader.read(DOCS / "how-to" / "erase-a-person.md")
    assert "cannot be erased from here: backups" in reader.told[3].out


def test_past_plans_are_loaded_as_the_page_says(deployment):
    """The table on the page is one that the source reads."""
    _, reader = deployment
    page = DOCS / "how-to" / "load-past-plans.md"
    [table] = blocks(page, "csv")
    Path("plans.csv").write_text(table + "\n")
    reader.read(page)
    assert "kept 3" in reader.told[-1].out


def test_the_record_is_verified_as_the_page_says(deployment):
    """An outsider has this page and nothing else."""
    _, reader = deployment
    told = reader.read(DOCS / "how-to" / "verify-the-record.md").told
    assert told and all("Verified" in t.out for t in told)


def test_the_witness_page_names_options_that_there_are(deployment):
    """A witness is run by somebody who has never seen the program."""
    page = DOCS / "how-to" / "run-a-witness.md"
    lines = [line for block in blocks(page) for line in block.splitlines()]
    assert {line.split()[1] for line in lines} == {"witness", "ledger"}
    for line in lines:
        verb = line.split()[1:3] if "ledger" in line else line.split()[1:2]
        shown = call(*verb, "--help", home=Path("unused")).ok().out
        assert all(option in shown for option in re.findall(r"--[a-z-]+", line))


def test_a_method_is_assessed_as_the_page_says(deployment, tmp_path):
    """Whoever owns a method has to be able to test it without help."""
    walk, reader = deployment
    town = write_town(tmp_path / "town", make_town(first_month=date(2025, 7, 1), months=16, burglaries=700))
    walk.ingest("incidents", town.incidents, "--mapping", town.mapping)
    reader.read(DOCS / "how-to" / "assess-a-method.md")
    assert "Present practice: last-year, a stand-in" in reader.told[-1].out
