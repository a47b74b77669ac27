"""The static report of one walk: one HTML file, no script, nothing fetched; it prints, and works on a telephone.

Public words (GLOSSARY.md): mandate = permission, ledger = public record of use, assess = test, refused = stopped by
a rule. The precise word stands once in small print.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from peelian.publish.disclosure import disclosed_cells, disclosure_note
from peelian.publish.html import Markup, command, details, join, raw_style, summary_list, table, tag
from peelian.publish.picture import Bar, bars_with_ranges, map_of_cells, percent
from peelian.publish.results import month_words
from peelian.publish.walk import Cell, Forecast, Part, Score, Walk

BANNER = "Demonstration. Everyone and everything here is made up."
SHOWN_CELLS = 12
"""Rows of the table before the rest folds away."""

Section = tuple[str, str, Markup | None]  # anchor, heading, content


def write_report(folder: Path, walk: Walk) -> Path:
    """Write ``index.html`` into the folder, made if need be, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    path.write_text(report_html(walk), encoding="utf-8")
    return path


def report_html(walk: Walk) -> str:
    """Return the report as one HTML document."""
    sections = [s for s in _sections(walk) if s[2] is not None]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content="default-src 'none'; style-src 'unsafe-inline'"),
        tag("title", f"{_title(walk)} - {walk.get('force', 'Peelian')}"),
        raw_style(files("peelian.publish").joinpath("report.css").read_text(encoding="utf-8")),
    )
    main = tag("main", _opening(walk), _contents(sections), [_section(*s) for s in sections], class_="wide")
    return "<!doctype html>\n" + tag("html", head, tag("body", _header(walk), main, _footer(walk)), lang="en-GB") + "\n"


def _sections(walk: Walk) -> list[Section]:
    return [
        ("places", "Where", _places(walk)),
        ("test", "Does it work?", _test(walk)),
        ("permission", "Who allowed it, and for how long", _permission(walk)),
        ("source", "Where the data came from", _source(walk)),
        ("steps", "What was done", _steps(walk)),
        ("stopped", "What was stopped by a rule", _stopped(walk)),
        ("check", "Check it yourself", _check(walk)),
        ("break", "Three things to try to break", _to_break(walk)),
        ("short", "What this page does not show", _falls_short(walk)),
    ]


def _section(anchor: str, heading: str, content: Markup | None) -> Markup:
    return tag("section", tag("h2", heading, id=anchor), content)


def _title(walk: Walk) -> str:
    return walk.get("permission", {}).get("title") or "A walk through the record"


def _header(walk: Walk) -> Markup:
    inside = tag("p", tag("strong", "Peelian"), tag("span", walk.get("force")))
    return tag("header", tag("div", inside, class_="wide"))


def _footer(walk: Walk) -> Markup:
    return tag(
        "footer",
        tag(
            "div",
            tag(
                "p", "Peelian is free software under the Apache License 2.0. This page loads nothing and runs nothing."
            ),
            tag("p", f"Built at {walk['made_at']}." if walk.get("made_at") else None),
            class_="wide",
        ),
    )


def _banner(walk: Walk) -> str:
    """Say what of a demonstration is made up, and what is not; nothing of a page that is none."""
    if walk.get("synthetic"):
        return BANNER
    real = walk.get("real_parts", "")
    return f"Demonstration. The people are made up; {real}." if real else ""


def _opening(walk: Walk) -> Markup:
    about, banner = walk.get("permission", {}).get("what"), _banner(walk)
    return join(
        tag("p", banner, class_="banner", role="note") if banner else None,
        tag("h1", _title(walk)),
        tag("p", about, class_="lead read") if about else None,
        tag("p", _in_short(walk), class_="read"),
        tag(
            "p",
            f"Built on {when(walk.get('made_at', 'a day not given'))}. It is a picture of one run and does not change: "
            "for what is in force today, ask the force (peelian mandate list).",
            class_="soft small read",
        ),
    )


