"""Papers in the desk database: their words. That they were written, and by whom, the ledger says."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from peelian.model.paper import Paper
from peelian.store.grant import READ, Grant, need
from peelian.store.rows import Rows, noun_of
from peelian.store.tables import papers

_CHUNK = 500  # digests a statement; engines bound the number of parameters


class PaperRows(Rows):
    """What the desk does with papers: keeps them and finds them by digest. Nothing updates one."""

    def add_paper(self, grant: Grant, paper: Paper) -> None:
        """Keep a paper. Until the ledger holds its digest nobody is shown it."""
        self._insert(grant, papers, paper)

    def papers(self, grant: Grant, digests: Iterable[str]) -> dict[str, Paper]:
        """Return papers by digest, as they stand in the database; those that are not there are left out."""
        need(grant, READ, "papers")
        wanted, found = sorted(set(digests)), dict[str, Paper]()
        if not wanted:
            return found
        with self._reading() as con:
            for start in range(0, len(wanted), _CHUNK):
                where = papers.c.digest.in_(wanted[start : start + _CHUNK])
                for row in con.execute(sa.select(papers).where(where).order_by(papers.c.digest.asc())):
                    found[row.digest] = noun_of(Paper, row)
        return found
