"""What the ledger says, remembered up to its last entry: mandates, stops, seats, papers, releases, who staff are."""
