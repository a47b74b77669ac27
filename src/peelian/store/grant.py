"""Grants: the proof, handed from the gate to the store, that an opening was judged and entered in the ledger.

In one process Python cannot keep a determined caller out, and this does not claim to: it makes a *mistake*
impossible (a stage that reaches for the store by hand has no Grant), and a test over the sources makes the
shortcut visible (only ``gate/`` constructs a Mint). Hostile code runs in a worker that cannot see the store at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import InitVar, dataclass
from typing import Final, NoReturn

from peelian.core.errors import RefusedError

READ: Final = "read"
WRITE: Final = "write"
ERASE: Final = "erase"
KINDS: Final = frozenset({READ, WRITE, ERASE})

_SEAL: Final = object()


@dataclass(frozen=True)
class Grant:
    """Leave to do one kind of thing to named tables; made by :class:`Mint` alone.

    Parameters
    ----------
    what : str
        ``read``, ``write`` or ``erase``. Writing implies reading of the same tables, erasing implies both.
    tables : frozenset of str
        Lake tables (a table's history goes with it) and desk tables, by name; ``index`` and ``keys`` for those.
    seq : int or None
        The commit the opening was judged at, if it is about one.
    entry : int or None
        Position in the ledger of the entry that recorded it.
    """

    what: str
    tables: frozenset[str]
    seq: int | None = None
    entry: int | None = None
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise RefusedError(
                "grant-missing",
                "A grant was put together outside the gate.",
                why="Only the gate judges an opening and records it, so only the gate's Mint makes grants.",
                do="Open a view, or post, through the gate.",
            )

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: a grant does not leave the process that was judged."""
        raise TypeError("a grant does not leave its process")


class Mint:
    """Makes grants. Only ``gate/`` constructs one (a test reads the sources)."""

    def grant(self, what: str, tables: Iterable[str], *, seq: int | None = None, entry: int | None = None) -> Grant:
        """Make a grant for one kind of act on the named tables."""
        assert what in KINDS, what
        return Grant(what, frozenset(tables), seq, entry, seal=_SEAL)


_IMPLIED: Final = {READ: KINDS, WRITE: frozenset({WRITE, ERASE}), ERASE: frozenset({ERASE})}


def need(grant: Grant, what: str, *tables: str) -> None:
    """Refuse unless the grant is a real one, of the right kind, and covers every table named.

    Raises
    ------
    RefusedError
        ``grant-missing`` when it is no grant at all; ``grant-mismatch`` for the wrong kind or table.
    """
    if type(grant) is not Grant:
        raise RefusedError(
            "grant-missing",
            "The store was asked for data without a grant.",
            why="Nobody reads or writes data except through the gate.",
            do="Open a view, or post, through the gate.",
        )
    lacking = sorted(set(tables) - grant.tables)
    if lacking or grant.what not in _IMPLIED[what]:
        raise RefusedError(
            "grant-mismatch",
            f"The grant is to {grant.what} {', '.join(sorted(grant.tables)) or 'nothing'}; "
            f"it does not cover to {what} {', '.join(lacking or sorted(tables))}.",
            why="A grant covers the act and the tables that were judged, nothing beside them.",
            do="Ask the gate for what is needed; a refusal there says who can change it.",
        )
