"""Files of a case: kept apart from every holding, seen by those on that case alone, gone when it closes.

What is in a file is sealed under a key of its own; what the record and the desk know is that there is one, of how many
rows. No argument names a case: it is the one that the caller works on. Holding a file against the holdings is a
combination, judged and entered as such, and each thing asked is a look-up of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peelian.core.canonical import canonical_bytes
from peelian.core.errors import LimitError, MissingError
from peelian.core.ids import is_ulid
from peelian.gate import presence as presences
from peelian.gate.acts import papers
from peelian.gate.door import Gate
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.identity import Credential
from peelian.gate.judging import circumstances, insist
from peelian.gate.looking.case_contents import KIND, destroy_file, open_content, seal_content, shelf_of
from peelian.gate.presence import Presence
from peelian.gate.room import Room
from peelian.model.paper import Paper
from peelian.policy.rules import Circumstances
from peelian.store.case_shelf import CASES

FILES_MAX = 20
"""Files of one case."""

BYTES_MAX = 16 << 20


@dataclass(frozen=True)
class CaseFile:
    """What is known of a file without opening it.

    Parameters
    ----------
    means : tuple of str
        What the officer said that each kept column holds. Their names are in the file: a file without a heading has
        its first row there.
    left_out : int
        Columns that were not kept.
    """

    id: str
    keeper: str
    kept_at: datetime
    ends_at: datetime | None
    rows: int
    means: tuple[str, ...]
    left_out: int


class CaseRoom(Room):
    """Files of cases at one deployment's gate.

    Parameters
    ----------
    house : House
        The opened deployment.
    """

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._shelf = shelf_of(house)

    def check(self, credential: Credential, mandate_id: str) -> None:
        """Say no before a file is even read, to whoever may not keep one.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason; recorded.
        """
        self._judge(credential, mandate_id, "keep-case-file", "keep a file of a case")

    def keep(self, credential: Credential, mandate_id: str, content: Mapping[str, Any], left_out: int) -> CaseFile:
        """Keep a file of the case that the caller works on.

        Parameters
        ----------
        content : mapping
            ``columns`` (each with ``name`` and ``means``) and ``rows``.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason; recorded.
        LimitError
            ``case-files-too-many``, ``case-file-too-large``.
        """
        house, met, _ = self._judge(credential, mandate_id, "keep-case-file", "keep a file of a case")
        self.sweep()
        if len(self._there(met)) >= FILES_MAX:
            raise _too_many()
        packed = canonical_bytes(content)
        if len(packed) > BYTES_MAX:
            raise _too_large()
        means = [str(c["means"]) for c in content["columns"]]
        body = {"rows": len(content["rows"]), "means": means, "left_out": left_out}
        ends = met.operation.closes_at if met.operation else None
        paper = papers.post_paper(house, met, mandate_id, KIND, met.operation_ref, body, expires_at=ends)
        self._shelf.put(house.grant("write", CASES), paper.id, seal_content(house, paper.id, packed))
        return _told(paper)

    def files(self, credential: Credential, mandate_id: str) -> list[CaseFile]:
        """List the files of the case that the caller works on, newest first; entered."""
        house, met, now = self._judge(credential, mandate_id, "read-case-file", "see the files of a case")
        self.sweep()
        there = self._there(met)
        body = met.who() | {"mandate": mandate_id, "look": "case-files", "files": [p.id for p in there]}
        house.recorder.record([Act("consultation", KIND, now.purpose, "allow", body, met.reason)])
        return [_told(paper) for paper in there]

    def read(self, credential: Credential, mandate_id: str, file_id: str) -> tuple[CaseFile, dict[str, Any]]:
        """Open a file of the case that the caller works on; entered before it is opened.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason; recorded.
        MissingError
            ``case-file-missing``: it never was, is gone, or is of another case; said alike.
        """
        house, met, now = self._judge(credential, mandate_id, "read-case-file", "open a file of a case")
        paper = self._one(met, file_id)
        body = met.who() | {"mandate": mandate_id, "look": "case-file", "file": paper.id}
        house.recorder.record([Act("consultation", KIND, now.purpose, "allow", body, met.reason)])
        return _told(paper), self._open(paper)

    def combine(self, credential: Credential, mandate_id: str, file_id: str, place: int, n: int) -> int:
        """Judge and enter that ``n`` things of one column are held against the holdings; return the entry.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason; recorded.
        MissingError
            ``case-file-missing``.
        """
        house, met, now = self._judge(credential, mandate_id, "combine-case-file", "join a file of a case to holdings")
        paper = self._one(met, file_id)
        body = met.who() | {"mandate": mandate_id, "file": paper.id, "column": place, "things": n}
        [entry] = house.recorder.record([Act("combination", KIND, now.purpose, "allow", body, met.reason)])
        return entry

    def remove(self, credential: Credential, mandate_id: str, file_id: str) -> None:
        """Delete a file before its case closes.

        Raises
        ------
        MissingError
            ``case-file-missing``.
        """
        _, met, _ = self._judge(credential, mandate_id, "keep-case-file", "delete a file of a case")
        destroy_file(self._house, self._one(met, file_id).id, "by-hand", met.actor.id)

    def sweep(self) -> int:
        """Delete every file whose case is over; nobody is asked and nobody is shown anything. Returns how many."""
        house, now, gone = self._house, self._house.clock.now(), 0
        ids = self._shelf.ids(house.grant("read", CASES))
        index = house.head.follow().papers
        kept = {p.id: p for p in papers.words_of(house, index.find(KIND))} if ids else {}
        for id in ids:
            paper = kept.get(id)
            operation = house.charter.operations.get(paper.about) if paper else None
            if paper is None or operation is None or not operation.is_open(now) or paper.expired(now):
                destroy_file(house, id, "case-over", "")
                gone += 1
        return gone

    def _judge(
        self, credential: Credential, mandate_id: str, act: str, asked: str
    ) -> tuple[House, Presence, Circumstances]:
        house, met = self._house, presences.meet(self._house, credential)
        now = circumstances(house, met, mandate_id)
        verdict = house.rulebook.judge_act(met.actor, now, act)
        insist(house, met, verdict, asked, KIND, {"mandate": mandate_id})
        return house, met, now

    def _there(self, met: Presence) -> list[Paper]:
        """Return the papers of files of a case that are there, newest first."""
        assert met.operation_ref, "judged: there is an open operation with the actor on it"
        on_shelf = set(self._shelf.ids(self._house.grant("read", CASES)))
        index = self._house.head.follow().papers
        return [p for p in papers.words_of(self._house, index.find(KIND, about=met.operation_ref)) if p.id in on_shelf]

    def _one(self, met: Presence, file_id: str) -> Paper:
        found = [p for p in self._there(met) if p.id == file_id] if is_ulid(file_id) else []
        if not found:
            raise _missing()
        return found[0]

    def _open(self, paper: Paper) -> dict[str, Any]:
        content = open_content(self._house, paper.id)
        if content is None:
            raise _missing()
        return content


def case_room(gate: Gate) -> CaseRoom:
    """Return the room beside a gate in which files of cases are kept."""
    return CaseRoom(gate._house)


def _told(paper: Paper) -> CaseFile:
    said = paper.body
    means = tuple(map(str, said["means"]))
    return CaseFile(
        paper.id, paper.author, paper.made_at, paper.expires_at, int(said["rows"]), means, int(said["left_out"])
    )


def _missing() -> MissingError:
    return MissingError(
        "case-file-missing",
        "The case that you work on has no such file.",
        why="It never had, it was deleted, or it is a file of another case; the answer is always the same.",
        do="List the files of your case, or choose the case that it belongs to.",
    )


def _too_many() -> LimitError:
    return LimitError(
        "case-files-too-many",
        f"A case has at most {FILES_MAX} files.",
        why="Beside the holdings there is to be no second system.",
        do="Delete those that have served.",
    )


def _too_large() -> LimitError:
    return LimitError(
        "case-file-too-large",
        f"A file of a case has at most {BYTES_MAX >> 20} MiB once it is read.",
        why="A larger one is a system's, and comes in under a source's mandate.",
        do="Leave out columns and rows that the case does not need.",
    )
