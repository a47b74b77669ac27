"""Erasing somebody from files of cases: rows that say whom they are about go, and the rest is named for a person.

A file of a case came from outside and its rows have no source, no label and no subject. So a row is about somebody
only if it says so in a way that names nobody else: their own number in a system, their name with their birth date, or
their name with their telephone number. A row with their name alone may be another's: it is counted in the receipt, by
file, for somebody on that case to read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from peelian.core.marks import person_marks, read_typed, row_marks
from peelian.core.name_keys import fold_name
from peelian.gate.acts import papers
from peelian.gate.house import House
from peelian.gate.looking.case_contents import KIND, destroy_file, open_content, rewrite_content, shelf_of
from peelian.model.pole import PERSON_TABLES
from peelian.store.case_shelf import CASES
from peelian.store.grant import Grant
from peelian.store.lake import HISTORY, quote

_PHONE_TAIL = 6
_SAID = ("forenames", "surname", "birth_on", "phones", "person_ref")


@dataclass(frozen=True)
class OwnMarks:
    """By what somebody can be told in a list that anybody may have written.

    Parameters
    ----------
    sure : frozenset of str
        Marks that are theirs alone: a name with a birth date.
    names, phones : frozenset of str
        Marks that may be another's too, each by itself.
    refs : frozenset of str
        What systems call them, in capitals.
    """

    sure: frozenset[str]
    names: frozenset[str]
    phones: frozenset[str]
    refs: frozenset[str]

    def tell(self, columns: Sequence[Mapping[str, Any]], row: Sequence[str]) -> str:
        """Say of a row that it is ``about`` them, that it ``may-be``, or nothing."""
        if not self._hinted(row):
            return ""
        named = " ".join(cell for c, cell in zip(columns, row, strict=True) if c["means"] in ("name", "born"))
        found = frozenset().union(*(read_typed(text).marks for text in (named, *row) if text))
        name, phone = bool(found & self.names), bool(found & self.phones)
        sure = found & self.sure or any(cell.strip().upper() in self.refs for cell in row)
        return "about" if sure or (name and phone) else "may-be" if name or phone else ""

    def _hinted(self, row: Sequence[str]) -> bool:
        """Say quickly of most rows that nothing in them is theirs, before they are read word by word."""
        text = fold_name(" ".join(row))
        digits = "".join(c for c in text if c.isdigit())
        named = any(all(word in text for word in name.removeprefix("name:").split()) for name in self.names)
        rung = any(phone[-_PHONE_TAIL:] in digits for phone in self.phones)
        return named or rung or any(cell.strip().upper() in self.refs for cell in row)


@dataclass(frozen=True)
class InFile:
    """What became of one file: rows erased from it, rows that a person has to read, and whether anything is left."""

    file: str
    operation: str
    rows: int
    to_read: int
    gone: bool

    def as_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {"file": self.file, "operation": self.operation, "rows": self.rows, "to_read": self.to_read,
                "gone": self.gone}  # fmt: skip


def own_marks(house: House, grant: Grant, subject_ids: Sequence[str]) -> OwnMarks:
    """Gather what all versions of some subjects' rows say of them."""
    done, listed = house.head.follow().done, ", ".join(quote(s) for s in subject_ids)
    marks: set[str] = set()
    names: set[str] = set()
    refs: set[str] = set()
    for table, past in product(PERSON_TABLES, (False, True)):
        version = (done.vector if done else {}).get(table + HISTORY if past else table)
        scan = house.lake.scan_sql(grant, table, version, history=past)
        sql = f"SELECT {', '.join(_SAID)} FROM ({scan}) WHERE subject_id IN ({listed})"
        for row in house.engine.run(sql).to_pylist():
            marks |= row_marks(row)
            names |= person_marks(str(row["forenames"] or ""), str(row["surname"] or ""), None)
            refs |= {str(row["person_ref"] or "").strip().upper()} - {""}
    kinds = {kind: frozenset(m for m in marks if m.startswith(f"{kind}:")) for kind in ("person", "phone")}
    return OwnMarks(kinds["person"], frozenset(names), kinds["phone"], frozenset(refs))


def erase_in_case_files(house: House, own: OwnMarks, entry: int) -> list[InFile]:
    """Take somebody's rows out of every file of every case, and say of each file what was done.

    Raises
    ------
    TamperedError
        ``case-file-altered``.
    """
    ids = shelf_of(house).ids(house.grant("read", CASES))
    kept = papers.words_of(house, house.head.follow().papers.find(KIND)) if ids else []
    about = {paper.id: paper.about for paper in kept}
    told = (_erase_in(house, own, file_id, about.get(file_id, ""), entry) for file_id in ids)
    return [one for one in told if one is not None]


def _erase_in(house: House, own: OwnMarks, file_id: str, operation: str, entry: int) -> InFile | None:
    content = open_content(house, file_id)
    if content is None:  # nobody can open it, and the next sweep deletes it
        return None
    says = [own.tell(content["columns"], [str(cell) for cell in row]) for row in content["rows"]]
    rows, to_read = says.count("about"), says.count("may-be")
    left = [row for row, said in zip(content["rows"], says, strict=True) if said != "about"]
    if rows and left:
        rewrite_content(house, file_id, content | {"rows": left}, entry)
    elif rows:
        destroy_file(house, file_id, "erased", "")
    return InFile(file_id, operation, rows, to_read, gone=not left) if rows or to_read else None
