"""A deployment walked through its command line: people who sign in, small data, and what each command printed."""

from __future__ import annotations

import atexit
import csv
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pyproj
from click import Command
from click.testing import CliRunner
from typer.main import get_command

from peelian.app.caller import Place
from peelian.app.practice import show_training
from peelian.cli import app
from peelian.synth import make_town, write_town
from peelian.synth.ground import lay_out_ground
from peelian.synth.town import TownFiles, area_text
from tests.support.ingest import STOP, STREET, stop_row, street_row, to_csv, to_zip
from tests.support.trained import TRAINED

PEOPLE = {
    "data-engineer-1": "op-loading",
    "analyst-1": "op-patrol-planning",
    "model-owner-1": "op-assessment",
    "data-protection-officer-1": "op-erasure",
    "data-protection-officer-2": "op-erasure",
    "panel-member-1": "op-oversight",
    "panel-member-2": "op-oversight",
    "neighbourhood-officer-1": "op-patrol-planning",
}
"""Who does what in these walks: account -> the operation they work on."""


@dataclass(frozen=True)
class Told:
    """What a command said."""

    code: int
    out: str
    err: str
    raised: BaseException | None = None

    @property
    def json(self) -> dict:
        """Return standard output as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> dict:
        """Return the last line of standard error as JSON."""
        return json.loads(self.err.strip().splitlines()[-1])

    def ok(self) -> Told:
        """Insist that the command succeeded."""
        assert self.code == 0, f"exit {self.code}\n{self.out}\n{self.err}\n{self.raised!r}"
        return self


@cache
def commands() -> Command:
    """Make the tree of commands, once: Typer makes it anew for each call otherwise."""
    return get_command(app)


def call(*args: object, home: Path, **env: str) -> Told:
    """Run a command in this process."""
    variables = {"PEELIAN_HOME": str(home), "PEELIAN_DIR": None, "PEELIAN_PASSPHRASE": None} | env
    result = CliRunner().invoke(commands(), [str(a) for a in args], env=variables)
    raised = result.exception if not isinstance(result.exception, SystemExit) else None
    return Told(result.exit_code, result.stdout, result.stderr, raised)


@dataclass(frozen=True)
class Walk:
    """A deployment and the key folder of whoever walks it."""

    folder: Path
    home: Path

    def run(self, *args: object, as_: str | None = None, **env: str) -> Told:
        """Run a command with ``--in`` this deployment."""
        who = ("--as", as_) if as_ else ()
        return call(*args, "--in", self.folder, *who, home=self.home, **env)

    def json(self, *args: object, as_: str | None = None) -> dict:
        """Run a command that must succeed and return its JSON."""
        return self.run(*args, "--json", as_=as_).ok().json

    def enter(self, *accounts: str) -> None:
        """Sign people in and have each choose the operation of :data:`PEOPLE`."""
        for account in accounts:
            self.run("sign-in", account).ok()
            self.run("context", "set", PEOPLE[account], as_=account).ok()

    def train(self) -> None:
        """Have the example's people sit their practice sets, answered from the truth as in a demonstration."""
        show_training(Place(self.folder, self.home), TRAINED)

    def ingest(self, source: str, archive: Path, *options: object) -> dict:
        """Take in an archive as the data engineer."""
        return self.json("ingest", source, archive, *options, as_="data-engineer-1")

    @property
    def keys(self) -> Path:
        """Return the folder with this deployment's keys in the key folder."""
        [folder] = [p for p in self.home.iterdir() if p.is_dir()]
        return folder


def found(folder: Path) -> Walk:
    """Found a deployment with the made-up town's area and secrets of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    area = folder / "area.geojson"
    area.write_text(area_text(lay_out_ground().outline), encoding="utf-8")
    call("init", folder / "d", "--area", area, home=folder / "home").ok()
    return Walk(folder / "d", folder / "home")


@cache
def _template() -> Path:
    """Found one deployment a process; most walks start from copies of it, and share its id and secrets."""
    folder = Path(tempfile.mkdtemp(prefix="peelian-walk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    found(folder).train()
    return folder


def new_walk(folder: Path, *accounts: str) -> Walk:
    """Return a freshly founded deployment, with some people signed in."""
    shutil.copytree(_template(), folder, dirs_exist_ok=True)
    walk = Walk(folder / "d", folder / "home")
    walk.enter(*accounts)
    return walk


def months_ago(n: int) -> date:
    """Return the first day of a month before this one: retention runs from the day of an event."""
    day = date.today().replace(day=1)  # the commands under test use the computer's clock too
    for _ in range(n):
        day = (day - timedelta(days=1)).replace(day=1)
    return day


def small_town(folder: Path, months: int = 16, burglaries: float = 700) -> TownFiles:
    """Write a made-up town whose last month is the one before this."""
    return write_town(folder, make_town(first_month=months_ago(months), months=months, burglaries=burglaries))


CORNER_M = (21_000.0, 151_000.0)
"""A place in the made-up town, near its lower left corner, on the national grid."""


@cache
def _to_degrees() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(27700, 4326, always_xy=True)


def at_metres(east: float, north: float) -> dict[str, str]:
    """Return the columns Longitude and Latitude of a place so many metres from the town's lower left corner."""
    lon, lat = _to_degrees().transform(CORNER_M[0] + east, CORNER_M[1] + north)
    return {"Longitude": f"{lon:.6f}", "Latitude": f"{lat:.6f}"}


def archive(
    path: Path, streets: Iterable[Mapping[str, str]], stops: Iterable[Mapping[str, str]] = (), month: str = "2024-05"
) -> Path:
    """Write an archive in the form of data.police.uk."""
    files = {f"{month}/{month}-northmere-street.csv": to_csv(streets)}
    if stops := list(stops):
        files[f"{month}/{month}-northmere-stop-and-search.csv"] = to_csv(stops, STOP)
    return to_zip(path, files)


def csv_rows(data: bytes) -> list[dict[str, str]]:
    """Read a CSV file independently of the product."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def listing(*folders: Path) -> dict[str, tuple[int, int]]:
    """List every file below some folders with size and time of change."""
    files = [p for folder in folders for p in folder.rglob("*") if p.is_file()]
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in files}


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment for a command in a process of its own."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PEELIAN_")} | {"PEELIAN_HOME": str(home)}


__all__ = [
    "CORNER_M",
    "PEOPLE",
    "STREET",
    "Told",
    "Walk",
    "archive",
    "at_metres",
    "call",
    "clean_environment",
    "csv_rows",
    "found",
    "listing",
    "months_ago",
    "new_walk",
    "small_town",
    "stop_row",
    "street_row",
]
