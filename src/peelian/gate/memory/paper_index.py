"""Which papers there are, according to the ledger: whose, of what kind, about what, and the digest of their words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, field

OPERATIONS: Mapping[str, str] = {
    "own-view": "own-view-marked",
    "plan": "plan-decided",
    "plan-issued": "plan-issued",
    "outcome": "outcome-reported",
    "copy": "copy-taken",
    "copy-recalled": "copy-recalled",
    "case-file": "case-file-kept",
    "suggestion": "suggestion-judged",
    "copy-ended": "copy-ended",
    "question": "question-asked",
    "answer": "question-answered",
    "rating": "reason-rated",
    "sign-off": "signed-off",
    "note-to-panel": "panel-told",
    "hand-over": "shift-handed-over",
    "measure": "measure-filed",
    "release-check": "release-checked",
    "release": "released",
}
"""Kind of paper -> the operation that the ledger enters it as."""


@dataclass(frozen=True)
class PaperKnown:
    """One paper as the ledger has it."""

    entry: int
    digest: str
    kind: str
    about: str
    author: str
    tool: str
    public: bool


@dataclass
class PaperIndex:
    """Every paper by its entry, found by kind and by what is asked for beside."""

    papers: list[PaperKnown] = field(default_factory=list)
    _by: dict[tuple[str, str, str], list[PaperKnown]] = field(default_factory=dict, repr=False)

    def take(self, entry: int, body: Mapping[str, object]) -> None:
        """Take in an entry of the ledger, in the ledger's order."""
        digest, kind, about, author, tool = (str(body[k]) for k in ("digest", "kind", "about", "actor", "tool"))
        self._keep(PaperKnown(entry, digest, kind, about, author, tool, bool(body["public"])))

    def _keep(self, paper: PaperKnown) -> None:
        self.papers.append(paper)
        for key in (("", ""), ("about", paper.about), ("author", paper.author)):
            self._by.setdefault((paper.kind, *key), []).append(paper)

    def find(
        self, kind: str, *, about: str | None = None, author: str | None = None, tool: str | None = None
    ) -> Iterator[PaperKnown]:
        """Give papers of a kind, newest first, that are about a thing, by a person and under a tool, where asked."""
        keys = [("", "")]
        keys += [("about", about)] if about is not None else []
        keys += [("author", author)] if author is not None else []
        shortest = min((self._by.get((kind, *key), []) for key in keys), key=len)
        for paper in reversed(shortest):
            wanted = ((about, paper.about), (author, paper.author), (tool, paper.tool))
            if all(asked is None or asked == has for asked, has in wanted):
                yield paper

    def as_list(self) -> list[list[object]]:
        """Return the papers as plain data, for the memory of the head."""
        return [list(astuple(p)) for p in self.papers]


def index_from(rows: list[list[object]]) -> PaperIndex:
    """Build an index from what :meth:`PaperIndex.as_list` returned."""
    index = PaperIndex()
    for row in rows:
        index._keep(PaperKnown(*row))  # type: ignore[arg-type]
    return index
