"""The panel's room in a browser: stopping a tool step by step with two keys, the answer, letting it go on."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from playwright.sync_api import Browser, Page

from peelian.app.people import erase
from peelian.app.session import set_context, sign_in
from peelian.model.question import Question, Where
from peelian.oversee.signing import sign_statement
from tests.support.pages import DESKTOP, enter, follow, look_at, tab_to
from tests.support.served import Served, serving_copy

ONE, TWO, THREE = "panel-member-1", "panel-member-2", "panel-member-3"
WHY = "Two streets in Eastgate were chosen for a reason that the published test does not support."


@pytest.fixture
def served(demonstration: Path, tmp_path: Path):
    """Give a served demonstration of one's own: these tests stop its tools."""
    with serving_copy(demonstration, tmp_path / "copy") as served:
        yield served


def key_file(served: Served, account: str) -> Path:
    """Return where somebody's key is: on their own machine, not the server's."""
    [folder] = [p for p in served.place.home.iterdir() if p.is_dir()]
    return folder / "accounts" / f"{account}.pem"


def locked_key_file(served: Served, account: str, passphrase: str, to: Path) -> Path:
    """Return somebody's key locked with a passphrase, as `peelian` writes it."""
    key = served.caller(account).keyring.account_key(account)
    to.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode())))
    return to


def another(browser: Browser, served: Served, account: str) -> Page:
    """Return a page of somebody else, in a browser of their own."""
    page = browser.new_context(viewport=DESKTOP).new_page()
    page.set_default_timeout(10_000)
    enter(page, served, account)
    return page


def propose(page: Page, served: Served) -> None:
    """Go through the first two steps."""
    page.goto(f"{served.url}/panel/stop")
    page.get_by_label("Patrol places In force", exact=False).first.check()
    follow(page.get_by_role("button", name="Continue"))
    page.get_by_label("Why should it stop?").fill(WHY)
    page.get_by_label("At once").check()
    follow(page.get_by_role("button", name="Make the statement"))


def state(served: Served) -> str:
    """Say what anybody can see of the tool."""
    return served.site.gate.mandate_states()["hotspots"]


def test_two_members_stop_a_tool_in_their_browsers_with_their_own_keys(
    browser, desktop: Page, served, tmp_path
) -> None:
    """The power that the public was promised, from the first look to the answer, as members and officers see it."""
    enter(desktop, served, ONE)
    assert desktop.url == f"{served.url}/panel"
    look_at(desktop, "panel-room")
    first_member_proposes(desktop)
    first_member_signs(desktop, served, locked_key_file(served, ONE, "a locked key", tmp_path / "k.pem"))
    assert state(served) == "in force"
    second = another(browser, served, TWO)
    second_member_signs(second, served)
    assert state(served) == "stopped"
    official_answers(another(browser, served, "official-1"))
    second.reload()
    assert second.get_by_text("We have taken the two streets out").is_visible()
    second_member_proposes_to_lift(second, served)
    assert state(served) == "stopped"
    first_member_lifts(desktop, served)
    assert state(served) == "in force"


def first_member_proposes(page: Page) -> None:
    """Go through the first two steps, forgetting something in each."""
    follow(page.get_by_role("button", name="Stop a tool"))
    look_at(page, "panel-stop-1-choose")
    follow(page.get_by_role("button", name="Continue"))
    assert "Choose what should stop." in page.get_by_role("alert").inner_text()
    page.get_by_label("Patrol places In force", exact=False).first.check()
    follow(page.get_by_role("button", name="Continue"))
    look_at(page, "panel-stop-2-why")
    follow(page.get_by_role("button", name="Make the statement"))
    assert "Say why it should stop." in page.get_by_role("alert").inner_text()
    page.get_by_label("Why should it stop?").fill(WHY)
    page.get_by_label("At once").check()
    follow(page.get_by_role("button", name="Make the statement"))
    look_at(page, "panel-stop-3-sign")


def first_member_signs(page: Page, served: Served, locked_key: Path) -> None:
    """Sign with a locked key of one's own, after another's and a wrong passphrase; the key never leaves the page."""
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.post_data or "") if r.method == "POST" else None)
    sign = page.get_by_role("button", name="Sign", exact=True)
    sign.click()
    assert page.get_by_text("Choose your key file.").is_visible()
    page.get_by_label("Your key file").set_input_files(key_file(served, TWO))
    sign.click()
    page.get_by_text("This is not the key that is enrolled for your account.").wait_for()
    page.get_by_label("Your key file").set_input_files(locked_key)
    page.get_by_label("Passphrase of the key file").fill("not the one")
    sign.click()
    page.get_by_text("The passphrase does not open the file.").wait_for()
    page.get_by_label("Passphrase of the key file").fill("a locked key")
    sign.click()
    page.get_by_role("heading", name="Waiting for another member").wait_for()
    look_at(page, "panel-stop-4-wait")
    assert len(sent) == 1 and "PRIVATE" not in sent[0] and "locked" not in sent[0], "the key never leaves the page"