def _in_short(walk: Walk) -> str:
    """Say the result in two sentences, good or bad."""
    scores = walk.get("test", {}).get("scores", ())
    shown = walk.get("forecast", {}).get("budget")
    own = max((s for s in scores if s.get("own")), key=lambda s: (s["budget"] == shown, s["budget"]), default=None)
    if own is None:
        return "This tool has not been tested in this run, so nothing is said about whether it works."
    practice = ("past-plans", "last-year")  # the force's own plans where they are loaded
    others = [s for p in practice for s in scores if s["method"] == p and s["budget"] == own["budget"]]
    offence = _offence(walk)
    text = f"Of every 100 cases of {offence} in the test, {own['hit_rate'] * 100:.0f} fell in the "
    text += f"{own['budget'] * 100:g} % of the area that this tool chose beforehand; "
    text += f"{100 - own['hit_rate'] * 100:.0f} did not."
    if others:
        text += f" {_name(others[0])} would have held {others[0]['hit_rate'] * 100:.0f}."
    return text


def _contents(sections: list[Section]) -> Markup:
    items = [tag("li", tag("a", heading, href=f"#{anchor}")) for anchor, heading, _ in sections]
    return tag("nav", tag("h2", "On this page"), tag("ol", items, class_="contents"), aria_label="On this page")


# --- where -------------------------------------------------------------------------------------------------------


def _places(walk: Walk) -> Markup | None:
    forecast = walk.get("forecast")
    if not forecast or not forecast.get("cells"):
        return None
    cells = disclosed_cells(walk)
    side, n, of = forecast.get("cell_m", 0), len(cells), forecast.get("cells_in_area", 0)
    about = (
        f"The {n} squares of {side:g} metres ({forecast.get('budget', 0) * 100:g} % of the area) with the highest "
        f"expected count of {_offence(walk)} in {forecast.get('month', 'the next month')}, out of {of:,} in "
        f"{forecast.get('area_name', 'the area')}. "
        "The table below says the same in words."
    )
    drawing = map_of_cells(forecast["rings"], cells, title=f"Map of {n} chosen squares", about=about)
    legend = (
        "The number is the rank; the twenty first are numbered. Crossed lines: the upper third. Slanted lines: the "
        "middle third. Dots: the lower third. The line around is the edge of the area the permission covers."
    )
    return join(
        tag("p", about.removesuffix(" The table below says the same in words."), class_="read"),
        tag("figure", drawing, tag("figcaption", legend)),
        _cell_table(f"Chosen squares, {forecast.get('month', '')}", cells[:SHOWN_CELLS], 1),
        details(f"The other {n - SHOWN_CELLS} squares", _cell_table("Chosen squares, continued", cells[SHOWN_CELLS:],
                                                                  SHOWN_CELLS + 1)) if n > SHOWN_CELLS else None,
        tag("p", _meaning(forecast), disclosure_note(walk), class_="small read"),
        tag("p", f"Result (finding) {forecast.get('finding', '')}", class_="soft small") if forecast.get("finding")
        else None,
    )  # fmt: skip


def _meaning(forecast: Forecast) -> str:
    level = forecast.get("interval")
    often = f"should hold it {level * 10:g} times out of 10" if level else "is likely"
    return (
        "“Expected” is how many are to be expected in the square in that month; in brackets the range that "
        f"{often}. The reasons of a square add up to its figure. A square is a place, never a person. "
    )


def _cell_table(caption: str, cells: list[Cell], first: int) -> Markup:
    rows = [
        (rank, cell.get("place") or cell["cell"], _expected(cell), _why(cell.get("why", ())))
        for rank, cell in enumerate(cells, start=first)
    ]
    return table(caption, ("Rank", "Place", "Expected", "Why"), rows, numeric=(0, 2))


def _expected(cell: Cell) -> str:
    text = f"{cell['expected']:.2g}"
    return f"{text} ({cell['low']:.2g} to {cell['high']:.2g})" if "low" in cell and "high" in cell else text


def _why(parts: Sequence[Part]) -> str:
    return " · ".join(f"{p['label']}: {p['amount']:.2f}" for p in parts) or "-"


# --- test --------------------------------------------------------------------------------------------------------


def _test(walk: Walk) -> Markup | None:
    test = walk.get("test")
    if not test or not test.get("scores"):
        return None
    budgets = sorted({s["budget"] for s in test["scores"]})
    entry = test.get("registered_at_entry")
    promise = (
        f"What would be measured was written into the public record of use (entry {entry}) before the test was run."
        if entry is not None
        else "What would be measured was not registered beforehand."
    )
    return join(
        tag(
            "p",
            f"Each month of {month_words(test.get('months', 'the test'))} was forecast from earlier data only",
            ", as they were known then. " if test.get("as_known") else ". ",
            promise,
            " The figures are shown because we said beforehand that we would, good or bad.",
            class_="read",
        ),
        [_budget(walk, budget, i) for i, budget in enumerate(budgets)],
        summary_list([
            ("Would it feed on itself?", test.get("feedback")),
            ("Who carries the burden?", test.get("exposure") or
             "Not measured in this run: these data hold no table by group."),
        ]),
        _warnings(test.get("warnings", ())),
        tag("p", "A test of forecasts is not a test of patrols: whether walking there prevents anything takes a trial. "
            "The precise word for this test is assessment.", class_="small soft read"),
    )  # fmt: skip


