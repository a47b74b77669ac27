"""Learn a model release from the records themselves, without labels, with Splink on DuckDB.

Splink estimates u from random pairs, the prior from rules that are nearly always right, and m by expectation
maximisation over blocked pairs. What comes out is frozen: see :mod:`peelian.resolve.release`. Training on the same
rows gives nearly the same release (Splink samples); a release once made gives exactly the same links for ever.

References
----------
Fellegi and Sunter (1969), A Theory for Record Linkage, JASA 64(328).
Linacre et al. (2022), Splink: Free software for probabilistic record linkage at scale, IJPDS 7(3).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import splink
from splink import DuckDBAPI, Linker

from peelian.core.errors import InvalidError
from peelian.model.links import JOINING
from peelian.resolve.features import connect, make_features, stop_digest
from peelian.resolve.link import find_links, link_features
from peelian.resolve.release import ModelRelease, StepWeight
from peelian.resolve.score import NO_EVIDENCE, shape_rows
from peelian.resolve.shape import BLOCKING, LADDERS, WIDE, Ladder, sql_of_names

RECORDS_MIN = 200
RECORDS_MAX = 200_000
TERM_RECORDS_MIN = 10
TERM_NAMES_MIN = 5
RANDOM_PAIRS = 1_000_000
STOP_NAMES_MIN = 30
STOP_KEY_RECORDS = 200
WIDE_RECORDS_MAX, NAMED_RECORDS_MAX = 2_000_000, 5_000_000
Rules = Sequence[tuple[str, str]]
EXPECTED_PRECISION = 0.99
EDGE_PROBABILITY_MIN = 0.95
REVIEW_PROBABILITY = 0.5
SURE_RULES_RECALL = 0.7
SURE_RULES = (
    "l.given = r.given AND l.surname = r.surname AND l.birth_on = r.birth_on AND l.day_known",
    "l.given = r.given AND l.surname = r.surname AND l.postcode = r.postcode",
    "l.surname = r.surname AND l.birth_on = r.birth_on AND l.day_known AND l.postcode = r.postcode",
)
"""Pairs of which nearly all are of one person: from their number the prior is estimated (Splink's method)."""
SESSIONS = ("l.birth_on = r.birth_on AND l.day_known", "l.given = r.given AND l.surname = r.surname")
"""What is held equal while m is learnt for the rest: two passes, so that each comparison is learnt in at least one."""
LARGEST_MBIT = 20_000
LEARNT_WITH = "learnt_with"
"""Where what learns says with which versions, beside Splink's own keys."""
Fit = Callable[[pa.Table, int, int, int], dict[str, Any]]
"""Learns of features, with so many threads, a seed and so many random pairs: what Splink would save of its model."""


def train(
    people: pa.Table,
    *,
    threads: int = 2,
    seed: int = 1,
    random_pairs: int = RANDOM_PAIRS,
    wide: bool | None = None,
    fit: Fit | None = None,
) -> ModelRelease:
    """Learn a release from records of people; see :func:`train_and_link`."""
    return _learn(people, threads, seed, random_pairs, wide=wide, fit=fit)[0]


def train_and_link(
    people: pa.Table,
    *,
    threads: int = 2,
    seed: int = 1,
    random_pairs: int = RANDOM_PAIRS,
    wide: bool | None = None,
    fit: Fit | None = None,
) -> tuple[ModelRelease, pa.Table]:
    """Learn a release from records of people, and return it with their edges under it.

    Parameters
    ----------
    people : pyarrow.Table
        ``record_id``, ``source`` and the columns of a person table. Above 200,000 records every so-manieth is taken.
    threads : int
        Threads of the engine.
    seed : int
        For the random pairs of which u is learnt.
    random_pairs : int
        How many of those.
    wide : bool, optional
        Whether the release has the further-reaching blocking rules too. Where nothing is said, by how many records it
        is trained for: see :func:`rules_for`.
    fit : Fit, optional
        What learns the prior, u and m; Splink on DuckDB where nothing is said.

    Returns
    -------
    ModelRelease
        Thresholds by a rule fixed beforehand: accepted from the weight at which the model itself expects 99 in 100
        accepted edges to be right; review from even odds.
    pyarrow.Table
        What :func:`peelian.resolve.link.find_links` gives under it.

    Raises
    ------
    InvalidError
        ``too-few-people`` below 200 records.
    """
    release, links = _learn(people, threads, seed, random_pairs, wide=wide, fit=fit)
    return release, links if links is not None else find_links(people, release, threads=threads)


def _learn(
    people: pa.Table, threads: int, seed: int, random_pairs: int, *, wide: bool | None, fit: Fit | None
) -> tuple[ModelRelease, pa.Table | None]:
    """Learn a release; its edges come along where it was learnt of all the records, which have then been linked."""
    if people.num_rows < RECORDS_MIN:
        raise InvalidError(
            "too-few-people",
            f"A model cannot be learnt from {people.num_rows} records; at least {RECORDS_MIN} are needed.",
            why="Frequencies learnt from so few would be chance.",
            do="Train on more records, or use a release trained elsewhere and assessed on these.",
        )
    sample = _sample(people)
    rules = rules_for(people.num_rows) if wide is None else (*BLOCKING, *WIDE) if wide else BLOCKING
    features = make_features(sample, {}, threads=threads)
    stops = learn_stops(features, rules, people.num_rows / sample.num_rows)
    if stops["address"] or stops["phone"]:
        features = make_features(sample, stops, threads=threads)
    model = (fit or fit_on_duckdb)(features, threads, seed, random_pairs)
    counts = {"records": people.num_rows, "sampled": sample.num_rows, "seed": seed}
    draft = _release(features, stops, rules, model, counts)
    links = link_features(features, draft, threads)
    release = replace(draft, accept_mbit=_accept_from(links))
    return release, None if sample.num_rows < people.num_rows else _under(links, release)


def rules_for(n_records: int) -> Rules:
    """Return the blocking rules of a release for so many records; frozen in it, they do not move with the records.

    Up to two million the further-reaching rules too; above five million none that holds nothing but a name, by which
    so many strangers meet that no edge could come of it.
    """
    if n_records <= WIDE_RECORDS_MAX:
        return (*BLOCKING, *WIDE)
    return tuple(rule for rule in BLOCKING if n_records <= NAMED_RECORDS_MAX or not sql_of_names(rule[1]))


def _under(links: pa.Table, release: ModelRelease) -> pa.Table:
    """Return the edges of a draft, which accepts from even odds, as its release has them."""
    joining = pc.is_in(links["reason"], pa.array(JOINING))
    middle = pc.and_(joining, pc.less(links["weight_mbit"], release.accept_mbit))
    reason = pc.if_else(middle, "middle-weight", links["reason"])
    return links.set_column(links.column_names.index("reason"), "reason", reason)


def _sample(people: pa.Table) -> pa.Table:
    step = -(-people.num_rows // RECORDS_MAX)
    if step == 1:
        return people
    order = pc.sort_indices(people, [("record_id", "ascending")])
    return people.take(order.take(pa.array(np.arange(0, people.num_rows, step))))


def learn_stops(features: pa.Table, rules: Rules, times: float = 1.0) -> dict[str, tuple[str, ...]]:
    """Find values that are no evidence, or no key, once and for all.

    An address of 30 names is no home, nor is such a phone anybody's own. A key of nothing but a name is none when
    more than 200 records bear it; ``times`` says how many records stand behind one of the sample.
    """
    found: dict[str, tuple[str, ...]] = {}
    with connect(1) as con:
        con.register("features", features)
        for name, each in (("address", "address"), ("phone", "unnest(phones)")):
            rows = con.execute(
                f"SELECT value FROM (SELECT {each} AS value, given, surname FROM features) WHERE value IS NOT NULL"
                f" GROUP BY value HAVING count(DISTINCT (given, surname)) >= {STOP_NAMES_MIN}"
            ).fetchall()
            found[name] = tuple(sorted(stop_digest(value) for (value,) in rows))
        keys = [f"SELECT unnest({sql}) AS key FROM features" for _, sql in rules if sql_of_names(sql)]
        of_names = " UNION ALL ".join(keys) or "SELECT NULL AS key"  # a release for many has no such rule
        rows = con.execute(
            f"SELECT key FROM ({of_names}) WHERE key IS NOT NULL GROUP BY key"
            f" HAVING count(*) * {times} > {STOP_KEY_RECORDS}"
        ).fetchall()
    return found | {"key": tuple(sorted(stop_digest(key) for (key,) in rows))}


def splink_settings(release: ModelRelease | None = None, in_words_of: Callable[[str], str] = str) -> dict[str, Any]:
    """Return the comparisons as Splink's settings, with a release's m and u when one is given.

    With these the same model runs in Splink itself, on DuckDB; ``in_words_of`` writes the conditions, which are
    DuckDB's SQL, for another of its backends.
    """
    prior = 2 ** (release.prior_mbit / 1000) if release else 1e-4
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record_id",
        "probability_two_random_records_match": prior / (1 + prior),
        "comparisons": [_comparison(x, release, in_words_of) for x in LADDERS],
        "blocking_rules_to_generate_predictions": [],
        "retain_matching_columns": False,
    }


def _comparison(ladder: Ladder, release: ModelRelease | None, in_words_of: Callable[[str], str]) -> dict[str, Any]:
    levels: list[dict[str, Any]] = []
    for step in ladder.steps:
        level: dict[str, Any] = {"sql_condition": in_words_of(step.when) or "ELSE", "label_for_charts": step.says}
        if step.kind == NO_EVIDENCE:
            level["is_null_level"] = True
        elif release:
            level |= {
                "m_probability": release.weights[ladder.name][step.name].m,
                "u_probability": release.weights[ladder.name][step.name].u,
            }
        levels.append(level)
    return {"output_column_name": ladder.name, "comparison_levels": levels}


def fit_on_duckdb(features: pa.Table, threads: int, seed: int, random_pairs: int) -> dict[str, Any]:
    """Let Splink learn prior, u and m; return its settings as it would save them."""
    con = duckdb.connect(config={"threads": threads})
    con.register("people_features", features)
    con.execute("SET enable_progress_bar = false")
    con.execute("CREATE TABLE learning AS FROM people_features")
    model = learn_with(DuckDBAPI(connection=con), "learning", splink_settings(), seed, random_pairs)
    con.close()
    return model


def learn_with(api: Any, table: Any, settings: dict[str, Any], seed: int, random_pairs: int) -> dict[str, Any]:
    """Let Splink learn on one of its backends, of a table that the backend knows."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    linker = Linker(api.register(table), settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(list(SURE_RULES), recall=SURE_RULES_RECALL)
    linker.training.estimate_u_using_random_sampling(max_pairs=random_pairs, seed=seed)
    for rule in SESSIONS:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True, max_pairs=2e6
        )
    return dict(linker.misc.save_model_to_json())


def _release(
    features: pa.Table,
    stops: dict[str, tuple[str, ...]],
    rules: Rules,
    model: Mapping[str, Any],
    training: Mapping[str, Any],
) -> ModelRelease:
    learnt = {c["output_column_name"]: c["comparison_levels"] for c in model["comparisons"]}
    weights = {ladder.name: _weights(ladder, learnt[ladder.name]) for ladder in LADDERS}
    prior = float(model["probability_two_random_records_match"])
    review = _mbit(REVIEW_PROBABILITY, 1 - REVIEW_PROBABILITY)
    return ModelRelease(
        prior_mbit=_mbit(prior, 1 - prior),
        weights=weights,
        terms=learn_terms(features, weights),
        stops=stops,
        blocking=tuple(rules),
        ladders=shape_rows(),
        accept_mbit=review,
        review_mbit=review,
        versions={"splink": splink.__version__, "duckdb": duckdb.__version__, **model.get(LEARNT_WITH, {})},
        training={**training, "expected_precision": EXPECTED_PRECISION, "sure_rules_recall": SURE_RULES_RECALL},
    )


def _weights(ladder: Ladder, levels: list[Mapping[str, Any]]) -> dict[str, StepWeight]:
    known = [level for level in levels if not level.get("is_null_level")]
    out = {}
    for step, level in zip(ladder.known, known, strict=True):
        both = [level.get(f"{x}_probability") for x in "mu"]
        m, u = map(_share, both if all(_learnt(x) for x in both) else (step.m, step.u))
        out[step.name] = StepWeight(m, u, max(-LARGEST_MBIT, min(LARGEST_MBIT, _mbit(m, u))))
    return out


def _learnt(value: object) -> bool:
    return isinstance(value, (int, float)) and value > 0


def _share(value: Any) -> float:
    return float(f"{value:.6g}")


def _mbit(m: float, u: float) -> int:
    return round(1000 * math.log2(m / u))


def learn_terms(features: pa.Table, weights: Mapping[str, Mapping[str, StepWeight]]) -> dict[str, dict[str, int]]:
    """Learn what sharing a common value takes from an agreement, and sharing a rare one adds.

    A term of at least ten records, of five differently named people, has its own figure: log2(u / share of records
    with it). Rarer terms have one figure together, from the chance that two of their records share a term. Rare terms
    are so not told apart and are in no release; those that are stand there as digests.
    """
    adjusted = {s.terms: weights[x.name][s.name].u for x in LADDERS for s in x.known if s.terms}
    with connect(1) as con:
        con.register("features", features)
        counts = {column: con.execute(_COUNTED.format(column)).fetchall() for column in adjusted}
    return {column: _term_weights(u, counts[column]) for column, u in adjusted.items()}


_COUNTED = "SELECT {0}, count(*), count(DISTINCT (given, surname)) FROM features WHERE {0} IS NOT NULL GROUP BY 1"


def _term_weights(u: float, counted: Sequence[tuple[str, int, int]]) -> dict[str, int]:
    n = max(1, sum(records for _, records, _ in counted))
    common = {t: c for t, c, names in counted if c >= TERM_RECORDS_MIN and names >= TERM_NAMES_MIN}
    rare = [c for t, c, _ in counted if t not in common]
    share_rare = max(1.0, sum(c * c for c in rare) / max(1, sum(rare))) / n
    own = {stop_digest(term): _mbit(u, c / n) for term, c in common.items()}
    return {"": _mbit(u, share_rare) if counted else 0, **dict(sorted(own.items()))}


def _accept_from(links: pa.Table) -> int:
    """Return the smallest weight from which the model expects accepted edges to be right often enough.

    The expectation is the model's own: the mean, over edges from this weight upwards that no rule holds, of the
    probability that its weight stands for.
    """
    weights = links.filter(pc.equal(links["reason"], ""))["weight_mbit"].to_numpy()
    least = _mbit(EDGE_PROBABILITY_MIN, 1 - EDGE_PROBABILITY_MIN)
    if not len(weights):
        return least
    ordered = np.sort(weights)[::-1]
    expected = np.cumsum(1 / (1 + np.exp2(-ordered / 1000.0))) / np.arange(1, len(ordered) + 1)
    enough = np.flatnonzero(expected >= EXPECTED_PRECISION)
    return max(least, int(ordered[enough[-1]] if len(enough) else ordered[0]))
