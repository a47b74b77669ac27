"""The panel's stop from a face: put forward, read, sign, hand in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from peelian.app.caller import Caller
from peelian.core.errors import InvalidError, MissingError
from peelian.core.time import iso
from peelian.model.stop import Proposal, Statement, Stop
from peelian.oversee.signing import in_words, insist_on_act, read_signed, sign_statement
from peelian.people.keyring import Keyring


def propose(caller: Caller, mandate_id: str, reason: str, ends_shift_at: str = "") -> dict[str, object]:
    """Put a stop before the panel.

    Parameters
    ----------
    ends_shift_at : str
        ``HH:MM`` local time, the next of which the stop begins at; ``""`` for at once.
    """
    begins = next_time(caller, ends_shift_at) if ends_shift_at else None
    return told(caller, caller.gate.propose_stop(caller.credential, mandate_id, reason, begins))


def propose_lift(caller: Caller, mandate_id: str, reason: str) -> dict[str, object]:
    """Put the lifting of the panel's stop on a mandate before the panel."""
    return told(caller, caller.gate.propose_lift(caller.credential, panel_stop_on(caller, mandate_id).id, reason))


def panel_stop_on(caller: Caller, mandate_id: str) -> Stop:
    """Return the panel's stop that stands against a mandate.

    Raises
    ------
    MissingError
        ``no-panel-stop``.
    """
    for stop in caller.gate.stops():
        if stop.mandate == mandate_id and stop.stands and stop.whose == "panel":
            return stop
    raise MissingError(
        "no-panel-stop",
        "The panel has no stop standing against that.",
        why="Lifting takes signatures only where the panel has stopped; an owner's stop one member lifts.",
        do="Look at what stands: peelian panel show. To lift an owner's stop: peelian mandate lift.",
    )


def show(caller: Caller) -> dict[str, object]:
    """Return what is before the panel and every stop there was."""
    now = caller.gate.clock.now()
    put = [p for p in caller.gate.proposals(caller.credential) if p.open_at(now)]
    return {
        "needed": caller.gate.charter.panel.stop_signatures,
        "proposals": [told(caller, p) for p in put],
        "stops": [stop_told(s) for s in caller.gate.stops()],
    }


def one_proposal(caller: Caller, proposal_id: str) -> Proposal:
    """Return one proposal.

    Raises
    ------
    MissingError
        ``proposal-unknown``.
    """
    for proposal in caller.gate.proposals(caller.credential):
        if proposal.id == proposal_id:
            return proposal
    raise MissingError(
        "proposal-unknown",
        "Nothing was put before the panel under that number.",
        do="Look at what is open: peelian panel show.",
    )


def hand_in(caller: Caller, act: str, contents: Sequence[str]) -> dict[str, object]:
    """Hand in signed statements of one proposal; with enough signatures it takes effect there and then.

    Raises
    ------
    InvalidError
        ``statement-of-another-kind``, ``statements-differ``, ``statement-unsigned``.
    """
    read = [read_signed(content) for content in contents]
    statements = {statement.text: statement for statement, _ in read}
    if len(statements) != 1:
        raise InvalidError(
            "statements-differ",
            "These files are not signatures under one statement.",
            why="Members sign the same text, or they sign for different things.",
            do="Hand in each statement by itself.",
        )
    [statement] = statements.values()
    insist_on_act(statement, act)
    signatures = {account: signature for _, signed in read for account, signature in signed.items()}
    if not signatures:
        raise InvalidError(
            "statement-unsigned",
            "Nobody has signed this statement.",
            do="Sign it first: peelian panel sign FILE --account ACCOUNT.",
        )
    known = one_proposal(caller, statement.proposal)
    insist_on_text(known, statement)
    return told(caller, caller.gate.sign_for_panel(caller.credential, known.id, signatures))


def insist_on_text(proposal: Proposal, statement: Statement) -> None:
    """Say early that a file is not the statement that was put before the panel; the gate would not count it.

    Raises
    ------
    InvalidError
        ``statement-not-the-proposed``.
    """
    if statement.text != proposal.statement.text:
        raise InvalidError(
            "statement-not-the-proposed",
            "This is not the text that was put before the panel under that number.",
            why="A word was changed, or it is another deployment's.",
            do="Take the statement again: peelian panel show NUMBER --out FILE. Sign that.",
        )


def told(caller: Caller, proposal: Proposal) -> dict[str, object]:
    """Return a proposal as plain data."""
    s = proposal.statement
    return {
        "proposal": proposal.id,
        "act": s.act,
        "mandate": s.mandate,
        "title": s.title,
        "reason": s.reason,
        "from": iso(s.begins_at) if s.begins_at else "at once",
        "lapses_at": iso(s.lapses_at),
        "signed_by": sorted(proposal.signatures),
        "needed": caller.gate.charter.panel.stop_signatures,
        "done": proposal.done,
        "statement": s.text,
    }


def stop_told(stop: Stop) -> dict[str, object]:
    """Return a stop as plain data."""
    return {
        "stop": stop.id,
        "mandate": stop.mandate,
        "whose": stop.whose,
        "reason": stop.reason,
        "from": iso(stop.begins_at),
        "entry": stop.entry,
        "signed_by": [account for account, _ in stop.signatures],
        "stands": stop.stands,
        "lifted": stop.lifted and {"at": iso(stop.lifted.at), "reason": stop.lifted.reason, "entry": stop.lifted.entry},
    }


def next_time(caller: Caller, clock_time: str) -> datetime:
    """Return the next instant at which the clocks on the spot show a time.

    Raises
    ------
    InvalidError
        ``time-malformed``.
    """
    try:
        hour, minute = (int(part) for part in clock_time.split(":"))
        local = caller.gate.clock.now().astimezone(ZoneInfo(caller.gate.charter.jurisdiction.timezone))
        at = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    except ValueError:
        raise InvalidError("time-malformed", "That is no time of day.", do="Write it as 22:00, local time.") from None
    return at if at > local else at + timedelta(days=1)


# Signing needs no deployment


def sign_file(
    statement_file: Path, account_id: str, home: Path, *, key_file: Path | None = None, passphrase: str | None = None
) -> tuple[str, list[tuple[str, str]]]:
    """Sign a statement's file with a key file, or with the account's key from the caller's own key folder.

    Returns
    -------
    tuple of str and list
        The signed statement, and what it says in words.
    """
    content = statement_file.read_text(encoding="utf-8")
    statement, _ = read_signed(content)
    if key_file is not None:
        key = read_key(key_file, passphrase)
    else:
        key = Keyring(home, statement.deployment).account_key(account_id, passphrase)
    return sign_statement(content, account_id, key), in_words(statement)


def read_key(path: Path, passphrase: str | None = None) -> Ed25519PrivateKey:
    """Read an account's private key from a PEM file.

    Raises
    ------
    InvalidError
        ``key-file-unusable``.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), passphrase.encode() if passphrase else None)
    except (TypeError, ValueError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidError(
            "key-file-unusable",
            "This file does not give an account's key.",
            why="It is no Ed25519 key in PEM, or its passphrase is missing, wrong, or not asked for.",
            do="Name the file of your own key, and give its passphrase if it has one.",
        )
    return key
