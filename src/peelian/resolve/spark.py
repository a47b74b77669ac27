"""Linking on Spark: the same edges under the same release, found by as many machines as there are.

Spark cuts the records into portions, finds which of them share a key, and brings the two of a pair together. What is
compared of them and what it weighs is the SQL that the release writes, run by Spark's tasks in the engine that runs it
everywhere else (:mod:`peelian.resolve.weigh`). So an edge does not depend on what it was found with.

Training lets Splink's own Spark backend learn the prior, u and m, in Spark SQL.

Spark sends records to processes of its own, and on a cluster to other machines: none of them is a locked worker.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from peelian.core.errors import MissingError
from peelian.resolve.features import NEEDED, connect, make_features
from peelian.resolve.layout import lay_out, lay_pairs
from peelian.resolve.link import LINKS, lay_keys, open_keys
from peelian.resolve.release import ModelRelease
from peelian.resolve.score import check_shape
from peelian.resolve.train import LEARNT_WITH, learn_with, splink_settings
from peelian.resolve.weigh import OPEN_EDGES, weigh

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

BATCH = 200_000
"""Rows that a task is handed at a time."""

_LOCAL = {
    "spark.master": "local[2]",
    "spark.driver.memory": "2g",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
_OWN = {
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH),
    "spark.sql.session.timeZone": "UTC",
}


def require_spark(java_home: str = "") -> None:
    """Refuse where Spark cannot run.

    Raises
    ------
    MissingError
        ``spark-missing`` without the extra, ``java-missing`` without Java.
    """
    try:
        import pyspark.sql  # noqa: F401
    except ImportError as error:
        raise MissingError(
            "spark-missing",
            "Records are to be linked on Spark, and Spark is not installed.",
            why="It comes with the extra `spark`, which nobody needs who links on one machine.",
            do="Install from requirements-spark.lock, or set `engine` to duckdb in the deployment's peelian.toml.",
        ) from error
    if shutil.which("java", path=_folder(java_home)) is None:
        raise MissingError(
            "java-missing",
            "Records are to be linked on Spark, and there is no Java for it to run on.",
            why="Spark runs on Java 17 or later, found by `java_home` or in the system's usual folders.",
            do="Install Java, or set `engine` to duckdb in the deployment's peelian.toml.",
        )


def _folder(java_home: str) -> str:
    return str(Path(java_home, "bin")) if java_home else os.defpath


def start_spark(options: Mapping[str, str] | None = None, java_home: str = "") -> SparkSession:
    """Start Spark, on this machine where the options name no other.

    Parameters
    ----------
    options : mapping of str to str, optional
        Spark's own settings, such as ``spark.master``. Every machine needs Peelian as it is installed here.
    java_home : str
        Where Java is; looked for in the system's usual folders where nothing is said.

    Raises
    ------
    MissingError
        As :func:`require_spark`.
    """
    require_spark(java_home)
    from pyspark.sql import SparkSession
    from splink.internals.spark.jar_location import similarity_jar_location

    # A worker has next to no environment, and Spark starts Java and Python by it.
    os.environ.setdefault("PATH", os.defpath)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if java_home:
        os.environ["JAVA_HOME"] = java_home
    builder = SparkSession.builder.appName("peelian").config("spark.jars", similarity_jar_location())
    for name, value in (_LOCAL | dict(options or {}) | _OWN).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


# Linking


def find_links_on_spark(
    spark: SparkSession, people: pa.Table, release: ModelRelease, *, touched: Collection[str] | None = None
) -> pa.Table:
    """Return what :func:`peelian.resolve.link.find_links` returns, found on Spark.

    Raises
    ------
    InvalidError
        ``release-of-other-code``.
    """
    check_shape(release)
    people = people.select(list(NEEDED)).sort_by("record_id")
    numbers = pa.array(np.arange(people.num_rows, dtype=np.int32))
    rows = spark.createDataFrame(people.append_column("n", numbers))
    features = rows.mapInArrow(_making(release), _spark_types(_featured_schema(release))).cache()
    sides = _pairs(spark, features, release, touched)
    edges = sides.mapInArrow(_weighing(release), "n_l int, n_r int, weight_mbit bigint, reason string").toArrow()
    features.unpersist()
    edges = edges.sort_by([("n_l", "ascending"), ("n_r", "ascending")])
    ends = [people["record_id"].take(edges[side]) for side in ("n_l", "n_r")]
    return pa.table([*ends, edges["weight_mbit"], edges["reason"]], schema=LINKS)


def _pairs(
    spark: SparkSession, features: DataFrame, release: ModelRelease, touched: Collection[str] | None
) -> DataFrame:
    """Return each pair of records that share a key, once, with the features of both."""
    features.createOrReplaceTempView("peelian_features")
    keys = features.mapInArrow(_keying(release, touched), "n int, fresh boolean, key bigint")
    keys.createOrReplaceTempView("peelian_keys")
    return spark.sql(_BLOCKED)


_BLOCKED = """
WITH met AS (
    SELECT DISTINCT least(a.n, b.n) AS n_l, greatest(a.n, b.n) AS n_r
    FROM peelian_keys a JOIN peelian_keys b ON a.key = b.key AND a.n <> b.n AND (a.n < b.n OR NOT b.fresh)
    WHERE a.fresh
)
SELECT n_l, n_r, struct(l.*) AS l, struct(r.*) AS r
FROM met JOIN peelian_features l ON l.n = n_l JOIN peelian_features r ON r.n = n_r
"""

Batches = Iterator[pa.RecordBatch]


def _making(release: ModelRelease) -> Any:
    """Return the task that makes features: as on one machine, for each record is on its own."""
    stops = release.stops

    def make(batches: Batches) -> Batches:
        for batch in batches:
            rows = pa.Table.from_batches([batch]).sort_by("record_id")
            features = make_features(rows, stops, threads=1)
            yield from features.append_column("n", rows["n"]).combine_chunks().to_batches()

    return make


def _keying(release: ModelRelease, touched: Collection[str] | None) -> Any:
    """Return the task that makes keys: the same numbers as on one machine, written as Spark's signed ones."""

    def key(batches: Batches) -> Batches:
        for batch in batches:
            with connect(1) as con:
                open_keys(con, release, 1, touched)
                con.register("portion", pa.Table.from_batches([batch]))
                lay_keys(con, release, 1, everything=touched is None)
                keys = con.sql("SELECT n, fresh, key FROM keys_0").to_arrow_table()
            signed = pa.array(keys["key"].to_numpy().view(np.int64))
            yield from keys.set_column(2, "key", signed).combine_chunks().to_batches()

    return key


