"""Commands shown in the documentation are commands the program has."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from peelian import cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = [p for p in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]) if p.name != "cli.md"]
FENCE = re.compile(r"(?ms)^\s*```[a-z]*\n(.*?)^\s*```")
INLINE = re.compile(r"`(peelian [a-z][^`]*)`")


def shown_commands() -> Iterator[tuple[str, str]]:
    """Give each command line shown in a page, with the page."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = [line.strip().removeprefix("$ ") for block in FENCE.findall(text) for line in block.splitlines()]
        lines = [line for line in blocks if line.startswith("peelian ")] + INLINE.findall(FENCE.sub("", text))
        yield from ((page.relative_to(ROOT).as_posix(), line) for line in lines)


def find(words: list[str]) -> tuple[Any, list[str]]:
    """Follow the words down the tree of commands; return the command and the words that are left."""
    command = get_command(cli.app)
    while words and hasattr(command, "commands") and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pytest.mark.parametrize(("page", "line"), sorted(set(shown_commands())), ids=lambda v: v[:60])
def test_a_command_shown_in_a_page_exists_with_its_options(page, line):
    """Whoever copies a line out of the documentation must not be told that it does not exist."""
    words = shlex.split(line.replace("…", "").replace("'s ", " "), comments=True)[1:]
    command, rest = find(words)
    assert words and rest != words, f"{page}: no such command: {line}"
    assert not hasattr(command, "commands") or not rest, f"{page}: no such command: {line}"
    known = {opt for p in command.params for opt in (*p.opts, *p.secondary_opts)} | {"--help"}
    unknown = [w for w in rest if w.startswith("--") and w.partition("=")[0] not in known]
    assert not unknown, f"{page}: {line}: no such option: {unknown}"
