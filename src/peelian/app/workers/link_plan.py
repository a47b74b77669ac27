"""What the worker does that links records: train a release where there is none, find the edges, give back numbers."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.resolve.link import find_links
from peelian.resolve.release import ModelRelease
from peelian.resolve.spark import FitOnSpark, find_links_on_spark, start_spark
from peelian.resolve.train import train, train_and_link

EDGE = np.dtype([("a", "<i4"), ("b", "<i4"), ("mbit", "<i4"), ("reason", "<i4")])
"""As the gate reads it (:data:`peelian.gate.linking.linking.EDGE`)."""


def run(tables: Mapping[str, pa.Table], parameters: Mapping[str, Any]) -> dict[str, object]:
    """Link the people of one table; records that are not touched are compared with those that are, and no further."""
    people, document = tables["people"], parameters["release"]
    ids, touched = pa.concat_arrays(people["record_id"].chunks), people["touched"]
    everything = bool(pc.all(touched).as_py())
    fresh = None if everything else set(ids.filter(pa.concat_arrays(touched.chunks)).to_pylist())
    release = ModelRelease.from_dict(document) if document is not None else None
    link = _on_spark if parameters.get("engine") == "spark" else _on_this_machine
    made, links = link(people, release, fresh, parameters)
    return pack(links, ids) | ({"release": made.to_dict()} if release is None else {})


_Found = tuple[ModelRelease, pa.Table]


def _on_this_machine(
    people: pa.Table, release: ModelRelease | None, touched: set[str] | None, _: Mapping[str, Any]
) -> _Found:
    if release is None:
        return train_and_link(people)
    return release, find_links(people, release, touched=touched)


def _on_spark(
    people: pa.Table, release: ModelRelease | None, touched: set[str] | None, told: Mapping[str, Any]
) -> _Found:
    options = dict(told["options"])
    # Spark leaves what it wrote behind when its process is ended; this folder goes with the run.
    with TemporaryDirectory(dir=options["spark.local.dir"], ignore_cleanup_errors=True) as folder:
        spark = start_spark(options | {"spark.local.dir": folder}, told["java_home"])
        try:
            release = release or train(people, fit=FitOnSpark(spark))
            return release, find_links_on_spark(spark, people, release, touched=touched)
        finally:
            spark.stop()


def pack(links: pa.Table, ids: pa.Array) -> dict[str, object]:
    """Turn edges into numbers: places of two rows, weight, which reason."""
    reasons = pa.concat_arrays(links["reason"].chunks or [pa.array([], pa.string())]).dictionary_encode()
    edges = np.zeros(links.num_rows, EDGE)
    for field, column in (("a", "record_a"), ("b", "record_b")):
        edges[field] = pc.index_in(links[column], ids).to_numpy()
    edges["mbit"] = links["weight_mbit"].to_numpy()
    edges["reason"] = reasons.indices.to_numpy(zero_copy_only=False)
    edges = edges[np.lexsort((edges["b"], edges["a"]))]
    return {"edges": base64.b64encode(edges.tobytes()).decode(), "reasons": reasons.dictionary.to_pylist()}
