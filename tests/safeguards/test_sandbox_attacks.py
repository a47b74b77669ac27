"""Attacks on a method's sandbox: each is shown to work outside it, so that its refusal inside means something."""

import base64
import json
import os
import socket
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sandbox_attacks

from peelian.core.time import SystemClock
from peelian.gate.sandbox.landlock import landlock_abi
from peelian.gate.sandbox.lockdown import PROTECTIONS, default_readable
from peelian.gate.sandbox.worker import run_in_worker
from peelian.store.deployment import create_deployment

SCRIPT = str(Path(sandbox_attacks.__file__))
COMMAND = [sys.executable, "-I", SCRIPT]
VICTIM = """
import ctypes, sys
secret = ctypes.create_string_buffer(b"secret")
print(ctypes.addressof(secret), flush=True)
sys.stdin.read()
"""

pytestmark = pytest.mark.skipif(not landlock_abi(), reason="this kernel has no Landlock: methods are refused on it")


def make_deployment(folder: Path) -> list[str]:
    """Lay out a folder with something to steal in each of the places a deployment keeps things."""
    for place in ("lake", "ledger", "keys", "charter", "index"):
        (folder / place).mkdir(parents=True)
    pq.write_table(pa.table({"name": ["Jane Doe"]}), folder / "lake" / "rows.parquet")
    for name in ("ledger/journal", "keys/subject.key", "charter/force.yml", "peelian.toml"):
        (folder / name).write_text("secret")
    desk = sqlite3.connect(folder / "desk.db")
    desk.execute("CREATE TABLE secrets (name TEXT)")
    desk.close()
    return ["lake/rows.parquet", "ledger/journal", "keys/subject.key", "charter/force.yml", "desk.db", "peelian.toml"]


def make_parameters(folder: Path) -> dict:
    """Build the ground that the attacks are made on, and say where everything is."""
    files = make_deployment(folder / "deployment")
    for place in ("readable", "bare", "worker", "plain"):
        (folder / place).mkdir()
    (folder / "readable" / "link").symlink_to(folder / "deployment" / files[0])
    (folder / "readable" / "program").write_text("#!/bin/sh\nexit 0\n")
    (folder / "readable" / "program").chmod(0o755)
    for place in ("bare", "worker", "plain"):
        for name in ("existing", "to-rename", "to-delete"):
            (folder / place / name).write_text("kept")
    return {
        "act": "attack_from_worker",
        "raw": True,
        "files": files,
        "deployment": str(folder / "deployment"),
        "readable": str(folder / "readable"),
        "home": str(Path.home()),
        "parent": os.getpid(),
        "real": str(create_deployment(folder / "real", jurisdiction="en", allowed=["en"], clock=SystemClock()).folder),
    }


def listen(family: int, address) -> socket.socket:
    """Wait for connections, so that one made outside succeeds."""
    end = socket.socket(family)
    end.bind(address)
    end.listen(50)
    return end


def attack_bare(parameters: dict, inherited: int) -> dict:
    """Run all attacks in an ordinary process."""
    done = subprocess.run(
        [*COMMAND, "--bare"],
        input=base64.b64encode(json.dumps(parameters).encode()),
        capture_output=True,
        check=True,
        cwd="/",
        pass_fds=[inherited],
        timeout=60,
    )
    return json.loads(done.stdout)


def attack_inside(parameters: dict, *, namespaces: bool) -> tuple[dict, dict]:
    """Run all attacks as a method."""
    done = run_in_worker(
        COMMAND,
        {},
        parameters,
        timeout_s=60,
        memory_mb=1024,
        namespaces=namespaces,
        readable=[Path(parameters["readable"])],
        private=[Path(parameters["deployment"]), Path(parameters["real"])],
    )
    return json.loads(done.output), dict(done.protections)


