"""The static report: what an outsider sees of a walk."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from peelian.publish.disclosure import coarse_parts, disclosed_cells
from peelian.publish.html import Markup, tag
from peelian.publish.picture import corner_of, map_of_cells
from peelian.publish.report import BANNER, report_html, when, write_report
from peelian.publish.results import exposure_words, forecast_from, scores_from
from tests.unit.publish.walks import town_walk

VOID = {"meta", "br", "hr", "link", "img", "input"}


class Page(HTMLParser):
    """Reads a page: what is open, what was seen, and the words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, name, attrs):
        """Remember an element."""
        self.tags.append((name, dict(attrs)))
        if name not in VOID:
            self.open.append(name)

    def handle_startendtag(self, name, attrs):
        """Remember an element that closes itself."""
        self.tags.append((name, dict(attrs)))

    def handle_endtag(self, name):
        """Hold that elements close in the order in which they opened."""
        assert self.open.pop() == name

    def handle_data(self, data):
        """Gather the words a person reads."""
        if "style" not in self.open:
            self.words += data + " "

    def named(self, name: str) -> list[dict[str, str | None]]:
        """Give the attributes of every element of that name."""
        return [attrs for tag_name, attrs in self.tags if tag_name == name]


@pytest.fixture(scope="module")
def page() -> Page:
    """Give the report of a whole walk."""
    return Page(report_html(town_walk()))


def test_report_loads_nothing_and_runs_nothing(page):
    """A page that fetches from elsewhere tells others who reads it, and a script needs trust."""
    assert not page.named("script") and not page.named("img") and not page.named("iframe")
    assert all(a["href"].startswith("#") for a in page.named("a"))
    assert not any(k.startswith("on") for _, attrs in page.tags for k in attrs)
    assert any("default-src 'none'" in (m.get("content") or "") for m in page.named("meta"))


def test_every_element_closes(page):
    """A page with crossed elements looks different in every browser."""
    assert page.open == []


def test_headings_go_down_one_level_at_a_time(page):
    """People who listen to a page find their way by its headings."""
    levels = [int(name[1]) for name, _ in page.tags if re.fullmatch(r"h[1-6]", name)]
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_every_link_on_the_page_leads_to_a_heading(page):
    """A contents list that leads nowhere is worse than none."""
    ids = {attrs.get("id") for _, attrs in page.tags}
    assert all(a["href"][1:] in ids for a in page.named("a"))


def test_ids_are_unique(page):
    """Two pictures with one name describe each other wrongly to a screen reader."""
    ids = [attrs["id"] for _, attrs in page.tags if attrs.get("id")]
    assert len(ids) == len(set(ids))


def test_every_picture_has_a_name_and_a_description(page):
    """Who cannot see the picture still learns what it shows."""
    ids = {attrs.get("id") for _, attrs in page.tags}
    pictures = page.named("svg")
    assert len(pictures) == 3
    assert all(p["role"] == "img" and set(p["aria-labelledby"].split()) <= ids for p in pictures)


def test_every_cell_on_the_map_is_in_the_table_with_its_reason():
    """The table is the map's twin: nobody is left with a picture alone."""
    walk = town_walk(n_cells=30)
    page = Page(report_html(walk))
    squares = [r for r in page.named("rect") if str(r.get("fill", "")).startswith("url(#third-")]
    assert len(squares) == 30
    for cell in walk["forecast"]["cells"]:
        assert cell["place"] in page.words
    assert page.words.count("earlier months") == 30


def test_cells_differ_by_pattern_and_number_not_colour_alone(page):
    """One man in twelve cannot tell the usual red from green."""
    fills = {r["fill"] for r in page.named("rect") if str(r.get("fill", "")).startswith("url(#third-")}
    assert fills == {"url(#third-0)", "url(#third-1)", "url(#third-2)"}
    assert [t for t in page.named("text") if t.get("class") == "halo"]


