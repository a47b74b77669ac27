"""What browsers are given comes from pinned packages, and from nowhere else at any time."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_lock_names_no_registry_and_a_hash_for_each_package() -> None:
    """Each machine uses its own registry; what comes from it must be what was locked."""
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: p for name, p in lock["packages"].items() if name}
    assert packages and not [name for name, p in packages.items() if "resolved" in p]
    assert not [name for name, p in packages.items() if not p.get("integrity", "").startswith("sha512-")]
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert packages[f"node_modules/{name}"]["version"] == version, f"{name} is pinned exactly"


def test_style_sheets_fetch_nothing_and_imitate_nobody() -> None:
    """Pages work with no network, tell no third party who reads them, and do not pass for a government's."""
    built = ROOT / "src/peelian/publish/static"
    [sheet] = [p.read_text(encoding="utf-8") for p in built.glob("peelian-*.css")]
    assert "@font-face" not in sheet and "GDS Transport" not in sheet and "@import" not in sheet
    assert not [u for u in re.findall(r"url\(([^)]*)\)", sheet) if not u.strip("\"'").startswith("data:")]
    for script in built.glob("*.js"):
        outside = re.findall(r"""["'`](?:https?:)?//[^\s"'`]+""", script.read_text(encoding="utf-8"))
        assert not [u for u in outside if "w3.org" not in u], script.name
