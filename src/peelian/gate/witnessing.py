"""Whether outsiders have seen the log: asked before every decision.

A log whose keeper is its only reader proves little. The settings name witnesses, who runs each, how many must have
countersigned and how long entries may go unseen; the register publishes all of that. With a quorum of none (a
demonstration) the answer is yes, and the demonstration says that nobody outside has seen its log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from peelian.core.errors import InvalidError
from peelian.core.time import Clock
from peelian.ledger.cosign import WitnessAddress, Witnesses
from peelian.ledger.log import Ledger
from peelian.ledger.verify import witnessed_by

RETRY = timedelta(seconds=30)
"""How long lost witnesses are left alone before they are asked again."""


@dataclass(frozen=True)
class WitnessTerms:
    """What a deployment's settings say about witnesses."""

    witnesses: Witnesses
    quorum: int
    gap: timedelta
    run_by: Mapping[str, str]


def read_terms(settings: Mapping[str, object]) -> WitnessTerms:
    """Read ``[witnesses]`` from a deployment's settings.

    Raises
    ------
    InvalidError
        ``witnesses-invalid``.
    """
    section = settings.get("witnesses", {})
    try:
        assert isinstance(section, Mapping)
        named = section.get("witness", [])
        addresses = tuple(WitnessAddress(str(w["name"]), str(w["url"]), str(w["vkey"])) for w in named)
        quorum, minutes = int(section.get("quorum", 0)), float(section.get("gap_minutes", 60))
        if not 0 <= quorum <= len(addresses):
            raise ValueError("quorum")
        run_by = {str(w["name"]): str(w["run_by"]) for w in named}
    except (AssertionError, KeyError, TypeError, ValueError) as error:
        raise InvalidError(
            "witnesses-invalid",
            "The settings about witnesses cannot be understood.",
            why=f"A witness has name, url, vkey and run_by; a quorum is at most their number ({type(error).__name__}).",
            do="See docs/formats/deployment-folder.md.",
        ) from error
    return WitnessTerms(Witnesses(addresses), quorum, timedelta(minutes=minutes), run_by)


@dataclass
class WitnessCheck:
    """Says whether enough witnesses have countersigned all but the newest entries.

    Parameters
    ----------
    ledger : Ledger
    terms : WitnessTerms
    clock : Clock
    minimum : int
        Outside witnesses that the charter asks for at the least. The settings are a file of whoever runs the machine;
        they may ask for more, and what they leave below this is not enough, whoever signs.
    force_names : frozenset of str
        What the force calls itself, in lower case: a witness it runs itself is none.
    """

    ledger: Ledger
    terms: WitnessTerms
    clock: Clock
    minimum: int = 0
    force_names: frozenset[str] = frozenset()
    seen_until: datetime | None = field(default=None)
    lost_at: datetime | None = field(default=None)
    asked: bool = field(default=False)
    rolled_back: bool = field(default=False)

    def __call__(self) -> bool:
        """Say whether the quorum stands; ask the witnesses when entries have gone unseen for too long."""
        if len(self._outside) < self.minimum:
            return False
        if self.terms.quorum == self.minimum == 0:
            return True
        if not self.asked:  # yesterday's folder brings yesterday's cosignatures: only a witness knows of today's
            self.asked = True
            self._publish(ask=True)
        if self.rolled_back:
            return False
        if self._fresh() or self._quorum_on_head():
            return True
        if self.lost_at is not None and self.clock.now() - self.lost_at < RETRY:
            return False  # a safety look-up must not wait, each time anew, for witnesses that do not answer
        stands = self._ask()
        self.lost_at = None if stands else self.clock.now()
        return stands

    def _ask(self) -> bool:
        self._publish()
        return not self.rolled_back and (self._quorum_on_head() or self._fresh())

    def _publish(self, **how: bool) -> None:
        self.ledger.publish(**how)
        # A witness has seen a longer log: this folder was rolled back, and no grace covers that.
        self.rolled_back |= any(answer.state == "ahead" for answer in self.ledger.witness_report)

    def _fresh(self) -> bool:
        return self.seen_until is not None and self.clock.now() - self.seen_until <= self.terms.gap

    @property
    def _outside(self) -> frozenset[str]:
        """Return the keys of the witnesses that somebody else than the force runs, as the settings say."""
        named = ((w.vkey, self.terms.run_by[w.name].strip().casefold()) for w in self.terms.witnesses.addresses)
        return frozenset(vkey for vkey, by in named if by and by not in self.force_names)

    def _quorum_on_head(self) -> bool:
        head = self.ledger.checkpoint()
        cosigned = witnessed_by(head, self.terms.witnesses.vkeys)[0]
        every = _nth_newest([w.at for w in cosigned], self.terms.quorum)
        outside = _nth_newest([w.at for w in cosigned if w.vkey in self._outside], self.minimum)
        if every is None or outside is None:
            return False
        self.seen_until = min(every, outside)
        return self._fresh() or self.ledger.size() == head.size


def _nth_newest(instants: list[datetime], n: int) -> datetime | None:
    """Return since when so many have been there, the newest first; for none at all, for ever."""
    if n == 0:
        return datetime.max.replace(tzinfo=UTC)
    newest = sorted(instants, reverse=True)
    return newest[n - 1] if len(newest) >= n else None
