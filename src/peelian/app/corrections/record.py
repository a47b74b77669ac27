"""The record of use: verify a ledger anywhere, show its public part, read the sealed part under its own mandate."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from peelian.app.caller import Caller
from peelian.core.errors import MissingError
from peelian.core.time import SystemClock
from peelian.gate.opening import check_remembered
from peelian.ledger.fetch import folder_fetch, url_fetch
from peelian.ledger.log import Ledger
from peelian.ledger.quorum import read_policy
from peelian.ledger.verify import VerifyResult, open_checkpoint, read_vkey, verify_log
from peelian.ledger.witness import Witness, serve_witness

Progress = Callable[[int, int], None]


def ledger_folder(folder: Path) -> Path:
    """Return the ledger of a deployment's folder, or the folder itself when it is a ledger."""
    return folder / "ledger" if (folder / "ledger" / "checkpoint").is_file() else folder


def verify(
    where: str,
    *,
    vkey: str | None = None,
    witnesses: Sequence[str] = (),
    policy: Path | None = None,
    seen: Path | None = None,
    progress: Progress | None = None,
) -> VerifyResult:
    """Verify a ledger from nothing but its files: every entry, every tile, the root, the signature, the witnesses.

    Parameters
    ----------
    where : str
        A folder, a deployment's folder, or a web address.
    vkey : str, optional
        The log's public key, as you wrote it down; without it the log's own is trusted this once, and it says so.
    witnesses : sequence of str
        Public keys of witnesses that must have signed.
    policy : Path, optional
        A C2SP ``tlog-policy`` file naming log, witnesses and quorum.
    seen : Path, optional
        A checkpoint kept from an earlier visit; the log must contain it.
    """
    fetch = url_fetch(where) if where.startswith(("http://", "https://")) else folder_fetch(_existing(Path(where)))
    quorum = read_policy(policy.read_bytes()) if policy else None
    expected = [*witnesses, *(quorum.witnesses.values() if quorum else ())]
    earlier = None
    if seen is not None:
        key = read_vkey(vkey or fetch("vkey").decode())
        earlier = open_checkpoint(seen.read_bytes(), key)
    return verify_log(fetch, vkey=vkey, witnesses=expected, quorum=quorum, seen=earlier, progress=progress)


def remembered(where: str) -> str:
    """Hold what a deployment remembers of its record against it; ``no deployment`` for anything but its folder.

    Raises
    ------
    TamperedError
        ``memory-forged``.
    """
    folder = Path(where)
    if not (folder / "peelian.toml").is_file():
        return "no deployment"
    return check_remembered(folder, SystemClock())


def _existing(folder: Path) -> Path:
    """Return the ledger's folder. One that is not there is a mistyped path; one without a checkpoint is a finding."""
    if not folder.is_dir():
        raise MissingError(
            "log-folder-missing",
            "There is no such folder.",
            why="Nothing was verified, good or bad.",
            do="Name a deployment, its ledger folder, or the address where somebody serves it.",
        )
    return ledger_folder(folder)


def show(folder: Path, last: int) -> dict[str, object]:
    """Show the public part of the newest entries: what anyone may see, and nobody needs to sign in for."""
    ledger = Ledger.open(ledger_folder(folder), signer=None, clock=SystemClock())
    try:
        size = ledger.size()
        entries = [{"index": i} | json.loads(leaf) for i, leaf, _ in ledger.read(max(0, size - last), size)]
        return {"size": size, "published": ledger.checkpoint().size, "entries": entries}
    finally:
        ledger.close()


def read_private(caller: Caller, last: int) -> dict[str, object]:
    """Read the sealed part of the newest entries, for a purpose of DPA 2018 s.62(4); the reading is itself entered."""
    mandate = caller.mandate("duty", "read-log")
    return {"entries": caller.gate.read_log(caller.credential, mandate.id, last)}


def run_witness(
    folder: Path, name: str, logs: Sequence[str], host: str, port: int, ready: Callable[[str, str], None]
) -> None:
    """Run a witness until interrupted; made on first use. It cosigns only logs whose keys it was given."""
    clock = SystemClock()
    witness = (
        Witness(folder, clock=clock)
        if (folder / "witness.key").is_file()
        else Witness.create(folder, name, clock=clock)
    )
    for vkey in logs:
        witness.add_log(vkey)
    serve_witness(folder, host, port, clock=clock, ready=ready)
