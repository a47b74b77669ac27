"""Sources: taking in, contracts, what was delivered."""
