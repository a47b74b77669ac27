"""Looking people up in a browser: from half a name to a chart, at a door on a phone, without scripts, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.find_site import found_site
from tests.support.pages import check_names, enter, follow, keep_picture, look_at, tab_to
from tests.support.served import Served

SERGEANT = "response-sergeant-1"


@pytest.fixture(scope="module")
def looked_up(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a deployment that holds a few people."""
    with found_site(tmp_path_factory.mktemp("people")) as served:
        yield served


def begin(page: Page, served: Served, account: str = SERGEANT, operation: str = "op-safeguarding") -> None:
    """Sign in, and work on something: on keeping people safe."""
    enter(page, served, account)
    page.goto(f"{served.url}/desk/context")
    page.locator(f'input[value="operation:{operation}"]').check()
    follow(page.get_by_role("button", name="Work on this"))
    page.goto(f"{served.url}/desk/search")


def look(page: Page, name: str) -> None:
    """Insist that the page is a good one, names for everything included."""
    look_at(page, name)
    check_names(page)


def test_half_a_name_leads_to_a_page_a_chart_and_a_timeline(desktop: Page, looked_up: Served) -> None:
    """The second minute of an analyst, and what every page of it rests on."""
    page = desktop
    begin(page, looked_up)
    page.locator("#wanted").fill("jhon smyth mill rd")
    follow(page.get_by_role("button", name="Search"))
    expect(page.get_by_text("Because:").first).to_be_visible()
    look(page, "find-answer")
    follow(page.locator(".pf-hit", has_text="+447700900123").get_by_role("link"))
    expect(page.get_by_text("weapons").first).to_be_visible()
    look(page, "find-profile")
    follow(page.get_by_role("link", name="Chart of links"))
    chart = page.locator("svg.pf-chart")
    chart.get_by_role("link", name="Jane Doe").click()
    follow(page.locator("#chosen").get_by_role("button", name="Open its links"))
    expect(chart).to_contain_text("+447700900456")
    follow(page.get_by_role("button", name="Undo"))
    expect(chart).not_to_contain_text("+447700900456")
    follow(page.get_by_role("button", name="Redo"))
    expect(chart).to_contain_text("+447700900456")
    look(page, "find-chart")
    for view in ("Timeline", "Map"):
        follow(page.get_by_role("link", name=view, exact=True))
        look(page, f"find-{view.lower()}")
    assert "mith" not in page.url
    page.goto(f"{looked_up.url}/desk/look-ups")
    expect(page.get_by_text("Opened the page of somebody or something").first).to_be_visible()


def test_a_chart_is_narrowed_arranged_taken_as_a_picture_and_kept(desktop: Page, looked_up: Served) -> None:
    """What users of other charts miss most: a time filter, style that survives saving, a picture to hand on."""
    page = desktop
    begin(page, looked_up)
    page.locator("#wanted").fill("jane doe")
    follow(page.get_by_role("button", name="Search"))
    follow(page.locator(".pf-hit h3 a").first)
    follow(page.get_by_role("link", name="Chart of links"))
    page.locator("#slide-from").focus()
    page.keyboard.press("End")
    expect(page.locator("#slider [role=status]")).not_to_have_text(re.compile(r"^(\d+) of \1 "))
    page.keyboard.press("Home")
    point = page.locator("[data-token]").nth(1)
    point.scroll_into_view_if_needed()
    before, box = point.get_attribute("transform"), point.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] - 150, box["y"] - 90, steps=3)
    page.mouse.up()
    assert point.get_attribute("transform") != before
    page.locator("#point").select_option(index=2)
    page.get_by_label("Write beside it").fill("Seen with a blue van")
    follow(page.get_by_role("button", name="Write it"))
    expect(page.locator("svg.pf-chart")).to_contain_text("Seen with a blue van")
    placed = page.locator("[data-token]").nth(1).get_attribute("transform")
    assert placed != before
    with page.expect_download() as file:
        page.get_by_role("button", name="Picture (PNG)").click()
    picture = Path(file.value.path()).read_bytes()
    assert picture.startswith(b"\x89PNG") and re.fullmatch(r"link-chart-\d+\.png", file.value.suggested_filename)
    page.get_by_label("What to call it").fill("Around Mill Road")
    follow(page.get_by_role("button", name="Keep this chart"))
    follow(page.get_by_role("link", name="My charts"))
    look(page, "find-charts")
    follow(page.get_by_role("link", name="Around Mill Road"))
    expect(page.locator("section[aria-labelledby=notes]")).to_contain_text("Seen with a blue van")
    assert page.locator("[data-token]").nth(1).get_attribute("transform") == placed


