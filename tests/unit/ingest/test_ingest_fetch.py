"""Downloading from a server that cuts, lies, refuses and asks for patience: a stub, never the real one."""

from __future__ import annotations

import io
import re
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from peelian.core.errors import InvalidError, LimitError, MissingError
from peelian.core.time import FixedClock
from peelian.ingest.catalogue import open_source
from peelian.ingest.fetch import SUMS, Manners, fetch_police_uk
from peelian.ingest.run import read_slices
from tests.support.ingest import OPTIONS, OUTCOMES, outcome_row, street_csv, to_csv

MONTHS = ("2024-04", "2024-05", "2024-06")


def make_archive() -> bytes:
    """Make an archive of two forces, stored so that its size is that of its rows."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as holder:
        for month in MONTHS:
            for force in ("northmere", "kent"):
                holder.writestr(f"{month}/{month}-{force}-street.csv", street_csv(4000, Month=month))
            holder.writestr(f"{month}/{month}-northmere-outcomes.csv", to_csv([outcome_row(1, Month=month)], OUTCOMES))
    return out.getvalue()


ARCHIVE = make_archive()


class Stub:
    """A server of archives with a list of misdeeds to commit, one a request."""

    def __init__(self) -> None:
        self.files = {"/2024-06.zip": ARCHIVE}
        self.misdeeds: list[object] = []
        self.requests = Counter[str]()
        self.bytes_sent = 0
        self.ranges = True

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.requests[handler.path] += 1
        misdeed = self.misdeeds.pop(0) if self.misdeeds else None
        data = self.files.get(handler.path)
        if data is None:
            handler.send_error(404)
        elif isinstance(misdeed, tuple):
            handler.send_response(misdeed[0])
            for name, value in misdeed[1].items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        elif not self.ranges:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
        else:
            self.send_range(handler, data, misdeed)

    def send_range(self, handler: BaseHTTPRequestHandler, data: bytes, misdeed: object) -> None:
        start, end = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", handler.headers["Range"]).groups())
        part = data[start : end + 1]
        total = len(data) + (7 if misdeed == "other length" else 0)
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{total}")
        handler.send_header("Content-Length", str(len(part)))
        handler.end_headers()
        if misdeed == "hang up":
            part = b""
        elif misdeed == "cut":
            part = part[: len(part) // 2]
        self.bytes_sent += len(part)
        handler.wfile.write(part)


@contextmanager
def serve(stub: Stub) -> Iterator[str]:
    """Serve on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stub.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Patience:
    """Pauses that are noted, not slept."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def manners(self, **changes: object) -> Manners:
        """Give manners that note their pauses."""
        clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
        return Manners(**({"sleep": self.slept.append, "timeout_s": 5.0, "clock": clock} | changes))


def fetch(stub, into, first="2024-04", last="2024-06", force="northmere", archive="2024-06", **manners):
    """Fetch from the stub; give what was fetched and the pauses."""
    patience = Patience()
    with serve(stub) as address:
        fetched = fetch_police_uk(
            force, first, last, into, address, archive=archive, manners=patience.manners(**manners)
        )
    return fetched, patience.slept


def test_only_the_files_asked_for_are_downloaded(tmp_path):
    """A force's three files, not the country's thousand."""
    stub = Stub()
    fetched, _ = fetch(stub, tmp_path, "2024-04", "2024-06")
    assert sorted(fetched.files) == [f"{m}/{m}-northmere-{kind}.csv" for m in MONTHS for kind in ("outcomes", "street")]
    assert (tmp_path / "2024-05" / "2024-05-northmere-street.csv").read_bytes() == street_csv(4000, Month="2024-05")
    assert fetched.bytes_read < 0.9 * len(ARCHIVE)
    assert (fetched.n_new, fetched.n_kept) == (6, 0)


def test_what_was_fetched_can_be_read(tmp_path):
    """The folder is an archive like any other."""
    fetch(Stub(), tmp_path, "2024-05", "2024-05")
    reading = read_slices(open_source("police_uk"), tmp_path, OPTIONS)
    assert [p.slice_id for p in reading] == [
        "police_uk/northmere/outcomes/2024-05",
        "police_uk/northmere/street/2024-05",
    ]


def test_the_list_of_sums_is_what_sha256sum_checks(tmp_path):
    """Anybody can check the files without our help."""
    fetched, _ = fetch(Stub(), tmp_path, "2024-05", "2024-05")
    lines = (tmp_path / SUMS).read_text().splitlines()
    assert lines == [f"{digest}  {name}" for name, digest in sorted(fetched.files.items())]


def test_a_second_run_downloads_nothing_and_mends_what_was_spoilt(tmp_path):
    """Resuming costs a look at the table of contents."""
    fetch(Stub(), tmp_path)
    again, _ = fetch(Stub(), tmp_path)
    assert (again.n_new, again.n_kept) == (0, 6)
    assert again.bytes_read < 2 << 20
    spoilt = tmp_path / "2024-05" / "2024-05-northmere-street.csv"
    spoilt.write_bytes(b"half")
    mended, _ = fetch(Stub(), tmp_path)
    assert (mended.n_new, mended.n_kept) == (1, 5)
    assert spoilt.read_bytes() == street_csv(4000, Month="2024-05")


def test_a_cut_connection_is_taken_up_where_it_broke(tmp_path):
    """Police networks drop long downloads."""
    stub = Stub()
    stub.misdeeds = [None, None, None, "cut", "hang up", "cut"]
    _, slept = fetch(stub, tmp_path)
    assert (tmp_path / "2024-06" / "2024-06-northmere-street.csv").read_bytes() == street_csv(4000, Month="2024-06")
    assert len(slept) == 3
    assert stub.bytes_sent < 1.2 * len(ARCHIVE)


def test_a_run_that_was_stopped_keeps_whole_files_only(tmp_path):
    """A file under its own name is a whole file."""
    stub = Stub()
    stub.misdeeds = [None] * 4 + ["hang up"] * 99
    with pytest.raises(LimitError) as caught:
        fetch(stub, tmp_path, tries=3)
    assert caught.value.code == "fetch-gave-up"
    whole = [p for p in tmp_path.rglob("*.csv")]
    for path in whole:
        assert path.read_bytes().endswith(b"\n")
    done, _ = fetch(Stub(), tmp_path)
    assert done.n_kept == len(whole)
    assert not list(tmp_path.rglob("*.part"))


def test_too_many_requests_are_answered_with_patience(tmp_path):
    """A public server says when to come back."""
    stub = Stub()
    stub.misdeeds = [(429, {"Retry-After": "30"}), (503, {"Retry-After": "Thu, 01 Jan 2026 00:01:00 GMT"}), (500, {})]
    _, slept = fetch(stub, tmp_path)
    assert slept == [30.0, 60.0, 4.0]


def test_a_pause_that_is_too_long_ends_the_run(tmp_path):
    """A command that sleeps for an hour looks like one that hangs."""
    stub = Stub()
    stub.misdeeds = [(429, {"Retry-After": "3600"})]
    with pytest.raises(LimitError) as caught:
        fetch(stub, tmp_path)
    assert "3600 seconds" in str(caught.value)


def test_a_server_that_stays_down_is_given_up(tmp_path):
    """Hammering helps nobody."""
    stub = Stub()
    stub.misdeeds = [(503, {})] * 9
    with pytest.raises(LimitError) as caught:
        fetch(stub, tmp_path, tries=3)
    assert caught.value.code == "fetch-gave-up"
    assert stub.requests["/2024-06.zip"] == 3


def test_nobody_listening_is_given_up(tmp_path):
    """A firewall answers with silence."""
    with serve(Stub()) as address:
        pass
    manners = Patience().manners(tries=2)
    with pytest.raises(LimitError):
        fetch_police_uk("kent", "2024-05", "2024-05", tmp_path, address, manners=manners)


@pytest.mark.parametrize(
    ("first", "last", "force", "says"),
    [
        ("2024-05", "2024-05", "atlantis", "hold nothing of the force"),
        ("2020-01", "2020-02", "kent", "no such archive"),
    ],
)
def test_what_is_not_there_is_said_plainly(tmp_path, first, last, force, says):
    """Not found has two causes and the user must know which."""
    with pytest.raises(MissingError, match=says) as caught:
        fetch(Stub(), tmp_path, first, last, force)
    assert caught.value.code == "fetch-not-found"
    stub = Stub()
    stub.misdeeds = [(403, {})]
    with pytest.raises(MissingError, match="status 403"):
        fetch(stub, tmp_path)


@pytest.mark.parametrize(
    ("first", "last", "force"),
    [
        ("2024-06", "2024-05", "kent"),
        ("May", "June", "kent"),
        ("2024-05", "2024-05", "../k"),
        ("2024-05", "2024-07", "kent"),
    ],
)
def test_a_request_without_sense_never_leaves_the_machine(tmp_path, first, last, force):
    """A path as a force's name is an attack or a mistake."""
    stub = Stub()
    with pytest.raises(InvalidError) as caught:
        fetch(stub, tmp_path, first, last, force)
    assert caught.value.code == "fetch-asks-nothing"
    assert not stub.requests
    with pytest.raises(InvalidError):
        fetch_police_uk("kent", "2024-05", "2024-05", tmp_path, "file:///etc")


