"""A deployment is one folder; this says what lies where in it."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from peelian.core.errors import InvalidError, MissingError, RefusedError
from peelian.core.ids import new_ulid
from peelian.core.time import Clock
from peelian.store.keys import make_secrets

FORMAT = 1
UNFINISHED = "init-unfinished"
"""File that a folder holds while a deployment is being made in it: what is there then has never been used."""

_FOLDERS = ("charter", "lake", "index", "ledger", "keys", "register", "tmp", "leases")


@dataclass(frozen=True)
class Deployment:
    """The places of a deployment and what its ``peelian.toml`` says.

    Parameters
    ----------
    folder : Path
        The deployment's folder, absolute.
    id : str
        Made when the deployment was; names it in the ledger's origin line.
    jurisdiction : str
        Where all of it must stay.
    n_buckets : int
        Files a table is cut into; fixed at creation.
    desk_url : str
        SQLAlchemy URL of the desk database; empty for ``desk.db`` in the folder.
    settings : mapping
        All of ``peelian.toml``.
    """

    folder: Path
    id: str
    jurisdiction: str
    n_buckets: int
    desk_url: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.folder / "peelian.toml"

    @property
    def charter(self) -> Path:
        """The charter in force."""
        return self.folder / "charter"

    @property
    def lake(self) -> Path:
        """Delta tables."""
        return self.folder / "lake"

    @property
    def desk(self) -> Path | str:
        """The desk database: a file, or the URL that the settings name."""
        return self.desk_url or self.folder / "desk.db"

    @property
    def index(self) -> Path:
        """The search index."""
        return self.folder / "index"

    @property
    def ledger(self) -> Path:
        """The ledger."""
        return self.folder / "ledger"

    @property
    def keys(self) -> Path:
        """Secrets and subject keys; back it up apart from everything else."""
        return self.folder / "keys"

    @property
    def models(self) -> Path:
        """Model releases, one file each, named by their hash."""
        return self.folder / "models"

    @property
    def register(self) -> Path:
        """What is published."""
        return self.folder / "register"

    @property
    def tmp(self) -> Path:
        """Spill and temporary files: inside, so that an erasure reaches them."""
        return self.folder / "tmp"

    @property
    def leases(self) -> Path:
        """Leases of readers."""
        return self.folder / "leases"

    @property
    def writer_lock(self) -> Path:
        """The lock that says who is writing."""
        return self.folder / "tmp" / "writer.lock"


def create_deployment(
    folder: Path, *, jurisdiction: str, allowed: Collection[str], clock: Clock, n_buckets: int = 16
) -> Deployment:
    """Make a deployment's folder, settings and secrets; readable by their owner alone.

    It is marked as unfinished until :func:`finish_deployment`; what an interrupted founding left is cleared first.

    Raises
    ------
    InvalidError
        ``deployment-exists`` when the folder holds anything already.
    RefusedError
        ``jurisdiction-refused`` when the charter does not allow data to be kept there.
    """
    _refuse_jurisdiction(jurisdiction, allowed)
    clear_unfinished(folder)
    if folder.exists() and any(folder.iterdir()):
        raise InvalidError(
            "deployment-exists",
            "The folder for the new deployment is not empty.",
            why="A deployment is made once; making it again over another would mix two ledgers.",
            do="Name a new or empty folder.",
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / UNFINISHED).touch()
    for name in _FOLDERS:
        (folder / name).mkdir(mode=0o700)
    make_secrets(folder / "keys")
    (folder / "peelian.toml").write_text(_settings(new_ulid(clock), jurisdiction, n_buckets), encoding="utf-8")
    return open_deployment(folder, allowed=allowed)


def finish_deployment(folder: Path) -> None:
    """Say that a deployment is whole, and may be used."""
    (folder / UNFINISHED).unlink(missing_ok=True)


def clear_unfinished(folder: Path) -> None:
    """Delete what an interrupted founding left in a folder; does nothing to a folder without its mark."""
    if not (folder / UNFINISHED).is_file():
        return
    for path in sorted(folder.iterdir(), key=lambda p: p.name == UNFINISHED):  # the mark goes last
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def require_finished(folder: Path) -> None:
    """Raise ``deployment-unfinished`` for a folder in which the making of a deployment was interrupted."""
    if (folder / UNFINISHED).is_file():
        raise InvalidError(
            "deployment-unfinished",
            "The making of this deployment was interrupted.",
            why="It has no adopted rules or no complete ledger, and nothing was ever taken into it.",
            do="Run `peelian init` on the same folder again: it starts over.",
        )


def open_deployment(folder: Path, *, allowed: Collection[str]) -> Deployment:
    """Open a deployment's folder.

    Raises
    ------
    MissingError
        ``deployment-missing`` when there is none.
    InvalidError
        ``deployment-invalid`` for settings that cannot be read; ``deployment-exposed`` when others may read it.
    RefusedError
        ``jurisdiction-refused`` when the charter does not allow data to be kept there.
    """
    deployment = _read(folder.resolve(), require_deployment(folder))
    _refuse_jurisdiction(deployment.jurisdiction, allowed)
    if folder.stat().st_mode & 0o077:
        raise InvalidError(
            "deployment-exposed",
            "Other users of this computer may read the deployment's folder.",
            why="Whoever reads the files reads around the gate, and nothing of it is recorded.",
            do="Run `chmod 700` on the folder, and find out who could read it.",
        )
    return deployment


def require_deployment(folder: Path) -> Path:
    """Return a deployment's settings file. Raises ``deployment-missing`` when the folder is none."""
    config = folder / "peelian.toml"
    if not config.is_file():
        raise MissingError(
            "deployment-missing",
            "There is no deployment in that folder.",
            why="A deployment has a peelian.toml at its top.",
            do="Check the folder, or make one with `peelian init`.",
        )
    return config


def _read(folder: Path, config: Path) -> Deployment:
    try:
        settings = tomllib.loads(config.read_text(encoding="utf-8"))
        own = settings["deployment"]
        if own["format"] != FORMAT:
            raise ValueError("format")
        desk_url = str(settings.get("desk", {}).get("url", ""))
        return Deployment(folder, str(own["id"]), str(own["jurisdiction"]), int(own["buckets"]), desk_url, settings)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidError(
            "deployment-invalid",
            "The deployment's peelian.toml cannot be understood.",
            why=f"It is not as `peelian init` writes it ({type(error).__name__}), or is of another version of Peelian.",
            do="See docs/formats/deployment-folder.md, or restore it from a backup.",
        ) from error


def _refuse_jurisdiction(jurisdiction: str, allowed: Collection[str]) -> None:
    if jurisdiction not in allowed:
        raise RefusedError(
            "jurisdiction-refused",
            f'The charter does not allow data to be kept in "{jurisdiction}".',
            why="No data, log or telemetry leaves the agreed jurisdiction.",
            do=f"Keep it in {', '.join(sorted(allowed)) or 'a jurisdiction the charter names'}.",
        )


def _settings(id: str, jurisdiction: str, n_buckets: int) -> str:
    return (
        "[deployment]\n"
        f"format = {FORMAT}\n"
        f'id = "{id}"\n'
        f"jurisdiction = {json.dumps(jurisdiction)}\n"
        f"buckets = {n_buckets}\n"
        "\n"
        "[desk]\n"
        'url = ""  # empty: desk.db in this folder; or postgresql+psycopg://user@host/database\n'
    )
