"""Collect every visible word of the pages into one catalogue, ``src/peelian/publish/words/peelian.pot``.

    python tools/words.py            writes it again
    python tools/words.py --check    says whether it is current

A translation is a ``peelian.po`` made from it with any gettext tool. Words are marked in templates with ``_()`` or
``{% trans %}``; no line numbers are kept, so that the file changes only when a word does.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from peelian.publish.environment import TEMPLATES, make_environment

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (TEMPLATES, ROOT / "src/peelian/web/templates")
CATALOGUE = ROOT / "src/peelian/publish/words/peelian.pot"

HEAD = r"""# Every visible word of Peelian's pages. Written by tools/words.py.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Language: en_GB\n"
"""


def main() -> None:
    """Write the catalogue, or say that it is not current."""
    text = catalogue()
    if "--check" not in sys.argv:
        CATALOGUE.parent.mkdir(exist_ok=True)
        CATALOGUE.write_text(text, encoding="utf-8")
    elif not CATALOGUE.is_file() or CATALOGUE.read_text(encoding="utf-8") != text:
        sys.exit("The catalogue of words is not current: make docs")


def catalogue() -> str:
    """Return the catalogue as it should be."""
    found: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for name, words in spoken():
        found[words].add(name)
    entries = [_entry(words, sorted(names)) for words, names in sorted(found.items())]
    return "\n".join([HEAD, *entries])


def spoken() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield template and words, singular or singular with plural, of everything that is marked."""
    environment = make_environment()
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.html")):
            source = path.read_text(encoding="utf-8")
            for _, _, words in environment.extract_translations(source):  # type: ignore[attr-defined]
                if words is None:  # a fact: its words are marked where they are written
                    continue
                given = (words,) if isinstance(words, str) else tuple(w for w in words if w)
                yield path.relative_to(folder).as_posix(), given


def _entry(words: tuple[str, ...], names: list[str]) -> str:
    lines = [f"#: {name}" for name in names] + [f"msgid {_quoted(words[0])}"]
    if len(words) > 1:
        lines += [f"msgid_plural {_quoted(words[1])}", 'msgstr[0] ""', 'msgstr[1] ""']
    else:
        lines.append('msgstr ""')
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") + '"'


if __name__ == "__main__":
    main()
