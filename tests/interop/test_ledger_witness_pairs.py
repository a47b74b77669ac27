"""Other people's conversations with a witness, and other people's signed notes."""

from __future__ import annotations

import http.client
import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from peelian.core.errors import TamperedError
from peelian.core.time import FixedClock
from peelian.ledger.verify import open_checkpoint, open_note, read_note, read_vkey
from peelian.ledger.witness import Witness, make_server

SIGSUM_KEY = "ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f"
SIGSUM_ORIGIN = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

PAIR = re.compile(
    r"POST (?P<url>\S+)\n```\n(?P<body>.*?)```\nHTTP (?P<status>\d+)\n\[Asserts\]\nbody (?P<verb>contains|==) "
    r'"(?P<want>[^"]*)"',
    re.DOTALL,
)


@contextmanager
def running(witness):
    """Run a witness on a free port; give a connection to it that is kept open."""
    server = make_server(witness, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    try:
        yield connection
    finally:
        connection.close()
        server.shutdown()
        thread.join()
        server.server_close()


def replay(text, witness):
    """Play the requests in order against one witness; give how many there were."""
    pairs = list(PAIR.finditer(text))
    with running(witness) as connection:
        for number, pair in enumerate(pairs):
            connection.request("POST", "/add-checkpoint", pair["body"].encode())
            response = connection.getresponse()
            body, want = response.read().decode(), pair["want"].replace("\\n", "\n")
            assert (number, response.status) == (number, int(pair["status"])), body
            assert want in body if pair["verb"] == "contains" else want == body
            if response.status == 409:
                assert response.getheader("Content-Type") == "text/x.tlog.size"
    return len(pairs)


def new_witness(folder):
    """Make the witness that the conversations name."""
    return Witness.create(folder, "example.com/witness", clock=FixedClock(datetime(2026, 11, 22, tzinfo=UTC)))


@pytest.mark.realdata
def test_the_sigsum_conversation_gets_the_answers_it_expects(real_data, tmp_path):
    """Nine requests in order: growth, forgery, an unknown log, missing and wrong proofs, two conflicts."""
    witness = new_witness(tmp_path / "w")
    witness.add_log(f"{SIGSUM_KEY} {SIGSUM_ORIGIN}")
    text = (real_data / "interop" / "witness" / "litewitness.add-checkpoint.hurl").read_text()
    assert replay(text, witness) == 9
    assert witness.last(SIGSUM_ORIGIN).size == 5


@pytest.mark.realdata
def test_the_go_checksum_database_is_witnessed_though_its_origin_is_not_its_key_name(real_data, tmp_path):
    """The biggest log of this kind names itself otherwise than its key does."""
    witness = new_witness(tmp_path / "w")
    witness.add_log(SUMDB, "go.sum database tree")
    text = (real_data / "interop" / "witness" / "sumdb.add-checkpoint.hurl").read_text()
    assert replay(text, witness) == 1
    assert witness.last("go.sum database tree").size == 35225469


GO_CHECKPOINT = """go.sum database tree
35225469
vt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ=

— sum.golang.org Az3grpukl5AXaVfYkLiDGORx/DN2nlcS5kZHR5uYOBV2KA2HgXpD+gu9HHONebHLAyaKbbTM75QTtPydhKCExixSfwQ=
"""


def test_a_published_checkpoint_of_the_go_checksum_database_is_opened():
    """A foreign log's signature is checked, with no data set at hand."""
    checkpoint = open_checkpoint(GO_CHECKPOINT.encode(), read_vkey(SUMDB), origin="go.sum database tree")
    assert checkpoint.size == 35225469
    changed = GO_CHECKPOINT.replace("35225469", "35225468")
    with pytest.raises(TamperedError) as wrong:
        open_checkpoint(changed.encode(), read_vkey(SUMDB), origin="go.sum database tree")
    assert wrong.value.code == "signature-wrong"


def test_the_example_of_the_go_note_package_is_opened():
    """The format's first implementation documents this note."""
    known = read_vkey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = read_note(
        b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        b"\xe2\x80\x94 PeterNeumann "
        b"x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert open_note(note, [known]) == {known: 0}
