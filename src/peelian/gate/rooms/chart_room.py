"""The room in which charts are kept, opened and ended: with the rights of whoever opens one, at that moment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from peelian.core.errors import MissingError
from peelian.core.time import to_micros
from peelian.gate import presence as presences
from peelian.gate.door import Gate
from peelian.gate.identity import Credential
from peelian.gate.judging import circumstances, insist
from peelian.gate.looking.kept_charts import RESTS, TOOL, WHAT, charts_of, enter_chart
from peelian.gate.looking.sealed_words import key_of, words_under
from peelian.gate.memory.watch_record import Saved
from peelian.gate.presence import Presence
from peelian.gate.rooms.standing import STANDS, WORDS_MAX, StandingRoom


@dataclass(frozen=True)
class KeptChart:
    """A kept chart as whoever may open it sees it; ``name`` and ``wanted`` are empty once it has ended.

    Parameters
    ----------
    shared : bool
        Whether others who work on its operation may open it.
    wanted : mapping
        What it shows, as :meth:`peelian.app.finding.chart_wanted.Wanted.as_dict` writes it.
    """

    saved: Saved
    state: str
    name: str = ""
    shared: bool = False
    wanted: Mapping[str, Any] = field(default_factory=dict, repr=False)


class ChartRoom(StandingRoom):
    """Keeping charts, opening them and ending them, at one deployment's gate."""

    def keep(
        self,
        credential: Credential,
        mandate_id: str,
        wanted: Mapping[str, Any],
        rests: Iterable[tuple[tuple[str, str], Collection[str]]],
        terms: ChartTerms,
    ) -> Saved:
        """Keep a chart for what one works on, until an instant.

        Parameters
        ----------
        rests : iterable of (name, record ids)
            What each thing that the chart names was read from.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason, recorded.
        InvalidError
            ``standing-malformed``.
        LimitError
            ``chart-too-large``.
        """
        house, met = self._house, presences.meet(self._house, credential)
        now = circumstances(house, met, mandate_id)
        insist(house, met, house.rulebook.judge_act(met.actor, now, "save-search"), "keep a chart", TOOL, {})
        read_from = [[list(name), sorted(set(records))] for name, records in rests]
        name = " ".join(terms.name.split())[:WORDS_MAX]
        said = {"name": name, "shared": terms.shared, "wanted": dict(wanted), RESTS: read_from}
        body = met.who() | {"mandate": mandate_id, "expires_at": to_micros(self._until(met, terms.until, 0))}
        return enter_chart(house, body, now.purpose, said)

    def charts(self, credential: Credential) -> list[KeptChart]:
        """Return one's own charts and those shared on the operation that one works on, newest first."""
        house, met = self._house, presences.meet(self._house, credential)
        self._insist_own(met)
        kept = [self._kept(met, saved) for saved in reversed(charts_of(house))]
        return [one for one in kept if one is not None]

    def to_open(self, credential: Credential, chart_id: str) -> KeptChart:
        """Return one that may be opened now, for what one works on; the look that follows is judged by itself.

        Raises
        ------
        MissingError
            ``kept-chart-missing``: it does not stand, is not for the caller, or is for other work.
        """
        house, met = self._house, presences.meet(self._house, credential)
        saved = house.head.follow().watch.saved.get(chart_id)
        kept = self._kept(met, saved) if saved is not None and saved.what == WHAT else None
        if kept is None or kept.state != STANDS or not _is_for(kept.saved, met):
            raise _missing()
        return kept

    def end(self, credential: Credential, chart_id: str) -> None:
        """End one's own chart: what was in it is gone.

        Raises
        ------
        MissingError
            ``kept-chart-missing``.
        """
        house, met = self._house, presences.meet(self._house, credential)
        self._insist_own(met)
        saved = house.head.follow().watch.saved.get(chart_id)
        if saved is None or saved.what != WHAT or saved.owner != met.actor.id:
            raise _missing()
        self._end_search(met, saved, "ended")

    def _kept(self, met: Presence, saved: Saved) -> KeptChart | None:
        """Return a chart as one person sees it; None for one that is not for them."""
        mine = saved.owner == met.actor.id
        if not mine and not _is_for(saved, met):
            return None
        state = self._state(saved)
        if state != STANDS:
            if mine:
                self._end_search(met, saved, state)
            return KeptChart(saved, state) if mine else None
        said = words_under(self._house, saved.entry, key_of("saved", saved.id))
        if not mine and not said.get("shared"):
            return None
        wanted = said.get("wanted", {})
        assert isinstance(wanted, dict)
        return KeptChart(saved, state, str(said.get("name", "")), bool(said.get("shared")), wanted)


@dataclass(frozen=True)
class ChartTerms:
    """What a kept chart is called, until when it stands, and whether others on the operation may open it."""

    name: str = field(repr=False)
    until: datetime
    shared: bool = False


def chart_room(gate: Gate) -> ChartRoom:
    """Return the room beside a gate in which charts are kept."""
    return ChartRoom(gate._house)


def _is_for(saved: Saved, met: Presence) -> bool:
    """Say whether a chart is for what somebody works on now."""
    return saved.operation == met.operation_ref and saved.purpose == met.purpose


def _missing() -> MissingError:
    return MissingError(
        "kept-chart-missing",
        "There is no such chart that you may open for what you work on now.",
        why="It is its owner's, or shared on one operation, and ends by itself; the answer is always the same.",
        do="Look at your charts; set what you work on first.",
    )
