"""How much is held: rows counted by source and table, for the official whose duty is to say so in public.

True counts, for disclosure control; they leave only through it. Nothing of any row is read but which source's it is.
"""

from __future__ import annotations

from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.presence import Presence
from peelian.model.links import LINK_TABLES
from peelian.model.record import TABLES

FROM_SOURCES = sorted(set(TABLES) - {t.name for t in LINK_TABLES})
"""Tables that hold what sources said; links between records are nobody's."""


def count_holdings(house: House, presence: Presence, mandate_id: str) -> list[dict[str, object]]:
    """Count what is held, by source and table; judged as publishing, and entered as a consultation.

    Returns
    -------
    list of dict
        ``source table rows``, only where there are rows.
    """
    now = circumstances(house, presence, mandate_id)
    verdict = house.rulebook.judge_act(presence.actor, now, "publish")
    insist(house, presence, verdict, "count what is held", "publish", {"mandate": mandate_id})
    body = presence.who() | {"mandate": mandate_id, "counted": "rows by source and table"}
    house.recorder.record([Act("consultation", "publish", now.purpose, "allow", body, presence.reason)])
    labels = house.labels()
    counts: dict[tuple[str, str], int] = {}
    for table in FROM_SOURCES:
        for label_id, rows in _rows_by_label(house, table):
            source = labels[label_id].source if label_id in labels else "unknown"
            counts[source, table] = counts.get((source, table), 0) + rows
    return [{"source": s, "table": t, "rows": n} for (s, t), n in sorted(counts.items())]


def _rows_by_label(house: House, table: str) -> list[tuple[int, int]]:
    name = house.engine.relation(house.grant("read", table), table, house.head.done, None)
    today = house.clock.now().date().isoformat()
    sql = f"SELECT label_id, count(*) AS n FROM \"{name}\" WHERE expires_on > DATE '{today}' GROUP BY label_id"
    rows = house.engine.run(sql)
    return list(zip(rows.column("label_id").to_pylist(), rows.column("n").to_pylist(), strict=True))
