"""Data at rest: lake, history, commit protocol, erasure, desk database, search index, lineage, keys.

Only ``gate`` and ``app`` import this package, and nothing here that touches data runs without a
:class:`~peelian.store.grant.Grant`, which only the gate's :class:`~peelian.store.grant.Mint` makes.
"""
