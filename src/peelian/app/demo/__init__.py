"""The demonstration: a made-up town walked end to end, then served."""
