"""Each flow from its beginning to its end by keyboard alone, with scripts and without: a shift, and a stop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from peelian.app.publishing import register
from tests.support.pages import DESKTOP, check_focus, look_at, tab_to
from tests.support.served import Served, serving_copy
from tests.support.walk import call

SERGEANT, OFFICIAL = "response-sergeant-1", "official-1"
ONE, TWO = "panel-member-1", "panel-member-2"
WHY = "The two squares at the station were chosen for thefts that nobody can check."
ANSWER = "We have taken both squares out, and test again by 12 December."


@pytest.fixture(
    params=[True, pytest.param(False, marks=pytest.mark.soak)],  # forms without scripts are filled in elsewhere, too
    ids=["with-scripts", "without-scripts"],
)
def scripts(request: pytest.FixtureRequest) -> bool:
    """Say whether the browsers of this run have scripts."""
    return bool(request.param)


@pytest.fixture
def served(demonstration: Path, tmp_path: Path) -> Iterator[Served]:
    """Serve a demonstration of this test's own, its register kept up."""
    with serving_copy(demonstration, tmp_path / "copy", refresh=register.refresh) as served:
        yield served


@pytest.fixture
def people(browser: Browser, served: Served, scripts: bool) -> Iterator[People]:
    """Give people with a browser each, and hands on the keyboard."""
    people = People(browser, served, scripts)
    yield people
    people.leave()


class People:
    """People who come to the pages, each with a browser of their own, and use the keyboard."""

    def __init__(self, browser: Browser, served: Served, scripts: bool) -> None:
        self.browser, self.served, self.scripts = browser, served, scripts
        self.broken: list[str] = []
        self._contexts: list[BrowserContext] = []

    def come(self, account: str = "") -> Page:
        """Open a browser, and sign in with a link if somebody is named."""
        context = self.browser.new_context(viewport=DESKTOP, java_script_enabled=self.scripts)
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.broken.append(str(error)))
        page.on("filechooser", lambda _: None)  # from now on the computer's own window is never opened
        if account:
            page.goto(self.served.link(account))
            press(page, "Yes, sign me in")
        else:
            page.goto(self.served.url)
        return page

    def leave(self) -> None:
        """Close every browser."""
        for context in self._contexts:
            context.close()
        assert not self.broken, self.broken


def press(page: Page, name: str, key: str = "Enter", most: int = 60) -> None:
    """Go to something by Tab and press it; if it leads to another page, wait for that."""
    tab_to(page, name, most=most)
    if page.evaluate("document.activeElement.matches('a[href], button[type=submit]')"):
        with page.expect_navigation():
            page.keyboard.press(key)
    else:
        page.keyboard.press(key)


def pick(page: Page, name: str, most: int = 12) -> None:
    """Go to a group of choices by Tab, and to one of them by the arrows."""
    group = page.get_by_role("radio", name=name).first.get_attribute("name")
    here = f"document.activeElement.name === {group!r}"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(here):
            break
    page.keyboard.press("Space")
    for _ in range(most):
        if page.get_by_role("radio", name=name).first.is_checked():
            return check_focus(page)
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{name!r} cannot be picked by keyboard on {page.url}")


def write(page: Page, field: str, text: str) -> None:
    """Go to a field by Tab and write into it."""
    tab_to(page, field)
    page.keyboard.type(text)


def choose_file(page: Page, field: str, path: Path) -> None:
    """Go to a file field by Tab, open the computer's own window with it, and choose there."""
    tab_to(page, field)
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Enter")
    chosen.value.set_files(path)


def test_a_shift_is_planned_by_keyboard_alone(people: People, served: Served, scripts: bool) -> None:
    """From the link to the printed copy: whoever cannot use a mouse, or has no scripts, plans patrols all the same."""
    page = people.come(SERGEANT)
    press(page, "Choose what you work on")
    pick(page, "Weekly patrol plan")
    press(page, "Work on this")
    expect(page.get_by_role("region", name="What you are working on")).to_contain_text("Weekly patrol plan")
    press(page, "Patrol places")
    press(page, "Mark your places")
    if scripts:
        _mark_on_the_map(page)
    write(page, "Find a street", "mill")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=mill*")
    page.locator("#found input").first.wait_for()
    marked = page.locator("input[name=place]:checked").count()
    assert marked == (2 if scripts else 0), "searching loses no mark"
    first = page.locator("#found label").first.inner_text().split("\n")[-1].strip()
    press(page, first, "Space")
    assert page.locator("input[name=place]:checked").count() == marked + 1
    press(page, "Next: say why", most=150)
    for _ in range(marked + 1):
        tab_to(page, "Reason")
        page.keyboard.press("ArrowDown")
    press(page, "Done, show me the tool’s")
    press(page, "How it adds up")
    assert page.locator("details[open] .pp-sum__table").count() == 1
    pick(page, "Use the tool's places")
    tab_to(page, "Reason")
    page.keyboard.press("ArrowDown")
    write(page, "In your own words", "They are the yards that we are told of, too.")
    write(page, "What would tell us", "Nothing happens there for a month.")
    press(page, "Check your answers")
    press(page, "Confirm")
    expect(page.locator(".govuk-panel__body")).to_have_text(re.compile(r"H-\d{4}-\d{4}-\d{2}"))
    write(page, "Who is this copy for?", "NE21")
    press(page, "Print")
    expect(page.locator(".pp-sheet")).to_contain_text("NE21")
    if scripts:
        page.evaluate("window.print = () => document.body.dataset.printed = 'yes'")
        press(page, "Print this page")
        assert page.locator("body[data-printed=yes]").count() == 1
    press(page, "My look-ups")
    expect(page.locator("main")).to_contain_text("Decided a plan")


