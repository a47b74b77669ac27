"""Impact papers: what they were written about, held against what the charter lets run.

A paper about data protection, equality or human rights is only worth something for the tool it was written about. Its
facts are not typed into it: they are taken from the running configuration and compared with those it was written for.
One more column, role or source, and the papers are out of date, say by what, and the tool stops (PL-13).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from peelian.core.canonical import digest
from peelian.model.mandate import Mandate
from peelian.model.plain_words import table_words
from peelian.policy.charter import Charter
from peelian.policy.floor_law import Tool

FACTS = {
    "purposes": "purpose",
    "roles": "role that may use it",
    "offences": "type of crime",
    "reads": "column read",
    "may_open": "table it may open",
    "equality_tables": "tables on protected groups",
    "sources": "source of data",
    "retention": "time limit on data",
    "regions": "region where data may be",
    "shared_with": "recipient outside the force",
}
"""What is compared, and what one item of it is called."""

PAPERS = {
    "data-protection": "data protection impact assessment",
    "equality": "equality impact assessment",
    "human-rights": "human rights assessment",
}
"""The papers that a tool has before it runs, and what each is called."""


@dataclass(frozen=True)
class Difference:
    """One way in which what runs is not what a tool's papers were written about."""

    fact: str
    item: str
    added: bool

    @property
    def words(self) -> str:
        """Say it in a sentence."""
        if self.fact == "papers":
            return f"{PAPERS[self.item]}: there is none"
        return f"{FACTS[self.fact]}: {_item_words(self.fact, self.item)} {'was added' if self.added else 'is gone'}"


def _item_words(fact: str, item: str) -> str:
    """Name tables and columns as people do; all else is named in the charter's own words."""
    table, _, column = item.partition(".")
    if fact == "may_open":
        return table_words(item)
    return f"{column.replace('_', ' ')} of {table_words(table)}" if fact == "reads" and column else item


def differences(described: Mapping[str, Any], running: Mapping[str, Any]) -> list[Difference]:
    """Compare what papers were written about with what runs; empty when they are the same.

    Parameters
    ----------
    described, running : mapping
        Each of :data:`FACTS`: a list of names, or yes and no.
    """
    found = []
    for fact in FACTS:
        then, now = _names(described[fact]), _names(running[fact])
        found += [Difference(fact, item, True) for item in sorted(now - then)]
        found += [Difference(fact, item, False) for item in sorted(then - now)]
    return found


def lacking(kinds: Iterable[str]) -> list[Difference]:
    """Return the papers that a tool does not have."""
    there = set(kinds)
    return [Difference("papers", kind, False) for kind in PAPERS if kind not in there]


def _names(value: Any) -> set[str]:
    if isinstance(value, bool):
        return {"yes" if value else "no"}
    return {str(v) for v in value}


def running_facts(charter: Charter, mandate: Mandate, reads: Iterable[str]) -> dict[str, Any]:
    """Return what runs under a tool's mandate, in the terms in which its papers were written.

    Parameters
    ----------
    reads : iterable of str
        ``table.column`` names that the installed method says it reads.
    """
    sources = [m for m in charter.mandates.values() if m.subject == "source" and _feeds(m, mandate)]
    sharing = [m for m in charter.mandates.values() if m.subject == "sharing" and m.purposes & mandate.purposes]
    return {
        "purposes": sorted(mandate.purposes),
        "roles": sorted(mandate.roles),
        "offences": sorted(mandate.scope.offences),
        "reads": sorted(reads),
        "may_open": sorted(mandate.scope.tables),
        "equality_tables": mandate.scope.sealed,
        "sources": sorted(m.target for m in sources),
        "retention": sorted({m.retention_class for m in sources}),
        "regions": sorted(charter.jurisdiction.regions),
        "shared_with": sorted(m.title for m in sharing),
    }


def _feeds(source: Mandate, method: Mandate) -> bool:
    """Say whether rows of a source may serve a method: a purpose in common, and a table that it may open."""
    purposes = source.label.get("purposes", [])
    assert isinstance(purposes, (list, tuple, set, frozenset)), "a source's label has purposes"
    return bool(set(purposes) & method.purposes and source.scope.tables & method.scope.tables)


def papers_read(charter: Charter, mandate: Mandate) -> frozenset[str]:
    """Return the columns that a tool's papers say it reads; none for a tool that the charter does not describe."""
    tool = charter.tools.get(mandate.target)
    return frozenset(_names(tool.described["reads"])) if tool else frozenset()


def papers_version(tool: Tool) -> str:
    """Return the digest of a tool's papers, and of what they were written about: another digest is another version."""
    said = [{**document, "written_on": str(document["written_on"])} for document in tool.documents]
    return digest({"documents": said, "described": dict(tool.described)})


def outdated(charter: Charter, mandate: Mandate) -> list[Difference]:
    """Return why a tool's papers do not fit what the charter lets run; empty when they do, and for what is no tool.

    The columns that a method reads are judged when it runs, against those it then says it reads.
    """
    if mandate.subject != "method":
        return []
    tool = charter.tools.get(mandate.target)
    if tool is None:
        return lacking(())
    running = running_facts(charter, mandate, _names(tool.described["reads"]))
    return [*lacking(str(d["kind"]) for d in tool.documents), *differences(tool.described, running)]
