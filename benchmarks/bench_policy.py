"""What a decision costs: the rulebook beside bare Cedar on the same request, and a label beside the aim."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import cedarpy

from peelian.model.label import Label
from peelian.policy import cedar
from peelian.policy.cedar import Entity
from peelian.policy.charter import load_charter
from peelian.policy.rules import Circumstances, Rulebook, actor_of

CHARTER = Path(__file__).resolve().parents[1] / "charter"
COLUMNS = ("month", "easting_m", "northing_m")
N_ROUNDS, N_CALLS, N_LABELS = 15, 40, 2000


def run() -> list[dict]:
    """Measure and return the rows of the report; pairs alternate within one run."""
    charter = load_charter(CHARTER)
    book, mandate = Rulebook(charter), charter.mandates["hotspots"]
    now = mandate.starts_at + timedelta(days=10)
    actor = actor_of(charter, "analyst-1", ["hotspots"])
    here = Circumstances(
        now=now,
        purpose="burglary-prevention",
        mandate=mandate,
        mandate_adopted=True,
        halted=False,
        operation_ref="op-patrol-planning",
        operation_open=True,
        actor_on_operation=True,
        witnesses_ok=True,
        papers_days=charter.publication.papers_public_days,
    )
    refused = Circumstances(**{**here.__dict__, "halted": True})
    bare = _bare(book, actor, here)
    ours_ms, bare_ms = _alternate(lambda: book.judge_open(actor, here, "incident", COLUMNS), bare)
    no_ms, _ = _alternate(lambda: book.judge_open(actor, refused, "incident", COLUMNS), bare)
    label_ms, bare_label_ms = _labels(book, actor, here)
    load_ms = min(_timed(_load_anew, 1) for _ in range(3))
    return [
        _row("a decision, allowed", ours_ms, "ms", bare_ms, "bare cedarpy, prepared", 3.0),
        _row("a decision, refused with every reason", no_ms, "ms", bare_ms, "bare cedarpy, prepared", 5.0),
        _row("a label, in a batch", label_ms, "ms", bare_label_ms, "bare cedarpy batch, prepared", 1.5),
        {"name": "a label, at most", "value": label_ms, "unit": "ms", "ratio": None, "beside": "", "aim": "<= 0.4",
         "ok": label_ms <= 0.4},
        {"name": "charter and rules loaded", "value": load_ms, "unit": "ms", "ratio": None, "beside": "", "aim": "",
         "ok": None},
    ]  # fmt: skip


def _row(name: str, ours: float, unit: str, theirs: float, beside: str, aim: float) -> dict:
    ratio = ours / theirs
    return {
        "name": name,
        "value": ours,
        "unit": unit,
        "ratio": ratio,
        "beside": beside,
        "aim": f"<= {aim}",
        "ok": ratio <= aim,
    }


def _bare(book: Rulebook, actor: object, here: Circumstances) -> Callable[[], object]:
    """Return the same request put to Cedar with everything prepared beforehand: the floor under any wrapper."""
    asked, rules = book.asked(actor, here, "open"), book.rules
    columns = [f"incident.{c}" for c in COLUMNS]
    view = Entity("View", "view", {"table": "incident", "columns": columns, "sealed": False, "personal": False})
    entities = rules.prepare(asked, [view])
    action = {"type": "Action", "id": "open"}
    request = {"principal": asked.principal.uid, "action": action, "resource": view.uid, "context": asked.context}
    assert cedarpy.is_authorized(request, rules._ready.whole, entities, rules._ready.schema).allowed
    return lambda: cedarpy.is_authorized(request, rules._ready.whole, entities, rules._ready.schema)


def _labels(book: Rulebook, actor: object, here: Circumstances) -> tuple[float, float]:
    """Return milliseconds a label: ours, with labels parsed each time, and bare Cedar's, with them prepared."""
    purposes = (frozenset({"burglary-prevention", "oversight"}), frozenset({"oversight"}))
    labels = {i: Label(purposes[i % 2], source=f"source-{i}", force="northmere") for i in range(N_LABELS)}
    asked, rules = book.asked(actor, here, "see"), book.rules
    resources = [Entity("Label", str(i), label.as_dict()) for i, label in labels.items()]
    entities = rules.prepare(asked, resources)
    about = {"principal": asked.principal.uid, "action": {"type": "Action", "id": "see"}, "context": asked.context}
    requests = [{**about, "resource": r.uid} for r in resources]
    assert len(book.allowed_labels(actor, here, labels)) == N_LABELS // 2
    pairs = [
        (
            _timed(lambda: book.allowed_labels(actor, here, labels), 1),
            _timed(lambda: cedarpy.is_authorized_batch(requests, rules._ready.whole, entities, rules._ready.schema), 1),
        )
        for _ in range(5)
    ]
    ours, bare = (min(p[i] for p in pairs) / N_LABELS for i in (0, 1))
    return ours, bare


def _alternate(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Return the best milliseconds a call of each, measured in turns: what the work takes when nobody else works."""
    pairs = [(_timed(one, N_CALLS), _timed(other, N_CALLS)) for _ in range(N_ROUNDS)]
    first, second = (min(p[i] for p in pairs) for i in (0, 1))
    return first, second


def _load_anew() -> None:
    """Load the charter as a process does that has just begun, without the rules it has read before."""
    cedar._make_ready.cache_clear()
    Rulebook(load_charter(CHARTER))


def _timed(call: Callable[[], object], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - started) / times * 1000


if __name__ == "__main__":
    for row in run():
        print(row)
