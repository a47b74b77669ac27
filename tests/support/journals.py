"""A journal in a file: stands in for the ledger where a test is about the store alone."""

from __future__ import annotations

import json
import os
from pathlib import Path

from peelian.store.commit import Done, done_from_dict


class FileJournal:
    """Writes each entry as a line of JSON and has it on the disk before it returns, as the ledger does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.touch()

    def _write(self, kind: str, body: dict[str, object]) -> None:
        with self.path.open("a") as out:
            out.write(json.dumps({"kind": kind, "body": body}) + "\n")
            out.flush()
            os.fsync(out.fileno())

    def entries(self) -> list[tuple[str, dict[str, object]]]:
        """Return every entry: kind and body. A half-written last line was never acknowledged."""
        lines = self.path.read_text().split("\n")[:-1]
        return [(e["kind"], e["body"]) for e in map(json.loads, lines)]

    def intent(self, body: dict[str, object]) -> None:
        """Enter that a commit begins."""
        self._write("intent", body)

    def done(self, body: dict[str, object]) -> None:
        """Enter that it is finished."""
        self._write("done", body)

    def abandoned(self, body: dict[str, object]) -> None:
        """Enter that it was given up and undone."""
        self._write("abandoned", body)

    def last_done(self) -> Done | None:
        """Return the newest finished commit."""
        bodies = [b for k, b in self.entries() if k == "done"]
        return done_from_dict(bodies[-1]) if bodies else None

    def open_intent(self) -> dict[str, object] | None:
        """Return the intent that nothing followed."""
        entries = self.entries()
        return entries[-1][1] if entries and entries[-1][0] == "intent" else None
