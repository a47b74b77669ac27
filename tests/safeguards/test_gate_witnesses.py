"""What stops when nobody outside has seen the log for too long, and what must go on all the same."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager

import pytest

from peelian.core.errors import InvalidError, RefusedError
from peelian.core.time import FixedClock
from peelian.gate.witnessing import RETRY, WitnessCheck, read_terms
from peelian.ledger.fetch import folder_fetch
from peelian.ledger.verify import verify_log
from peelian.ledger.witness import Witness, make_server
from peelian.model.question import Question
from tests.support.gate import FOUNDED_AT, TEMPLATE, build, burglaries, codes, program

MONTHS = Question("incident", ("month",))


class Outside:
    """A witness that can be switched off and on again, at one address."""

    def __init__(self, folder, clock) -> None:
        self.witness = Witness.create(folder, "witness.invalid/one", clock=clock)
        self.port, self.server = 0, None
        self.on()

    def on(self) -> None:
        """Answer."""
        self.server = make_server(self.witness, "127.0.0.1", self.port)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def off(self) -> None:
        """Answer no more."""
        self.server.shutdown()
        self.server.server_close()

    @property
    def settings(self) -> str:
        """Return the lines of ``peelian.toml`` that name it."""
        return (
            "\n[witnesses]\nquorum = 1\ngap_minutes = 60\n\n[[witnesses.witness]]\nname = 'one'\n"
            f"url = 'http://127.0.0.1:{self.port}'\nvkey = '{self.witness.vkey}'\nrun_by = 'the university'\n"
        )


@contextmanager
def witnessed(folder):
    """Make a deployment whose log one outside witness countersigns."""
    clock = FixedClock(FOUNDED_AT)
    outside = Outside(folder / "witness", clock)
    made = build(folder / "made", adopt=False, settings=outside.settings, clock=clock)
    outside.witness.add_log((made.deployment.ledger / "vkey").read_text().strip())
    clock.move(minutes=5)
    made.adopt()
    made.train()
    made.plant({"s": burglaries(4)})
    try:
        yield made, outside
    finally:
        made.gate.close()
        outside.off()


def refused(call, *args, **kwargs) -> RefusedError:
    """Return the refusal that a call ends in."""
    with pytest.raises(RefusedError) as error:
        call(*args, **kwargs)
    return error.value


def test_without_witnesses_methods_stop_and_safety_look_ups_go_on_and_are_cosigned_afterwards(tmp_path):
    """Nobody may be left in danger because a witness is down, and nothing else may go on unseen."""
    with witnessed(tmp_path) as (made, outside):
        analyst, officer = made.at_work("analyst-1"), made.at_work("neighbourhood-officer-1", "op-response")
        official, approver = made.at_work("official-1"), made.at_work("approver-1")
        assert made.gate.view(analyst, "hotspots", MONTHS).rows_read == 4
        outside.off()
        made.clock.move(minutes=30)
        assert made.gate.view(analyst, "hotspots", MONTHS).rows_read == 4, "a short gap is no loss"
        made.clock.move(minutes=31)
        for call in (
            lambda: made.gate.view(analyst, "hotspots", MONTHS),
            lambda: made.gate.check_run(analyst, "hotspots", program()),
        ):
            assert codes(refused(call)) == {"witnesses-lost"}
        stop = made.panel_stops("hotspots", "Stopping is always possible.")
        made.gate.act_on_mandate(official, "hotspots", "end-mandate")
        assert "witnesses-lost" in codes(refused(made.gate.act_on_mandate, approver, "hotspots", "adopt-mandate"))
        view = made.gate.view(officer, "danger-to-life", MONTHS)
        assert view.rows_read == 4
        outside.on()
        made.clock.move(minutes=1)
        made.panel_lifts(stop, "The witness is back.")
        made.adopt("hotspots")
        assert made.gate.view(analyst, "hotspots", MONTHS).rows_read == 4
        vkeys = [outside.witness.vkey]
        result = verify_log(folder_fetch(made.deployment.ledger), vkey=None, witnesses=vkeys)
        assert result.ok and result.size > view.entry, "the look-up made in the gap has been countersigned"


def test_witnesses_that_do_not_answer_are_not_waited_for_at_every_look_up(tmp_path, monkeypatch):
    """An officer at a door cannot wait ten seconds for somebody else's network, each time anew."""
    with witnessed(tmp_path) as (made, outside):
        officer = made.at_work("neighbourhood-officer-1", "op-response")
        outside.off()
        made.clock.move(minutes=90)
        asked, real = [], made.house.ledger.publish
        monkeypatch.setattr(made.house.ledger, "publish", lambda: asked.append(1) or real())
        for _ in range(5):
            made.gate.view(officer, "danger-to-life", MONTHS)
        assert len(asked) == 1
        made.clock.at += RETRY
        made.gate.view(officer, "danger-to-life", MONTHS)
        assert len(asked) == 2
        monkeypatch.undo()


def test_a_gate_opened_without_witnesses_has_no_grace_from_an_earlier_one(tmp_path):
    """Starting the process again must not win another hour unseen."""
    with witnessed(tmp_path) as (made, outside):
        analyst = made.at_work("analyst-1")
        assert made.gate.view(analyst, "hotspots", MONTHS).rows_read == 4
        outside.off()
        made.clock.move(minutes=61)
        again = made.reopen()
        assert codes(refused(again.view, analyst, "hotspots", MONTHS)) == {"witnesses-lost"}
        again.close()


