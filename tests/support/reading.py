"""How hard a page is to read: Flesch-Kincaid grade of its running text, from its HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

SPOKEN = {"p", "li", "dd", "td", "h1", "h2", "h3"}
"""Elements whose text is read as sentences. Commands, hashes and figures are not."""

NAMES = {"td", "dd"}
"""Elements that may hold a name or a figure and not a sentence: read only where they end like one."""

SILENT = {"pre", "code", "svg", "script", "style", "nav", "footer", "header"}


class _Text(HTMLParser):
    """Gathers what a page says, element by element."""

    def __init__(self) -> None:
        super().__init__()
        self.spoken: list[tuple[str, str]] = []
        self.depth = 0
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        quiet = tag in SILENT or ("class", "p-small") in attrs
        if quiet or self.silent:
            self.silent += tag not in ("br", "meta", "link", "input", "img", "path", "rect", "line")
        elif tag in SPOKEN:
            self.spoken.append((tag, ""))
            self.depth += 1

    def handle_endtag(self, tag: str) -> None:
        """End one."""
        if self.silent:
            self.silent -= 1
        elif tag in SPOKEN and self.depth:
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        """Take text."""
        if self.depth and not self.silent and self.spoken:
            self.spoken[-1] = (self.spoken[-1][0], self.spoken[-1][1] + data)


def sentences_of(html: str) -> list[list[str]]:
    """Return the sentences of a page's own text, each as its words; bits of three words and fewer are left out."""
    main = html.partition("<main")[2].partition("</main>")[0]
    reader = _Text()
    reader.feed("<main" + main)
    found = []
    for tag, text in reader.spoken:
        if tag in NAMES and not text.strip().endswith((".", "?", "!")):
            continue
        for sentence in re.split(r"[.!?]+(?:\s|$)", " ".join(text.split())):
            words = re.findall(r"[A-Za-z][A-Za-z’'-]*", sentence)
            if len(words) > 3:
                found.append(words)
    return found


def syllables(word: str) -> int:
    """Count syllables roughly: groups of vowels, less a silent e."""
    plain = re.sub(r"[^a-z]", "", word.lower())
    groups = len(re.findall(r"[aeiouy]+", plain))
    silent = re.search(r"[^aeiouyl]e(d|s)?$", plain) and not re.search(r"(ted|ded|[sxcg]es|shes|ches)$", plain)
    if silent and groups > 1:
        groups -= 1
    return max(1, groups)


def grade(html: str) -> float:
    """Return the Flesch-Kincaid grade: school years it takes to read the page.

    References
    ----------
    Kincaid et al. (1975), Derivation of new readability formulas for Navy enlisted personnel.
    """
    sentences = sentences_of(html)
    words = [w for s in sentences for w in s]
    if not words:
        return 0.0
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
