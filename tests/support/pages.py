"""Looking at a page as its readers do: its picture at two widths, with a screen reader's eyes, by keyboard, narrow."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.support.served import Served

ROOT = Path(__file__).resolve().parents[2]
SHOTS = Path(os.environ["PEELIAN_SHOTS"]) if os.environ.get("PEELIAN_SHOTS") else None
"""Where pictures of pages go: ``make shots`` names a folder. Drawing them takes as long as the tests themselves."""

DESKTOP = {"width": 1200, "height": 900}
PHONE = {"width": 360, "height": 740}
NARROW = {"width": 320, "height": 640}

SHOT_MAX = 6000
"""Pixels of a page that its picture shows; below that it is more of the same."""

FLAGS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",
    "--disable-gpu-rasterization",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""What axe looks for."""


def enter(page: Page, served: Served, account: str) -> None:
    """Sign somebody in by a one-time link made with their key."""
    page.goto(served.link(account))
    follow(page.get_by_role("button", name="Yes, sign me in"))


def follow(way: Locator, *, by_touch: bool = False) -> None:
    """Press a button or link that leads to a page, and wait until that page is there.

    A bare click comes back at once; whatever is read next may still be the page before.
    """
    with way.page.expect_navigation():
        way.tap() if by_touch else way.click()


def look_at(page: Page, name: str) -> None:
    """Insist that the page in front of us is a good one; keep its picture at both widths where pictures are wanted."""
    before = page.viewport_size
    check_frame(page)
    check_axe(page)
    for width, size in (("320", NARROW), ("360", PHONE), ("1200", DESKTOP)):
        page.set_viewport_size(size)
        if width != "320":
            keep_picture(page, f"{name}-{width}")
        check_fits(page)
    if before:
        page.set_viewport_size(before)


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the page as it is now, where pictures are wanted."""
    if SHOTS is None:
        return
    width, tall = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": width, "height": min(tall, SHOT_MAX)}
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True, clip=clip, scale="css")


def look_over(page: Page, name: str, seen: set[str]) -> None:
    """Look at one of many pages: as above where it is made of something new, else at what may still differ.

    Parameters
    ----------
    seen : set of str
        The parts that pages of this walk were made of; added to.
    """
    made_of = set(page.evaluate(_MADE_OF))
    if not made_of <= seen:
        seen |= made_of
        look_at(page, name)
        return
    check_frame(page)
    before = page.viewport_size
    page.set_viewport_size(NARROW)
    check_fits(page)
    if before:
        page.set_viewport_size(before)


_MADE_OF = """() => { const made = new Set();
for (const e of document.body.querySelectorAll('*')) {
  const says = n => n.tagName + '.' + (n.getAttribute('class') ?? '') + [...n.attributes].map(a => a.name).join();
  made.add(says(e.parentElement) + '>' + says(e)) }
const heads = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(h => h.tagName);
return [...made, heads.filter((h, i) => h !== heads[i - 1]).join('')] }"""
"""Each element with its parent, by tag, class and names of attributes; and the order of the headings."""


def check_names(page: Page) -> None:
    """Insist that whatever can be pressed, filled in or followed says what it is to somebody who cannot see it."""
    nameless = [line.strip() for line in page.locator("body").aria_snapshot().splitlines() if _NAMELESS.match(line)]
    assert not nameless, f"without a name on {page.url}: {nameless}"


_NAMELESS = re.compile(
    r" *- (button|link|textbox|searchbox|checkbox|radio|combobox|spinbutton|switch|group|region|navigation|form|table|"
    r"img|figure)( \[[^]]*\])*:?$"
)


def check_frame(page: Page) -> None:
    """Insist on what every page has: a language, a title that says where one is, one heading, landmarks, a way past."""
    has = page.evaluate(_FRAME)
    assert has["language"], "the page says its language"
    assert re.fullmatch(r".+ - .+", has["title"]), f"the title names page and site: {has['title']!r}"
    assert has["headings"] == 1, f"one main heading, not {has['headings']}, on {page.url}"
    for landmark in ("header", "main", "footer"):
        assert landmark in has["landmarks"], f"the page has a {landmark}"
    assert has["skip"] == "#main"
    assert has["inside"] == 0, "no style or script inside the page"


_FRAME = """() => ({
language: document.documentElement.lang, title: document.title,
headings: document.querySelectorAll('h1').length,
landmarks: [...document.querySelectorAll('body header, body main, body footer')].map(e => e.localName),
skip: document.querySelector('a.govuk-skip-link')?.getAttribute('href'),
inside: document.querySelectorAll('[style]:not(#map, #map *), body style, script:not([src])').length })"""


def check_fits(page: Page) -> None:
    """Insist that nobody has to scroll sideways."""
    wide = page.evaluate(
        """() => { const room = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= room) return [];
        const mine = '.p-table *, .p-figure__picture *, .p-map *, .govuk-skip-link, .govuk-visually-hidden';
        const wide = [...document.querySelectorAll('body *')].filter(e => !e.closest(mine)
            && Math.max(e.getBoundingClientRect().right, e.getBoundingClientRect().left + e.scrollWidth) > room + 1)
        return ['something', ...wide.map(e => e.tagName + '.' + e.className)].slice(0, 6) }"""
    )
    assert not wide, f"wider than {page.viewport_size} on {page.url}: {wide}"


@cache
def _axe() -> str:
    return (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def check_axe(page: Page) -> None:
    """Insist that axe finds nothing wrong."""
    page.evaluate(_axe())
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", list(RULES))
    told = [
        f"{v['id']}: {v['help']}: " + "; ".join(f"{n['target']} {n['failureSummary'][:200]}" for n in v["nodes"][:3])
        for v in found["violations"]
    ]
    assert not told, f"{page.url}\n" + "\n".join(told)


def tab_to(page: Page, name: str, *, most: int = 60) -> None:
    """Press Tab until something of that name has the focus, and insist that one can see where one is on the way."""
    for _ in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate(_NAME)
        if here:
            check_focus(page)
        if name in here:
            return
    raise AssertionError(f"{name!r} cannot be reached by keyboard on {page.url}")


_NAME = """() => { const e = document.activeElement; if (!e || e === document.body) return '';
const says = e.matches('[role=region]') ? '' : e.innerText, labels = [...(e.labels ?? [])].map(l => l.innerText);
return [e.getAttribute('aria-label'), says, e.value, ...labels].filter(Boolean).join(' ') }"""


def check_focus(page: Page) -> None:
    """Insist that what has the focus looks different, and is not hidden behind anything."""
    shown = page.evaluate(
        """() => { const e = document.activeElement.closest('.pp-map') ?? document.activeElement;
        const s = getComputedStyle(e), r = e.getBoundingClientRect();
        const drawn = s.outlineStyle !== 'none' && s.outlineWidth !== '0px' || s.boxShadow !== 'none'
            || getComputedStyle(e, '::before').outlineStyle !== 'none'
            || (e.nextElementSibling && getComputedStyle(e.nextElementSibling, '::before').boxShadow !== 'none');
        return drawn && r.bottom > 0 && r.top < innerHeight }"""
    )
    assert shown, f"the focus cannot be seen on {page.url}, at {page.evaluate(_NAME)!r}"