def _weighing(release: ModelRelease) -> Any:
    """Return the task that weighs pairs."""

    def weigh_all(batches: Batches) -> Batches:
        for batch in batches:
            yield from _weigh_batch(batch, release).combine_chunks().to_batches()

    return weigh_all


def _weigh_batch(batch: pa.RecordBatch, release: ModelRelease) -> pa.Table:
    """Lay the records of some pairs out, weigh the pairs, and return the edges by the records' own numbers."""
    both = pa.concat_tables(pa.Table.from_struct_array(batch[side]) for side in ("l", "r"))
    known, at = np.unique(both["n"].to_numpy(), return_index=True)
    features = both.take(pa.array(at)).drop_columns(["n"])
    left, right = (np.searchsorted(known, batch[n].to_numpy()).astype(np.int32) for n in ("n_l", "n_r"))
    with connect(1) as con:
        con.execute(OPEN_EDGES)
        lay_pairs(con, lay_out(con, features, release), left, right)
        weigh(con, release)
        found = con.sql("SELECT n_l, n_r, weight_mbit, reason FROM edges").to_arrow_table()
    ends = [pa.array(known[found[n].to_numpy()], pa.int32()) for n in ("n_l", "n_r")]
    return pa.table([*ends, *found.columns[2:]], names=found.column_names)


def _featured_schema(release: ModelRelease) -> pa.Schema:
    nobody = pa.schema([(c, pa.date32() if c == "birth_on" else pa.string()) for c in NEEDED]).empty_table()
    return make_features(nobody, release.stops, threads=1).schema.append(pa.field("n", pa.int32()))


_TYPES = {"string": "string", "date32[day]": "date", "bool": "boolean", "int64": "bigint", "int32": "int"}


def _spark_types(schema: pa.Schema) -> str:
    """Return an Arrow schema in Spark's words; a type that no feature has is an error here."""
    lists = pa.types.is_list
    said = (f"array<{_TYPES[str(f.type.value_type)]}>" if lists(f.type) else _TYPES[str(f.type)] for f in schema)
    return ", ".join(f"{name} {kind}" for name, kind in zip(schema.names, said, strict=True))


# Training


class FitOnSpark:
    """Learns with Splink's Spark backend, where :func:`peelian.resolve.train.fit_on_duckdb` does on one machine."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark = spark

    def __call__(self, features: pa.Table, threads: int, seed: int, random_pairs: int) -> dict[str, Any]:
        """Let Splink learn prior, u and m; return its settings as it would save them."""
        import pyspark
        from splink import SparkAPI

        api = SparkAPI(spark_session=self.spark, break_lineage_method="persist")
        frame = self.spark.createDataFrame(features)
        model = learn_with(api, frame, splink_settings(in_words_of=spark_sql), seed, random_pairs)
        return model | {LEARNT_WITH: {"pyspark": pyspark.__version__}}


_WORDS = {
    "list_has_any(": "arrays_overlap(",
    "list_contains(": "array_contains(",
    "list_intersect(": "array_intersect(",
    "len(": "size(",
    "starts_with(": "startswith(",
}
_CALL = re.compile(r"\b(?:" + "|".join(re.escape(w) for w in _WORDS) + ")")
_ALIKE = re.compile(r"jaro_winkler_similarity\((\w+), (\w+), [\d.]+\)")
_FIRST = re.compile(r"(\w+_[lr])\[1\]")


def spark_sql(condition: str) -> str:
    """Write a condition of a comparison, which is DuckDB's SQL, in Spark's: the same question, for training alone."""
    condition = _ALIKE.sub(r"jaro_winkler(\1, \2)", condition)
    condition = _FIRST.sub(r"substring(\1, 1, 1)", condition)
    return _CALL.sub(lambda call: _WORDS[call.group()], condition)
