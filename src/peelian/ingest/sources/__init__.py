"""Sources, each whole in a folder of its own: contract, reader, synthetic sample."""
