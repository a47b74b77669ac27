"""What the faces need beside the use-cases: errors to tell, and the place a command works in."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from peelian.app.caller import Caller, Place, at_door
from peelian.core.errors import (
    ExpiredError,
    InvalidError,
    LimitError,
    MissingError,
    PeelianError,
    RefusedError,
    StoppedError,
)
from peelian.core.time import month_of

__all__ = [
    "Caller",
    "ExpiredError",
    "InvalidError",
    "LimitError",
    "MissingError",
    "PeelianError",
    "Place",
    "RefusedError",
    "at_door",
    "from_system",
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


_DISK = frozenset({errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT})


def from_system(error: OSError) -> PeelianError:
    """Turn what the operating system said into an error that says what to do, with the path, which the user gave."""
    where = f' "{error.filename}"' if error.filename else ""
    said = error.strerror or type(error).__name__
    if isinstance(error, FileNotFoundError):
        return MissingError("file-missing", f"There is no such file or folder{where}.", do="Check the path.")
    if error.errno in _DISK:
        return StoppedError(
            "disk-said-no",
            f"The disk did not do as told{where}: {said}.",
            why="What was committed before stands; what was under way is undone when the deployment is opened next.",
            do="Make room or mend the disk, then run the same command again.",
        )
    return InvalidError(
        "system-said-no",
        f"The operating system does not let this be used{where}: {said}.",
        why="It is of another kind, belongs to somebody else, or is in use.",
        do="Check the path and who may read and write there.",
    )
