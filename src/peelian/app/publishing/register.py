"""The public register: gathered through the gate, built from its bundle, kept up while a server runs, and verified."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from peelian import __version__
from peelian.app.caller import Place, at_door
from peelian.app.publishing.register_facts import AtDoor, gather
from peelian.core.canonical import digest_bytes
from peelian.core.errors import ExpiredError, InvalidError, MissingError, PeelianError, TamperedError
from peelian.core.time import Clock, SystemClock
from peelian.gate.acts.publicity import read_status
from peelian.ledger.fetch import folder_fetch, url_fetch
from peelian.ledger.tree import leaf_hash, verify_inclusion
from peelian.ledger.verify import Checkpoint, Fetch, from_base64, open_checkpoint, read_vkey
from peelian.publish.environment import STATIC, make_environment
from peelian.publish.register.bundle import Bundle, facts_digest, read_bundle, write_bundle
from peelian.publish.register.site import FILES, build_site
from peelian.store.locks import exclusive

STATUS = "status.json"
STATUS_FORM = "peelian-status/1"
LOG = "record/log"
"""Where the record's own files lie on the site, for its own verifiers."""

REBUILT_EVERY = timedelta(hours=1)
"""Pages on which nothing has changed are built again so often, so that they do not go out of date."""

PUBLISHING_S = 60.0
"""Longest time that a publication waits for another one of the same deployment, seconds."""

SCRIPTS = ("peelian.", "verify-record.")
"""Assets that published pages use, by the beginning of their names."""


def publish(place: Place, out: Path) -> dict[str, object]:
    """Publish a deployment's register into a folder."""
    with at_door(place) as caller:
        caller.gate.publish_head()
        return publish_site(caller, out)


def publish_bundle(bundle: Path, out: Path) -> dict[str, object]:
    """Build the site from somebody's bundle: the same bytes, but for the signed state and the record's own files."""
    if not bundle.is_file():
        raise MissingError(
            "bundle-missing", "There is no such bundle.", do="Fetch bundle.json from the register's site."
        )
    files = _built(read_bundle(bundle.read_bytes()))
    _write_changed(out, files)
    return {"out": str(out), "files": len(files), "bundle": digest_bytes(files["bundle.json"])}


def refresh(site: Any) -> None:
    """Keep a server's public folder up; called after each publication of the record's head."""
    publish_site(site, site.public)


def publish_site(at: AtDoor, out: Path) -> dict[str, object]:
    """Write the site anew if what it says has changed or is an hour old; always sign the state of now.

    Parameters
    ----------
    at : AtDoor
        A caller or a server, with ``gate`` and ``deployment``. No session is needed: all of it is public.
    out : Path
        The site's folder. Each file is replaced as a whole, so a reader meets old or new, never half.

    Notes
    -----
    One publication of a deployment at a time: a server keeps its site up while somebody publishes by hand, and of two
    that write the same pages side by side one would take the other's half-made files away.
    """
    with exclusive(at.deployment.tmp / "register.lock", wait_s=PUBLISHING_S):
        told = _publish_site(at, out)
        # What the site shows now is entered once, and the site then says since when.
        return _publish_site(at, out) if at.gate.enter_shown_papers() else told


def _publish_site(at: AtDoor, out: Path) -> dict[str, object]:
    fresh, kept = gather(at), _kept(out)
    rebuilt = kept is None or _is_due(kept, fresh)
    bundle = fresh if kept is None or rebuilt else kept
    written = _write_changed(out, _built(bundle)) if rebuilt else 0
    _put_log(at.deployment.ledger, out / LOG)
    hours = at.gate.charter.publication.stale_hours
    note = at.gate.sign_status(digest_bytes(write_bundle(bundle)), at.gate.clock.now() + timedelta(hours=hours))
    _write(out / STATUS, _status_bytes(note, str(bundle["record"]["vkey"])))
    return {
        "out": str(out),
        "rebuilt": rebuilt,
        "written": written,
        "built_at": bundle["built_at"],
        "bundle": digest_bytes(write_bundle(bundle)),
    }


