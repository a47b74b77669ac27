"""What runs inside the worker: lock down, take the tables, only then load the method's code and call it.

Nothing here may import a library that starts a thread: the lock has to close while there is one thread alone.
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

from peelian.core.canonical import canonical_bytes
from peelian.core.errors import PeelianError
from peelian.gate.sandbox.lockdown import wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

PLANS = {
    "hotspots": "peelian.analyse.hotspots.plan",
    "race-hotspots": "peelian.app.workers.race_plan",
    "exposure-hotspots": "peelian.app.workers.exposure_plan",
    "link-people": "peelian.app.workers.link_plan",
    "measure-links": "peelian.app.workers.link_measure_plan",
}
"""What a worker may be started as -> module whose ``run(tables, parameters)`` it is."""


class FromSource(SourceFileLoader):
    """Compiles a module from its source file: a compiled cache could hold other code than the one that was hashed."""

    def get_code(self, fullname: str) -> CodeType:
        """Compile the source; look for no cache and leave none."""
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class OwnFinder(PathFinder):
    """Finds Peelian's modules as source files and as nothing else."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find one of Peelian's modules; leave all others to Python."""
        if not fullname.startswith("peelian."):
            return None
        spec = super().find_spec(fullname, path, target)
        if spec is None or not isinstance(spec.loader, SourceFileLoader) or spec.origin is None:
            raise ImportError("only source files are loaded here", name=fullname)
        spec.loader, spec.cached = FromSource(fullname, spec.origin), None
        return spec


def entry(tables: dict[str, pa.Table], parameters: dict[str, object]) -> bytes:
    """Run the method named on the command line. A refusal travels back as data, so that its reasons are not lost."""
    sys.meta_path.insert(0, OwnFinder)
    module = importlib.import_module(PLANS[sys.argv[1]])
    try:
        return canonical_bytes({"result": module.run(tables, parameters)})
    except PeelianError as error:
        return canonical_bytes({"refused": error.as_dict()})


if __name__ == "__main__":
    wrap(entry)