def test_at_a_door_a_phone_shows_what_matters_before_anybody_scrolls(phone: Page, looked_up: Served) -> None:
    """Rain, gloves, three in the morning."""
    begin(phone, looked_up)
    follow(phone.get_by_role("link", name="At an address"), by_touch=True)
    phone.get_by_label("Address or incident number").fill("14 mill rd")
    follow(phone.get_by_role("button", name="Show"), by_touch=True)
    glance = phone.get_by_role("navigation", name="At a glance")
    for words in ("1 Warnings", "1 Children", "1 Orders, bail"):
        expect(glance.get_by_role("link", name=words)).to_be_in_viewport()
    expect(phone.get_by_role("heading", name="1 warning")).to_be_in_viewport()
    sizes = [link.bounding_box() for link in glance.get_by_role("link").all()]
    assert all(box and box["height"] >= 44 and box["width"] >= 44 for box in sizes)
    look(phone, "find-incident")


def test_a_list_is_checked_and_a_way_found_without_scripts(without_scripts: Page, looked_up: Served) -> None:
    """A script that did not load stands between nobody and an answer."""
    page = without_scripts
    begin(page, looked_up)
    follow(page.get_by_role("link", name="Check a list"))
    page.locator("#lines").fill("AB12 CDE\n07700 900999\njohn smith\n=1+1")
    follow(page.get_by_role("button", name="Check the list"))
    expect(
        page.get_by_role("cell", name="Found", exact=True).or_(page.get_by_text("Found", exact=True)).first
    ).to_be_visible()
    with page.expect_download() as file:
        page.get_by_role("button", name="Download as CSV").first.click()
    text = Path(file.value.path()).read_text(encoding="utf-8-sig")
    assert text.startswith("# What") and "'=1+1" in text
    follow(page.get_by_role("link", name="AB12CDE").first)
    follow(page.get_by_role("link", name="Chart of links"))
    page.get_by_label("From", exact=True).last.select_option(index=1)
    page.get_by_label("To", exact=True).last.select_option(index=2)
    follow(page.get_by_role("button", name="Show the shortest way"))
    expect(page.get_by_text("1 step:")).to_be_visible()


def test_a_search_by_keyboard_is_refused_outside_the_work(desktop: Page, looked_up: Served) -> None:
    """Being stopped looks like being stopped, and not like finding nothing."""
    page = desktop
    begin(page, looked_up, "neighbourhood-officer-1", "op-patrol-planning")
    tab_to(page, "Name, birth date, number plate")
    page.keyboard.type("ab12 cde")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Stopped by a rule")
    keep_picture(page, "find-refused")


def test_a_file_is_brought_to_a_case_and_what_was_taken_out_and_what_words_name_are_shown(
    desktop: Page, looked_up: Served
) -> None:
    """Files in and out are where systems leak: the pages that say so must be ones that people can read."""
    page = desktop
    begin(page, looked_up)
    follow(page.get_by_role("link", name="Files of the case"))
    page.locator("#file").set_input_files(
        {"name": "guests.csv", "mimeType": "text/csv", "buffer": b"Reg,Religion\nAB12 CDE,x\nZZ99 ZZZ,y\n"}
    )
    follow(page.get_by_role("button", name="Look at it"))
    look(page, "find-case-preview")
    follow(page.get_by_role("button", name="Keep it with the case"))
    follow(page.get_by_role("button", name="Join and record it"))
    expect(page.get_by_text("Entered as a combination")).to_be_visible()
    look(page, "find-case-file")
    follow(page.get_by_role("button", name="Delete it now"))
    expect(page.get_by_text("This case has no file.")).to_be_visible()
    look(page, "find-case-files")
    follow(page.get_by_role("link", name="Search", exact=True).last)
    page.locator("#wanted").fill("john smith 14 mill road")
    follow(page.get_by_role("button", name="Search"))
    with page.expect_download() as file:
        page.get_by_text("Take a copy as a file").click()
        page.get_by_role("button", name="Excel").click(no_wait_after=True)
    assert Path(file.value.path()).read_bytes().startswith(b"PK")
    follow(page.locator(".pf-hit", has_text="+447700900123").get_by_role("link"))
    follow(page.get_by_role("link", name="What the words may name"))
    look(page, "find-suggestions")
    page.get_by_text("Say what it is").first.click()
    follow(page.get_by_role("button", name="Enter it").first)
    expect(page.get_by_text("Confirmed", exact=True).first).to_be_visible()
    page.goto(f"{looked_up.url}/desk/downloads")
    look(page, "find-downloads")
    follow(page.get_by_role("button", name="I have deleted it").first)
    expect(page.get_by_role("status")).to_contain_text("you said that it is deleted")
