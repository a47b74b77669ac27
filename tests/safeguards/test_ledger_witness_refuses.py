"""A witness says yes to growth and no to everything else a log may try."""

from __future__ import annotations

import http.client
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from peelian.core.errors import InvalidError, MissingError, StoppedError, TamperedError
from peelian.core.time import FixedClock
from peelian.ledger import tree
from peelian.ledger.checkpoint import sign_checkpoint
from peelian.ledger.cosign import WitnessAddress, Witnesses, write_request
from peelian.ledger.fetch import UrlFetch, folder_fetch
from peelian.ledger.log import Entry, Ledger
from peelian.ledger.note import Signer
from peelian.ledger.quorum import at_least
from peelian.ledger.verify import verify_log
from peelian.ledger.witness import Witness, make_server
from tests.support.ledger_disks import FaultDisk, QuickDisk

SIGNER = Signer("log.example/seen", bytes(range(32)))
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CLOCK = FixedClock(NOW)
LEAVES = [tree.leaf_hash(b"%d" % i) for i in range(40)]
OTHERS = [*LEAVES[:5], *[tree.leaf_hash(b"other %d" % i) for i in range(35)]]


def head(size, leaves=LEAVES, signer=SIGNER):
    """Sign a tree head."""
    return sign_checkpoint(SIGNER.name, size, tree.root_of(leaves[:size]), signer)


def proof(old, new, leaves=LEAVES):
    """Prove growth within one history."""
    read = lambda level, n: tree.root_of(leaves[n << level : (n + 1) << level])  # noqa: E731
    return tree.prove_consistency(old, new, read) if old else []


def ask(witness, old, new, leaves=LEAVES, signer=SIGNER, hashes=None):
    """Submit a tree head; give the status."""
    hashes = proof(old, new, leaves) if hashes is None else hashes
    return witness.add_checkpoint(write_request(old, hashes, head(new, leaves, signer))).status


@pytest.fixture
def witness(tmp_path):
    """Give a witness that knows the log."""
    witness = Witness.create(tmp_path / "witness", "witness.example/w", clock=CLOCK, disk=QuickDisk())
    witness.add_log(SIGNER.vkey)
    return witness


@contextmanager
def serving(*witnesses):
    """Run witnesses on free ports; give their addresses for a log."""
    servers = [make_server(w, "127.0.0.1", 0) for w in witnesses]
    threads = [threading.Thread(target=s.serve_forever, kwargs={"poll_interval": 0.01}) for s in servers]
    for thread in threads:
        thread.start()
    try:
        yield [
            WitnessAddress(f"w{i}", f"http://127.0.0.1:{s.server_address[1]}/", w.vkey)
            for i, (s, w) in enumerate(zip(servers, witnesses, strict=True))
        ]
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


def test_growth_is_cosigned_and_remembered(witness):
    """The yes must be as sure as the no."""
    assert [ask(witness, *sizes) for sizes in ((0, 5), (5, 5), (5, 8), (8, 21), (21, 40))] == [200] * 5
    again = Witness(witness.folder, clock=CLOCK)
    assert again.last(SIGNER.name).size == 40
    assert ask(again, 40, 40) == 200


def test_a_rollback_is_refused(witness):
    """A log that has been shorter since it was longer has lost something."""
    ask(witness, 0, 20)
    assert ask(witness, 0, 10) == 409
    assert ask(witness, 20, 10, hashes=[]) == 400
    assert witness.last(SIGNER.name).size == 20


def test_a_fork_is_refused_and_kept_as_evidence(witness):
    """Two tree heads of one size under one signature convict the log's operator."""
    ask(witness, 0, 20)
    assert ask(witness, 20, 20, OTHERS) == 409
    assert ask(witness, 20, 30, OTHERS) == 422
    assert ask(witness, 20, 30, LEAVES) == 200
    (evidence,) = (witness.folder / "evidence").iterdir()
    assert evidence.read_text().count(SIGNER.name + "\n20\n") == 2


def test_an_edit_and_a_deletion_are_refused(witness):
    """Either one makes another tree, and no proof leads there."""
    ask(witness, 0, 20)
    edited = [*LEAVES[:7], tree.leaf_hash(b"edited"), *LEAVES[8:]]
    deleted = LEAVES[:7] + LEAVES[8:]
    for leaves in (edited, deleted):
        assert ask(witness, 20, 30, leaves) == 422
        assert ask(witness, 20, 30, leaves, hashes=proof(20, 30)) == 422


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old -1\n\n",
        b"old 00\n\n",
        b"old 0 \n\n",
        b"new 0\n\n",
        b"old 0\nnot base64\n\n",
        b"old 0\nAAAA\n\n",
        b"old 0\n\n" + b"\xff\xfe",
        b"old 0\n" + b"KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + b"\n",
    ],
)
def test_a_request_that_is_not_one_is_a_bad_request(witness, body):
    """Anyone can send anything to a public address."""
    assert witness.add_checkpoint(body + head(3).note.content.encode() if body else body).status in (400, 403)
    assert witness.last(SIGNER.name).size == 0


