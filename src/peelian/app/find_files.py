"""What leaves of a look-up as a file: a checked list or a chart, with where it comes from written into it.

Every cell is safe to open in a spreadsheet. Children, and people whose age nothing says, are in no chart that leaves.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from peelian.app.caller import Caller
from peelian.app.desk import working_on, zone_of
from peelian.app.find_chart import Shown
from peelian.core.csv_safe import safe_cell
from peelian.core.local_time import instant_words
from peelian.find.answer import CheckRow, CheckTable, Coverage, Fact, Found
from peelian.find.chart import Chart, Tie, to_leave

RECALL = "Delete this file when it has served. It cannot be called back."


@dataclass(frozen=True)
class File:
    """A file to hand over."""

    name: str
    kind: str
    body: bytes


# Where it comes from


def provenance(caller: Caller, coverage: Coverage, what: str, notes: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Say what a file is, who made it, when, what for and out of which sources: goes on top of every file."""
    zone, work = zone_of(caller), working_on(caller)
    force = caller.gate.charter.force
    return [
        ("What", what),
        ("Force", force.name + (" (demonstration: everyone and everything is made up)" if force.demonstration else "")),
        ("Made by", caller.gate.who(caller.credential).actor.id),
        ("Made at", instant_words(caller.gate.clock.now(), zone)),
        ("Working on", work.title if work else ""),
        ("Looked up for", coverage.purpose),
        ("Entry of the record", str(coverage.entry) if coverage.entry else ""),
        ("Sources searched", "; ".join(s.title for s in coverage.searched)),
        ("Not searched", "; ".join(f"{s.title}: {' '.join(s.why_not)}" for s in coverage.not_searched)),
        ("Newest delivery", instant_words(coverage.newest_at, zone) if coverage.newest_at else ""),
        *(("Note", note) for note in notes),
        ("Note", RECALL),
    ]


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]], origin: Sequence[tuple[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([f"# {name}", safe_cell(value)] for name, value in origin)
    writer.writerow(head)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


# A checked list

LIST_HEAD = (
    "line", "asked", "taken_for", "outcome", "why", "found_kind", "found", "born", "because", "source", "day", "grade",
    "fact_or_assessment", "part_in_event", "event",
)  # fmt: skip


def list_csv(caller: Caller, table: CheckTable) -> File:
    """Write a checked list: a row for each thing found, one for each line that found nothing."""
    origin = provenance(caller, table.coverage, "A checked list, each line of it recorded as a look-up", table.notes)
    rows = [cells for row in table.rows for cells in _list_rows(row)]
    return File("checked-list.csv", "text/csv; charset=utf-8", _csv(LIST_HEAD, rows, origin))


def _list_rows(row: CheckRow) -> Iterable[list[object]]:
    begin: list[object] = [row.number, row.text, row.kind, row.outcome, "; ".join(row.why)]
    if not row.found:
        yield [*begin, *[""] * (len(LIST_HEAD) - len(begin))]
    for one in row.found:
        yield [*begin, *_found_cells(one)]


def _found_cells(one: Found) -> list[object]:
    fact = one.hits[0].fact if one.hits else Fact("", "", "", basis="")
    return [one.kind, one.title, one.born_on or "", "; ".join(one.why), *_fact_cells(fact)]


def _fact_cells(fact: Fact) -> list[object]:
    return [fact.source, fact.on or "", fact.grade, fact.basis, fact.role, fact.event]


# A chart

CHART_HEAD = (
    "one_kind", "one", "other_kind", "other", "how", "source", "day", "grade", "fact_or_assessment", "part_in_event",
    "event", "contested",
)  # fmt: skip


def chart_csv(caller: Caller, shown: Shown) -> File:
    """Write the ties of a chart, a row each."""
    chart, origin = _leaving(caller, shown)
    title = {p.name: p.title for p in chart.points}
    rows = [
        [t.one[0], title[t.one], t.other[0], title[t.other], t.because, *_fact_cells(t.fact), _yes(t.fact.contested)]
        for t in chart.ties
    ]
    return File("chart.csv", "text/csv; charset=utf-8", _csv(CHART_HEAD, rows, origin))


def chart_graphml(caller: Caller, shown: Shown) -> File:
    """Write a chart as GraphML, which drawing programs read; points are numbered, their keys stay here."""
    chart, origin = _leaving(caller, shown)
    number = {p.name: f"n{i}" for i, p in enumerate(chart.points, start=1)}
    root = ElementTree.Element("graphml", {"xmlns": "http://graphml.graphdrawing.org/xmlns"})
    ElementTree.SubElement(root, "desc").text = _xml("\n".join(f"{name}: {value}" for name, value in origin))
    for name in ("kind", "label"):
        ElementTree.SubElement(root, "key", {"id": name, "for": "node", "attr.name": name, "attr.type": "string"})
    for name in EDGE_KEYS:
        ElementTree.SubElement(root, "key", {"id": name, "for": "edge", "attr.name": name, "attr.type": "string"})
    graph = ElementTree.SubElement(root, "graph", {"id": "chart", "edgedefault": "undirected"})
    for point in chart.points:
        node = ElementTree.SubElement(graph, "node", {"id": number[point.name]})
        _data(node, {"kind": point.kind, "label": point.title})
    for tie in chart.ties:
        edge = ElementTree.SubElement(graph, "edge", {"source": number[tie.one], "target": number[tie.other]})
        _data(edge, dict(zip(EDGE_KEYS, _edge_values(tie), strict=True)))
    body = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return File("chart.graphml", "application/graphml+xml", body)


EDGE_KEYS = ("how", "from_source", "day", "grade", "basis", "part", "event", "contested")


def _edge_values(tie: Tie) -> list[str]:
    return [tie.because, *(str(cell) for cell in _fact_cells(tie.fact)), _yes(tie.fact.contested)]


def _leaving(caller: Caller, shown: Shown) -> tuple[Chart, list[tuple[str, str]]]:
    chart, stayed = to_leave(shown.chart)
    kept = f"{stayed} left out: under 18, or of an age that no birth date says." if stayed else ""
    notes = [note for note in (*shown.notes, kept) if note]
    return chart, provenance(caller, shown.coverage, "A chart of links", notes)


def _yes(is_so: bool) -> str:
    return "yes" if is_so else ""


def _data(element: ElementTree.Element, values: dict[str, str]) -> None:
    for name, value in values.items():
        if value:
            ElementTree.SubElement(element, "data", {"key": name}).text = _xml(value)


_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


def _xml(text: str) -> str:
    return _NOT_IN_XML.sub("", text)
