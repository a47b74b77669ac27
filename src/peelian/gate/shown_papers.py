"""Since when a tool's impact papers have been public: what the record says, not what the papers say of themselves.

Whoever publishes the register says so to the gate afterwards, and the gate enters which version of each tool's papers
the site shows. A changed paper is another version, and its days begin anew.
"""

from __future__ import annotations

from datetime import datetime

from peelian.core.time import from_micros
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.model.mandate import Mandate
from peelian.policy.impact import papers_version


def enter_shown_papers(house: House) -> list[str]:
    """Enter that the register now shows the papers of each tool as the charter in force has them; return what is new.

    Nothing is entered a second time, and nothing under a charter that is not in force.
    """
    known = house.head.follow().impact_papers
    if house.head.charter_hash != house.charter.hash:
        return []
    versions = {tool.id: papers_version(tool) for tool in house.charter.tools.values()}
    fresh = sorted(tool for tool, version in versions.items() if known.get(tool, ("", 0))[0] != version)
    if fresh:
        told = [{"tool": tool, "version": versions[tool]} for tool in fresh]
        house.recorder.record([Act("papers-published", str(t["tool"]), "", "record", t) for t in told])
    return fresh


def shown_since(house: House, tool_id: str) -> datetime | None:
    """Return when the record says that the papers, as they are now, were first shown; None if never."""
    tool, (version, at) = house.charter.tools.get(tool_id), house.head.impact_papers.get(tool_id, ("", 0))
    return from_micros(at) if tool is not None and version == papers_version(tool) else None


def papers_days(house: House, mandate: Mandate | None, now: datetime) -> int:
    """Count the whole days for which a tool's papers have been public; 0 if they never were, or for what is no tool."""
    since = shown_since(house, mandate.target) if mandate is not None and mandate.subject == "method" else None
    return max(0, (now - since).days) if since is not None else 0
