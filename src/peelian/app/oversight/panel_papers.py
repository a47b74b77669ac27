"""Impact papers before the panel: read by a member, and signed as read: sufficient, or not, because."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from peelian.app.caller import Caller
from peelian.app.methods import METHODS
from peelian.app.oversight.panel_room import begin_oversight, oversight_mandate
from peelian.core.canonical import digest
from peelian.core.errors import InvalidError, MissingError
from peelian.core.local_time import day_words
from peelian.gate.door import Gate
from peelian.model.paper import Paper
from peelian.policy.charter import Charter
from peelian.policy.floor_law import Tool
from peelian.policy.impact import differences, lacking, running_facts

VERDICTS = {"sufficient": "Read: sufficient", "not-sufficient": "Read: not sufficient"}
"""What a member may sign, and how it is said."""


@dataclass(frozen=True)
class ImpactPaper:
    """One paper of one tool, in the version that the charter has now.

    Parameters
    ----------
    version : str
        Digest of its answers and of what it was written about: another word is another version.
    """

    tool: Tool
    kind: str
    document: Mapping[str, Any]
    version: str

    @property
    def about(self) -> str:
        """Return what a signature under this version is about."""
        return f"{about(self.tool.id, self.kind)}{self.version}"

    @property
    def address(self) -> str:
        """Return where the panel reads it."""
        return f"/panel/papers/{self.tool.id}/{self.kind}"


def about(tool: str, kind: str) -> str:
    """Return what signatures under any version of a paper are about, but for the version."""
    return f"paper/{tool}/{kind}/"


def version_of(tool: Tool, document: Mapping[str, Any]) -> str:
    """Return the version of a paper: what it says, and what it was written about."""
    said = {**document, "written_on": document["written_on"].isoformat()}
    return digest({"document": said, "described": dict(tool.described)})


def impact_papers(charter: Charter) -> Iterator[ImpactPaper]:
    """Give every impact paper of every tool."""
    for tool_id in sorted(charter.tools):
        tool = charter.tools[tool_id]
        for document in tool.documents:
            yield ImpactPaper(tool, str(document["kind"]), document, version_of(tool, document))


def paper_named(charter: Charter, tool: str, kind: str) -> ImpactPaper:
    """Return one paper. Raises ``impact-paper-missing``."""
    for paper in impact_papers(charter):
        if (paper.tool.id, paper.kind) == (tool, kind):
            return paper
    raise MissingError("impact-paper-missing", "There is no such paper.", do="Choose one from the list.")


def signed_under(gate: Gate, paper: ImpactPaper) -> list[Paper]:
    """Return what members signed under this very version, newest first."""
    return gate.public_papers("sign-off", about=paper.about)


def papers_list(gate: Gate, account: str) -> list[dict[str, Any]]:
    """Return every paper, how many members have signed it and whether this one has."""
    return [_row(gate, paper, account) for paper in impact_papers(gate.charter)]


def _row(gate: Gate, paper: ImpactPaper, account: str) -> dict[str, Any]:
    signed = signed_under(gate, paper)
    mine = any(p.author == account for p in signed)
    against = sum(p.body["verdict"] != "sufficient" for p in signed)
    n = len(signed)
    word = "You have signed" if mine else f"{n} signed" if n else "Nobody has signed"
    hint = f"{n} of {len(gate.charter.panel.members)} members have signed this version"
    hint += f", {against} of them: not sufficient." if against else "."
    title = f"{paper.tool.title}: {paper.document['title']}"
    return {"title": title, "hint": hint, "address": paper.address, "state": "done" if mine else "wait", "word": word}


def paper_facts(gate: Gate, paper: ImpactPaper, account: str) -> dict[str, Any]:
    """Return a paper for its page: answers, what would run, what differs, and who has signed, by role."""
    charter = gate.charter
    [mandate] = [m for m in charter.mandates.values() if (m.subject, m.target) == ("method", paper.tool.id)][:1]
    reads = METHODS[paper.tool.id].program.facts.inputs if paper.tool.id in METHODS else ()
    running = running_facts(charter, mandate, reads)
    kinds = [str(d["kind"]) for d in paper.tool.documents]
    office = charter.officials.get(str(paper.document["by"]))
    return {
        "tool": paper.tool.title,
        "tool_id": paper.tool.id,
        "kind": paper.kind,
        "title": paper.document["title"],
        "by": office.title if office else paper.document["by"],
        "written_on": day_words(paper.document["written_on"]),
        "answers": paper.document["answers"],
        "running": running,
        "stale": [d.words for d in (*lacking(kinds), *differences(paper.tool.described, running))],
        "version": paper.version,
        "signed": [_signed(p) for p in signed_under(gate, paper)],
        "signed_by_me": any(p.author == account for p in signed_under(gate, paper)),
        "address": paper.address,
    }


def _signed(paper: Paper) -> dict[str, Any]:
    verdict = str(paper.body["verdict"])
    return {
        "verdict": verdict,
        "words": VERDICTS[verdict],
        "because": str(paper.body["because"]),
        "at": paper.made_at,
        "entry": paper.entry,
    }


def sign_off(caller: Caller, tool: str, kind: str, version: str, verdict: str, because: str) -> None:
    """Sign a paper as read, once for each version; public, and an entry of the record.

    Raises
    ------
    InvalidError
        ``paper-verdict-missing``; ``impact-paper-changed`` when it is not the version that the member was shown.
    RefusedError
        ``already-written``; with the rules' reasons for anybody but a panel member.
    """
    paper = paper_named(caller.gate.charter, tool, kind)
    if verdict not in VERDICTS or not because.strip():
        raise InvalidError(
            "paper-verdict-missing",
            "Say whether it is sufficient, and why.",
            why="A signature without a reason tells the public nothing.",
            do="Choose one, and write a sentence.",
        )
    if version != paper.version:
        raise InvalidError(
            "impact-paper-changed",
            "The paper was changed while you read it.",
            why="A signature is for the version that was read.",
            do="Read it again, and sign that.",
        )
    begin_oversight(caller)
    reason = "\n".join(" ".join(line.split()) for line in because.strip().splitlines())
    text = f"{paper.tool.title}, {paper.document['title']}. {VERDICTS[verdict]}, because: {reason}"
    body = {"verdict": verdict, "because": reason, "version": paper.version, "text": text}
    caller.gate.post_paper(
        caller.credential, oversight_mandate(caller), "sign-off", paper.about, body, public=True, once=True
    )
