"""The methods that are installed: what each declares, where its code is, and how its worker starts."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from peelian.gate.findings.running import Program, Step
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
    assessment : Program
        Assesses it: the race, which has the method's code in it, in one worker, and whoever is exposed, which needs
        sealed tables, in another.
    """

    name: str
    program: Program
    endorsed: str
    assessment: Program

    def program_for(self, offences: frozenset[str], area: str) -> Program:
        """Return the program of one run."""
        return replace(self.program, facts=replace(self.program.facts, offences=offences, area=area))

    def assessment_for(self, offences: frozenset[str], area: str) -> Program:
        """Return the program of one assessment."""
        return replace(self.assessment, facts=replace(self.assessment.facts, offences=offences, area=area))


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
    folders = (folder, *(_SOURCE / path for path in (*_WORKER, *shared)))
    program = Program(facts, folders, _started_as(name))
    return Method(name, program, endorsed, _assessing(program))


def _started_as(plan: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-m", "peelian.app.workers.method_worker", plan)


def _assessing(method: Program) -> Program:
    """Return the program that assesses a method: its code hash covers the code of both, the method's and the test's."""
    name = method.facts.name
    steps = (
        Step(_started_as(f"race-{name}"), frozenset({"incident", "plan"})),
        Step(_started_as(f"exposure-{name}"), frozenset({"stop", "stop_equality"})),
    )
    folders = (*method.folders, *(_SOURCE / path for path in _ASSESSMENT))
    return replace(method, folders=folders, command=(), steps=steps, assessed=method.folders, timeout_s=3600.0)


_WORKER = (
    "__init__.py",
    "analyse/__init__.py",
    "app/__init__.py",
    "app/workers/__init__.py",
    "app/workers/method_worker.py",
    "core/__init__.py",
    "core/canonical.py",
    "core/errors.py",
    "core/time.py",
)
"""What every worker loads beside its method and the gate's sandbox: it decides the result too, and so is hashed."""

_ASSESSMENT = ("assess", "app/workers/race_plan.py", "app/workers/exposure_plan.py")
"""What the workers of an assessment load beside the method."""

METHODS = {
    "hotspots": _read("hotspots", "hotspots-cells", ("core/counts.py", "core/grid.py", "core/stats.py")),
}
"""Every method there is. Code shared by methods is hashed with each of them; other people's libraries are not, they
are held to the versions and hashes of the lock file."""


LINKING = Program(
    MethodFacts(name="link-people", target="", inputs=frozenset(), offences=frozenset(), area="", glass_box=True),
    tuple(
        _SOURCE / path
        for path in (
            "resolve",
            "app/workers/link_plan.py",
            "app/workers/link_measure_plan.py",
            *(p for p in _WORKER if not p.startswith("analyse")),
            "core/canonical_forms.py",
            "core/name_keys.py",
            "core/name_lists.py",
            "model/__init__.py",
            "model/links.py",
            "model/table.py",
        )
    ),
    _started_as("link-people"),
    timeout_s=7200.0,
    memory_mb=12_288,
)
"""What compares records of people. It is no method: it says nothing about anybody but that two records are of one."""


MEASURING = replace(LINKING, command=_started_as("measure-links"))
"""What holds links against a truth: the same code, started another way."""


def code_hashes() -> dict[str, str]:
    """Return the hash of the code installed for each mandate that names one: methods, their assessments, linking."""
    own = {name: method.program.code_hash for name, method in METHODS.items()}
    own |= {f"assess-{name}": method.assessment.code_hash for name, method in METHODS.items()}
    return own | {LINKING.facts.name: LINKING.code_hash}
