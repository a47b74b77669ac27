"""Telling what a demonstration does, step by step, with the command that does the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Tell = Callable[[str], None]


@dataclass
class Stage:
    """One step of the walk, told and timed."""

    tell: Tell
    steps: list[dict[str, Any]] = field(default_factory=list)

    def note(self, what: str, command: str, started: float, **facts: Any) -> None:
        """Tell what was done and keep it for the report."""
        seconds = time.perf_counter() - started
        self.tell(f"{what}  [{seconds:.1f} s]\n    $ {command}")
        self.steps.append({"what": what, "command": command} | facts)
