"""A patrol plan in a browser: on a desktop with the map, on a phone by touch, without scripts, by keyboard alone."""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path

from playwright.sync_api import Page, expect

from peelian.app.session import set_context, sign_in
from peelian.app.signing import cookie_name, visit_of
from tests.support.pages import DESKTOP, PHONE, check_fits, enter, follow, keep_picture, look_at
from tests.support.served import Served, serving_copy

HOME = "/desk/patrol-places"


def at_work(page: Page, served: Served, account: str = "neighbourhood-officer-1") -> None:
    """Sign somebody in who works on the weekly plan, and open the list."""
    enter(page, served, account)
    [cookie] = [c["value"] for c in page.context.cookies() if c["name"] == cookie_name(tls=False)]
    visit = visit_of(served.site, cookie)
    assert visit is not None
    set_context(visit.caller, "op-patrol-planning")
    page.goto(served.url + HOME)


def shoot(page: Page, name: str) -> None:
    """Keep a picture at both widths where axe cannot run, for want of scripts."""
    for width, size in (("360", PHONE), ("1200", DESKTOP)):
        page.set_viewport_size(size)
        check_fits(page)
        keep_picture(page, f"{name}-{width}")


def mark_three(page: Page) -> None:
    """Tick three places out of two searches, and go on."""
    page.get_by_label("Find a street").fill("mill")
    follow(page.get_by_role("button", name="Find"))
    for i in (0, 1):
        page.locator("#found input[type=checkbox]").nth(i).check()
    page.get_by_label("Find a street").fill("copper")
    follow(page.get_by_role("button", name="Find"))
    page.locator("#found input[type=checkbox]").first.check()


