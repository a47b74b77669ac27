"""On what a deployment compares records, as its settings say: one machine, or Spark.

Spark needs processes and a network of its own, which a locked worker has not. So under that setting linking's worker
is started unlocked, and whoever chose it finds that in public: a change of settings is an entry of its own, and every
run says in the record on what it compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from peelian.core.errors import InvalidError
from peelian.store.deployment import Deployment

DUCKDB, SPARK = "duckdb", "spark"
_NAME = re.compile(r"spark\.[a-zA-Z0-9.]+")


@dataclass(frozen=True)
class LinkEngine:
    """What compares records.

    Parameters
    ----------
    name : str
        ``duckdb`` or ``spark``.
    java_home : str
        Where Java is; empty where the system's path says it.
    options : mapping of str to str
        Spark's own settings.
    """

    name: str = DUCKDB
    java_home: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def locked(self) -> bool:
        """Whether linking's worker can be locked."""
        return self.name != SPARK

    @property
    def parameters(self) -> dict[str, object]:
        """What a worker is told; nothing for one machine, so that nothing is said of what is usual."""
        if self.locked:
            return {}
        return {"engine": self.name, "java_home": self.java_home, "options": dict(self.options)}

    @property
    def entered(self) -> dict[str, object]:
        """What the record says of it; nothing for one machine."""
        return {} if self.locked else {"engine": self.name, "worker": "unlocked"}


def link_engine(deployment: Deployment) -> LinkEngine:
    """Return what a deployment's ``[resolve]`` says.

    Raises
    ------
    InvalidError
        ``resolve-settings-invalid``.
    """
    said = deployment.settings.get("resolve", {})
    try:
        assert isinstance(said, Mapping)
        options = {"spark.local.dir": str(deployment.folder / "tmp"), **said.get("spark", {})}
        engine = LinkEngine(said.get("engine", DUCKDB), said.get("java_home", ""), options)
        known = {"engine", "java_home", "spark"} >= set(said) and engine.name in (DUCKDB, SPARK)
        texts = isinstance(engine.java_home, str) and all(isinstance(v, str) for v in options.values())
        if known and texts and all(_NAME.fullmatch(name) for name in options):
            return engine
    except (AssertionError, TypeError):
        pass
    raise InvalidError(
        "resolve-settings-invalid",
        "What the deployment's peelian.toml says under [resolve] cannot be meant.",
        why="Linking on something else than was chosen would be noticed by nobody.",
        do="See docs/formats/deployment-folder.md: engine is duckdb or spark, java_home and spark are for Spark.",
    )
