"""The desk in a browser: at a glance in the morning, on a phone, by keyboard, without scripts."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.pages import check_fits, enter, follow, look_at, tab_to
from tests.support.served import Served

OFFICER = "neighbourhood-officer-1"


def choose(page: Page, served: Served, title: str) -> None:
    """Choose what to work on."""
    page.goto(f"{served.url}/desk/context")
    page.get_by_label(title).check()
    follow(page.get_by_role("button", name="Work on this"))
    page.wait_for_url("**/desk")


def test_every_page_of_the_desk_is_a_good_one(desktop: Page, served: Served) -> None:
    """Looked at, heard and measured, at each width."""
    enter(desktop, served, OFFICER)
    look_at(desktop, "desk-before-choosing")
    choose(desktop, served, "Weekly patrol plan")
    for path, name in (
        ("/desk", "desk"),
        ("/desk/context", "desk-context"),
        ("/desk/look-ups", "desk-look-ups"),
        ("/desk/search", "desk-search"),
        ("/desk/hand-over", "desk-hand-over"),
    ):
        desktop.goto(served.url + path)
        look_at(desktop, name)


def test_the_first_page_says_what_to_do_first(phone: Page, served: Served) -> None:
    """Nothing opens before somebody has said what for; the page says so instead of being empty."""
    enter(phone, served, OFFICER)
    expect(phone.get_by_text("You have not said what you are working on.")).to_be_visible()
    follow(phone.get_by_role("button", name="Choose what you work on"))
    expect(phone.get_by_role("heading", level=1)).to_have_text("What are you working on?")
    check_fits(phone)


def test_a_purpose_that_is_refused_to_everybody_meets_the_rule_itself(desktop: Page, served: Served) -> None:
    """The third minute of everybody who doubts."""
    enter(desktop, served, "analyst-1")
    desktop.goto(f"{served.url}/desk/context")
    desktop.get_by_text("I need something for another purpose").click()
    desktop.get_by_label("What for?").select_option(label="Immigration enforcement")
    with desktop.expect_response("**/desk/context/ask") as answer:
        follow(desktop.get_by_role("button", name="Ask whether I may"))
    assert answer.value.status == 403
    desktop.wait_for_load_state()
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Stopped by a rule")
    expect(desktop.get_by_text("red-line-5-purpose")).to_be_visible()
    look_at(desktop, "desk-refused")
    desktop.goto(f"{served.url}/desk/look-ups")
    expect(desktop.get_by_text("Was stopped by a rule").first).to_be_visible()


def test_what_one_works_on_is_changed_by_keyboard_alone(desktop: Page, served: Served) -> None:
    """Gloves, a broken trackpad, a screen reader."""
    enter(desktop, served, OFFICER)
    tab_to(desktop, "Choose what you work on")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/desk/context")
    tab_to(desktop, "Response shift")
    desktop.keyboard.press("Space")
    tab_to(desktop, "Work on this")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/desk")
    expect(desktop.get_by_label("What you are working on")).to_contain_text("Response shift")


def test_the_whole_desk_works_without_scripts(without_scripts: Page, served: Served) -> None:
    """A script that did not load must not stand between an officer and the note of the last shift."""
    page = without_scripts
    enter(page, served, OFFICER)
    choose(page, served, "Weekly patrol plan")
    page.goto(f"{served.url}/desk/hand-over")
    page.get_by_label("What should the next shift know?").fill("Lamp out in Mill Road.")
    follow(page.get_by_role("button", name="Leave this note"))
    expect(page.get_by_text("Lamp out in Mill Road.").first).to_be_visible()
    page.goto(f"{served.url}/desk/search")
    page.get_by_label("Plan, result, tool or source").fill("patrol")
    follow(page.get_by_role("button", name="Find"))
    expect(page.get_by_role("link", name="Patrol places").last).to_be_visible()
    assert "patrol" not in page.url.removeprefix(served.url + "/desk")
    page.goto(f"{served.url}/desk/hand-over")
    follow(page.get_by_role("button", name="Leave this note"))
    expect(page.get_by_role("alert")).to_contain_text("Write what the next shift should know.")


def test_an_emergency_is_one_button_on_a_phone_and_is_marked(phone: Page, served: Served) -> None:
    """Nobody reads a form while somebody is bleeding."""
    enter(phone, served, OFFICER)
    phone.goto(f"{served.url}/desk/context")
    follow(phone.get_by_role("button", name="Declare danger to life"))
    phone.wait_for_url("**/desk")
    expect(phone.get_by_label("What you are working on")).to_contain_text("Danger to life")
    phone.goto(f"{served.url}/desk/look-ups")
    expect(phone.get_by_text("Declared an emergency").first).to_be_visible()
