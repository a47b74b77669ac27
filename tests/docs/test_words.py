"""Every visible word of the pages is marked, and stands in one catalogue."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes

from peelian.publish.environment import make_environment

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (ROOT / "src/peelian/publish/templates", ROOT / "src/peelian/web/templates")
TEMPLATES = [pytest.param(p, id=p.relative_to(folder).as_posix()) for folder in FOLDERS for p in folder.rglob("*.html")]

READ_ALOUD = frozenset({"alt", "aria-label", "placeholder", "title"})
NOT_WORDS = frozenset({"code", "pre", "script", "style"})
NAMES = frozenset(
    {"Peelian", "ATRS", "CSV", "JSON", "GeoJSON", "Atom", "DPIA", "PDF", "UTC", "SHA-256", "DCAT", "OCDS"}
)
"""The same in every language."""


class Visible(HTMLParser):
    """Collects what a reader would see or hear of a template's own text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside += [tag] if tag in NOT_WORDS else []
        self.found += [value for name, value in attrs if name in READ_ALOUD and _is_word(value or "")]

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside and _is_word(data):
            self.found.append(data.strip())


def _is_word(text: str) -> bool:
    left = "" if "=" in text else text  # a piece of an address or of an attribute
    for name in NAMES:
        left = left.replace(name, "")
    return any(letter.isalpha() for letter in left)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_visible_word_of_a_template_is_marked(template: Path) -> None:
    """A word that is not marked stays English for everybody for ever."""
    environment = make_environment()
    tree = environment.parse(template.read_text(encoding="utf-8"))
    pieces = [n.data if isinstance(n, nodes.TemplateData) else "0" for n in tree.find_all((nodes.TemplateData,))]
    reader = Visible()
    reader.feed("0".join(pieces))
    assert not reader.found


def test_the_catalogue_of_words_is_current() -> None:
    """Translators work from it."""
    said = subprocess.run([sys.executable, str(ROOT / "tools/words.py"), "--check"], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