def _warnings(warnings: Sequence[str]) -> Markup | None:
    if not warnings:
        return None
    items = [tag("li", f"{w[:1].upper()}{w[1:]}.".replace("..", ".")) for w in warnings]
    return tag("div", tag("p", "To be known with these figures:"), tag("ul", items), class_="inset")


def _budget(walk: Walk, budget: float, number: int) -> Markup:
    scores = [s for s in walk["test"]["scores"] if s["budget"] == budget]
    scores.sort(key=lambda s: -s["hit_rate"])
    bars = [Bar(_name(s), s["hit_rate"], s.get("low"), s.get("high"), bool(s.get("own"))) for s in scores]
    heading = f"Choosing {budget * 100:g} % of the area"
    about = "; ".join(f"{b.label}: {percent(b.value)}" for b in bars)
    caption = f"Share of {_offence(walk)} that fell inside. Filled bar: this tool. Lines with stops: likely range."
    rows = [
        (_name(s), _with_range(s), _number(s.get("pai")), _number(s.get("pei")), _share(s.get("share_of_hindsight")))
        for s in scores
    ]
    return join(
        tag("h3", heading),
        tag("figure", bars_with_ranges(bars, title=heading, about=about, number=number), tag("figcaption", caption)),
        details(
            "The same as a table",
            table(
                heading,
                ("Method", "Fell inside", "Times better than chance (PAI)", "Of the best choice (PEI)", "Of hindsight"),
                rows,
                numeric=(1, 2, 3, 4),
            ),
        ),
    )


_NAMES = {
    "hotspots": "This tool",
    "last-year": "Last year’s map (a stand-in for the force’s own plans)",
    "past-plans": "The force’s own past plans",
    "kde": "Density map (KDE)",
    "promap": "ProMap",
    "gradient-boosting": "A black box, for comparison only",
    "oracle": "The best any choice of squares could do",
    "hindsight": "The best unchanging map, known only afterwards",
    "hindsight-two-sided": "This tool, if shown the months before and after",
}


def _name(score: Score) -> str:
    return score.get("title") or _NAMES.get(score["method"], score["method"])


