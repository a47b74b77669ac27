"""Linking made-up people, beside plain Splink with the same comparisons and the same keys, in the same run.

Both get the same features, and both times count making the keys. Ours makes pairs, weights with term adjustment, and
clusters with the rules against chaining. For Splink the keys are made as a list, which it explodes; it predicts
without term adjustment and clusters. Making the features is timed apart. Seconds are of processor time, all threads
together, for a machine may have other work. People are made up: figures are synthetic.

What is measured is the engine that links (:mod:`peelian.resolve`), on tables in memory: no session, no rule judged, no
entry in the record, no lake. `peelian resolve` does all of that around it.

``PEELIAN_BENCH_LINK`` names a number of people, such as ``10000000``, that are linked besides, without Splink: a
release learnt of them, features, edges and clusters, by the clock, with the most memory that the process held. Ten
million need about as many minutes and gibibytes, which is why they are not linked unless asked for.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import time
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from splink import DuckDBAPI, Linker, block_on

from peelian.resolve.cluster import cluster
from peelian.resolve.features import make_features
from peelian.resolve.link import find_links, link_features
from peelian.resolve.release import ModelRelease
from peelian.resolve.train import splink_settings, train

SIZES = (200_000,)
MORE = "PEELIAN_BENCH_LINK"
MINUTES_MAX, GIB_MAX = 10, 14
SYLLABLES = "ba be bo da de do fa ha ja ka ke la le li ma me mi na ne ni ra re ri sa se so ta te ti va wi ya".split()


def made_up_people(n_rows: int, seed: int = 1829) -> pa.Table:
    """Make people, about two rows a person, with slips in one part in ten."""
    rng = np.random.default_rng(seed)
    person = rng.integers(0, n_rows // 2, n_rows)
    of_person = np.random.default_rng(seed + 1)
    n = n_rows // 2
    given = _names(of_person, 3_000, 3, n)[person]
    surname = _names(of_person, 40_000, 4, n)[person]
    born = (of_person.integers(0, 27_000, n) - 7_000).astype("datetime64[D]")[person]
    house = of_person.integers(0, n, n)[person]
    surname = np.where(rng.random(n_rows) < 0.1, np.char.add(surname, "s"), surname)
    born = np.where(rng.random(n_rows) < 0.1, born + 1, born)
    gone = rng.random(n_rows) < 0.2
    address = np.char.add(np.char.add((house % 200).astype(str), " road "), (house // 200).astype(str))
    district = np.char.add(np.char.add("ZZ", (house % 97).astype(str)), " ")
    letters = np.array(list("ABDEFGHJLNPQRSTUWXYZ"))
    postcode = np.char.add(
        np.char.add(district, (house % 10).astype(str)),
        np.char.add(letters[house // 20 % 20], letters[house // 400 % 20]),
    )
    phone = np.char.add("07700", np.char.zfill((house * 7 % 999_983).astype(str), 6))
    empty = np.full(n_rows, "")
    return pa.table({
        "record_id": np.char.add("r", np.char.zfill(np.arange(n_rows).astype(str), 8)), "source": np.full(n_rows, "a"),
        "person_ref": empty, "forenames": given, "surname": surname, "aliases": empty, "birth_on": born,
        "address": np.where(gone, "", address), "postcode": np.where(gone, "", postcode),
        "phones": np.where(rng.random(n_rows) < 0.5, phone, ""),
    })  # fmt: skip


def _names(rng: np.random.Generator, kinds: int, syllables: int, n: int) -> np.ndarray[Any, Any]:
    """Draw names as unevenly as names are borne."""
    parts = np.array(SYLLABLES)[rng.integers(0, len(SYLLABLES), (kinds, syllables))]
    pool = parts[:, 0]
    for i in range(1, syllables):
        pool = np.char.add(pool, parts[:, i])
    share = 1 / (np.arange(kinds) + 20.0)
    return pool[rng.choice(kinds, n, p=share / share.sum())]


def with_keys(con: duckdb.DuckDBPyConnection, release: ModelRelease) -> None:
    """Make the table that Splink links: the features with the keys of our rules as a list, as it takes them."""
    keys = ", ".join(f"coalesce({sql}, [])" for _, sql in release.blocking)
    con.register("stops", pa.table({"text": pa.array(release.stops["key"], pa.string())}))
    con.execute(
        "CREATE TABLE learnt AS SELECT *,"
        f" list_distinct(list_transform(list_concat({keys}), lambda k: hash(k))) AS keys FROM given"
    )
    con.execute("SET VARIABLE stops = (SELECT coalesce(list(hash(text)), []) FROM stops)")
    con.execute(
        "UPDATE learnt SET keys = list_filter(keys, lambda k: NOT list_contains(getvariable('stops'), k))"
        " WHERE list_has_any(keys, getvariable('stops'))"
    )


def plain_splink(features: pa.Table, release: ModelRelease) -> tuple[float, float]:
    """Predict and cluster with Splink alone; return processor seconds, and those of making the keys before."""
    settings = splink_settings(release)
    settings["blocking_rules_to_generate_predictions"] = [block_on("keys", arrays_to_explode=["keys"])]
    with duckdb.connect(config={"threads": 2}) as con:
        con.register("given", features)
        start = time.process_time()
        with_keys(con, release)
        keys = time.process_time() - start
        api = DuckDBAPI(connection=con)
        linker = Linker(api.register("learnt"), settings, log_level=None)
        start = time.process_time()
        links = linker.inference.predict(threshold_match_weight=release.review_mbit / 1000, warning_mode="never")
        linker.clustering.cluster_pairwise_predictions_at_threshold(
            links, threshold_match_weight=release.accept_mbit / 1000
        )
        return time.process_time() - start, keys


def ours(features: pa.Table, people: pa.Table, release: ModelRelease) -> float:
    """Link and cluster as Peelian does; return processor seconds."""
    start = time.process_time()
    cluster(link_features(features, release, 2), people)
    return time.process_time() - start


def run(sizes: tuple[int, ...] = SIZES) -> list[dict[str, object]]:
    """Measure both on each size; the release is learnt once, on the smallest, and for millions (not wide)."""
    release, rows = None, []
    for n_rows in sizes:
        people = made_up_people(n_rows)
        release = release or train(people, wide=False, random_pairs=300_000)
        start = time.process_time()
        features = make_features(people, release.stops)
        made = time.process_time() - start
        mine = ours(features, people, release)
        gc.collect()
        splink, keys = plain_splink(features, release)
        theirs = splink + keys
        rows.append(
            {
                "name": f"resolve: {n_rows:,} people linked and clustered (synthetic; features {made:.1f} s before)",
                "value": round(mine, 2),
                "unit": "s",
                "ratio": round(mine / theirs, 2),
                "beside": f"Splink, same comparisons and keys, {splink:.1f} s after {keys:.1f} s to make the keys",
                "aim": "ratio <= 1",
                "ok": mine <= theirs,
            }
        )
    return rows + [at_scale(int(n)) for n in os.environ.get(MORE, "").split()]


def at_scale(n_rows: int) -> dict[str, object]:
    """Learn a release for so many people, link and cluster them; by the clock, for nothing stands beside it."""
    people = made_up_people(n_rows)
    start, used = time.perf_counter(), time.process_time()
    release = train(people, random_pairs=300_000)
    learnt = time.perf_counter() - start
    links = find_links(people, release)
    linked = time.perf_counter() - start - learnt
    found = cluster(links, people)
    minutes, used = (time.perf_counter() - start) / 60, time.process_time() - used
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {
        "name": f"resolve: {n_rows:,} people, a release learnt, linked and clustered (synthetic)",
        "value": round(minutes, 1),
        "unit": "min",
        "beside": f"{learnt:.0f} s to learn, {linked:.0f} s for {links.num_rows:,} edges, {len(found.held):,} doubts; "
        f"{used:.0f} s of processor time; {gib:.1f} GiB at most",
        "aim": f"<= {MINUTES_MAX} min, <= {GIB_MAX} GiB for 10 million",
        "ok": minutes <= MINUTES_MAX and gib <= GIB_MAX,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=list(SIZES))
    for line in run(tuple(parser.parse_args().rows)):
        print(line)