@pytest.fixture(scope="module")
def siege(tmp_path_factory):
    """Every attack's outcome three times: bare, in the sandbox, and in it without namespaces."""
    folder = tmp_path_factory.mktemp("siege")
    parameters = make_parameters(folder)
    inherited = folder / "inherited"
    inherited.write_text("inherited secret")
    handle = os.open(inherited, os.O_RDONLY)
    os.set_inheritable(handle, True)
    os.environ["PEELIAN_TEST_SECRET"] = "secret"
    abstract = f"peelian-{os.getpid()}"
    short = Path(os.path.relpath(folder / "s"))  # socket addresses are at most 107 bytes
    servers = [
        listen(socket.AF_INET, ("127.0.0.1", 0)),
        listen(socket.AF_UNIX, str(short)),
        listen(socket.AF_UNIX, "\0" + abstract),
    ]
    parameters |= {"tcp_port": servers[0].getsockname()[1], "unix_path": str(folder / "s"), "abstract_name": abstract}
    victim = subprocess.Popen([sys.executable, "-c", VICTIM], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    parameters |= {"victim": victim.pid, "address": int(victim.stdout.readline())}
    try:
        with ThreadPoolExecutor(3) as pool:
            bare = pool.submit(attack_bare, parameters | {"writable": str(folder / "bare")}, handle)
            inside = pool.submit(attack_inside, parameters | {"writable": str(folder / "worker")}, namespaces=True)
            plain = pool.submit(attack_inside, parameters | {"writable": str(folder / "plain")}, namespaces=False)
            yield {"bare": bare.result(), "inside": inside.result(), "plain": plain.result(), "folder": folder}
    finally:
        del os.environ["PEELIAN_TEST_SECRET"]
        os.close(handle)
        for server in servers:
            server.close()
        victim.kill()
        victim.communicate()


# Refused outside as well on some machines: to ordinary users, under Yama, or where a container has its own filter.
MAYBE_REFUSED_OUTSIDE = {"attach_debugger", "read_memory_by_proc", "read_memory_by_process_vm"}
# Landlock answers no question about names; only a root of its own hides sizes.
NEEDS_OWN_ROOT = {"size_of_lake_file"}


@pytest.mark.parametrize("name", list(sandbox_attacks.ATTACKS))
def test_sandbox_refuses_what_works_outside(siege, name):
    """A hostile method must get nothing but its tables, whatever it tries."""
    outside = siege["bare"][name]
    if outside.startswith("refused") and name in MAYBE_REFUSED_OUTSIDE:
        pytest.skip(f"this machine refuses it to everybody: {outside}")
    assert outside.startswith("did"), "the attack does not work, so its refusal would show nothing"
    outcomes, protections = siege["inside"]
    if name in NEEDS_OWN_ROOT and not protections["own_root"]:
        pytest.skip("this machine lets no process have a root of its own; the report says so")
    assert outcomes[name].startswith("refused"), outcomes[name]


@pytest.mark.parametrize("name", sorted(set(sandbox_attacks.ATTACKS) - NEEDS_OWN_ROOT))
def test_sandbox_refuses_the_same_without_namespaces(siege, name):
    """Containers often forbid namespaces; Landlock and the filter must hold alone."""
    outcomes, protections = siege["plain"]
    assert not protections["own_root"]
    assert outcomes[name].startswith("refused"), outcomes[name]


def test_without_own_root_only_sizes_can_be_asked(siege):
    """The threat model says that Landlock hides contents, not sizes; if that changes, the page must too."""
    outcomes, _ = siege["plain"]
    assert [name for name, word in outcomes.items() if word.startswith("did")] == sorted(NEEDS_OWN_ROOT)


@pytest.mark.parametrize("name", sorted(sandbox_attacks.RAW))
def test_filter_refuses_the_raw_call(siege, name):
    """Hostile code need not go through Python: the kernel itself must refuse every call off the list."""
    if siege["bare"][f"raw {name}"] == "refused EPERM":
        pytest.skip("this machine refuses it to ordinary users already")
    for where in ("inside", "plain"):
        assert siege[where][0][f"raw {name}"] == "refused EPERM"


def test_store_is_only_code_to_a_method(siege):
    """The store can be imported, it is public code; the deployment behind it cannot be found or opened."""
    assert siege["inside"][0]["open_deployment_with_the_store"].startswith("refused MissingError")
    assert siege["plain"][0]["open_deployment_with_the_store"] == "refused EACCES"


def test_attacks_left_no_trace_on_the_disk(siege):
    """A refusal that came after the write would be none."""
    for place in ("worker", "plain"):
        files = {file.name: file.read_text() for file in (siege["folder"] / place).iterdir()}
        assert files == dict.fromkeys(("existing", "to-rename", "to-delete"), "kept")
    written = [file.name for file in (siege["folder"] / "readable").iterdir() if file.name.startswith("new")]
    assert len(written) == 1, "the one that was written outside"


def test_every_protection_is_reported(siege):
    """The panel's page names each protection, held or not; none may be left out."""
    for where in ("inside", "plain"):
        assert set(siege[where][1]) == set(PROTECTIONS)
    assert all(on for name, on in siege["plain"][1].items() if name not in {"own_root", "own_network"})


def test_default_readable_holds_no_home_and_no_account_file():
    """One folder too many in the list would undo the rest."""
    for path in default_readable():
        assert not Path.home().is_relative_to(path)
        assert not Path("/etc/passwd").is_relative_to(path)
        assert not Path("/proc/self").is_relative_to(path)
