"""The methods that are installed: what each declares, where its code is, and how its worker starts."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from peelian.gate.running import Program
from peelian.policy.rules import MethodFacts

_SOURCE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Method:
    """A method as installed.

    Parameters
    ----------
    name : str
    program : Program
        Without offences and area, which each run adds.
    endorsed : str
        Name of the aggregate its findings are, for the mandate's endorsements.
    """

    name: str
    program: Program
    endorsed: str

    def program_for(self, offences: frozenset[str], area: str) -> Program:
        """Return the program of one run."""
        return replace(self.program, facts=replace(self.program.facts, offences=offences, area=area))


def _read(name: str, endorsed: str, shared: tuple[str, ...]) -> Method:
    folder = _SOURCE / "analyse" / name
    declared = yaml.safe_load((folder / "method.yml").read_text(encoding="utf-8"))
    inputs = frozenset(f"{table}.{column}" for table, columns in declared["reads"].items() for column in columns)
    facts = MethodFacts(
        name=name,
        target=declared["target"],
        inputs=inputs,
        offences=frozenset(),
        area="",
        glass_box=True,
    )
    command = (sys.executable, "-I", "-m", "peelian.app.method_worker", name)
    folders = (folder, *(_SOURCE / path for path in (*_WORKER, *shared)))
    return Method(name, Program(facts, folders, command), endorsed)


_WORKER = (
    "__init__.py",
    "analyse/__init__.py",
    "app/__init__.py",
    "app/method_worker.py",
    "core/__init__.py",
    "core/canonical.py",
    "core/errors.py",
    "core/time.py",
)
"""What every worker loads beside its method and the gate's sandbox: it decides the result too, and so is hashed."""

METHODS = {
    "hotspots": _read("hotspots", "hotspots-cells", ("core/counts.py", "core/grid.py", "core/stats.py")),
}
"""Every method there is. Code shared by methods is hashed with each of them; other people's libraries are not, they
are held to the versions and hashes of the lock file."""