def _is_due(kept: Bundle, fresh: Bundle) -> bool:
    age = datetime.fromisoformat(fresh["built_at"]) - datetime.fromisoformat(kept["built_at"])
    return facts_digest(kept) != facts_digest(fresh) or age >= REBUILT_EVERY or age < timedelta(0)


def _kept(out: Path) -> Bundle | None:
    """Return the bundle that the folder was built from; None when there is none, or it is of another version."""
    try:
        kept = read_bundle((out / "bundle.json").read_bytes())
        listed = set(json.loads((out / FILES).read_bytes()))
    except (OSError, ValueError, PeelianError):
        return None
    whole = all((out / path).is_file() for path in listed) and {f"assets/{n}" for n in _assets()} <= listed
    return kept if whole and kept["product"] == __version__ else None


def _built(bundle: Bundle) -> dict[str, bytes]:
    return build_site(bundle, make_environment(), _assets())


def _assets() -> dict[str, bytes]:
    if not STATIC.is_dir():
        return {}
    return {p.name: p.read_bytes() for p in sorted(STATIC.iterdir()) if p.is_file() and _is_used(p.name)}


def _is_used(name: str) -> bool:
    return any(name.startswith(s[:-1]) for s in SCRIPTS) or name.startswith("noble-")


def _status_bytes(note: str, vkey: str) -> bytes:
    told = {"form": STATUS_FORM, "status": read_status(note, vkey), "note": note}
    return json.dumps(told, indent=1, sort_keys=True).encode() + b"\n"


# --- files -----------------------------------------------------------------------------------------------------------


def _write_changed(out: Path, files: Mapping[str, bytes]) -> int:
    """Write what differs and remove pages that are no more; return how many files were written."""
    before = _listed(out)
    changed = [p for p, data in files.items() if not _same(out / p, data)]
    for path in changed:
        _write(out / path, files[path])
    for path in before - set(files):
        (out / path).unlink(missing_ok=True)
    return len(changed)


def _listed(out: Path) -> set[str]:
    """Return what an earlier build says it wrote here; nothing else is ever removed."""
    try:
        listed = json.loads((out / FILES).read_bytes())
    except (OSError, ValueError):
        return set()
    return {p for p in listed if not Path(p).is_absolute() and ".." not in Path(p).parts}


def _same(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f".{path.name}.new")
    making.write_bytes(data)
    making.replace(path)


def _put_log(ledger: Path, out: Path) -> None:
    """Put the record's public files beside the pages: tiles never change, so each is linked once; the head comes last.

    Sealed payloads lie in another folder, which is not looked at.
    """
    head = (ledger / "checkpoint").read_bytes()
    if _same(out / "checkpoint", head):
        return
    for tile in sorted((ledger / "tile").rglob("*")):
        target = out / tile.relative_to(ledger)
        if tile.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _link(tile, target)
    _write(out / "vkey", (ledger / "vkey").read_bytes())
    _write(out / "checkpoint", head)


def _link(tile: Path, target: Path) -> None:
    try:
        os.link(tile, target)
    except FileExistsError:
        return
    except OSError:  # another disk, or one without links
        shutil.copyfile(tile, target)


# --- verifying -------------------------------------------------------------------------------------------------------

Check = dict[str, object]


def verify(where: str, *, vkey: str | None, clock: Clock) -> dict[str, object]:
    """Check a published register from outside: its facts, its pages, its signed state, its acts in the record.

    Parameters
    ----------
    where : str
        A folder or a web address.
    vkey : str or None
        The record's key as you wrote it down; without it the site's own is believed this once, and it says so.

    Returns
    -------
    dict
        ``ok``, ``checks`` (each with ``what ok told``), ``first_use``.
    """
    fetch = url_fetch(where) if where.startswith(("http://", "https://")) else folder_fetch(Path(where))
    data = fetch("bundle.json")
    bundle = read_bundle(data)
    key = vkey or bundle["record"]["vkey"]
    steps: list[tuple[str, Callable[[], str]]] = [
        ("The facts are in their one spelling", lambda: _check_spelling(bundle, data)),
        ("Every page is what the facts make", lambda: _check_pages(bundle, fetch)),
        ("The state of now is signed, in date, and fits the facts", lambda: _check_status(fetch, data, key, clock)),
        ("Each act of office is in the signed record", lambda: _check_acts(bundle, key)),
        ("The record's head on the site bears the same key", lambda: _check_log(fetch, bundle, key)),
    ]
    checks = [_checked(what, step) for what, step in steps]
    return {"ok": all(c["ok"] for c in checks), "checks": checks, "first_use": vkey is None, "vkey": key}


