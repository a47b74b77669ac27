"""What the faces need beside the use-cases: errors to tell, and the place a command works in."""

from __future__ import annotations

import os
from pathlib import Path

from peelian.app.caller import Caller, Place, at_door
from peelian.core.errors import InvalidError, LimitError, PeelianError, RefusedError
from peelian.core.time import month_of

__all__ = [
    "Caller",
    "InvalidError",
    "LimitError",
    "PeelianError",
    "Place",
    "RefusedError",
    "at_door",
    "key_home",
    "month_of",
    "place_of",
]


def key_home() -> Path:
    """Return the caller's key folder: ``PEELIAN_HOME``, or ``.peelian`` in the home folder."""
    given = os.environ.get("PEELIAN_HOME")
    return Path(given) if given else Path.home() / ".peelian"


def place_of(folder: str, acting_as: str | None = None) -> Place:
    """Return the place that a command names with ``--in`` and ``--as``."""
    return Place(Path(folder), key_home(), acting_as)
