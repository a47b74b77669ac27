"""What the pages of patrol places show: rows beside pictures, the same places told twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from peelian.app.caller import Caller
from peelian.app.patrol.decide import PlanPage, Revealed, Tool, error_words, product_ground
from peelian.app.patrol.patrol_ground import PatrolGround
from peelian.core.local_time import instant_words, near_words
from peelian.decide.outcome import FOUND
from peelian.decide.own_view import PLACES_MAX, WHYS, WORDS_MAX
from peelian.decide.plan import CHOICES, REASONS
from peelian.decide.products import FORMATS, Copy, Product, check_code
from peelian.decide.streets import NamedCell, find_cells
from peelian.publish.patrol_map import Drawn, patrol_map, symbol
from peelian.publish.results import month_words

__all__ = ["CHOICES", "FORMATS", "FOUND", "PLACES_MAX", "REASONS", "WHYS", "WORDS_MAX", "month_words"]

LISTED_MAX = 40
"""Places on a page; whoever looks for others types a street."""

WHOSE = {"own": "Yours", "tool": "The tool's", "both": "Both"}

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_PARTS = {"other-months": "other months", "nearby": "places near by", "anywhere": "anywhere in the area"}


@dataclass(frozen=True)
class Row:
    """One place beside the map: its number there, its name, whose idea, figures and why."""

    label: str
    cell: str
    name: str
    whose: str
    own_why: str
    own_words: str
    expected: float | None
    low: float | None
    high: float | None
    rank: int | None
    sentence: str
    parts: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Choice:
    """The list to tick: what was ticked already, what the search found, and how many more there are."""

    chosen: tuple[NamedCell, ...]
    found: tuple[NamedCell, ...]
    asked: str
    letter: str
    letters: tuple[str, ...]
    n_found: int
    n_all: int

    @property
    def more(self) -> int:
        """Return how many of what was found are not on the page."""
        return self.n_found - len(self.found)


def choice_of(ground: PatrolGround, asked: str, letter: str, ticked: Sequence[str]) -> Choice:
    """Return the list to tick, in order of name; places that are not in the area are left out."""
    tidy, initial = " ".join(asked.split())[:80], letter[:1].upper()
    chosen = [ground.cells[c] for c in dict.fromkeys(ticked) if c in ground.cells]
    taken = {c.cell for c in chosen}
    found = find_cells(ground.cells, tidy) if tidy else _beginning(ground, initial) if initial else []
    # Squares named after the street come before those that it merely runs through.
    free = sorted((c for c in found if c.cell not in taken), key=lambda c: tidy.casefold() not in c.name.casefold())
    letters = tuple(sorted({_initial(c) for c in ground.cells.values()}))
    return Choice(tuple(chosen), tuple(free[:LISTED_MAX]), tidy, initial, letters, len(free), len(ground.cells))


def runs_through(cell: NamedCell, asked: str) -> str:
    """Name the street that a search found a square by, where its name does not say so."""
    words = asked.casefold().split()
    if not words or all(w in cell.name.casefold() for w in words):
        return ""
    return next((s for s in cell.streets if any(w in s.casefold() for w in words)), "")


def _initial(cell: NamedCell) -> str:
    return cell.name.removeprefix("Near ")[:1].upper()


def _beginning(ground: PatrolGround, initial: str) -> list[NamedCell]:
    return [c for c in ground.cells.values() if _initial(c) == initial]


def compared_rows(shown: Revealed) -> list[Row]:
    """Return every place that one or both named: both first, then yours, then the tool's."""
    marked = {m.cell: m for m in shown.view.marked}
    rows = []
    for number, cell in enumerate(shown.compared.either, start=1):
        told, own = shown.places.get(cell), marked.get(cell)
        rows.append(
            Row(
                label=str(number),
                cell=cell,
                name=shown.ground.name(cell),
                whose=shown.compared.whose(cell),
                own_why=WHYS[own.why] if own else "",
                own_words=own.words if own else "",
                expected=told.expected if told else None,
                low=told.low if told else None,
                high=told.high if told else None,
                rank=told.rank if told else None,
                sentence=told.sentence if told else "",
                parts=tuple((_PARTS.get(name, month_words(name)), amount) for name, amount in told.parts)
                if told
                else (),
            )
        )
    return rows


def compared_map(shown: Revealed) -> Markup:
    """Draw yours, the tool's and both."""
    places = [Drawn(c, shown.compared.whose(c), str(n)) for n, c in enumerate(shown.compared.either, start=1)]
    about = (
        f"{len(shown.compared.own)} places of yours as rings, {len(shown.compared.tool)} of the tool's as hatched "
        f"squares, {len(shown.compared.both)} of both as ringed squares. The table has the same places."
    )
    picture = patrol_map(shown.ground.drawing, places, title="Yours and the tool's", about=about, name="compared")
    return _safe(picture)


