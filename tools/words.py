"""Collect every visible word of the pages into one catalogue, ``src/peelian/publish/words/peelian.pot``.

    python tools/words.py            writes it again
    python tools/words.py --check    says whether it is current

A translation is a ``peelian.po`` made from it with any gettext tool. Words are marked in templates with ``_()`` or
``{% trans %}``, in Python with ``say()``; lists of words that are looked up as they stand, and modules whose errors are
told on pages, are named here. No line numbers are kept, so that the file changes only when a word does.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from peelian.publish.environment import TEMPLATES, make_environment

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (TEMPLATES, ROOT / "src/peelian/web/templates")
CATALOGUE = ROOT / "src/peelian/publish/words/peelian.pot"

LISTS = {
    "src/peelian/model/plain_words.py": ("TABLES",),
    "src/peelian/publish/register/words.py": (
        "METHODS", "COLUMNS", "SUBJECTS", "PHASES", "ACTS", "STATES", "IN_FORCE"
    ),
    "src/peelian/publish/register/atrs.py": ("FIXED",),
}  # fmt: skip
"""Module -> its lists whose texts are looked up as they stand; of a tuple the first."""

SAID_IN = ROOT / "src/peelian/publish"
"""Folder in whose modules ``say()`` marks sentences."""

TOLD = ("src/peelian/decide/checks.py", "src/peelian/decide/released.py")
"""Modules whose errors are told on pages: every sentence that they hand to one, as far as it is fixed."""

FIELDS = "src/peelian/publish/register/atrs.py"
"""Module whose sections and fields, the names of the standard, are given one after another."""

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
    for name, words in [*spoken(), *written()]:
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


def written() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield module and words of everything that Python code says to the public."""
    for path in sorted(SAID_IN.rglob("*.py")):
        for call in _calls(path):
            if _name_of(call) == "say" and call.args:
                yield from _constant(path, call.args[0])
    for name, lists in LISTS.items():
        yield from _listed(ROOT / name, lists)
    for name in TOLD:
        for call in _calls(ROOT / name):
            if _name_of(call).endswith("Error") or _name_of(call) == "Reason":
                for value in [*call.args[1:], *(k.value for k in call.keywords if k.arg in ("why", "do"))]:
                    yield from _constant(ROOT / name, value)
    yield from _fields(ROOT / FIELDS)


def _calls(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _constant(path: Path, node: ast.expr | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(node, ast.Tuple):
        node = node.elts[0]
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield path.relative_to(ROOT / "src/peelian").as_posix(), (node.value,)


def _listed(path: Path, lists: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if _is_list(node) else None
        if isinstance(target, ast.Name) and target.id in lists and isinstance(node.value, ast.Dict):
            for value in node.value.values:
                yield from _constant(path, value)


def _is_list(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign)


def _fields(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            yield from _constant(path, node.value.elts[2])
        if isinstance(node, ast.Assign) and isinstance(node.value, (ast.Tuple, ast.Constant)):
            named = [getattr(t, "id", "") for t in getattr(node.targets[0], "elts", [node.targets[0]])]
            if named[0] == "section":
                yield from _constant(path, node.value)


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