def _with_range(score: Score) -> str:
    text = percent(score["hit_rate"])
    return (
        f"{text} ({percent(score['low'])} to {percent(score['high'])})" if "low" in score and "high" in score else text
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "-" if value is None else percent(value)


def _offence(walk: Walk) -> str:
    return walk.get("forecast", {}).get("offence", "the offence").replace("-", " ")


# --- permission, source, steps -----------------------------------------------------------------------------------


def _permission(walk: Walk) -> Markup | None:
    p = walk.get("permission")
    if not p:
        return None
    span = (when(p[k]) if p.get(k) else "" for k in ("starts_on", "ends_on"))
    ends = " to ".join(span) + "; then it switches itself off" if p.get("ends_on") else None
    return join(
        summary_list([
            ("Permission (mandate)", p.get("mandate")),
            ("Answerable", p.get("owner")),
            ("Allowed by", p.get("approver")),
            ("Lawful basis", p.get("lawful_basis")),
            ("In force", ends),
            ("Stage", p.get("phase")),
            ("Uses", _columns(p.get("uses", ()))),
            ("May not use", ", ".join(p.get("never_uses", ()))),
            ("When it is off", p.get("fallback")),
        ]),
        tag("p", "Nothing renews itself: a new permission takes fresh evidence.", class_="small soft"),
    )  # fmt: skip


def when(text: str) -> str:
    """Write an ISO day or instant as a person would, ``22 November 2026, 09:00 UTC``; anything else as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    day = f"{at.day} {at:%B %Y}"
    return day if (at.hour, at.minute) == (0, 0) or len(text) == 10 else f"{day}, {at:%H:%M} UTC"


def _columns(names: Sequence[str]) -> str:
    """Write ``incident.at_start`` and its like by table, in words."""
    tables: dict[str, list[str]] = {}
    for name in names:
        table_name, dot, column = name.rpartition(".")
        tables.setdefault(table_name if dot else "", []).append(column.removesuffix("_m").replace("_", " "))
    return "; ".join(f"{t}: {', '.join(c)}" if t else ", ".join(c) for t, c in tables.items())


def _source(walk: Walk) -> Markup | None:
    source = walk.get("source")
    if not source:
        return None
    counts = [
        ("Rows read", source.get("read")),
        ("Kept", source.get("kept")),
        ("Exact copies left out", source.get("duplicate")),
        ("Set aside with a reason", source.get("quarantined")),
    ]
    dropped = source.get("dropped_columns", {})
    return join(
        summary_list([
            ("Source", source.get("title")),
            ("Publisher", source.get("publisher")),
            ("Licence", source.get("licence")),
            ("Hash of the file (SHA-256)", source.get("file_sha256")),
        ]),
        table("What became of the rows", ("Rows of the file", "How many"),
              [(k, f"{v:,}") for k, v in counts if v is not None], numeric=(1,)),
        table("Why rows were set aside", ("Reason", "Rows"),
              [(k.replace("-", " "), f"{v:,}") for k, v in source.get("reasons", {}).items()], numeric=(1,))
        if source.get("reasons") else None,
        table("Odd rows, kept and counted", ("What was odd", "Rows"),
              [(k.replace("-", " "), f"{v:,}") for k, v in source.get("quirks", {}).items()], numeric=(1,))
        if source.get("quirks") else None,
        tag("p", "Columns left at the door, never stored: ", ", ".join(sorted(dropped)), ".") if dropped else None,
    )  # fmt: skip


def _steps(walk: Walk) -> Markup | None:
    steps = walk.get("steps")
    if not steps:
        return None
    items = [
        tag(
            "li",
            step["what"],
            tag("span", f" (entry {step['entry']})", class_="soft small") if "entry" in step else None,
            command(step["command"]) if step.get("command") else None,
        )
        for step in steps
    ]
    return tag("ol", items, class_="steps read")


def _stopped(walk: Walk) -> Markup | None:
    stops = walk.get("stopped")
    if not stops:
        return None
    return join(
        tag("p", "Asked for during this walk, and refused. Each refusal is in the public record of use.",
            class_="read"),
        [tag("div",
             tag("h3", stop["asked"]),
             tag("p", tag("span", "Stopped by a rule", class_="tag off")),
             tag("ul", [tag("li", reason) for reason in stop.get("reasons", ())]),
             summary_list([("Who can change that", stop.get("owner")), ("What you can do", stop.get("do")),
                           ("Code", stop.get("code"))]))
         for stop in stops],
    )  # fmt: skip


# --- check -------------------------------------------------------------------------------------------------------


def _check(walk: Walk) -> Markup | None:
    record = walk.get("record")
    if not record:
        return None
    witnesses = ", ".join(record.get("witnesses", ())) or (
        "none. Nobody outside has confirmed this record, so it proves order and completeness only to whoever kept an "
        "earlier checkpoint."
    )
    return join(
        tag("p", "Every look at the data and every change went through one door and into the public record of use "
            "(ledger) first. Anybody with a copy can check that nothing in it was changed or taken out.",
            class_="read"),
        command(record["verify"]) if record.get("verify") else None,
        tag("p", "The record’s head (checkpoint) at the end of this walk. Keep it: a later record must contain it.",
            class_="read"),
        command(record["checkpoint"]) if record.get("checkpoint") else None,
        summary_list([
            ("Entries", f"{record['size']:,}" if "size" in record else None),
            ("Root hash", record.get("root")),
            ("Outside witnesses", witnesses),
        ]),
        tag("p", "What this cannot show: use of data that did not go through the door, such as a disk copied by "
            "somebody with the keys.", class_="inset"),
    )  # fmt: skip


def _to_break(walk: Walk) -> Markup | None:
    tries = walk.get("to_break")
    return tag("ol", [tag("li", command(t)) for t in tries], class_="steps read") if tries else None


def _falls_short(walk: Walk) -> Markup | None:
    lines = walk.get("falls_short")
    return tag("ul", [tag("li", line) for line in lines], class_="read") if lines else None
