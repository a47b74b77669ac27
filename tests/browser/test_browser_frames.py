"""The frames that every page shares, and every component, looked at once and for all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from peelian.app.serving import Address, in_background
from peelian.web.pages import PAGES
from tests.support import gallery
from tests.support.pages import enter, follow, look_at, tab_to
from tests.support.served import Served


@pytest.fixture(scope="module")
def shown(served: Served) -> Iterator[Served]:
    """Serve the same site with the gallery before its pages."""
    with in_background(served.site, Address(port=0), pages=(gallery, *PAGES)) as url:
        yield Served(url.rstrip("/"), served.site, served.place)


def test_every_component_is_accessible_and_fits(desktop: Page, shown: Served) -> None:
    """What is wrong with a component is wrong on every page."""
    desktop.goto(f"{shown.url}/gallery")
    look_at(desktop, "components")


def test_every_component_can_be_reached_and_seen_by_keyboard(desktop: Page, shown: Served) -> None:
    """Some people have no mouse; they must see where they are."""
    desktop.goto(f"{shown.url}/gallery")
    for name in ("Pick a reason", "in use", "Full record", "Name of the street", "Mill Road", "Continue", "Next page"):
        tab_to(desktop, name)


def test_a_refusal_says_which_rule_who_can_change_it_and_what_to_do(desktop: Page, shown: Served) -> None:
    """The page that people meet most often in this house must send nobody away empty-handed."""
    desktop.goto(f"{shown.url}/gallery/stopped")
    look_at(desktop, "stopped-public")
    enter(desktop, shown, "analyst-1")
    desktop.goto(f"{shown.url}/gallery/stopped")
    text = desktop.locator("main").inner_text()
    for words in ("Red line 3", "Who can change it: the oversight panel", "burglary, robbery", "999", "recorded"):
        assert words in text
    look_at(desktop, "stopped")


@pytest.mark.parametrize("what", ["expired", "limit", "tampered", "broken"])
def test_what_goes_wrong_is_told_in_words(desktop: Page, shown: Served, what: str) -> None:
    """Nobody meets a stack of frames, or a stranger's name in one."""
    desktop.goto(f"{shown.url}/gallery/{what}")
    assert gallery.SECRET not in desktop.content()
    look_at(desktop, f"problem-{what}")


@pytest.mark.parametrize("frame", ["desk", "panel"])
def test_the_staff_frames_say_what_one_is_working_on(desktop: Page, shown: Served, frame: str) -> None:
    """Purpose comes from the working context, so it has to be in sight."""
    enter(desktop, shown, "analyst-1")
    desktop.goto(f"{shown.url}/gallery/{frame}")
    bar = desktop.get_by_role("region", name="What you are working on")
    assert "Patrol planning, Eastgate" in bar.inner_text()
    look_at(desktop, f"frame-{frame}")
    follow(desktop.get_by_role("button", name="Sign out"))
    assert "You are signed out" in desktop.locator("main").inner_text()


def test_what_is_sent_after_the_session_ended_is_not_taken(desktop: Page, shown: Served) -> None:
    """Somebody who was away learns that nothing was done in their name."""
    enter(desktop, shown, "analyst-1")
    desktop.goto(f"{shown.url}/gallery")
    [cookie] = desktop.context.cookies()
    desktop.context.clear_cookies()
    desktop.context.add_cookies([cookie | {"value": "A" * 43}])
    desktop.get_by_label("Name of the street").fill("Mill Road")
    follow(desktop.get_by_role("button", name="Continue"))
    assert "was not taken" in desktop.locator("main").inner_text()
    look_at(desktop, "session-ended")
