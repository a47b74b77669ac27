"""What somebody with the disk, and without the keys, cannot do by editing the files of a deployment."""

from __future__ import annotations

import sqlite3
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.core.errors import RefusedError, TamperedError
from peelian.core.time import to_micros
from peelian.gate.identity import Credential, request_sign_in
from peelian.model.question import Question
from peelian.store.deployment import open_deployment
from tests.support.gate import Built, build, burglaries

RECORD = struct.Struct(">QI")


@pytest.fixture
def built(tmp_path: Path) -> Built:
    """Make a deployment of its own for each edit."""
    made = build(tmp_path)
    yield made
    made.gate.close()


def edit_desk(built: Built, statement: str, *values: object) -> None:
    """Edit the desk database as an insider with the disk would."""
    with sqlite3.connect(built.deployment.folder / "desk.db") as desk:
        assert desk.execute(statement, values).rowcount == 1, "the edit met its row"
    desk.close()


def test_a_key_written_into_the_desk_signs_nobody_in(built: Built) -> None:
    """The desk is a file. Whoever can write it must not become the approver by putting a key of their own there."""
    mine = Ed25519PrivateKey.generate()
    public = mine.public_key().public_bytes_raw().hex()
    edit_desk(built, "UPDATE accounts SET public_key = ? WHERE id = 'approver-1'", public)
    request, _ = request_sign_in("approver-1", mine, built.clock.now(), built.deployment.id)
    with pytest.raises(RefusedError) as refused:
        built.gate.open_session(request)
    assert refused.value.code == "sign-in-refused"


def test_a_session_written_into_the_desk_is_nobodys(built: Built) -> None:
    """A session that no entry of the ledger opened would be somebody acting as another, unseen."""
    mine = Ed25519PrivateKey.generate()
    real = built.sign_in("analyst-1")
    forged = "0" + real.session_id[1:-1] + "Z"
    at = to_micros(built.clock.now())
    edit_desk(
        built,
        "INSERT INTO sessions (id, account_id, session_public_key, opened_at, expires_at) VALUES (?, ?, ?, ?, ?)",
        *(forged, "approver-1", mine.public_key().public_bytes_raw().hex(), at, at + 3_600_000_000),
    )
    with pytest.raises(RefusedError) as refused:
        built.gate.who(Credential(forged, mine))
    assert refused.value.code == "session-not-proved"


def test_a_session_given_to_another_account_in_the_desk_is_nobodys(built: Built) -> None:
    """Raising oneself from analyst to approver by editing one cell must not work."""
    real = built.sign_in("analyst-1")
    edit_desk(built, "UPDATE sessions SET account_id = 'approver-1' WHERE id = ?", real.session_id)
    with pytest.raises(RefusedError) as refused:
        built.gate.who(real)
    assert refused.value.code == "session-not-proved"


def test_a_purpose_written_into_a_working_context_changes_nothing(built: Built) -> None:
    """The purpose comes from the operation in the charter, not from a cell that somebody could edit."""
    analyst = built.at_work("analyst-1")
    edit_desk(
        built, "UPDATE working_contexts SET purpose = 'erasure-on-request' WHERE session_id = ?", analyst.session_id
    )
    assert built.gate.who(analyst).purpose == "burglary-prevention"


def test_a_payload_put_under_another_entry_is_found_out(built: Built) -> None:
    """A stop could be made to speak of another mandate by swapping payloads: they lie beside the tree."""
    built.plant({"s": burglaries(3)})
    built.panel_stops("hotspots", "wrong for a month")
    built.panel_stops("source-plans", "wrong for a month")
    built.house.ledger.publish()
    stops = [i for i, leaf in enumerate(built.leaves()) if leaf["op"] == "halt"]
    swap_payloads(built, *stops)
    with pytest.raises(TamperedError) as found:
        built.reopen().view(built.at_work("analyst-1"), "hotspots", Question("incident", ("month",)))
    assert found.value.code == "payload-altered"
    swap_payloads(built, *stops)  # back, so that the first door can close


def swap_payloads(built: Built, one: int, other: int) -> None:
    """Swap two payloads in the file where they lie."""
    [path] = [p for p in (built.deployment.ledger / "private").rglob("*") if p.is_file()]
    data, records = path.read_bytes(), []
    while data:
        instant, length = RECORD.unpack_from(data)
        records.append((instant, data[RECORD.size : RECORD.size + length]))
        data = data[RECORD.size + length :]
    records[one], records[other] = records[other], records[one]
    path.write_bytes(b"".join(RECORD.pack(at, len(payload)) + payload for at, payload in records))


def test_settings_cannot_be_edited_without_a_public_entry(built: Built) -> None:
    """Whoever turns the witnesses off in a file must leave a line that outsiders read, terms sealed beside it."""
    first = len([leaf for leaf in built.leaves() if leaf["op"] == "settings-loaded"])
    with built.deployment.config.open("a") as settings:
        settings.write("\n[witnesses]\nquorum = 0\ngap_minutes = 9000000\n")
    regions = built.charter.jurisdiction.regions
    built.deployment = open_deployment(built.deployment.folder, allowed=regions)
    built.reopen().close()
    built.reopen().close()
    told = built.bodies("settings-loaded")
    assert (first, len(told)) == (1, 2), "once for the founding, once for the edit, none for what is as it was"
    assert told[1]["gap_seconds"] == 540_000_000
    assert told[1]["before"] == told[0]["settings"]