def test_yesterdays_folder_put_back_stops_methods_at_the_first_decision(tmp_path):
    """A panel's stop could be undone by restoring the ledger of an hour ago, cosignatures and all."""
    with witnessed(tmp_path) as (made, _):
        analyst = made.at_work("analyst-1")
        made.house.ledger.publish()
        kept = shutil.copytree(made.deployment.ledger, tmp_path / "an-hour-ago")
        made.panel_stops("hotspots", "It leads patrols astray.")
        made.house.ledger.publish()
        real = shutil.copytree(made.deployment.ledger, tmp_path / "as-it-is")
        shutil.rmtree(made.deployment.ledger)
        shutil.copytree(kept, made.deployment.ledger)
        again = made.reopen()
        assert codes(refused(again.check_run, analyst, "hotspots", program())) == {"witnesses-lost"}
        assert codes(refused(again.view, analyst, "hotspots", MONTHS)) == {"witnesses-lost"}
        shutil.rmtree(made.deployment.ledger)
        shutil.copytree(real, made.deployment.ledger)  # back, so that the first door can close


def real_charter(folder, least: int = 1):
    """Return the example's charter as that of a force that is no demonstration."""
    shutil.copytree(TEMPLATE, folder)
    force, panel = folder / "force.yml", folder / "panel.yml"
    force.write_text(force.read_text().replace("demonstration: true", "demonstration: false"))
    panel.write_text(panel.read_text().replace("witnesses_min: 1", f"witnesses_min: {least}"))
    return folder


def judged(made) -> set[str]:
    """Return why a method may not run, as an analyst is told."""
    return codes(refused(made.gate.check_run, made.at_work("analyst-1"), "hotspots", program()))


def test_a_force_that_is_no_demonstration_runs_nothing_without_outside_witnesses(tmp_path):
    """The settings are a file of whoever runs the machine; the minimum is the public's, in the charter."""
    made = build(tmp_path, adopt=False, template=real_charter(tmp_path / "charter"))
    assert "witnesses-lost" in judged(made)
    adopting = refused(made.gate.act_on_mandate, made.at_work("approver-1"), "hotspots", "adopt-mandate")
    assert codes(adopting) == {"witnesses-lost"}
    made.gate.close()


def outside_of_a_real_force(tmp_path, run_by: str, quorum: int = 0):
    """Make a deployment of a real force whose settings name one witness and hardly ask for it."""
    clock = FixedClock(FOUNDED_AT)
    outside = Outside(tmp_path / "witness", clock)
    settings = outside.settings.replace("quorum = 1", f"quorum = {quorum}").replace("the university", run_by)
    made = build(tmp_path / "made", adopt=False, settings=settings, clock=clock, template=real_charter(tmp_path / "c"))
    outside.witness.add_log((made.deployment.ledger / "vkey").read_text().strip())
    return made, outside


def test_settings_that_ask_for_fewer_than_the_charter_are_not_asked(tmp_path):
    """A quorum of none in a file must not undo what stands in the charter, nor stop what is witnessed."""
    made, outside = outside_of_a_real_force(tmp_path, "the university")
    made.clock.move(minutes=5)
    made.adopt()
    analyst = made.at_work("analyst-1")
    made.gate.view(analyst, "hotspots", MONTHS)
    outside.off()
    made.clock.move(minutes=61)
    assert codes(refused(made.gate.view, analyst, "hotspots", MONTHS)) == {"witnesses-lost"}
    assert "witnesses-lost" in judged(made)
    made.gate.close()


@pytest.mark.parametrize("run_by", ["Northmere Police", "northmere", " NORTHMERE POLICE ", ""])
def test_a_witness_that_the_force_runs_itself_is_none(tmp_path, run_by):
    """A friend of one's own makes no outsider, however well it signs."""
    made, outside = outside_of_a_real_force(tmp_path, run_by, quorum=1)
    assert "witnesses-lost" in judged(made)
    made.gate.close()
    outside.off()


def test_a_demonstration_without_witnesses_runs(tmp_path):
    """Anyone can try it on one machine; that nobody outside has seen its log is said on every page."""
    made = build(tmp_path)
    assert made.charter.panel.witnesses_min == 1 and made.charter.force.demonstration
    made.gate.check_run(made.at_work("analyst-1"), "hotspots", program())
    made.gate.close()


def test_a_quorum_of_none_asks_nobody(tmp_path):
    """A demonstration has no witnesses, and says so; it must not pretend to ask."""
    check = WitnessCheck(None, read_terms({}), FixedClock(FOUNDED_AT))  # type: ignore[arg-type]
    assert check() is True


WITNESS = {"name": "one", "url": "http://one.invalid", "vkey": "one+1+A", "run_by": "somebody"}


@pytest.mark.parametrize(
    "section",
    [
        "three",
        {"quorum": 1},
        {"quorum": -1},
        {"quorum": "many"},
        {"quorum": 2, "witness": [WITNESS]},
        {"quorum": 1, "witness": [{k: v for k, v in WITNESS.items() if k != "run_by"}]},
        {"quorum": 1, "witness": ["one"]},
        {"gap_minutes": "long"},
    ],
)
def test_settings_about_witnesses_that_cannot_be_meant_are_refused(section):
    """A quorum that can never stand, or a witness nobody runs, must be noticed before service begins."""
    with pytest.raises(InvalidError) as error:
        read_terms({"witnesses": section})
    assert error.value.code == "witnesses-invalid"


def test_who_runs_each_witness_is_known():
    """A witness run by the force itself is no witness; the register says who runs it."""
    terms = read_terms({"witnesses": {"quorum": 1, "witness": [WITNESS]}})
    assert terms.run_by == {"one": "somebody"} and terms.quorum == 1 and terms.gap.total_seconds() == 3600
