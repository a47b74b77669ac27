"""Source rows -> Record. Paths or bytes in, Arrow slices out; what nobody declared never gets past this door.

Ingest is pure: it reads the archive it is given and yields :class:`~peelian.ingest.slice.Slice` after slice. It writes
nothing, opens no temporary file and knows neither the lake nor the gate. The application judges, enters in the ledger,
stamps labels and expiry, and commits each slice.

::

    source = open_source("police_uk")
    for part in read_slices(source, path, Options(pepper=..., read_at=...), seen=committed):
        ...                                     # part.tables, part.quarantine, part.counts, part.warnings
"""