def test_banner_stands_on_made_up_data_and_only_there():
    """A demonstration taken for the real thing would mislead; a real page called made up would too."""
    assert BANNER in report_html(town_walk())
    assert BANNER not in report_html(town_walk(synthetic=False))
    half = report_html(town_walk(synthetic=False) | {"real_parts": "the crimes are open data"})
    assert "Demonstration. The people are made up; the crimes are open data." in half and BANNER not in half
    assert "Demonstration." not in report_html(town_walk(synthetic=False) | {"real_parts": ""})


def test_report_gives_the_checkpoint_and_the_verify_command_letter_by_letter(page):
    """Whoever doubts must be able to copy both."""
    record = town_walk()["record"]
    assert record["checkpoint"] in page.words and record["verify"] in page.words


def test_report_says_when_no_outside_witness_confirmed_the_record(page):
    """Silence about missing witnesses would let a private log pass for a public one."""
    assert "Nobody outside has confirmed this record" in page.words


def test_report_says_how_many_the_tool_misses(page):
    """A figure without its other half sells something."""
    assert "37 fell in the 5 %" in page.words and "63 did not" in page.words


def test_values_from_data_cannot_become_markup():
    """A street name may come from a file that somebody tampered with."""
    walk = town_walk(n_cells=3)
    walk["forecast"]["cells"][0]["place"] = "<script>alert(1)</script>"
    text = report_html(walk)
    assert "<script" not in text and "&lt;script&gt;" in text


@pytest.mark.parametrize("part", ["forecast", "test", "permission", "source", "steps", "stopped", "record", "to_break"])
def test_a_part_that_did_not_happen_is_left_out(part):
    """A report of half a walk is a report, not a crash and not a page of empty headings."""
    walk = town_walk()
    del walk[part]  # type: ignore[misc]
    page = Page(report_html(walk))
    assert len(page.named("section")) == 8


def test_untested_tool_is_called_untested():
    """Nothing said about a test reads as if there had been a good one."""
    walk = town_walk()
    del walk["test"]
    assert "has not been tested" in report_html(walk)


def test_closed_data_show_no_single_months():
    """The parts of a cell are past incidents: on real, unpublished data they would tell when somebody was a victim."""
    walk = town_walk(n_cells=5, synthetic=False)
    words = Page(report_html(walk)).words
    assert "Oct 2026" not in words and "earlier reports here, all months" in words
    walk["source"]["open_data"] = True
    assert "Oct 2026" in Page(report_html(walk)).words


def test_coarse_parts_still_add_up():
    """Reasons that no longer add up would be no reasons."""
    parts = [{"label": str(i), "amount": 0.5, "kind": ("here", "nearby")[i % 2]} for i in range(8)]
    assert sum(p["amount"] for p in coarse_parts(parts)) == pytest.approx(4.0)


def test_a_result_comes_apart_into_parts_that_add_up_to_its_figure():
    """The page says that the reasons of a square add up; here is where they could fail to."""
    result = {
        "month": "2026-11",
        "grid": {"cell_m": 150.0, "cells": 1141},
        "base_rate": {"interval": 0.9},
        "budgets": [{"budget": 0.01, "cells": 1}, {"budget": 0.05, "cells": 2}],
        "periods": ["2026-10", "2026-09", "2026-08", "2026-07", "before 2026-07"],
        "cells": [
            {"id": "c150-135-1012", "expected": 1.31, "low": 1.0, "high": 1.7, "here": [0.3, 0.0, 0.2, 0.25, 0.06],
             "nearby": [0.1, 0.1, 0.1, 0.05, 0.05], "anywhere": 0.1},
            {"id": "c150-136-1012", "expected": 0.9, "low": 0.5, "high": 1.2},
            {"id": "c150-137-1012", "expected": 0.1, "low": 0.0, "high": 0.4},
        ],
    }  # fmt: skip
    forecast = forecast_from(result, budget=0.05, offence="burglary", rings=[], places={"c150-135-1012": "Mill Road"})
    assert [c.get("place") for c in forecast["cells"]] == ["Mill Road", None]
    (first, second) = forecast["cells"]
    assert sum(p["amount"] for p in first["why"]) == pytest.approx(first["expected"])
    assert [p["label"] for p in first["why"]][:4] == ["Oct 2026", "Jul 2026", "Aug 2026", "other months"]
    assert second["why"] == []


