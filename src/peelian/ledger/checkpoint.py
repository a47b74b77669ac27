"""Make checkpoints: sign a tree head, and add witnesses' cosignatures to it. Reading them is :mod:`.verify`'s part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from peelian.ledger.note import Signer
from peelian.ledger.verify import Checkpoint, Note, Signature, open_checkpoint


def sign_checkpoint(origin: str, size: int, root: bytes, signer: Signer) -> Checkpoint:
    """Sign a tree head.

    The caller has made sure that it is consistent with every head signed before: tlog-checkpoint, "Signatures", a
    log MUST NOT sign two that are not.
    """
    unsigned = Checkpoint(origin, size, root)
    note = Note(unsigned.text, (signer.sign(unsigned.text),))
    # Assert after making as after reading: what is published can be opened with the public half.
    opened = open_checkpoint(note.content.encode(), signer.verifier, origin=origin)
    assert opened == unsigned, "a checkpoint reads back as it was signed"
    return opened


def add_cosignatures(checkpoint: Checkpoint, lines: Sequence[Signature]) -> Checkpoint:
    """Add cosignature lines; one line a key, the newer one wins."""
    assert checkpoint.note is not None, "only a signed checkpoint is cosigned"
    kept = {(s.name, s.key_id): s for s in (*checkpoint.note.signatures, *lines)}
    return replace(checkpoint, note=Note(checkpoint.note.text, tuple(kept.values())))
