"""The tamper-evident log: C2SP tlog-tiles, signed-note checkpoints, witnesses. Opaque bytes; knows nothing of policing.

Read :mod:`~peelian.ledger.tree` and :mod:`~peelian.ledger.verify` first: an outsider needs no more than those two.
Then :mod:`~peelian.ledger.journal` (what *durable* means), :mod:`~peelian.ledger.log` (the log itself) and
:mod:`~peelian.ledger.witness` (who else has seen it).
"""
