"""The label that every row carries, and how labels combine when rows are put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from peelian.core.canonical import digest

CONTESTED, RESTRICTED = "contested", "restricted"
STANDINGS = frozenset({CONTESTED, RESTRICTED})
"""Markings that say how things stand with a record. Nobody is cleared for them; a rule says what each of them shuts."""


@dataclass(frozen=True, order=True)
class Label:
    """What a row may be used for and how it must be handled.

    Parameters
    ----------
    purposes : frozenset of str
        Purpose ids (charter) the row may serve.
    markings : frozenset of str
        Handling markings that a viewer must hold, every one of them.
    source : str
        Source id; ``"many"`` once rows of several sources are combined.
    role_class : str
        ``none``, ``offender-side``, ``victim-side``, ``witness-side`` or ``mixed`` (DPA 2018 s.38).
    basis : str
        ``fact``, ``assessment`` or ``mixed``.
    handling : str
        3x5x2 handling code ``P`` or ``C``, or ``none`` for what is not intelligence.
    force : str
        Force that owns the row.
    operation : str
        Operation the row belongs to, or ``""``.
    """

    purposes: frozenset[str]
    markings: frozenset[str] = frozenset()
    source: str = ""
    role_class: str = "none"
    basis: str = "fact"
    handling: str = "none"
    force: str = ""
    operation: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the label as plain data with sorted lists."""
        return {
            "purposes": sorted(self.purposes),
            "markings": sorted(self.markings),
            "source": self.source,
            "role_class": self.role_class,
            "basis": self.basis,
            "handling": self.handling,
            "force": self.force,
            "operation": self.operation,
        }

    @property
    def standing(self) -> str:
        """Return ``contested`` or ``restricted``, the stricter of the two, or ``""``."""
        held = self.markings & STANDINGS
        return RESTRICTED if RESTRICTED in held else CONTESTED if held else ""

    @property
    def label_id(self) -> int:
        """Positive 31-bit number derived from the content.

        Derived, not counted: a counted number would tell a viewer how many labels exist that they may not see,
        and a rebuild would number them otherwise. The dictionary refuses two labels with one number.
        """
        return (int(digest(self.as_dict())[:8], 16) & 0x7FFFFFFF) or 1


def label_from_dict(data: dict[str, object]) -> Label:
    """Build a label from what :meth:`Label.as_dict` returned."""
    sets = {k: frozenset(data[k]) for k in ("purposes", "markings")}  # type: ignore[call-overload]
    texts = {k: str(data[k]) for k in ("source", "role_class", "basis", "handling", "force", "operation")}
    return Label(**sets, **texts)  # type: ignore[arg-type]


def combine_labels(labels: Iterable[Label]) -> Label | None:
    """Combine labels: purposes by intersection, markings by union, the stricter of everything else.

    Returns
    -------
    Label or None
        None when no purpose is common to all: such a combination is not computed.
    """
    parts = list(labels)
    assert parts, "something is combined from something"
    purposes = frozenset.intersection(*(p.purposes for p in parts))
    if not purposes:
        return None

    def one(values: list[str], *, otherwise: str) -> str:
        return values[0] if len(set(values)) == 1 else otherwise

    handling = [p.handling for p in parts]
    roles = [p.role_class for p in parts if p.role_class != "none"]
    operations = [p.operation for p in parts if p.operation]  # what belongs to none is open to those on the other's
    return Label(
        purposes=purposes,
        markings=frozenset.union(*(p.markings for p in parts)),
        source=one([p.source for p in parts], otherwise="many"),
        role_class=one(roles, otherwise="mixed") if roles else "none",
        basis=one([p.basis for p in parts], otherwise="mixed"),
        handling="C" if "C" in handling else "P" if "P" in handling else "none",
        force=one([p.force for p in parts], otherwise="many"),
        operation=one(operations, otherwise="many") if operations else "",
    )