def places_map(ground: PatrolGround, choice: Choice) -> Markup:
    """Draw the area with the places on the page: those ticked as rings with letters, those found by number."""
    drawn = [Drawn(c.cell, "own", letter) for letter, c in zip(LETTERS, choice.chosen, strict=False)]
    drawn += [Drawn(c.cell, "plain", str(n)) for n, c in enumerate(choice.found, start=1)]
    about = f"{len(choice.chosen)} places ticked, {len(choice.found)} found by the search; the list names them."
    picture = patrol_map(ground.drawing, drawn, title="The area of this plan", about=about, name="area")
    return _safe(picture)


def plan_map(page: PlanPage, ground: PatrolGround, *, near: bool = True) -> Markup:
    """Draw a plan's places."""
    places = [Drawn(p.cell, p.whose, str(p.number)) for p in page.places]
    about = f"{len(places)} places, numbered as in the table."
    return _safe(patrol_map(ground.drawing, places, title="Places of the plan", about=about, name="plan", near=near))


def print_facts(caller: Caller, product: Product, copy: Copy) -> dict[str, Any]:
    """Return what the page to print shows beside the copy itself."""
    ground = product_ground(caller, product)
    places = [Drawn(p.cell, p.whose, str(p.number)) for p in product.places]
    about = f"{len(places)} places, numbered as in the table."
    picture = patrol_map(ground.drawing, places, title="Places of the plan", about=about, name="plan", near=True)
    zone = ZoneInfo(caller.gate.charter.jurisdiction.timezone)
    return {
        "picture": _safe(picture),
        "code": check_code(product, copy),
        "issued": instant_words(copy.issued_at, zone),
        "expires": instant_words(product.expires_at, zone),
        "ends": instant_words(product.mandate_ends_at, zone),
    }


def clock_words(caller: Caller) -> Callable[[datetime], str]:
    """Return what turns an instant into words on the clock of the wall."""
    zone, now = ZoneInfo(caller.gate.charter.jurisdiction.timezone), caller.gate.clock.now()
    return lambda at: near_words(at, now, zone)


def stop_facts(caller: Caller, tool: Tool) -> dict[str, str]:
    """Say who stopped a tool, since when, and the public reason; empty when nobody did."""
    standing = [s for s in caller.gate.stops() if s.covers(tool.mandate.id, tool.mandate.use) and s.lifted is None]
    if tool.state != "stopped" or not standing:
        return {"by": "", "reason": "", "since": ""}
    stop, words = standing[0], clock_words(caller)
    by = "the oversight panel" if stop.whose == "panel" else tool.owner
    return {"by": by[:1].upper() + by[1:], "reason": stop.reason, "since": words(stop.begins_at)}


def symbols() -> Mapping[str, Markup]:
    """Return the three symbols of the maps, for legends; the words stand beside them."""
    return {kind: _safe(symbol(kind, f"sign-{kind}")) for kind in WHOSE}


def _safe(svg: str) -> Markup:
    # Made by peelian.publish.html alone, which escapes whatever is put into it.
    return Markup(svg)


def squares_geojson(ground: PatrolGround) -> dict[str, Any]:
    """Return every square of the area with its name, for the map to tap on: no figure is in it."""
    features = [
        {
            "type": "Feature",
            "properties": {"cell": c.cell, "name": c.name},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for c, ring in zip(ground.cells.values(), ground.rings(list(ground.cells)), strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def lines_geojson(ground: PatrolGround) -> dict[str, Any]:
    """Return outline, streets and parks for the map, in degrees."""
    layers = {"outline": ground.drawing.rings, "streets": ground.drawing.streets, "parks": ground.drawing.parks}
    return {name: _multi_line(ground, lines) for name, lines in layers.items()}


def _multi_line(ground: PatrolGround, lines: Sequence[Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "MultiLineString", "coordinates": ground.degrees(lines)},
    }


@dataclass(frozen=True)
class Told:
    """How good the tool is, in a few figures for the page."""

    month: str
    expected_here: float
    expected_all: float
    share: int
    error: str
    area_km2: float
    squares: int


def told_of(shown: Revealed) -> Told:
    """Return what to say of the tool beside its places."""
    result = shown.finding.result
    here = sum(shown.places[c].expected for c in shown.compared.tool)
    total = float(result["base_rate"]["expected_total"])
    return Told(
        month=month_words(str(result["month"])),
        expected_here=here,
        expected_all=total,
        share=round(100 * here / total) if total else 0,
        error=error_words(shown.finding),
        area_km2=float(result["grid"]["area_km2"]),
        squares=int(result["grid"]["cells"]),
    )
