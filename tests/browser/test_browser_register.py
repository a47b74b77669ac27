"""The public register in a browser: read without scripts, and the record checked by the reader's own machine."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from peelian.app.publishing.register import refresh
from tests.support.pages import follow
from tests.support.served import Served


@pytest.fixture(scope="module", autouse=True)
def published(served: Served) -> None:
    """Have the register written, as a server does once a minute."""
    refresh(served.site)


def test_the_register_is_read_without_scripts(without_scripts: Page, served: Served) -> None:
    """Reading must not need a program."""
    without_scripts.goto(f"{served.url}/")
    follow(without_scripts.get_by_role("link", name="Seven questions about this tool"))
    expect(without_scripts.locator("h1")).to_contain_text("Patrol places")
    follow(without_scripts.get_by_role("link", name=re.compile("How do I object")))
    expect(without_scripts.locator("#object")).to_be_visible()


def test_how_people_are_linked_is_found_from_the_front_page_and_challenged(
    without_scripts: Page, served: Served
) -> None:
    """Whoever was taken for somebody else looks where the tools are, and has to find how to say so."""
    without_scripts.goto(f"{served.url}/")
    follow(without_scripts.get_by_role("link", name="Seven questions about linking records"))
    expect(without_scripts.locator("h1")).to_contain_text("Finding records of the same person")
    expect(without_scripts.locator("#works")).to_be_visible()
    follow(without_scripts.get_by_role("link", name="How do I challenge it?"))
    expect(without_scripts.locator("#object")).to_be_visible()


def test_a_wide_table_is_read_on_a_phone_a_card_a_row(phone: Page, served: Served) -> None:
    """Six columns in 360 pixels are three letters each; a screen reader must still hear which column it is in."""
    phone.goto(f"{served.url}/who-may-see/")
    table = phone.get_by_role("table", name="Who may open what")
    expect(table.get_by_role("columnheader")).to_have_count(6)
    assert phone.locator(".p-table--stacked").first.evaluate("e => e.scrollWidth <= e.clientWidth")
    cell = table.get_by_role("cell").first
    assert cell.evaluate("e => getComputedStyle(e, '::before').content").startswith('"What"')
    assert cell.bounding_box()["width"] > 250


def test_the_rules_are_found_on_a_phone_without_scrolling_past_all_their_words(phone: Page, served: Served) -> None:
    """Ninety rules told at length are forty screens, and the one that matters is in none of them."""
    phone.goto(f"{served.url}/rules/")
    assert phone.evaluate("document.documentElement.scrollHeight") < 8_000
    phone.goto(f"{served.url}/rules/#rule-mandate-expired")
    expect(phone.locator("#rule-mandate-expired")).to_be_visible()


def test_the_browser_checks_the_record_with_its_own_cryptography(desktop: Page, served: Served) -> None:
    """A proof that nobody checks proves nothing."""
    desktop.goto(f"{served.url}/record/")
    expect(desktop.locator("[data-verify-record]")).to_have_attribute("data-result", "good")
    expect(desktop.locator("[data-engine]")).to_contain_text("WebCrypto")


def test_a_browser_without_ed25519_uses_the_small_library_and_says_so(desktop: Page, served: Served) -> None:
    """Older browsers, and pages that come without TLS, have no cryptography of their own."""
    desktop.add_init_script("Object.defineProperty(globalThis.crypto, 'subtle', {value: undefined})")
    desktop.goto(f"{served.url}/record/")
    expect(desktop.locator("[data-verify-record]")).to_have_attribute("data-result", "good")
    expect(desktop.locator("[data-engine]")).to_contain_text("noble")


@pytest.mark.parametrize("forged", ["leaf", "root"])
def test_a_forged_act_or_head_is_told_in_red_words(desktop: Page, served: Served, forged: str) -> None:
    """The check must be able to fail, or its success means nothing."""

    def forge(route: Route) -> None:
        told = route.fetch().json()
        if forged == "leaf":
            told["acts"][-1]["leaf"] = told["acts"][-1]["leaf"].replace("allow", "refuse").replace("record", "allow")
        else:
            told["record"]["checkpoint"] = re.sub(r"\n(\d+)\n", r"\n1\1\n", told["record"]["checkpoint"], count=1)
        route.fulfill(body=json.dumps(told), content_type="application/json")

    desktop.route("**/record.json", forge)
    desktop.goto(f"{served.url}/record/")
    expect(desktop.locator("[data-verify-record]")).to_have_attribute("data-result", "bad")
    expect(desktop.locator("[data-verdict]")).to_contain_text("does not fit")


def test_a_page_that_is_too_old_says_so_in_red(desktop: Page, served: Served) -> None:
    """A copy from last month must not look like today's."""
    desktop.add_init_script("Date.now = () => new Date('2099-01-01').getTime()")
    desktop.goto(f"{served.url}/")
    expect(desktop.locator(".p-stale")).to_be_visible()
