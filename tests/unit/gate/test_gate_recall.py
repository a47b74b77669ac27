"""A remembered head saves time and decides nothing: whatever does not fit is passed over."""

from __future__ import annotations

import dataclasses
import json

import pytest

from peelian.app.corrections.record import remembered
from peelian.core.canonical import canonical_bytes
from peelian.core.errors import TamperedError
from peelian.gate.entries import LOG_KEY
from peelian.gate.memory import recall
from peelian.gate.memory.head import Head
from peelian.ledger.payload import open_payload, seal
from tests.support.gate import build, burglaries


@pytest.fixture
def busy(tmp_path, monkeypatch):
    """A deployment whose ledger holds some of everything, with its head remembered."""
    monkeypatch.setattr(recall, "EVERY", 1)
    built = build(tmp_path / "one")
    built.plant({"s": burglaries(3)})
    built.panel_lifts(built.panel_stops("source-plans", "Wait."))
    built.panel_stops("hotspots", "It is not tested yet.")
    built.gate.propose_stop(built.at_work("panel-member-3"), "assess-hotspots", "Not signed by anybody.")
    built.house.ledger.publish()
    recall.remember_head(built.house.head.follow(), built.deployment.tmp)
    return built


def read_anew(built):
    """Read a head from the ledger's first entry."""
    return Head(built.house.ledger, built.house.keys.log_key()).follow()


def recalled(built):
    """Return a head as an opening gets it, before it follows."""
    return recall.recall_head(built.house.ledger, built.house.keys.log_key(), built.deployment.tmp)


def memory(built):
    """Return the file that remembers."""
    return built.deployment.tmp / recall.FILE


def test_a_remembered_head_knows_what_reading_everything_would_tell(busy):
    """A halt or an ended mandate that a memory had lost would be in force again."""
    head = recalled(busy)
    assert head.recalled_to == head.read_to == busy.house.ledger.size()
    assert recall.facts_of(head) == recall.facts_of(read_anew(busy))
    assert head.stop_on("hotspots", busy.clock.now()) and head.done.seq == 1 and head.sessions and head.accounts


def test_no_fact_of_the_head_is_forgotten():
    """A fact that somebody adds to the head and not to the memory would be lost at the next opening."""
    not_facts = {"ledger", "log_key", "read_to", "recalled_to", "_turn"}
    assert recall.facts_of(Head(None, b"")).keys() == {f.name for f in dataclasses.fields(Head)} - not_facts


def test_what_came_after_the_memory_is_read_from_the_ledger(busy):
    """An old memory put back must not undo what has been decided since."""
    old = memory(busy).read_bytes()
    busy.panel_stops("assess-hotspots", "Wait.")
    busy.house.ledger.publish()
    recall.remember_head(busy.house.head.follow(), busy.deployment.tmp)
    assert memory(busy).read_bytes() != old
    memory(busy).write_bytes(old)
    head = recalled(busy)
    assert head.stop_on("assess-hotspots", busy.clock.now()) is None
    assert recall.facts_of(head.follow()) == recall.facts_of(read_anew(busy))


def test_a_memory_is_only_written_of_what_is_published(busy):
    """What no checkpoint covers could still be cut by a power loss; a memory of it would know too much."""
    old = memory(busy).read_bytes()
    busy.plant({"t": burglaries(1, 50)})
    recall.remember_head(busy.house.head.follow(), busy.deployment.tmp)
    assert memory(busy).read_bytes() == old


@pytest.mark.parametrize("at", [0, 40, -40, -1])
def test_a_damaged_memory_is_passed_over(busy, at):
    """A flipped bit must cost a second, not a wrong answer and not a door that stays shut."""
    content = bytearray(memory(busy).read_bytes())
    content[at] ^= 1
    memory(busy).write_bytes(content)
    head = recalled(busy)
    assert head.recalled_to in (0, busy.house.ledger.size())  # a bit that base64 does not use changes nothing
    assert recall.facts_of(head.follow()) == recall.facts_of(read_anew(busy))


