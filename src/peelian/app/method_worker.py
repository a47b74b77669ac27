"""What runs inside the worker: lock down, take the tables, only then load the method's code and call it.

Nothing here may import a library that starts a thread: the lock has to close while there is one thread alone.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from peelian.core.canonical import canonical_bytes
from peelian.core.errors import PeelianError
from peelian.gate.sandbox import wrap

if TYPE_CHECKING:
    import pyarrow as pa

PLANS = {"hotspots": "peelian.analyse.hotspots.plan"}
"""Method name -> module whose ``run(tables, parameters)`` it is."""


def entry(tables: dict[str, pa.Table], parameters: dict[str, object]) -> bytes:
    """Run the method named on the command line. A refusal travels back as data, so that its reasons are not lost."""
    module = importlib.import_module(PLANS[sys.argv[1]])
    try:
        return canonical_bytes({"result": module.run(tables, parameters)})
    except PeelianError as error:
        return canonical_bytes({"refused": error.as_dict()})


if __name__ == "__main__":
    wrap(entry)
