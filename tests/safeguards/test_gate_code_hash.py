"""The hash in a mandate covers all of Peelian's code that decides a result, and nothing else is what runs."""

from __future__ import annotations

import py_compile
import subprocess
import sys
from importlib.util import cache_from_source, module_from_spec
from pathlib import Path

import pytest

import peelian
from peelian.app.methods import LINKING, MEASURING, METHODS, code_hashes
from peelian.app.workers.method_worker import PLANS, OwnFinder
from peelian.gate.findings.running import hash_code
from peelian.model.record import TABLES

LOADED = """
import importlib, sys
from peelian.app.workers import method_worker
sys.meta_path.insert(0, method_worker.OwnFinder)
importlib.import_module(method_worker.PLANS[sys.argv[1]])
print(*(m.__file__ for n, m in sys.modules.items() if n.split(".")[0] == "peelian"), sep=chr(10))
"""
GATE = Path(peelian.__file__).parent / "gate"
"""The sandbox itself: whoever could change it could change the gate, which does the hashing."""


PROGRAMS = {
    "hotspots": METHODS["hotspots"].program,
    "race-hotspots": METHODS["hotspots"].assessment,
    "exposure-hotspots": METHODS["hotspots"].assessment,
    "link-people": LINKING,
    "measure-links": MEASURING,
}


def test_every_plan_of_a_worker_is_some_programs():
    """A plan that no program names would be run under no hash."""
    assert PROGRAMS.keys() == PLANS.keys()


@pytest.mark.parametrize("plan", sorted(PLANS))
def test_every_module_that_a_worker_loads_is_hashed(plan: str) -> None:
    """A helper outside the hash could change every forecast while the mandate still says that the code is approved."""
    command = [sys.executable, "-I", "-c", LOADED, plan]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    hashed = PROGRAMS[plan].folders
    loaded = [Path(line) for line in told.stdout.splitlines()]
    outside = [p for p in loaded if not any(p.is_relative_to(h) for h in (*hashed, GATE))]
    assert len(loaded) > len(PLANS)
    assert outside == []


def test_the_code_that_assesses_is_in_the_hash_of_the_assessments_mandate() -> None:
    """Whoever could change the test could pass anything; and the method's own hash must not change with the test."""
    method, assessment = METHODS["hotspots"].program, METHODS["hotspots"].assessment
    assert assessment.code_hash != method.code_hash == assessment.assessed_hash
    own = {"hotspots": method.code_hash, "assess-hotspots": assessment.code_hash}
    assert code_hashes() == own | {"link-people": LINKING.code_hash}
    assert MEASURING.code_hash == LINKING.code_hash, "links are held against a truth by the code that was approved"
    assert any(folder.name == "assess" for folder in assessment.folders)


def test_the_worker_with_the_methods_code_is_given_no_sealed_table() -> None:
    """A method that saw who was stopped could make itself look fair, or learn what it may not use."""
    race, exposure = METHODS["hotspots"].assessment.steps
    assert not {name for name in race.views if TABLES[name].sealed or TABLES[name].has_personal}
    assert "stop_equality" in exposure.views
    told = subprocess.run(
        [sys.executable, "-I", "-c", LOADED, "exposure-hotspots"], capture_output=True, text=True, check=True
    )
    assert "/analyse/hotspots/" not in told.stdout, "the method's code has no business beside sealed rows"


@pytest.fixture
def method(tmp_path: Path) -> Path:
    """Write a method of one module."""
    folder = tmp_path / "method"
    folder.mkdir()
    (folder / "plan.py").write_text("VALUE = 1\n")
    return folder


def test_a_compiled_module_beside_the_source_changes_the_hash(method: Path) -> None:
    """Python loads plan.abi3.so rather than plan.py: unhashed, a supplier could ship one that nobody approved."""
    approved = hash_code((method,))
    for name in ("plan.abi3.so", "plan.pyc", "weights.bin"):
        (method / name).write_bytes(b"other code")
        assert hash_code((method,)) != approved, name
        (method / name).unlink()
    assert hash_code((method,)) == approved


def test_a_link_to_a_folder_changes_the_hash(method: Path, tmp_path: Path) -> None:
    """Python follows a link named like a module; what it leads to is not the code that was approved."""
    approved = hash_code((method,))
    (tmp_path / "elsewhere").mkdir()
    (method / "plan").symlink_to(tmp_path / "elsewhere")
    assert hash_code((method,)) != approved


def test_a_compiled_cache_neither_changes_the_hash_nor_runs(method: Path) -> None:
    """A cache with the right date and size is loaded by Python unseen; a worker must run the source that was hashed."""
    approved, source = hash_code((method,)), method / "plan.py"
    other = method.parent / "other.py"
    other.write_text("VALUE = 2\n")
    py_compile.compile(str(other), cfile=cache_from_source(str(source)))
    poisoned = Path(cache_from_source(str(source))).read_bytes()
    py_compile.compile(str(source))
    honest = Path(cache_from_source(str(source))).read_bytes()
    Path(cache_from_source(str(source))).write_bytes(honest[:16] + poisoned[16:])  # date and size of the source
    spec = OwnFinder.find_spec("peelian.plan", [str(method)])
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert hash_code((method,)) == approved
    assert module.VALUE == 1


def test_a_worker_loads_source_files_alone(method: Path) -> None:
    """Compiled code cannot be read by whoever approves it."""
    (method / "plan.py").rename(method / "plan.abi3.so")
    with pytest.raises(ImportError, match="only source files"):
        OwnFinder.find_spec("peelian.plan", [str(method)])
