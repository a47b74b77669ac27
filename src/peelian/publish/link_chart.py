"""A chart of links and a line of time as SVG: form and letter say what a point is, colour only repeats it.

Both work without scripts and print in black and white; the tables beside them hold the same and more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from peelian.publish.html import Markup, join, tag

WIDTH, HEIGHT = 1000.0, 620.0
MARGIN_X, MARGIN_Y = 90.0, 48.0
ROOM = (WIDTH - 2 * MARGIN_X, HEIGHT - 2 * MARGIN_Y)
"""Width and height in which points may lie."""

LABEL_MAX = 24
"""Letters of a label; the whole one is in the tables and where the pointer rests."""

FORMS = {
    "person": ("P", "M-15 0a15 15 0 1 0 30 0a15 15 0 1 0 -30 0z"),
    "organisation": ("O", "M-7 -17h14l10 10v14l-10 10h-14l-10 -10v-14z"),
    "vehicle": ("V", "M-17 -12h34v24h-34z"),
    "phone": ("T", "M0 -18L18 0L0 18L-18 0z"),
    "address": ("A", "M-15 16v-20L0 -18L15 -4v20z"),
    "event": ("E", "M-9 -15h18l9 15l-9 15h-18l-9 -15z"),
}
"""What a point can be -> its letter and its outline around the origin."""


@dataclass(frozen=True)
class DrawnPoint:
    """A point: where it lies within :data:`ROOM`, what it is, its label, and where pressing it leads.

    Parameters
    ----------
    on_way, marked : bool
        On the way that was asked for; made to stand out by hand.
    note : str
        What somebody wrote beside it.
    named : bool
        Whether its label is written out.
    token : str
        What forms send for it.
    """

    at: tuple[float, float]
    kind: str
    label: str
    address: str = ""
    opened: bool = False
    child: bool = False
    on_way: bool = False
    marked: bool = False
    note: str = ""
    named: bool = True
    token: str = ""


@dataclass(frozen=True)
class DrawnTie:
    """A line between the points of two numbers; ``count``: records that it stands for, ``days``: theirs."""

    one: int
    other: int
    count: int = 1
    unsure: bool = False
    on_way: bool = False
    note: str = ""
    days: tuple[date, ...] = ()


LOOSE = """
svg{background:#fff;font-family:Arial,Helvetica,sans-serif;font-size:15px}
text{fill:#17211d}
.pf-chart__label{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round;font-size:14px}
.pf-chart__label--crowded{display:none}
.pf-chart__letter{font-weight:700}
.pf-chart__form{fill:#fff;stroke:#17211d;stroke-width:1.5}
.pf-chart__point--person .pf-chart__form{fill:#dcefe5}
.pf-chart__point--organisation .pf-chart__form{fill:#e3e9dd}
.pf-chart__point--vehicle .pf-chart__form{fill:#e6eef7}
.pf-chart__point--phone .pf-chart__form{fill:#fdf3d7}
.pf-chart__point--address .pf-chart__form{fill:#f2e6f3}
.pf-chart--plain .pf-chart__point .pf-chart__form{fill:#fff}
.pf-chart__point--opened .pf-chart__form{stroke-width:3.5}
.pf-chart__point--way .pf-chart__form{stroke-width:5}
.pf-chart__ring{fill:none;stroke:#17211d;stroke-width:2}
.pf-chart__note{fill:#17211d}
.pf-chart__tie{stroke:#7d8a84;stroke-width:1.5}
.pf-chart__tie--unsure{stroke-dasharray:7 5}
.pf-chart__tie--way{stroke:#17211d;stroke-width:5}
.pf-chart__count{fill:#fff;stroke:#7d8a84}
"""
"""How a picture looks that leaves without its page's style sheet."""


def link_chart(
    points: Sequence[DrawnPoint],
    ties: Sequence[DrawnTie],
    *,
    title: str,
    about: str,
    plain: bool = False,
    loose: bool = False,
) -> Markup:
    """Draw a chart.

    Parameters
    ----------
    title, about : str
        Name and description for people who listen instead of look.
    plain : bool
        Without colours.
    loose : bool
        Whether it leaves its page: then it brings its style with it.
    """
    crowded = crowded_labels(points)
    drawn = [_point(p, number, crowded=number in crowded) for number, p in enumerate(points)]
    return tag(
        "svg",
        tag("title", title, id="chart-title"),
        tag("desc", about, id="chart-about"),
        tag("style", LOOSE) if loose else None,
        tag("g", [_line(points, tie, number) for number, tie in enumerate(ties)], class_="pf-chart__ties"),
        tag("g", drawn, class_="pf-chart__points"),
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        role="group" if any(p.address for p in points) else "img",
        aria_labelledby="chart-title chart-about",
        xmlns="http://www.w3.org/2000/svg",
        class_="pf-chart pf-chart--plain" if plain else "pf-chart",
    )


CAPTION_TALL = 20.0


def captioned(svg: str, lines: Sequence[str], told: str) -> Markup:
    """Write under a loose picture whose it is and until when, and where it comes from into its metadata.

    Parameters
    ----------
    svg : str
        Made by :func:`link_chart` with ``loose``.
    lines : sequence of str
        What is written under it, two a row.
    told : str
        Everything that is to be said of where it comes from.
    """
    head, begin, rest = svg.partition(">")
    assert head.startswith("<svg") and rest.endswith("</svg>"), "a picture made here"
    rows = [" · ".join(lines[i : i + 2]) for i in range(0, len(lines), 2)]
    tall = HEIGHT + 16 + CAPTION_TALL * len(rows)
    head = head.replace(f'viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}"', f'viewBox="0 0 {WIDTH:.0f} {tall:.0f}"')
    size = f' width="{WIDTH:.0f}" height="{tall:.0f}"'
    drawn = [tag("text", row, x=16, y=HEIGHT + 12 + CAPTION_TALL * i) for i, row in enumerate(rows, start=0)]
    body = rest.removesuffix("</svg>")
    return join(Markup(head + size + begin), tag("metadata", told), Markup(body), drawn, Markup("</svg>"))


def _line(points: Sequence[DrawnPoint], tie: DrawnTie, number: int) -> Markup:
    (x1, y1), (x2, y2) = _on_paper(points[tie.one]), _on_paper(points[tie.other])
    names = ["pf-chart__tie", "pf-chart__tie--unsure" if tie.unsure else "", "pf-chart__tie--way" if tie.on_way else ""]
    x, y = round((x1 + x2) / 2, 1), round((y1 + y2) / 2, 1)
    drawn = [tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=" ".join(filter(None, names)))]
    if tie.note:
        drawn.append(tag("title", tie.note))
    if tie.count > 1 or tie.note:
        disc = tag("circle", r=10, class_="pf-chart__count")
        words = f"{tie.count}{'*' if tie.note else ''}" if tie.count > 1 else "*"
        drawn.append(tag("g", disc, tag("text", words, y=4.5, text_anchor="middle"), transform=f"translate({x} {y})"))
    days = " ".join(day.isoformat() for day in sorted(tie.days))
    return tag("g", drawn, data_tie=number, data_one=tie.one, data_other=tie.other, data_days=days)


def _on_paper(point: DrawnPoint) -> tuple[float, float]:
    return round(point.at[0] + MARGIN_X, 1), round(point.at[1] + MARGIN_Y, 1)


LETTER_WIDE, LABEL_TALL, HALF = 7.4, 16.0, 17.0
"""About how wide a letter of a label is, how tall the label, and half of a point's form, in units of the picture."""


def crowded_labels(points: Sequence[DrawnPoint]) -> frozenset[int]:
    """Say of which points the label would lie upon another's, or upon a point: it shows once its point is chosen.

    Labels of points that stand out are placed first, the others in the order of the chart.
    """
    taken = [(x - HALF, y - HALF, x + HALF, y + HALF) for x, y in map(_on_paper, points)]
    crowded = set()
    for number in sorted(
        range(len(points)), key=lambda n: not (points[n].opened or points[n].marked or points[n].on_way)
    ):
        x, y = _on_paper(points[number])
        half = LETTER_WIDE * len(short(points[number].label)) / 2
        box = (x - half, y + 36 - LABEL_TALL, x + half, y + 38)
        if any(_overlap(box, other) for other in taken) and not points[number].opened:
            crowded.add(number)
        else:
            taken.append(box)
    return frozenset(crowded)


Box = tuple[float, float, float, float]


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _point(point: DrawnPoint, number: int, *, crowded: bool) -> Markup:
    x, y = _on_paper(point)
    letter, outline = FORMS[point.kind]
    states = {"opened": point.opened, "way": point.on_way, "marked": point.marked, point.kind: True}
    names = ["pf-chart__point", *(f"pf-chart__point--{state}" for state, is_so in states.items() if is_so)]
    told = f"{point.label}: {point.note}" if point.note else point.label
    label = "pf-chart__label pf-chart__label--crowded" if crowded else "pf-chart__label"
    drawn = [
        tag("title", told),
        tag("circle", r=25, class_="pf-chart__ring") if point.marked else None,
        tag("path", d=outline, transform="scale(1.35)", class_="pf-chart__child") if point.child else None,
        tag("path", d=outline, class_="pf-chart__form"),
        tag("text", letter, y=5.5, text_anchor="middle", class_="pf-chart__letter"),
        tag("text", short(point.label), y=34, text_anchor="middle", class_=label) if point.named else None,
        _note(point.note) if point.note else None,
    ]
    token = {"data_token": point.token} if point.token else {}
    group = tag(
        "g", drawn, transform=f"translate({x} {y})", class_=" ".join(names), data_point=number, **token,
    )  # fmt: skip
    if not point.address:
        return group
    return tag("a", group, href=point.address)


def _note(words: str) -> Markup:
    """Write what somebody wrote below a point, as far as there is room."""
    return tag("text", f"* {short(words)}", y=50, text_anchor="middle", class_="pf-chart__label pf-chart__note")


def short(label: str) -> str:
    """Shorten a label to what fits under its point."""
    return label if len(label) <= LABEL_MAX else label[: LABEL_MAX - 1].rstrip() + "…"


def symbol(kind: str) -> Markup:
    """Draw one form by itself, for a legend; the word beside it says what it is."""
    letter, outline = FORMS[kind]
    drawn = [
        tag("path", d=outline, class_="pf-chart__form"),
        tag("text", letter, y=5.5, text_anchor="middle", class_="pf-chart__letter"),
    ]
    group = tag("g", drawn, class_=f"pf-chart__point pf-chart__point--{kind}")
    return tag(
        "svg", group, viewBox="-20 -20 40 40", width=28, height=28, aria_hidden="true", focusable="false",
        class_="p-symbol", xmlns="http://www.w3.org/2000/svg",
    )  # fmt: skip


# Time

LANE = 34.0
LEFT, RIGHT = 200.0, 30.0


def time_line(lanes: Sequence[tuple[str, Sequence[date]]], *, title: str, about: str) -> Markup:
    """Draw days as dots, a lane a source, the oldest on the left.

    Parameters
    ----------
    lanes : sequence of (str, sequence of date)
        Names and their days; at least one day in all.
    """
    days = [day for _, lane in lanes for day in lane]
    first, last = min(days), max(days)
    bottom = 20 + LANE * len(lanes)
    return tag(
        "svg",
        tag("title", title, id="time-title"),
        tag("desc", about, id="time-about"),
        [_year_line(year, first, last, bottom) for year in range(first.year, last.year + 2)],
        [_lane(name, lane, 20 + LANE * i, (first, last)) for i, (name, lane) in enumerate(lanes)],
        viewBox=f"0 0 {WIDTH:.0f} {bottom + 30:.0f}",
        role="img",
        aria_labelledby="time-title time-about",
        xmlns="http://www.w3.org/2000/svg",
        class_="pf-chart pf-chart--time",
    )


def _across(day: date, first: date, last: date) -> float:
    share = (day - first).days / max(1, (last - first).days)
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _year_line(year: int, first: date, last: date, bottom: float) -> Markup | None:
    begins = date(year, 1, 1)
    if not first <= begins <= last:
        return None
    x = _across(begins, first, last)
    line = tag("line", x1=x, y1=8, x2=x, y2=bottom, class_="pf-chart__year")
    return join(line, tag("text", year, x=x, y=bottom + 20, text_anchor="middle", class_="pf-chart__label"))


def _lane(name: str, days: Sequence[date], top: float, between: tuple[date, date]) -> Markup:
    middle = top + LANE / 2
    base = tag("line", x1=LEFT, y1=middle, x2=WIDTH - RIGHT, y2=middle, class_="pf-chart__lane")
    dots = [tag("circle", cx=_across(day, *between), cy=middle, r=6, class_="pf-chart__dot") for day in days]
    return join(base, tag("text", short(name), x=14, y=middle + 5, class_="pf-chart__label"), dots)