def test_a_torn_memory_is_passed_over(busy):
    """It is not synced: a power cut may leave half of it."""
    memory(busy).write_bytes(memory(busy).read_bytes()[:200])
    assert recalled(busy).read_to == 0


def test_another_deployments_memory_is_passed_over(busy, tmp_path):
    """A folder copied together from two would otherwise take one's halts for the other's."""
    other = build(tmp_path / "two")
    other.house.ledger.publish()
    recall.remember_head(other.house.head.follow(), other.deployment.tmp)
    memory(busy).write_bytes(memory(other).read_bytes())
    assert recalled(busy).read_to == 0


def rewritten(built, **changed):
    """Seal a changed memory with the right key, as somebody could who holds it."""
    key = {LOG_KEY: built.house.keys.log_key()}
    body = json.loads(open_payload(memory(built).read_bytes(), key)["head"]) | changed
    memory(built).write_bytes(seal({"head": (canonical_bytes(body), [LOG_KEY])}, key)[1])


@pytest.mark.parametrize("changed", [{"root": "00" * 32}, {"size": 3}, {"size": 10**6}, {"size": 0}, {"form": "old"}])
def test_a_memory_of_another_tree_or_from_other_code_is_passed_over(busy, changed):
    """After a restore from a backup, or an upgrade, what was remembered may never have been, or mean something else."""
    rewritten(busy, **changed)
    assert recalled(busy).read_to == 0


def test_a_payload_of_the_ledger_cannot_be_passed_off_as_a_memory(busy):
    """Callers choose part of what is sealed in the ledger, under the same key."""
    key = {LOG_KEY: busy.house.keys.log_key()}
    body = open_payload(memory(busy).read_bytes(), key)["head"]
    memory(busy).write_bytes(seal({"body": (body, [LOG_KEY])}, key)[1])
    assert recalled(busy).read_to == 0


def test_the_door_opens_from_memory_and_refuses_what_is_halted(busy):
    """The whole way: closed, opened again, still halted."""
    busy.gate.close()
    gate = busy.reopen()
    assert gate._house.head.recalled_to > 0 and gate.mandate_states()["hotspots"] == "stopped"
    gate.close()


def test_a_memory_forged_with_the_keys_is_found_out_by_reading_the_record_anew(busy):
    """An administrator holds the key that seals it, and could write one in which a stop never happened."""
    key, ledger, tmp = busy.house.keys.log_key(), busy.house.ledger, busy.deployment.tmp
    assert recall.check_memory(ledger, key, tmp) == "true"
    body = json.loads(open_payload(memory(busy).read_bytes(), {LOG_KEY: key})["head"])
    true = memory(busy).read_bytes()
    for name, forged in (
        ("panel", Head(ledger, key).panel.as_dict()),
        ("adopted", {}),
        ("accounts", dict.fromkeys(body["facts"]["accounts"], "00" * 32)),
        ("latest", 0),
        ("latest", body["facts"]["latest"] + 10**12),
    ):
        rewritten(busy, facts=body["facts"] | {name: forged})
        assert recalled(busy).read_to, "it is believed"
        with pytest.raises(TamperedError) as found:
            recall.check_memory(ledger, key, tmp)
        assert found.value.code == "memory-forged" and found.value.facts["differs"] == name
        memory(busy).write_bytes(true)
    rewritten(busy, form="old")
    assert recall.check_memory(ledger, key, tmp) == "unused"
    memory(busy).unlink()
    assert recall.check_memory(ledger, key, tmp) == "none"


def test_verifying_a_deployment_finds_a_forged_memory(busy):
    """The command that everybody is told to run is the one that has to notice."""
    busy.gate.close()
    folder = str(busy.deployment.folder)
    assert remembered(folder) == "true"
    key = {LOG_KEY: busy.house.keys.log_key()}
    facts = json.loads(open_payload(memory(busy).read_bytes(), key)["head"])["facts"]
    rewritten(busy, facts=facts | {"adopted": {}})
    with pytest.raises(TamperedError):
        remembered(folder)
    assert remembered(str(busy.deployment.ledger)) == "no deployment"
