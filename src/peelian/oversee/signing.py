"""Signing a statement of the panel with one's own key, on any machine, and reading who signed.

A signed statement is a signed note as c2sp.org/signed-note has it: the statement's text, an empty line, and a line for
each signature, in the name of the member's account. Nothing here opens a deployment, so a member can sign where no
force's program ever ran.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.core.errors import InvalidError
from peelian.ledger.verify import ED25519, Note, Signature, Verifier, read_note, to_base64
from peelian.model.stop import Statement, read_statement


def sign_statement(content: str, account_id: str, key: Ed25519PrivateKey) -> str:
    """Return a statement with one more signature line.

    Parameters
    ----------
    content : str
        A statement, or one that others have signed already.
    account_id : str
        In whose name; whether the key is theirs is for the gate to say.
    """
    statement, lines = _take_apart(content)
    verifier = Verifier(account_id, ED25519, key.public_key().public_bytes_raw())
    own = Signature(account_id, verifier.key_id, key.sign(statement.text.encode()))
    others = tuple(s for s in lines if (s.name, s.key_id) != (own.name, own.key_id))
    return Note(statement.text, (*others, own)).content


def read_signed(content: str) -> tuple[Statement, dict[str, str]]:
    """Read a statement and the signatures under it: account -> base64. None of them is checked here."""
    statement, lines = _take_apart(content)
    return statement, {s.name: to_base64(s.signature) for s in lines}


def _take_apart(content: str) -> tuple[Statement, tuple[Signature, ...]]:
    """Return a statement with the signature lines under it, if there are any."""
    text = content.removeprefix("\ufeff").replace("\r\n", "\n")  # what an editor or a mail program may have made of it
    if "\n\n" not in text:
        return read_statement(text if text.endswith("\n") else text + "\n"), ()
    note = read_note((text if text.endswith("\n") else text + "\n").encode())
    return read_statement(note.text), note.signatures


def in_words(statement: Statement) -> list[tuple[str, str]]:
    """Return a statement as pairs of words and values for people to read before they sign."""
    begins = "at once" if statement.begins_at is None else f"from {statement.begins_at:%d %B %Y, %H:%M} UTC"
    what = f"Stop {statement.title}" if statement.act == "stop" else f"Let {statement.title} go on"
    return [
        ("What", what),
        ("When", begins),
        ("Why (public)", statement.reason),
        ("Permission", f"{statement.mandate}, version {statement.version[:16]}"),
        ("Deployment", statement.deployment),
        ("Proposal", statement.proposal),
        ("Can be signed until", f"{statement.lapses_at:%d %B %Y, %H:%M} UTC"),
    ]


def insist_on_act(statement: Statement, act: str) -> None:
    """Refuse a statement to lift where one to stop is meant, and the other way round.

    Raises
    ------
    InvalidError
        ``statement-of-another-kind``.
    """
    if statement.act != act:
        raise InvalidError(
            "statement-of-another-kind",
            f"This statement is to {statement.act}, not to {act}.",
            why="Stopping and letting go on must never be taken for one another.",
            do=f"Use: peelian panel {statement.act} FILE.",
        )
