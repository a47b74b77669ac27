"""Every error code a user can meet has its page, and every page its code."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from peelian.core import errors

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "reference" / "errors"
FAMILIES = {c.__name__ for c in errors.FAMILIES}
CODED = FAMILIES | {"PeelianError", "Problem", "Reason", "Warned"}
CODE = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)+$")


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Give every module of the product, parsed, with its path below src."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def coded_calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Give every call that makes an error, a reason or a warning."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in CODED:
                yield node, name


def first_argument(call: ast.Call) -> ast.expr | None:
    """Give the code's expression: the first argument, or the one named ``code``."""
    return call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "code"), None)


def codes_in_source() -> dict[str, list[str]]:
    """Give each code written as a literal, with where."""
    found = defaultdict(list)
    for path, tree in sources():
        for call, _ in coded_calls(tree):
            code = first_argument(call)
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                found[code.value].append(f"{path}:{call.lineno}")
    return dict(found)


def codes_in_docs() -> dict[str, list[str]]:
    """Give each code with a heading, with the pages that have it."""
    found = defaultdict(list)
    for page in sorted(PAGES.glob("*.md")):
        for code in re.findall(r"(?m)^## `?([a-z0-9-]+)`?\s*$", page.read_text(encoding="utf-8")):
            found[code].append(page.name)
    return dict(found)


def test_every_code_in_the_source_has_a_heading():
    """A user who meets a code looks it up; finding nothing there is worse than no code."""
    documented = codes_in_docs()
    missing = {code: where for code, where in codes_in_source().items() if code not in documented}
    assert not missing, f"codes without a heading in docs/reference/errors/: {missing}"


def test_every_heading_has_its_code_in_the_source():
    """A page about an error that cannot happen misleads whoever reads it."""
    raised = codes_in_source()
    stale = {code: pages for code, pages in codes_in_docs().items() if code not in raised}
    assert not stale, f"headings whose code is nowhere in src: {stale}"


def test_every_code_has_one_heading_only():
    """Two explanations of one code would soon differ."""
    twice = {code: pages for code, pages in codes_in_docs().items() if len(pages) > 1}
    assert not twice, f"codes explained more than once: {twice}"


def test_errors_are_raised_with_a_literal_code():
    """A code put together at run time escapes this test, and with it its page."""
    loose = [
        f"{path}:{call.lineno}"
        for path, tree in sources()
        for call, name in coded_calls(tree)
        if name in FAMILIES
        and not isinstance(first_argument(call), ast.Constant)
        and path != "src/peelian/core/errors.py"
    ]
    assert not loose, f"errors whose code is not written as a literal: {loose}"


def test_codes_are_words_joined_by_hyphens():
    """Codes are typed into search boxes and used in addresses; one form for all."""
    odd = {code: where for code, where in codes_in_source().items() if not CODE.match(code)}
    assert not odd, f"codes that are not kebab-case words: {odd}"


def test_every_error_page_tells_three_things():
    """What happened, why, what to do: a page that leaves one out sends its reader to the source."""
    thin = []
    for page in sorted(PAGES.glob("*.md")):
        for part in re.split(r"(?m)^## ", page.read_text(encoding="utf-8"))[1:]:
            lines = [line for line in part.splitlines()[1:] if line.strip()]
            if len(lines) < 3:
                thin.append(f"{page.name}: {part.splitlines()[0]}")
    assert not thin, f"error headings with fewer than three lines: {thin}"
