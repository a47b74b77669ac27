"""Accounts, passphrases, links, tokens and practice at the command line, as people type them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from peelian.app.caller import Place, at_door
from peelian.app.served import Site
from peelian.app.signing import sign_in_web, use_link, use_token, visit_of
from peelian.decide.practice import SOUND
from tests.support.walk import Walk, call, found, new_walk

WORDS = "copper lantern wet tuesday"


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """A deployment whose people hold their keys."""
    walk = new_walk(tmp_path_factory.mktemp("people"))
    walk.run("sign-in", "analyst-2").ok()
    return walk


def test_accounts_are_listed_without_a_sign_in(walk: Walk) -> None:
    """The first thing anybody asks is who they may be."""
    told = walk.run("accounts").ok().out
    assert re.search(r"analyst-1 +Analyst +you hold its key", told)
    assert re.search(r"panel-member-1 +Oversight panel member +own key only, you hold its key", told)
    assert "Tamsin" not in told and "made up" in told


def test_a_passphrase_set_at_the_command_line_opens_the_desk(walk: Walk) -> None:
    """With one's own key, once; from then on a browser is enough."""
    set_it = walk.run("passphrase", "set", "analyst-1", PEELIAN_NEW_PASSPHRASE=WORDS).ok()
    assert WORDS not in set_it.out + set_it.err
    with Site(Place(walk.folder, walk.home)) as site:
        visit = visit_of(site, sign_in_web(site, "analyst-1", WORDS, "127.0.0.1", tls=False).value)
        assert visit is not None and visit.account == "analyst-1"
    weak = walk.run("passphrase", "set", "analyst-1", "--json", PEELIAN_NEW_PASSPHRASE="short")
    assert (weak.code, weak.error["code"]) == (3, "passphrase-weak")
    panel = walk.run("passphrase", "set", "panel-member-1", "--json", PEELIAN_NEW_PASSPHRASE=WORDS)
    assert (panel.code, panel.error["code"]) == (5, "key-stays-home")


def test_links_and_tokens_are_made_where_the_key_is(walk: Walk, tmp_path: Path) -> None:
    """And by nobody who has no key: the folder of the deployment makes no link."""
    link = walk.json("sign-in-link", "panel-member-1", "--minutes", 5)
    token = call("sign-in-token", "panel-member-2", "--json", home=walk.home).ok().json
    with Site(Place(walk.folder, tmp_path / "a-server-has-no-keys")) as site:
        by_link = use_link(site, link["path"].rsplit("/", 1)[1], "127.0.0.1", tls=False)
        assert visit_of(site, by_link.value).account == "panel-member-1"  # type: ignore[union-attr]
        by_token = use_token(site, "\n ".join(re.findall(".{1,60}", token["token"])), "127.0.0.1", tls=False)
        assert visit_of(site, by_token.value).account == "panel-member-2"  # type: ignore[union-attr]
    stranger = Walk(walk.folder, tmp_path / "stranger")
    assert stranger.run("sign-in-link", "panel-member-1", "--json").error["code"] == "account-key-missing"
    nobody = call("sign-in-token", "panel-member-1", "--json", home=tmp_path / "stranger")
    assert (nobody.code, nobody.error["code"]) == (4, "deployment-unnamed")
    long = walk.run("sign-in-link", "panel-member-1", "--minutes", 10_000, "--json")
    assert (long.code, long.error["code"]) == (3, "link-lifetime")


def test_somebody_sits_a_set_by_hand_and_with_files(walk: Walk, tmp_path: Path) -> None:
    """Whoever guesses fails and is told what they missed; the set does not change until it is handed in."""
    sheet = walk.json("practice", "sheet", "hotspots", as_="analyst-2")
    assert walk.json("practice", "sheet", "hotspots", as_="analyst-2") == sheet
    shown = walk.run("practice", "sheet", "hotspots", as_="analyst-2").ok().out
    assert sheet["cases"][19]["title"] in shown and "Answers: sound, " in shown
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps([SOUND] * 20))
    told = walk.run("practice", "hand-in", sheet["attempt"], "--answers", answers, as_="analyst-2").ok().out
    assert told.startswith("Not passed: 0 of 6 wrong ones caught") and told.count("You said: Nothing was wrong") == 6
    assert "not trained" in walk.run("practice", "list", as_="analyst-2").ok().out
    answers.write_text('{"no": "list"}')
    unreadable = walk.run("practice", "hand-in", sheet["attempt"], "--answers", answers, "--json", as_="analyst-2")
    assert (unreadable.code, unreadable.error["code"]) == (3, "answers-unreadable")


def test_a_set_is_asked_case_by_case(walk: Walk) -> None:
    """A slip of the finger is asked again; twenty answers end it."""
    from typer.testing import CliRunner

    from peelian.cli import app

    env = {"PEELIAN_HOME": str(walk.home)}
    typed = "seven\n99\n" + "0\n" * 20
    args = ["practice", "sit", "hotspots", "--in", str(walk.folder), "--as", "analyst-2"]
    result = CliRunner().invoke(app, args, input=typed, env=env | {"PEELIAN_DIR": None})
    assert result.exit_code == 0, result.stderr
    assert result.stderr.count("Type a number from 0 to 8.") == 2 and "Case 20:" in result.stderr
    assert "Not passed: 0 of 6" in result.stdout


def test_the_demonstrations_way_is_said_and_shuts_with_the_demonstration(tmp_path: Path) -> None:
    """What a demonstration shows is no training in service."""
    walk = found(tmp_path)
    walk.run("sign-in", "analyst-1").ok()
    walk.run("context", "set", "op-patrol-planning", as_="analyst-1").ok()
    untrained = walk.run("analyse", "hotspots", "--json", as_="analyst-1")
    assert "untrained-method" in {r["code"] for r in untrained.error["reasons"]}
    told = walk.run("practice", "sit", "hotspots", "--demonstration", as_="analyst-1").ok().out
    assert told.startswith("Passed: 6 of 6") and "as a demonstration; the record says so" in told
    with at_door(Place(walk.folder, walk.home, "analyst-1")) as caller:
        assert caller.gate.who(caller.credential).actor.trained == {"hotspots"}


def test_a_server_never_reads_the_callers_key_folder(walk: Walk, tmp_path: Path) -> None:
    """A served site is given no keys at all."""
    nowhere = tmp_path / "nowhere"
    with Site(Place(walk.folder, nowhere)) as site:
        assert visit_of(site, None) is None
    assert not os.path.exists(nowhere)
