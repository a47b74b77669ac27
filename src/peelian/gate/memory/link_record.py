"""Which model releases were frozen, and up to which commit records have been linked, according to the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OPS = frozenset({"model-frozen", "links-made", "links-measured"})


@dataclass(frozen=True)
class LinksMade:
    """The last run that linked records.

    Parameters
    ----------
    release : str
        Hash of the model release.
    code : str
        Hash of the code that linked.
    read_seq : int
        Commit at which the records were read.
    labels : frozenset of int
        Labels of the records that linking could read.
    """

    release: str
    code: str
    read_seq: int
    labels: frozenset[int]


@dataclass
class LinkRecord:
    """Releases in the order in which they were frozen, the last run, and what was measured of each release, newest."""

    frozen: list[str] = field(default_factory=list)
    made: LinksMade | None = None
    measured: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def take(self, op: str, body: Mapping[str, Any]) -> None:
        """Take in an entry of the ledger, in the ledger's order."""
        if op == "model-frozen":
            self.frozen.append(str(body["release"]))
        elif op == "links-measured":
            self.measured[str(body["release"])] = dict(body["figures"]) | {"at": int(body["at"])}
        else:
            labels = frozenset(int(i) for i in body["labels"])
            self.made = LinksMade(str(body["release"]), str(body["code"]), int(body["read_seq"]), labels)

    @property
    def release(self) -> str:
        """Return the release that records are linked with: of the last run, else the newest; ``""`` for none."""
        return self.made.release if self.made else self.frozen[-1] if self.frozen else ""

    def as_dict(self) -> dict[str, object]:
        """Return it as plain data, for the memory of the head."""
        made = self.made and [self.made.release, self.made.code, self.made.read_seq, sorted(self.made.labels)]
        return {"frozen": self.frozen, "made": made, "measured": self.measured}


def link_record_from(data: Mapping[str, Any]) -> LinkRecord:
    """Build a record from what :meth:`LinkRecord.as_dict` returned."""
    made = data["made"]
    last = LinksMade(made[0], made[1], made[2], frozenset(made[3])) if made else None
    return LinkRecord(list(data["frozen"]), last, dict(data.get("measured", {})))