def test_a_first_checkpoint_with_a_proof_or_a_wrong_empty_root_is_refused(witness):
    """From nothing, nothing is proved."""
    assert ask(witness, 0, 3, hashes=[LEAVES[0]]) == 422
    assert (
        witness.add_checkpoint(write_request(0, [], sign_checkpoint(SIGNER.name, 0, bytes(32), SIGNER))).status == 422
    )
    assert ask(witness, 0, 0) == 200
    assert ask(witness, 0, 3) == 200


def test_a_stranger_and_a_forger_are_refused(witness):
    """Cosigning an unknown log would lend it a good name."""
    assert ask(witness, 0, 3, signer=Signer(SIGNER.name, bytes(32))) == 403
    unknown = sign_checkpoint("log.example/unknown", 3, bytes(32), Signer("log.example/unknown", bytes(32)))
    assert witness.add_checkpoint(write_request(0, [], unknown)).status == 403
    strict = Witness(witness.folder, clock=CLOCK, unknown_log_status=404)
    assert strict.add_checkpoint(write_request(0, [], unknown)).status == 404


def test_a_log_is_named_by_its_key_and_where_needed_its_first_line(witness):
    """Logs publish their keys in two forms, and some name themselves otherwise than their key."""
    public = SIGNER.verifier.public.hex()
    for line in (f"{SIGNER.vkey} another name", f"{public} log.example/hex", SIGNER.vkey):
        witness.add_log(line)
    assert set(witness.logs()) == {SIGNER.name, "another name", "log.example/hex"}
    for line in (public, "nonsense", f"{public[:-1]} x", f"{public.upper()} x"):
        with pytest.raises(InvalidError):
            witness.add_log(line)


def test_two_requests_at_once_never_roll_back(witness):
    """The race that tlog-witness describes: the smaller checkpoint answered last."""
    ask(witness, 0, 5)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda size: ask(Witness(witness.folder, clock=CLOCK), 5, size), range(6, 30)))
    winner = witness.last(SIGNER.name).size
    assert winner > 5
    assert ask(witness, 5, 39) == 409
    assert ask(witness, winner, 39) == 200


@pytest.mark.parametrize("how", ["before", "after", "torn"])
def test_a_witness_never_forgets_what_it_cosigned_whatever_its_disk_does(tmp_path, how):
    """State is kept before the answer; a witness that forgets can be made to sign a fork."""
    for step in range(8):
        folder = tmp_path / f"{how}-{step}"
        Witness.create(folder, "witness.example/w", clock=CLOCK, disk=QuickDisk()).add_log(SIGNER.vkey)
        assert ask(Witness(folder, clock=CLOCK, disk=QuickDisk()), 0, 5) == 200
        failing = Witness(folder, clock=CLOCK, disk=FaultDisk(step, how))
        try:
            status = ask(failing, 5, 9)
        except StoppedError as stopped:
            assert stopped.code == "witness-stopped"
            with pytest.raises(StoppedError):
                ask(failing, 5, 9)
            status = 0
        last = Witness(folder, clock=CLOCK).last(SIGNER.name).size
        assert last == 9 if status == 200 else last in (5, 9)


def test_a_witness_whose_memory_is_damaged_stops(witness):
    """Starting again from nothing would sign any past."""
    ask(witness, 0, 5)
    (path,) = (witness.folder / "state").iterdir()
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(TamperedError) as damaged:
        ask(witness, 5, 6)
    assert damaged.value.code == "witness-state-damaged"


def test_a_witness_is_made_once(witness, tmp_path):
    """A second key would make it a stranger to every log."""
    with pytest.raises(InvalidError) as exists:
        Witness.create(witness.folder, "witness.example/w", clock=CLOCK)
    assert exists.value.code == "witness-exists"
    with pytest.raises(MissingError) as missing:
        Witness(tmp_path / "nowhere", clock=CLOCK)
    assert missing.value.code == "witness-missing-key"


def test_the_server_answers_what_it_should_not_with_the_right_status(witness):
    """A public address is tried with everything."""
    with serving(witness) as (address,):
        port = int(address.url.rstrip("/").rpartition(":")[2])
        for method, path, headers, status in (
            ("POST", "/elsewhere", {"Content-Length": "0"}, 404),
            ("POST", "/add-checkpoint", {"Content-Length": "99999999"}, 413),
            ("POST", "/add-checkpoint", {"Transfer-Encoding": "chunked"}, 411),
            ("GET", "/add-checkpoint", {}, 501),
        ):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.putrequest(method, path)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            assert connection.getresponse().status == status, (method, path)
            connection.close()


# ---- with a ledger ----


def made(folder, *addresses):
    """Make a ledger that asks these witnesses."""
    return Ledger.create(
        folder, origin=SIGNER.name, signer=SIGNER, clock=CLOCK, disk=QuickDisk(), witnesses=Witnesses(addresses, 2.0)
    )


def said(ledger):
    """Give what the witnesses said."""
    return [answer.state for answer in ledger.witness_report]


