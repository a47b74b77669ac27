"""A deployment held open by a server: what it publishes, which rules it follows, how it begins and ends."""

from __future__ import annotations

import datetime
import ipaddress
import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from peelian.app.caller import Place, at_door
from peelian.app.offices import adopt_charter
from peelian.app.served import Site
from peelian.app.serving import Address, in_background, names_of
from peelian.app.session import set_context, sign_in
from peelian.app.start import APPROVER, OVERSIGHT, Founding, init
from peelian.core.errors import InvalidError, RefusedError
from peelian.gate.rooms.wicket import wicket_of


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a deployment and its people's keys, to be copied."""
    folder = tmp_path_factory.mktemp("founded")
    init(Place(folder / "deployment", folder / "keys"), Founding())
    return folder


@pytest.fixture
def place(founded: Path, tmp_path: Path) -> Place:
    """Give a deployment of one's own."""
    shutil.copytree(founded, tmp_path / "copy")
    return Place(tmp_path / "copy" / "deployment", tmp_path / "copy" / "keys")


def _work(place: Place, account: str, operation: str) -> None:
    with at_door(Place(place.folder, place.home, account, place.clock)) as caller:
        sign_in(caller, account)
        set_context(caller, operation)


def _size(site: Site) -> int:
    size = site.gate.head_of_record()["size"]
    assert isinstance(size, int)
    return size


def _until(true, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def test_what_was_done_is_published_within_seconds(place: Place) -> None:
    """An entry that nobody outside can see yet could still be taken back."""
    told: list[int] = []
    with Site(place, refresh=lambda site: told.append(_size(site))) as site:
        site.keep()
        _until(lambda: told)
        before = _size(site)
        wicket_of(site.gate).refuse_sign_in()  # an entry
        site.stir()
        _until(lambda: _size(site) > before)
        assert told == sorted(told)


def test_a_failure_to_publish_is_said_and_stops_nobody(place: Place) -> None:
    """Officers go on working; those who run the site see it."""

    def break_down(site: Site) -> None:
        raise OSError("no room")

    with Site(place, refresh=break_down) as site:
        site.keep()
        _until(lambda: site.failed == "OSError")
        assert site.gate.mandate_states()


def test_another_charter_is_followed_once_it_is_adopted(place: Place) -> None:
    """Rules change by a recorded act: neither by editing a file, nor only after a restart."""
    _work(place, APPROVER, OVERSIGHT)
    with Site(place) as site:
        before, gate = site.charter.hash, site.gate
        mandate = place.folder / "charter" / "mandates" / "hotspots.yml"
        mandate.write_text(mandate.read_text().replace("title: ", "title: Other ", 1))
        site.follow_charter()
        assert site.charter.hash == before, "an edited file changes nothing"
        adopt_charter(Place(place.folder, place.home, APPROVER, place.clock))
        site.follow_charter()
        assert site.charter.hash != before and site.gate is not gate
        assert gate.mandate_states(), "a request under way in the old door comes to its end"


def test_beyond_this_machine_only_with_a_certificate() -> None:
    """Sign-ins would otherwise be readable on the way."""
    for host in ("0.0.0.0", "::", "192.0.2.1", "force.example"):
        with pytest.raises(RefusedError) as refused:
            names_of(Address(host))
        assert refused.value.code == "tls-needed"
    assert "localhost" in names_of(Address("127.0.0.1"))
    assert "localhost" in names_of(Address("::1"))


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, SHA256())
    )
    certificate, private = folder / "site.pem", folder / "site.key"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private


def test_over_tls_it_answers_to_its_certificates_names_and_says_to_come_back_so(place: Place, tmp_path: Path) -> None:
    """Browsers then never try the open way again."""
    certificate, key = _certificate(tmp_path)
    address = Address("127.0.0.1", 0, certificate, key)
    trust = ssl.create_default_context(cafile=str(certificate))
    with Site(place) as site, in_background(site, address) as url:
        assert url.startswith("https://")
        with urllib.request.urlopen(url, context=trust) as answer:
            assert answer.headers["strict-transport-security"]
        asked = urllib.request.Request(url, headers={"Host": "elsewhere.example"})
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(asked, context=trust)
        assert error.value.code == 421
        error.value.close()


def test_a_certificate_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """Before anything is opened."""
    certificate, key = _certificate(tmp_path)
    with pytest.raises(InvalidError) as told:
        names_of(Address("0.0.0.0", 443, certificate))
    assert told.value.code == "key-not-named"
    with pytest.raises(InvalidError) as told:
        names_of(Address("0.0.0.0", 443, key, key))
    assert told.value.code == "certificate-unusable"


@pytest.fixture
def command(place: Place) -> Iterator[subprocess.Popen[str]]:
    """Start ``peelian serve`` in a process of its own."""
    code = "from peelian.cli import main; main()"
    started = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--in", str(place.folder), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PEELIAN_HOME": str(place.home)},
        # A run that was put into the background ignores Ctrl-C, and its children would too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    yield started
    if started.poll() is None:
        started.kill()
    started.communicate()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_told_to_stop_and_leaves_in_order(
    command: subprocess.Popen[str], place: Place, how: signal.Signals
) -> None:
    """Stopping a server is no accident: the head is signed, the exit code says that all is well."""
    assert command.stdout is not None
    first, second = command.stdout.readline(), command.stdout.readline()  # what is read ahead is lost to communicate
    url = first.split(" at ")[1].strip()
    with urllib.request.urlopen(url) as answer:
        assert answer.status == 200 and "server" not in answer.headers
    command.send_signal(how)
    out, err = command.communicate(timeout=20)
    assert command.returncode == 0, err
    assert "made up" in second and not out and "Traceback" not in err