def test_a_plan_is_made_without_any_script(without_scripts: Page, served: Served):
    """Whoever has an old terminal plans patrols, too."""
    page = without_scripts
    at_work(page, served)
    shoot(page, "patrol-queue")
    follow(page.get_by_role("button", name="Mark your places").first)
    address = page.url
    page.goto(address + "/compare")
    expect(page.get_by_role("heading", level=1)).to_have_text("Stopped by a rule")
    expect(page.locator("main")).to_contain_text("once you have marked your own")
    page.goto(address)
    mark_three(page)
    shoot(page, "patrol-choose-without-scripts")
    follow(page.get_by_role("button", name="Next: say why"))
    expect(page.locator("fieldset")).to_have_count(3)
    follow(page.get_by_role("button", name="Done, show me"))
    expect(page.locator(".govuk-error-summary")).to_contain_text("Say why for each place")
    for i, why in enumerate(("seen", "told", "repeat"), start=1):
        page.locator(f"#why-{i}").select_option(why)
    shoot(page, "patrol-why")
    follow(page.get_by_role("button", name="Done, show me"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Yours and the tool’s")
    shoot(page, "patrol-compare")
    follow(page.get_by_role("button", name="Check your answers"))
    expect(page.locator(".govuk-error-summary")).to_contain_text("Choose whose places to use")
    page.get_by_label("Use a mix").check()
    for i in (0, 1, 3):
        page.locator("input[name=picked]").nth(i).check()
    page.get_by_label("Reason").select_option("both")
    page.get_by_label("In your own words").fill("We know the yards; the records know the rest.")
    page.get_by_label("What would tell us").fill("Two burglaries on the streets we left out.")
    follow(page.get_by_role("button", name="Check your answers"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    shoot(page, "patrol-check")
    follow(page.get_by_role("button", name="Change the answers"))
    expect(page.get_by_label("In your own words")).to_have_value("We know the yards; the records know the rest.")
    follow(page.get_by_role("button", name="Check your answers"))
    follow(page.get_by_role("button", name="Confirm"))
    expect(page.locator(".govuk-panel__body")).to_have_text(re.compile(r"H-\d{4}-\d{4}-\d{2}"))
    shoot(page, "patrol-decided")
    page.get_by_label("Who is this copy for?").fill("NE21")
    follow(page.get_by_role("button", name="Print"))
    expect(page.locator(".pp-sheet")).to_contain_text("NE21")
    shoot(page, "patrol-print")


def test_a_plan_begun_is_gone_on_with_on_a_phone(phone: Page, served: Served):
    """A call comes in between; the next step waits on the list."""
    page = phone
    at_work(page, served, "response-sergeant-1")
    look_at(page, "patrol-queue-phone")
    follow(page.get_by_role("button", name="Mark your places").first, by_touch=True)
    expect(page.locator("#drawing")).to_be_hidden(timeout=20_000)
    look_at(page, "patrol-choose-phone")
    mark_three(page)
    follow(page.get_by_role("button", name="Next: say why"), by_touch=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Why these?")
    for i in (1, 2, 3):
        page.locator(f"#why-{i}").select_option("seen")
    look_at(page, "patrol-why-phone")
    follow(page.get_by_role("button", name="Done, show me"), by_touch=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Yours and the tool’s")
    look_at(page, "patrol-compare-phone")
    page.goto(served.url + HOME)
    follow(page.get_by_role("button", name="Go on: see and decide"), by_touch=True)
    page.get_by_label("Use the tool’s places").or_(page.get_by_label("Use the tool's places")).first.check()
    page.get_by_label("Reason").select_option("fits")
    page.get_by_label("In your own words").fill("They are the streets we are told of, too.")
    page.get_by_label("What would tell us").fill("Nothing happens there for a month.")
    follow(page.get_by_role("button", name="Check your answers"), by_touch=True)
    follow(page.get_by_role("button", name="Confirm"), by_touch=True)
    expect(page.locator(".govuk-panel__body")).to_contain_text("H-")
    look_at(page, "patrol-decided-phone")


def test_the_map_ticks_the_same_boxes_as_the_list(desktop: Page, served: Served):
    """A map that only some can use must do nothing that the list does not."""
    page = desktop
    at_work(page, served, "neighbourhood-officer-1")
    link = page.get_by_role("button", name="Mark your places")
    if not link.count():  # this copy's officer has marked the evening already: take the next shift
        page.get_by_label("Shift").select_option(index=3)
        follow(page.get_by_role("button", name="Show"))
    follow(page.get_by_role("button", name="Mark your places").first)
    canvas = page.locator("#map canvas")
    expect(page.locator("#drawing")).to_be_hidden(timeout=20_000)  # the map has drawn itself
    box = canvas.bounding_box()
    assert box is not None
    for dx in (-60, 40):
        page.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2)
    expect(page.locator("#chosen input:checked")).to_have_count(2)
    expect(page.locator(".pp-pin")).to_have_count(2)
    expect(page.locator("#tally")).to_have_text("2 of 5")
    canvas.focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(1000)
    page.keyboard.press("Enter")
    expect(page.locator("#chosen input:checked")).to_have_count(3)
    expect(page.locator("#map-says")).to_contain_text("marked")
    page.wait_for_timeout(300)
    look_at(page, "patrol-choose")
    page.locator("#chosen input").first.uncheck()
    expect(page.locator(".pp-pin")).to_have_count(2)


def stop_the_tool(served: Served) -> None:
    """Have two panel members stop the tool with their own keys."""
    first = served.caller("panel-member-1")
    sign_in(first, "panel-member-1")
    set_context(first, "op-oversight")
    proposal = first.gate.propose_stop(first.credential, "hotspots", "Its test is being looked at again.")
    signed = {
        person: b64encode(first.keyring.account_key(person).sign(proposal.statement.text.encode())).decode()
        for person in ("panel-member-1", "panel-member-2")
    }
    first.gate.sign_for_panel(first.credential, proposal.id, signed)


def test_a_stop_reaches_the_page_that_is_open(desktop: Page, demonstration: Path, tmp_path: Path):
    """The officer is filling in a decision; two panel members sign; the next click shows the card and no place."""
    page = desktop
    with serving_copy(demonstration, tmp_path / "copy") as served:
        at_work(page, served)
        follow(page.get_by_role("button", name="Mark your places").first)
        mark_three(page)
        follow(page.get_by_role("button", name="Next: say why"))
        for i in (1, 2, 3):
            page.locator(f"#why-{i}").select_option("seen")
        follow(page.get_by_role("button", name="Done, show me"))
        tool = page.locator(".pp-places__tool > th").all_inner_texts()
        assert tool
        stop_the_tool(served)
        page.get_by_label("Use the tool's places").check()
        follow(page.get_by_role("button", name="Check your answers"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Patrol places are stopped")
        expect(page.locator(".pp-fallback")).to_contain_text("same month last year")
        expect(page.locator("main")).to_contain_text("Its test is being looked at again.")
        look_at(page, "patrol-stopped")
        for address in (HOME, page.url.replace("/decide", "/compare"), page.url.replace("/decide", "")):
            told = page.goto(served.url + address if address.startswith("/") else address)
            assert told is not None and told.status == 403
            assert not any(name in page.content() for name in tool), address


def test_anybody_asks_whether_their_street_was_on_a_plan(without_scripts: Page, desktop: Page, served: Served):
    """No sign-in, no script, nothing in the address bar."""
    page = without_scripts
    page.goto(served.url + "/ask/area")
    page.get_by_label("Street, or the number on your stop receipt").fill("Mill Road")
    follow(page.get_by_role("button", name="Find out"))
    expect(page.locator("#answer")).to_contain_text("was on no plan")
    assert "Mill" not in page.url
    page.get_by_label("Street, or the number on your stop receipt").fill("x")
    follow(page.get_by_role("button", name="Find out"))
    expect(page.locator(".govuk-error-summary")).to_contain_text("Type a street")
    page.get_by_label("Street, or the number on your stop receipt").fill("Mil Rode")
    follow(page.get_by_role("button", name="Find out"))
    expect(page.locator("#answer")).to_contain_text("There is no street")
    follow(page.get_by_role("button", name="Mill Road"))
    expect(page.locator("#answer")).to_contain_text("was on no plan")
    desktop.goto(served.url + "/ask/area")
    look_at(desktop, "ask-area")
    desktop.get_by_label("Street, or the number on your stop receipt").fill("Mil Rode")
    follow(desktop.get_by_role("button", name="Find out"))
    look_at(desktop, "ask-area-unknown")
    desktop.get_by_label("Street, or the number on your stop receipt").fill("H-2026-1127-03")
    follow(desktop.get_by_role("button", name="Find out"))
    look_at(desktop, "ask-area-answer")
