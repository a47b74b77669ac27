"""The shape of a table: its columns, what kind each is, and which of them are about a person."""

from __future__ import annotations

from dataclasses import dataclass

Kind = str
"""A column's type: ``text int float bool day instant``. Instants are integer microseconds UTC."""

KINDS: frozenset[Kind] = frozenset({"text", "int", "float", "bool", "day", "instant"})


@dataclass(frozen=True)
class Column:
    """A declared column: its type, and whether its values are about a person or are a protected characteristic."""

    name: str
    kind: Kind
    personal: bool = False
    protected: bool = False


@dataclass(frozen=True)
class TableSpec:
    """A declared table. Columns nobody declared do not exist.

    Parameters
    ----------
    name : str
        Table name, snake case.
    columns : tuple of Column
        The domain columns, in order; system columns come on top.
    sealed : bool
        True for equality tables: opened by ``assess`` alone, under its own mandate.
    """

    name: str
    columns: tuple[Column, ...]
    sealed: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Return the domain columns' names, in order."""
        return tuple(c.name for c in self.columns)

    @property
    def has_personal(self) -> bool:
        """Say whether any column is about a person."""
        return any(c.personal or c.protected for c in self.columns)

    def column(self, name: str) -> Column:
        """Return the named column, system columns included. Raises KeyError."""
        for c in (*self.columns, *SYSTEM_COLUMNS):
            if c.name == name:
                return c
        raise KeyError(name)


SYSTEM_COLUMNS: tuple[Column, ...] = (
    Column("record_id", "text"),  # 32 hex digits: SHA-256 of pepper, source and natural key, cut
    Column("subject_id", "text"),  # the source's own person id (peppered), or the record itself; never a cluster
    Column("slice_id", "text"),  # the unit a source re-publishes whole, e.g. police_uk/metropolitan/street/2019-05
    Column("row_hash", "text"),  # 32 hex digits over pepper and the domain columns: says whether a row changed
    Column("label_id", "int"),
    Column("expires_on", "day"),
    Column("recorded_at", "instant"),  # when the source said it, so far as known; else when it was first read
    Column("seq_from", "int"),  # the commit that wrote this version
)

HISTORY_COLUMN = Column("seq_to", "int")
"""History tables hold superseded versions: visible at commit s when ``seq_from <= s < seq_to``."""


def text(name: str, **flags: bool) -> Column:
    """Declare a text column."""
    return Column(name, "text", **flags)
