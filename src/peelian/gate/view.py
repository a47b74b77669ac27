"""A view: the minimised answer to one question, and what anything derived from it must carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from peelian.gate.engine import narrow_connection
from peelian.model.label import Label
from peelian.model.question import Question


@dataclass(frozen=True)
class View:
    """What was opened: rows, and where they came from.

    Parameters
    ----------
    question : Question
        As asked.
    rows : pa.Table
        The columns asked for and no other, in a total order.
    rows_digest : str
        SHA-256 over the rows (:func:`peelian.gate.digest.table_digest`).
    seq : int
        Commit the answer was read at.
    label : Label or None
        Combination of the labels of every row the answer rests on; None when it rests on no row.
    expires_on : date or None
        Earliest expiry among those rows: nothing personal derived from them may outlive it.
    mandate, purpose, operation : str
        Under which it was opened.
    entry : int
        Position in the ledger of the consultation, written before the rows were read.
    rows_read : int
        Rows the answer rests on.
    """

    question: Question
    rows: pa.Table
    rows_digest: str
    seq: int
    label: Label | None
    expires_on: date | None
    mandate: str
    purpose: str
    operation: str
    entry: int
    rows_read: int

    def connection(self, threads: int = 2) -> duckdb.DuckDBPyConnection:
        """Open a locked-down connection that holds these rows, under the table's name, and nothing else."""
        return narrow_connection(self.question.table, self.rows, threads)