def _mark_on_the_map(page: Page) -> None:
    """Mark two squares on the drawn map: the one under the cross, and one further up."""
    expect(page.locator("#drawing")).to_be_hidden(timeout=20_000)
    tab_to(page, "Map of the area")
    page.keyboard.press("Enter")
    expect(page.locator("#chosen input:checked")).to_have_count(1)
    page.keyboard.press("ArrowUp")
    expect(page.locator("#map-says")).not_to_contain_text("marked")  # it has moved, and says where to
    page.keyboard.press("Enter")
    expect(page.locator("#chosen input:checked")).to_have_count(2)


def test_a_tool_is_stopped_and_answered_by_keyboard_alone(
    people: People, served: Served, scripts: bool, tmp_path: Path
) -> None:
    """Two members with two keys, the officer's next page, the public's, and the answer that is owed."""
    sergeant = people.come(SERGEANT)
    member = people.come(ONE)
    _propose(member)
    _sign_elsewhere(member, served, ONE, tmp_path) if not scripts else _sign_here(member, served, ONE, "Sign")
    member.get_by_role("heading", name="Waiting for another member").wait_for()
    assert served.site.gate.mandate_states()["hotspots"] == "in force", "one alone stops nothing"

    other = people.come(TWO)
    press(other, "Stop Patrol places")
    _sign_elsewhere(other, served, TWO, tmp_path)
    other.get_by_role("heading", name="The panel has stopped Patrol places").wait_for()

    press(sergeant, "Patrol places")
    expect(sergeant.get_by_role("heading", level=1)).to_have_text("Patrol places are stopped")
    expect(sergeant.get_by_role("region", name="Do this instead")).to_be_visible()
    expect(sergeant.locator("main")).to_contain_text(WHY)
    press(sergeant, "Today")
    expect(sergeant.get_by_role("region", name="Tools")).to_contain_text("Stopped")

    served.site.publish()
    public = people.come()
    expect(public.locator("main")).to_contain_text(WHY)
    press(public, "Seven questions about this tool")
    expect(public.locator("h1")).to_contain_text("Stopped")
    if scripts:
        look_at(sergeant, "desk-stopped")
        look_at(public, "register-tool-stopped")

    official = people.come(OFFICIAL)
    press(official, "Answers you owe")
    press(official, "Stop on Patrol places")
    write(official, "Your answer", ANSWER)
    press(official, "Publish the answer")
    official.get_by_text("Your answer is public and in the record.").wait_for()
    served.site.publish()
    public.goto(f"{served.url}/failures/")
    expect(public.locator("main")).to_contain_text(WHY)
    expect(public.locator("main")).to_contain_text(ANSWER)
    if scripts:
        look_at(public, "register-failures-stopped")


def _propose(page: Page) -> None:
    press(page, "Stop a tool")
    pick(page, "Patrol places")
    press(page, "Continue")
    write(page, "Why should it stop?", WHY)
    pick(page, "At once")
    press(page, "Make the statement")
    page.wait_for_url("**/panel/proposals/*")


def _sign_here(page: Page, served: Served, account: str, button: str) -> None:
    """Sign in the page with a key file of one's own machine; the key stays there."""
    choose_file(page, "Your key file", next(served.place.home.glob(f"*/accounts/{account}.pem")))
    press(page, button)


def _sign_elsewhere(page: Page, served: Served, account: str, folder: Path) -> None:
    """Take the statement away, sign it on a machine where the key is, and hand it in."""
    press(page, "Without the browser")
    tab_to(page, "Take the statement as a file")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    statement = folder / f"{account}.txt"
    download.value.save_as(statement)
    call("panel", "sign", statement, "--account", account, home=served.place.home).ok()
    choose_file(page, "Signed statement", statement)
    press(page, "Hand in")
