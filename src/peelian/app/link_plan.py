"""What the worker does that links records: train a release where there is none, find the edges, give back numbers."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.resolve.link import find_links
from peelian.resolve.release import ModelRelease
from peelian.resolve.train import train_and_link

EDGE = np.dtype([("a", "<i4"), ("b", "<i4"), ("mbit", "<i4"), ("reason", "<i4")])
"""As the gate reads it (:data:`peelian.gate.linking.EDGE`)."""


def run(tables: Mapping[str, pa.Table], parameters: Mapping[str, Any]) -> dict[str, object]:
    """Link the people of one table; records that are not touched are compared with those that are, and no further."""
    people, document = tables["people"], parameters["release"]
    ids, touched = pa.concat_arrays(people["record_id"].chunks), people["touched"]
    everything = bool(pc.all(touched).as_py())
    if document is None:
        release, links = train_and_link(people)
        return pack(links, ids) | {"release": release.to_dict()}
    fresh = None if everything else set(ids.filter(pa.concat_arrays(touched.chunks)).to_pylist())
    return pack(find_links(people, ModelRelease.from_dict(document), touched=fresh), ids)


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
