"""A finding replays to the same bytes on one thread and on two, and with lowered CPU features (PL-17)."""

from __future__ import annotations

import os
import subprocess
import sys

SCRIPT = """
from peelian.analyse.hotspots import run
from peelian.core.canonical import digest
from tests.support import hotspot_town as town
print(digest(run({"incident": town.incidents(7)}, town.parameters())))
"""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def digest_with(threads: int, **more: str) -> str:
    """Run the method in a process of its own and return the digest of its result."""
    environment = {**os.environ, **dict.fromkeys(THREADS, str(threads)), **more}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


def test_replay_gives_the_same_bytes_on_any_machine():
    """Who contests a result must get that result again, not one like it."""
    one = digest_with(1)
    assert len(one) == 64
    assert digest_with(2) == one
    assert digest_with(1, NPY_DISABLE_CPU_FEATURES="AVX2 FMA3 AVX512F AVX512_SKX AVX512_ICL") == one
