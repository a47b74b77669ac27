"""The shift begins: the plan is in force, then what was found is asked, by keyboard alone."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from peelian.app.caller import Place
from peelian.app.patrol import decide
from peelian.app.served import Site
from peelian.app.serving import Address, in_background
from peelian.app.session import set_context
from peelian.app.signing import Visit, cookie_name, visit_of
from peelian.core.time import FixedClock, SystemClock
from tests.support.pages import enter, look_at, tab_to
from tests.support.served import Served

DECISION = {
    "choice": "own",
    "reason": "know-more",
    "words": "The yards have been tried twice.",
    "wrong_if": "Two burglaries elsewhere.",
}


def at_work(served: Served, page: Page) -> Visit:
    """Sign the officer in and have them work on the weekly plan."""
    enter(page, served, "neighbourhood-officer-1")
    [cookie] = [c["value"] for c in page.context.cookies() if c["name"] == cookie_name(tls=False)]
    visit = visit_of(served.site, cookie)
    assert visit is not None
    set_context(visit.caller, "op-patrol-planning")
    return visit


def plan_for_tonight(served: Served, page: Page) -> decide.PlanPage:
    """Have the officer sign in and decide a plan."""
    visit = at_work(served, page)
    [job] = decide.queue(visit.caller).jobs
    cells = list(decide.ground_of(visit.caller, job).cells)[::400][:2]
    decide.mark(visit.caller, job.lead.id, job.shift.name, cells, ["seen", "told"], ["", ""])
    reference = decide.decide(visit.caller, job.lead.id, job.shift.name, DECISION).body["reference"]
    return decide.plan_page(visit.caller, str(reference))


def test_what_was_found_is_said_by_keyboard_once_the_shift_has_begun(
    desktop: Page, demonstration: Path, tmp_path: Path
):
    """Cold hands and a desk without a mouse are no reason to leave a plan without its result."""
    shutil.copytree(demonstration, tmp_path / "copy")
    clock = FixedClock(SystemClock().now() + timedelta(seconds=1))
    place = Place(tmp_path / "copy" / "deployment", tmp_path / "copy" / "keys", clock=clock)
    with Site(place) as site, in_background(site, Address(port=0)) as url:
        page, served = desktop, Served(url.rstrip("/"), site, place)
        plan = plan_for_tonight(served, page)
        clock.at = max(plan.shift.begins_at, clock.at) + timedelta(minutes=1)
        page.context.clear_cookies()
        enter(page, served, "neighbourhood-officer-1")  # the next shift is another session
        page.goto(f"{served.url}/desk/patrol-places/plans/{plan.reference}")
        expect(page.locator(".p-rule").last).to_contain_text("Say first that you are working on patrol planning")
        page.context.clear_cookies()
        at_work(served, page)
        page.goto(f"{served.url}/desk/patrol-places/plans/{plan.reference}")
        expect(page.locator("h1")).to_contain_text("In force")
        look_at(page, "patrol-in-force")
        tab_to(page, "Useful")
        page.keyboard.press("Space")
        tab_to(page, "Useful")
        page.keyboard.press("ArrowRight")
        tab_to(page, "Send")
        page.keyboard.press("Enter")
        expect(page.locator(".govuk-error-summary")).to_contain_text("Answer for each place")
        look_at(page, "patrol-outcome-wrong")
        tab_to(page, "Yes")
        page.keyboard.press("ArrowRight")
        tab_to(page, "Send")
        page.keyboard.press("Enter")
        expect(page.locator(".govuk-notification-banner")).to_contain_text("What you found is written")
        expect(page.locator("h1")).to_contain_text("Done")
        look_at(page, "patrol-reported")