def second_member_signs(page: Page, served: Served) -> None:
    """Sign as the second, which stops the tool, and look at what the room then says."""
    follow(page.get_by_role("link", name="Stop Patrol places"))
    page.get_by_label("Your key file").set_input_files(key_file(served, TWO))
    page.get_by_role("button", name="Sign, and stop it now").click()
    page.get_by_role("heading", name="The panel has stopped Patrol places").wait_for()
    look_at(page, "panel-stop-5-done")
    page.goto(f"{served.url}/panel")
    look_at(page, "panel-room-stopped")
    follow(page.get_by_role("link", name="Read the answer, or let Patrol places go on"))
    look_at(page, "panel-stop-followed")


def official_answers(page: Page) -> None:
    """Answer the stop in public."""
    follow(page.get_by_role("link", name="Answers you owe the panel and the public"))
    look_at(page, "desk-answers")
    follow(page.get_by_role("link", name="Stop on Patrol places"))
    look_at(page, "desk-answer")
    page.get_by_label("Your answer").fill("We have taken the two streets out and will test again by 12 December.")
    follow(page.get_by_role("button", name="Publish the answer"))
    page.get_by_text("Your answer is public and in the record.").wait_for()
    look_at(page, "desk-answer-published")


def second_member_proposes_to_lift(page: Page, served: Served) -> None:
    """Propose that the tool may go on, and sign."""
    page.get_by_label("Why may it go on?").fill("The two streets are out and the test was run again.")
    follow(page.get_by_role("button", name="Make the statement to lift it"))
    page.get_by_label("Your key file").set_input_files(key_file(served, TWO))
    page.get_by_role("button", name="Sign", exact=True).click()
    page.get_by_role("heading", name="Waiting for another member").wait_for()


def first_member_lifts(page: Page, served: Served) -> None:
    """Sign as the second of those who let it go on."""
    page.goto(f"{served.url}/panel")
    follow(page.get_by_role("link", name="Let Patrol places go on", exact=True))
    page.get_by_label("Your key file").set_input_files(key_file(served, ONE))
    page.get_by_role("button", name="Sign, and let it go on").click()
    page.get_by_role("heading", name="Patrol places may go on").wait_for()


def test_a_tool_is_stopped_without_scripts_and_by_keyboard(without_scripts: Page, browser, served, tmp_path) -> None:
    """A member who trusts no script in the page stops a tool all the same."""
    page = without_scripts
    enter(page, served, THREE)
    page.goto(f"{served.url}/panel/stop/why?mandate=hotspots")
    page.get_by_label("Why should it stop?").fill(WHY)
    page.get_by_label("At once").check()
    tab_to(page, "Make the statement")
    page.keyboard.press("Enter")
    page.wait_for_url("**/panel/proposals/*")
    assert page.get_by_label("Your key file").is_hidden()
    page.get_by_text("Without the browser").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Take the statement as a file").click()
    content = Path(download.value.path()).read_text()
    for account in (THREE, ONE):
        content = sign_statement(content, account, served.caller(account).keyring.account_key(account))
    signed = tmp_path / "signed.txt"
    signed.write_text(content.replace(WHY, "Another reason."))
    page.get_by_label("Signed statement").set_input_files(signed)
    follow(page.get_by_role("button", name="Hand in"))
    assert "not the text" in page.get_by_role("alert").inner_text()
    signed.write_text(content)
    page.get_by_text("Without the browser").click()
    page.get_by_label("Signed statement").set_input_files(signed)
    follow(page.get_by_role("button", name="Hand in"))
    assert page.get_by_role("heading", name="The panel has stopped Patrol places").is_visible()
    assert state(served) == "stopped"


def test_the_panel_asks_and_checks_the_record(phone: Page, served) -> None:
    """On a phone, on the way to the meeting."""
    page = phone
    enter(page, served, ONE)
    page.goto(f"{served.url}/panel/questions")
    page.get_by_label("Your question").fill("Why is Eastgate forecast and Westgate not?")
    follow(page.get_by_role("button", name="Ask in public"))
    page.get_by_role("heading", name="Why is Eastgate forecast and Westgate not?").wait_for()
    look_at(page, "panel-questions")
    page.goto(f"{served.url}/panel/record")
    look_at(page, "panel-record")
    follow(page.get_by_role("button", name="Check every entry now"))
    page.get_by_text("fit together and are signed").wait_for()
    look_at(page, "panel-record-checked")


