"""The ground floor: time, ids, canonical bytes, errors, stats. Knows nothing of policing. No I/O."""
