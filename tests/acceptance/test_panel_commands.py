"""The panel's stop from the command line: proposed, signed offline with a key file, handed in, obeyed, lifted."""

from __future__ import annotations

import pytest

from tests.support.walk import Walk, call, new_walk


@pytest.fixture(scope="module")
def walk(tmp_path_factory) -> Walk:
    """Give a deployment with nothing in it: stopping needs no data."""
    return new_walk(tmp_path_factory.mktemp("panel"))


def test_two_panel_members_stop_a_tool_with_their_own_keys_and_let_it_go_on(walk, tmp_path):
    """Stopping must not wait for whoever runs the tool, and must not be one person's doing."""
    walk.enter("panel-member-1", "panel-member-2", "analyst-1")

    def states():
        return {m["id"]: m["state"] for m in walk.json("mandate", "list")["mandates"]}

    def carried_out(act, *proposing):
        text = tmp_path / f"{act}.txt"
        put = walk.json("panel", "propose", "hotspots", *proposing, "--out", text, as_="panel-member-1")
        assert (put["done"], put["signed_by"], put["needed"]) == (False, [], 2)
        for member in ("panel-member-1", "panel-member-2"):
            alone = call("panel", "sign", text, "--account", member, home=walk.home).ok()
            assert "figures look wrong" in alone.err or "explained and checked" in alone.err, (
                "people read what they sign"
            )
        done = walk.json("panel", act, text, as_="panel-member-2")
        assert done["done"] and done["signed_by"] == ["panel-member-1", "panel-member-2"]

    carried_out("stop", "--reason", "figures look wrong")
    assert states()["hotspots"] == "stopped"
    stopped = walk.run("analyse", "hotspots", "--cell-m", 300, "--json", as_="analyst-1")
    assert stopped.code == 5 and "mandate-halted" in {r["code"] for r in stopped.error["reasons"]}
    one_alone = walk.run("mandate", "lift", "hotspots", "--reason", "all is well", "--json", as_="panel-member-1")
    assert one_alone.code == 5 and "panel-stop-stands" in {r["code"] for r in one_alone.error["reasons"]}
    by_analyst = walk.run(
        "panel", "propose", "hotspots", "--lift", "--reason", "all is well", "--json", as_="analyst-1"
    )
    assert by_analyst.code == 5
    carried_out("lift", "--lift", "--reason", "explained and checked")
    assert states()["hotspots"] == "in force"
    [stop] = walk.json("panel", "show", as_="panel-member-1")["stops"]
    assert (stop["whose"], stop["stands"], stop["lifted"]["reason"]) == ("panel", False, "explained and checked")


def test_a_statement_is_signed_with_a_key_file_alone(walk, tmp_path):
    """Members sign on machines of their own, where no force's program ever ran."""
    walk.enter("panel-member-1")
    text, signed = tmp_path / "statement.txt", tmp_path / "signed.txt"
    put = walk.json("panel", "propose", "hotspots", "--reason", "Too wide.", "--out", text, as_="panel-member-1")
    key = walk.keys / "accounts" / "panel-member-2.pem"
    sign = ("panel", "sign", text, "--account", "panel-member-2", "--key", key, "--out", signed)
    call(*sign, home=tmp_path / "no-keys").ok()
    assert text.read_text() == put["statement"] and signed.read_text().startswith(
        put["statement"] + "\n\u2014 panel-member-2 "
    )
    half = walk.json("panel", "stop", signed, as_="panel-member-1")
    assert (half["done"], half["signed_by"]) == (False, ["panel-member-2"])
    told = {
        "statement-malformed": ("panel", "sign", key, "--account", "panel-member-2"),
        "key-file-unusable": ("panel", "sign", text, "--account", "panel-member-2", "--key", text),
        "account-key-missing": ("panel", "sign", text, "--account", "panel-member-9"),
    }
    for code, words in told.items():
        assert call(*words, "--json", home=walk.home).error["code"] == code
    forged = tmp_path / "forged.txt"
    forged.write_text(signed.read_text().replace("Too wide.", "Too narrow."))
    handed_in = {
        "statement-unsigned": ("stop", text),
        "statement-of-another-kind": ("lift", signed),
        "statement-not-the-proposed": ("stop", forged),
        "statements-differ": ("stop", signed, forged),
        "signature-not-counted": ("stop", signed),
    }
    for code, (act, *files) in handed_in.items():
        assert walk.run("panel", act, *files, "--json", as_="panel-member-1").error["code"] == code