@pytest.mark.parametrize("account", ["analyst-1", "official-1"])
def test_who_is_not_on_the_panel_meets_a_rule(desktop: Page, served, account) -> None:
    """What members are asked to sign is not for those it is about."""
    enter(desktop, served, account)
    for path in ("panel", "panel/stop", "panel/record"):
        desktop.goto(f"{served.url}/{path}")
        assert desktop.get_by_role("heading", name="Stopped by a rule").is_visible()


def test_a_member_makes_a_result_again_and_asks_the_rules(desktop: Page, served) -> None:
    """Reports say that everything is in order; a member can see for themselves."""
    page = desktop
    enter(page, served, TWO)
    page.goto(f"{served.url}/panel/look")
    look_at(page, "panel-look")
    follow(page.get_by_role("button", name="Make a result again"))
    look_at(page, "panel-results")
    follow(page.get_by_role("button", name="Make it again").first)
    page.get_by_role("heading", name="The same, byte for byte").wait_for(timeout=60_000)
    look_at(page, "panel-replayed")
    page.goto(f"{served.url}/panel/look/why")
    page.get_by_label("For this purpose").select_option("burglary-prevention")
    page.get_by_label("These rows").select_option("incident")
    follow(page.get_by_role("button", name="Ask the rules"))
    assert page.get_by_role("rowheader", name="Analyst").first.is_visible()
    look_at(page, "panel-who-may")
    page.goto(f"{served.url}/panel/look/why?purpose=immigration-enforcement&table=incident")
    assert page.get_by_role("heading", name="They say no to everybody").is_visible()
    look_at(page, "panel-who-may-not")


def test_a_member_rates_reasons_blind_and_publishes_the_shares(desktop: Page, served) -> None:
    """A reason that nobody reads is a box that somebody ticks."""
    page = desktop
    enter(page, served, ONE)
    page.goto(f"{served.url}/panel/look/reasons")
    assert page.get_by_text("Shares stand here once at least").is_visible()
    follow(page.get_by_role("button", name="Draw twenty"))
    look_at(page, "panel-lot")
    seen = page.locator("main").inner_text()
    people = [p for p in served.site.charter.people.values() if p.id != ONE]
    assert not [p.id for p in people if p.id in seen or p.display_name in seen]
    cards = page.get_by_label("It fits", exact=True).count()
    assert cards >= 8
    for card in range(cards):
        page.locator(f"#r{card}-{'fits' if card % 3 else 'cannot-tell'}").check()
    follow(page.get_by_role("button", name="Keep my ratings"))
    page.get_by_text("ratings are kept").wait_for()
    look_at(page, "panel-reasons")
    follow(page.get_by_role("button", name="Publish these shares"))
    page.get_by_text("The shares are on the register.").wait_for()
    [said] = served.site.gate.public_papers("sign-off")
    assert "in 10" in said.body["text"] and not any(p.id in said.body["text"] for p in people)


def a_burglary(served) -> str:
    """Return a record that the forecast rests on; nobody else is its subject."""
    analyst = served.caller("analyst-1")
    sign_in(analyst, "analyst-1")
    set_context(analyst, "op-patrol-planning")
    burglary = Where("offence", "==", "burglary")
    rows = analyst.gate.view(analyst.credential, "hotspots", Question("incident", ("record_id",), (burglary,), limit=1))
    return str(rows.rows["record_id"][0].as_py())


def test_a_result_that_rested_on_somebody_since_erased_is_no_alarm(without_scripts: Page, served) -> None:
    """Erasing people must not look like tampering, and tampering must not hide behind it."""
    officer = served.caller("data-protection-officer-1")
    sign_in(officer, "data-protection-officer-1")
    set_context(officer, "op-erasure")
    erase(officer, a_burglary(served))
    page = without_scripts
    enter(page, served, THREE)
    page.goto(f"{served.url}/panel/look/results")
    follow(page.get_by_role("button", name="Make it again").first)
    for _ in range(60):
        if not page.get_by_role("heading", name="Making the result again").count():
            break
        page.wait_for_timeout(500)
        follow(page.get_by_role("link", name="Look again"))
    assert page.get_by_role("heading", name="The rows are not the same any more").is_visible()
    assert not page.get_by_text("Stop the tool").count()