def verify_now(where: str, *, vkey: str | None) -> dict[str, object]:
    """Check a published register against this computer's clock."""
    return verify(where, vkey=vkey, clock=SystemClock())


def _checked(what: str, step: Callable[[], str]) -> Check:
    try:
        return {"what": what, "ok": True, "told": step()}
    except PeelianError as error:
        return {"what": what, "ok": False, "told": error.what, "code": error.code}


def _check_spelling(bundle: Bundle, data: bytes) -> str:
    if write_bundle(bundle) != data:
        raise InvalidError("bundle-not-canonical", "The bundle is not written in its one spelling (RFC 8785).")
    return f"{len(data):,} bytes, SHA-256 {digest_bytes(data)}"


def _check_pages(bundle: Bundle, fetch: Fetch) -> str:
    if bundle["product"] != __version__:
        raise InvalidError(
            "version-differs",
            f"The site was built by version {bundle['product']}, this is {__version__}: pages were not compared.",
            do="Verify with that version.",
        )
    files = _built(bundle)
    assets = {p: h for p, h in json.loads(fetch(FILES)).items() if p.startswith("assets/")}
    ours = {p: digest_bytes(d) for p, d in files.items() if p.startswith("assets/")}
    wrong = sorted(p for p, d in files.items() if p != FILES and not _fetched_same(fetch, p, d))
    if wrong or assets != ours:
        raise TamperedError("site-differs", f"{len(wrong)} files are not what the facts make: {', '.join(wrong[:5])}.")
    return f"{len(files)} files, byte for byte"


def _fetched_same(fetch: Fetch, path: str, data: bytes) -> bool:
    try:
        return fetch(path) == data
    except MissingError:
        return False


def _check_status(fetch: Fetch, data: bytes, key: str, clock: Clock) -> str:
    told = json.loads(fetch(STATUS))
    said = read_status(str(told["note"]), key)
    if said != told["status"]:
        raise TamperedError("status-differs", "The state that is shown is not the one that was signed.")
    if said["facts"] != digest_bytes(data):
        raise TamperedError("status-differs", "The signed state goes with other facts than those on the site.")
    if clock.now() > datetime.fromisoformat(str(said["valid_until"])):
        raise ExpiredError("status-outdated", f"The signed state was good until {said['valid_until']}.")
    return f"signed at {said['at']}, good until {said['valid_until']}"


def _check_acts(bundle: Bundle, key: str) -> str:
    head = open_checkpoint(bundle["record"]["checkpoint"].encode(), read_vkey(key))
    proved = [act for act in bundle["acts"] if str(act["entry"]) in bundle["record"]["proofs"]]
    for act in proved:
        _check_act(act["entry"], act["leaf"], bundle["record"]["proofs"][str(act["entry"])], head)
    late = len(bundle["acts"]) - len(proved)
    return f"{len(proved)} proved under a head of {head.size:,} entries" + (
        f", {late} not yet under it" if late else ""
    )


def _check_act(entry: int, leaf: str, path: list[str], head: Checkpoint) -> None:
    proof = [from_base64(h) for h in path]
    verify_inclusion(entry, head.size, leaf_hash(leaf.encode()), head.root, proof)


def _check_log(fetch: Fetch, bundle: Bundle, key: str) -> str:
    head = open_checkpoint(fetch(f"{LOG}/checkpoint"), read_vkey(key))
    if head.origin != bundle["record"]["origin"] or head.size < bundle["record"]["size"]:
        raise TamperedError("record-differs", "The record beside the pages is another one, or shorter than they say.")
    return f"{head.size:,} entries; verify all of them with: peelian ledger verify"