def test_scores_keep_every_contestant_and_mark_our_own():
    """Leaving out a contestant that did better would be the oldest trick."""
    figure = {"value": 0.3, "low": 0.2, "high": 0.4}
    budgets = {"0.01": {"hit_rate": figure, "pai": figure}, "0.05": {"hit_rate": figure}}
    methods = {name: {"title": name, "budgets": budgets} for name in ("hotspots", "kde", "hindsight-two-sided")}
    scores = scores_from(methods, own="hotspots")
    assert [(s["method"], s["budget"]) for s in scores if s.get("own")] == [("hotspots", 0.01), ("hotspots", 0.05)]
    assert len(scores) == 6 and scores[0]["low"] == 0.2 and scores[0]["pai"] == 0.3 and "pei" not in scores[0]


@pytest.mark.parametrize(
    ("machine", "human"),
    [
        ("2026-11-22T04:23:59.598715Z", "22 November 2026, 04:23 UTC"),
        ("2026-11-22T00:00:00Z", "22 November 2026"),
        ("2027-03-03", "3 March 2027"),
        ("next spring", "next spring"),
    ],
)
def test_dates_are_written_as_people_write_them(machine, human):
    """Until when a permission lasts is the one date that everybody must understand."""
    assert when(machine) == human


def test_a_test_claims_data_as_known_then_only_when_it_was_so():
    """Forecasting from later corrections flatters a method, so the page must not say otherwise."""
    walk = town_walk(n_cells=2)
    assert "as they were known then" not in report_html(walk)
    walk["test"]["as_known"] = True
    assert "as they were known then" in report_html(walk)


def test_rows_set_aside_and_odd_rows_are_told_apart():
    """A row without a reference was kept; calling it set aside would be false."""
    walk = town_walk(n_cells=2)
    walk["source"]["quirks"] = {"empty-reference": 9}
    words = Page(report_html(walk)).words
    assert "Odd rows, kept and counted" in words and "empty reference" in words


def test_disclosure_leaves_the_walk_as_it_was():
    """The caller's walk is a record of its own; coarsening it in place would falsify what is kept."""
    walk = town_walk(n_cells=2, synthetic=False)
    before = walk["forecast"]["cells"][0]["why"]
    disclosed_cells(walk)
    assert walk["forecast"]["cells"][0]["why"] is before


def test_same_walk_gives_the_same_bytes(tmp_path):
    """A published page is hashed; it must come out the same twice."""
    one, two = (write_report(tmp_path / name, town_walk(n_cells=9)) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_a_large_area_keeps_its_cells_visible():
    """On a map of a whole city a cell is a fraction of a point wide; it must still be found."""
    ring = [(0, 0), (60_000, 0), (60_000, 50_000), (0, 50_000), (0, 0)]
    text = map_of_cells([ring], [{"cell": "c150-100-100", "expected": 1.0}], title="t", about="a")
    (wide,) = re.findall(r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)"', text)
    assert float(wide) > 3


def test_cell_names_give_their_corner_back():
    """The map is drawn from names alone, so that it cannot disagree with the table."""
    assert corner_of("c150-135-1012") == (20_250.0, 151_800.0, 150.0)


def test_tag_escapes_what_it_did_not_make():
    """Escaping by default is what keeps all the other pages safe."""
    assert tag("p", "<b>", tag("i", "x"), title='"') == '<p title="&quot;">&lt;b&gt;<i>x</i></p>'
    assert isinstance(tag("p"), Markup)


def test_exposure_names_the_groups_that_carry_more():
    """Cells have no ethnicity; who is stopped inside them has, and a page that hid it would hide the burden."""
    everyone = {"stops": 900, "share": 0.1}
    group = {"group": "Black", "share": 0.2, "low": 0.15, "high": 0.26}
    view = {"column": "ethnicity_officer_defined", "all": everyone, "groups": [group], "flagged": ["Black"]}
    text = exposure_words([view])
    assert "everyone 10%" in text and "Black 20% (15% to 26%)" in text and "More than others: Black." in text
    assert exposure_words([view | {"all": {"stops": 0, "share": 0.0}}]) == ""
