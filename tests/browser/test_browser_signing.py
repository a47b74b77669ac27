"""Signing in and out, and what people meet who are stopped, in a browser."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.support.pages import check_frame, enter, follow, look_at, tab_to
from tests.support.served import Served


def test_somebody_signs_in_with_a_link_once(desktop: Page, served: Served) -> None:
    """A link that works twice is a password that lies in a mailbox."""
    link = served.link("analyst-1")
    desktop.goto(link)
    look_at(desktop, "sign-in-link")
    desktop.reload()  # a mail program that looks at it does not use it up
    follow(desktop.get_by_role("button", name="Yes, sign me in"))
    assert desktop.url.startswith(f"{served.url}/desk")
    desktop.goto(link)
    assert desktop.get_by_role("button", name="Yes, sign me in").count() == 0


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(desktop: Page, served: Served) -> None:
    """A session that a script can read is a session that a script can take away."""
    enter(desktop, served, "analyst-1")
    [cookie] = desktop.context.cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and cookie["path"] == "/"
    assert desktop.evaluate("document.cookie") == ""


def test_the_sign_in_page_says_what_is_wrong(desktop: Page, served: Served) -> None:
    """Somebody who mistyped learns it at once, by ear too, and nothing about which accounts there are."""
    desktop.goto(f"{served.url}/sign-in")
    look_at(desktop, "sign-in")
    desktop.get_by_label("Account").fill("analyst-1")
    desktop.get_by_label("Passphrase").fill("not the one")
    follow(desktop.get_by_role("button", name="Sign in", exact=True))
    assert "There is a problem" in desktop.get_by_role("alert").inner_text()
    assert desktop.title().startswith("There is a problem: ")
    look_at(desktop, "sign-in-wrong")


def test_signing_in_works_by_keyboard_and_without_scripts(without_scripts: Page, served: Served) -> None:
    """Nobody is kept out by a broken mouse or a cautious browser."""
    page = without_scripts
    page.goto(f"{served.url}/passphrase")
    assert "/sign-in?next=" in page.url, "a reader who is not signed in is shown where to"
    page.goto(served.link("analyst-1"))
    tab_to(page, "Skip to main content")
    tab_to(page, "Yes, sign me in")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{served.url}/desk*")


def test_what_is_missing_is_told_as_a_page(phone: Page, served: Served) -> None:
    """An address that leads nowhere leads on."""
    phone.goto(f"{served.url}/there-is-nothing-here")
    check_frame(phone)
    look_at(phone, "missing")
    assert phone.get_by_role("link", name="Go to the front page").is_visible()
