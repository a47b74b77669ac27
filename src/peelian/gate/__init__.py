"""The one door: judge, record in the ledger, then open a minimised view or post a result."""
