"""The documentation hangs together: links lead somewhere, and every page can be reached."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"(?ms)^\s*```.*?^\s*```")


def links(page: Path) -> list[str]:
    """Give the relative links of a page, code left out."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return [link for link in LINK.findall(text) if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, spelled as forges spell them."""
    heads = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    """A reader who meets a dead link stops believing the page."""
    dead = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            dead.append(link)
    assert not dead, f"dead links: {dead}"


def test_every_page_can_be_reached_from_the_readme():
    """A page nobody can find does not exist."""
    seen, queue = set(), [ROOT / "README.md"]
    while queue:
        page = queue.pop()
        if page in seen:
            continue
        seen.add(page)
        targets = [(page.parent / link.partition("#")[0]).resolve() for link in links(page)]
        queue += [t for t in targets if t.suffix == ".md" and t.is_file()]
        queue += [t / "README.md" for t in targets if t.is_dir() and (t / "README.md").is_file()]
    lost = [p.relative_to(ROOT).as_posix() for p in PAGES if p not in seen and p.parent.name != "changelog.d"]
    assert not lost, f"pages without a way to them (run `make docs`): {lost}"


def test_every_folder_of_the_documentation_says_what_is_in_it():
    """A forge shows a folder's README first."""
    folders = {p.parent for p in (ROOT / "docs").rglob("*.md")}
    assert not [f for f in folders if not (f / "README.md").is_file() and f.name != "docs"]


MEASURED = re.compile(
    r"\b\d[\d.,]*\s?(ms|µs|us|MB/s|GB/s|rows a second|rows/s|a second|/s|times faster|times slower)\b"
)
COMMAND = re.compile(r"(?m)`(make|peelian|python|\.venv)[^`]*`|^\s*(make|peelian|python) ")


def test_a_measured_figure_names_the_command_that_prints_it():
    """A figure that nobody can print again is an advertisement."""
    loose = []
    for page in PAGES:
        for section in re.split(r"(?m)^#+ ", page.read_text(encoding="utf-8")):
            if MEASURED.search(section) and not COMMAND.search(section):
                loose.append(f"{page.relative_to(ROOT)}: {section.splitlines()[0]}")
    assert not loose, f"sections with a measured figure and no command: {loose}"