def test_a_damaged_member_is_not_kept(tmp_path):
    """A flipped bit in a crime's month is a wrong crime."""
    stub = Stub()
    at = ARCHIVE.index(b"2024-04-northmere-street.csv") + 5000
    stub.files = {"/2024-06.zip": ARCHIVE[:at] + bytes([ARCHIVE[at] ^ 1]) + ARCHIVE[at + 1 :]}
    with pytest.raises(InvalidError) as caught:
        fetch(stub, tmp_path)
    assert caught.value.code == "fetch-damaged"
    assert not [p for p in tmp_path.rglob("*") if "street" in p.name]


def test_an_archive_without_an_end_is_damaged(tmp_path):
    """A broken upload has no table of contents."""
    stub = Stub()
    stub.files = {"/2024-06.zip": ARCHIVE[:100_000]}
    with pytest.raises(InvalidError) as caught:
        fetch(stub, tmp_path)
    assert caught.value.code == "fetch-damaged"


def test_an_archive_that_changes_under_the_reader_is_damaged(tmp_path):
    """Half of Tuesday's archive and half of Wednesday's is neither."""
    stub = Stub()
    stub.misdeeds = [None, None, "other length"]
    with pytest.raises(InvalidError, match="changed its length"):
        fetch(stub, tmp_path)


def test_a_server_without_ranges_is_told_apart(tmp_path):
    """Downloading a gigabyte by accident is not polite either."""
    stub = Stub()
    stub.ranges = False
    with pytest.raises(InvalidError) as caught:
        fetch(stub, tmp_path)
    assert caught.value.code == "fetch-needs-ranges"


def test_long_spans_take_several_archives(tmp_path):
    """An archive holds three years."""
    stub = Stub()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as holder:
        holder.writestr("2021-06/2021-06-northmere-street.csv", street_csv(2, Month="2021-06"))
    stub.files["/2021-06.zip"] = out.getvalue()
    fetched, _ = fetch(stub, tmp_path, "2021-06", "2024-06", archive="")
    assert "2021-06/2021-06-northmere-street.csv" in fetched.files
    assert len(fetched.files) == 7