def test_a_published_checkpoint_carries_its_witnesses(witness, tmp_path):
    """A receipt must stand offline, years later, without asking the log."""
    second = Witness.create(tmp_path / "second", "witness.example/second", clock=CLOCK)
    second.add_log(SIGNER.vkey)
    with serving(witness, second) as addresses:
        ledger = made(tmp_path / "ledger", *addresses)
        for size in (1, 3, 300):
            ledger.append([Entry(b"%d" % i) for i in range(size)])
            ledger.publish()
            assert said(ledger) == ["cosigned", "cosigned"]
    vkeys = [witness.vkey, second.vkey]
    found = verify_log(folder_fetch(tmp_path / "ledger"), vkey=SIGNER.vkey, witnesses=vkeys)
    assert found.ok and [w.name for w in found.witnesses] == ["witness.example/w", "witness.example/second"]
    assert "second" in ledger.receipt(0)


def test_a_lost_witness_is_reported_and_stops_nothing(witness, tmp_path):
    """Safety look-ups go on against the local log, and are cosigned when the witness is back."""
    with serving(witness) as (address,):
        gone = WitnessAddress("gone", "http://127.0.0.1:9/", Signer.generate_witness("witness.example/gone").vkey)
        ledger = made(tmp_path / "ledger", address, gone)
        ledger.append([Entry(b"a")])
        ledger.publish()
        assert said(ledger) == ["cosigned", "unreachable"]
    ledger.append([Entry(b"b")])
    assert ledger.publish().size == 2
    assert said(ledger) == ["unreachable", "unreachable"]
    quorum = at_least(1, {"w": witness.vkey, "gone": gone.vkey})
    folder = tmp_path / "ledger"
    assert not verify_log(folder_fetch(folder), vkey=SIGNER.vkey, witnesses=ledger.witnesses.vkeys, quorum=quorum).ok
    with serving(witness) as (back,):
        ledger = Ledger.open(folder, signer=SIGNER, clock=CLOCK, witnesses=Witnesses((back,)))
        assert ledger.publish().size == 2
        assert said(ledger) == ["cosigned"]
    assert verify_log(folder_fetch(folder), vkey=SIGNER.vkey, witnesses=[witness.vkey, gone.vkey], quorum=quorum).ok


def test_a_ledger_put_back_to_yesterday_learns_it_from_its_witness(witness, tmp_path):
    """The folder alone cannot know; the witness does, and the gate stops methods on the report."""
    with serving(witness) as (address,):
        ledger = made(tmp_path / "ledger", address)
        ledger.append([Entry(b"a")])
        ledger.publish()
        ledger.close()
        shutil.copytree(tmp_path / "ledger", tmp_path / "backup")
        ledger = Ledger.open(tmp_path / "ledger", signer=SIGNER, clock=CLOCK, witnesses=Witnesses((address,)))
        ledger.append([Entry(b"b"), Entry(b"c")])
        ledger.publish()
        back = Ledger.open(tmp_path / "backup", signer=SIGNER, clock=CLOCK, witnesses=Witnesses((address,)))
        back.append([Entry(b"another b")])
        back.publish()
        assert [(a.state, a.size) for a in back.witness_report] == [("ahead", 3)]
        back.append([Entry(b"another c")])
        back.publish()
        assert said(back) == ["refused"]


def test_a_witness_that_answers_with_somebody_elses_signature_is_not_believed(witness, tmp_path):
    """An address can be taken over; a key cannot."""
    with serving(witness) as (address,):
        other = Signer.generate_witness("witness.example/w")
        ledger = made(tmp_path / "ledger", WitnessAddress("w", address.url, other.vkey))
        ledger.append([Entry(b"a")])
        checkpoint = ledger.publish()
        assert said(ledger) == ["bad-answer"]
        assert len(checkpoint.note.signatures) == 1


def test_a_cosignature_from_the_future_is_not_taken(tmp_path):
    """It would push our clock's floor forward and expire every mandate at once."""
    ahead = Witness.create(tmp_path / "w", "witness.example/w", clock=FixedClock(NOW + timedelta(days=400)))
    ahead.add_log(SIGNER.vkey)
    with serving(ahead) as (address,):
        ledger = made(tmp_path / "ledger", address)
        ledger.append([Entry(b"a")])
        ledger.publish()
        assert said(ledger) == ["bad-answer"]
        assert ledger.last_instant() == NOW


def test_a_log_is_verified_over_http_as_in_its_folder(tmp_path):
    """The outsider has an address, not our disk."""

    class Quiet(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format, *args):
            pass

    ledger = made(tmp_path / "ledger")
    ledger.append([Entry(b"%d" % i) for i in range(300)])
    ledger.publish()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "ledger")))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        fetch = UrlFetch(f"http://127.0.0.1:{server.server_address[1]}")
        found = verify_log(fetch, vkey=SIGNER.vkey)
        assert (found.ok, found.size) == (True, 300)
        (tmp_path / "ledger/tile/0/000").unlink()
        assert [p.code for p in verify_log(fetch, vkey=SIGNER.vkey).problems] == ["log-file-missing"]
        fetch.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert [p.code for p in verify_log(fetch, vkey=SIGNER.vkey).problems] == ["log-unreachable"]
    with pytest.raises(InvalidError):
        UrlFetch("ftp://log.example")
