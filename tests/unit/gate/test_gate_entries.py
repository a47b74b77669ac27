"""What the gate writes into the ledger: little in public, the rest under keys."""

from __future__ import annotations

import json

import pytest

from peelian.core.errors import PeelianError
from peelian.gate.entries import LOG_KEY, Act, read_body
from peelian.ledger.payload import open_payload
from tests.support.gate import build

SUBJECTS = ("a" * 32, "b" * 32)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Give a deployment, and an entry about two subjects."""
    made = build(tmp_path_factory.mktemp("entries"), adopt=False)
    act = Act("consultation", "hotspots", "burglary-prevention", "allow", {"actor": "x"}, "Planted reason.", SUBJECTS)
    [index] = made.house.recorder.record([act])
    [(_, leaf, private)] = made.house.ledger.read(index, index + 1)
    yield made, leaf, private
    made.gate.close()


def keys_of(made, *subjects):
    """Return the log's key and those of some subjects."""
    keys = made.house.keys
    return {LOG_KEY: keys.log_key()} | {keys.name(s): keys.get_or_create(s) for s in subjects}


def test_the_public_part_has_exactly_the_promised_fields(written):
    """Whatever is added there is published for ever."""
    _, leaf, _ = written
    assert set(json.loads(leaf)) == {"v", "op", "day", "purpose", "tool", "policy", "decision", "commitment"}


def test_the_private_part_says_nothing_without_the_logs_key(written):
    """The log's disk may be copied; its keys lie elsewhere."""
    made, _, private = written
    assert open_payload(private, {}) == {}
    for seed in (b"Planted", b"actor", SUBJECTS[0].encode()):
        assert seed not in private
    assert read_body(private, made.house.keys.log_key())["actor"] == "x"


def test_a_subject_needs_its_own_key_and_the_reason_needs_all_of_them(written):
    """Erasing one subject takes away that subject, and the sentence that may name them."""
    made, _, private = written
    assert set(open_payload(private, keys_of(made))) == {"body"}
    one = open_payload(private, keys_of(made, SUBJECTS[0]))
    assert one["subject:0"] == SUBJECTS[0].encode() and "reason" not in one and "subject:1" not in one
    assert open_payload(private, keys_of(made, *SUBJECTS))["reason"] == b"Planted reason."


def test_a_payload_put_under_another_entry_is_found_out(written):
    """Payloads lie beside the tree: a halt's must not be laid under a lift."""
    made, leaf, _ = written
    [(_, _, other)] = made.house.ledger.read(0, 1)
    with pytest.raises(PeelianError) as error:
        read_body(other, made.house.keys.log_key(), leaf=leaf)
    assert error.value.code == "payload-altered"


def test_instants_are_private_and_days_are_public(written):
    """To the minute, the log would tell shifts and habits."""
    made, leaf, private = written
    assert json.loads(leaf)["day"] == made.clock.now().date().isoformat()
    assert read_body(private, made.house.keys.log_key())["at"] > 10**15
