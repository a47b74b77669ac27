"""Under one release, any history of changes gives what a batch run gives, and a verdict taken back leaves no trace."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.resolve.cluster import Verdict, cluster
from peelian.resolve.link import Portions, find_candidates, find_links, update_links
from tests.support.people_rows import made_up_people, small_release, table


def changed(rows, rng):
    """Insert, change and delete rows at random; give the rows now and the ids touched."""
    now, touched = dict(rows), set()
    for record_id in rng.choice(sorted(rows), size=min(6, len(rows)), replace=False).tolist():
        touched.add(record_id)
        act = rng.integers(3)
        if act == 0:
            del now[record_id]
        elif act == 1:
            now[record_id] = {**now[record_id], "surname": "Tarn", "postcode": ""}
        else:
            new = f"new-{rng.integers(1 << 40)}"
            now[new] = {**now[record_id], "record_id": new, "phones": ""}
            touched.add(new)
    return now, touched


@pytest.mark.parametrize("seed", range(2))
def test_updates_after_any_history_equal_a_batch_run(seed):
    """Splink dropped its function for new records because people took it for this; here it is what it seems."""
    rng = np.random.default_rng(seed)
    people, _ = made_up_people(60, seed)
    rows = {r["record_id"]: r for r in people.to_pylist()}
    links = find_links(people, small_release())
    for _ in range(3):
        rows, touched = changed(rows, rng)
        people = table(list(rows.values()))
        links = update_links(links, people, small_release(), touched=touched)
    batch = find_links(people, small_release(), threads=1)
    assert links.equals(batch)
    assert cluster(links, people).as_dict() == cluster(batch, people).as_dict()


@pytest.mark.parametrize("portions", [Portions(records=80), Portions(pairs=300), Portions(records=61, pairs=450)])
def test_links_are_the_same_in_whatever_portions_the_work_is_done(portions):
    """Ten million records are worked on in portions; a link that one cuts in two would be a person in two halves."""
    people, links = SOME
    shuffled = people.take(np.random.default_rng(3).permutation(people.num_rows))
    assert find_links(shuffled, small_release(), portions=portions).equals(links)


def test_an_update_and_its_pairs_are_the_same_in_portions():
    """What came last night is compared with all that was there, in whichever portion that lies."""
    people, links = SOME
    touched = set(people["record_id"].to_pylist()[::9])
    some = find_links(people, small_release(), touched=touched, portions=Portions(records=90))
    assert some.to_pylist() == [e for e in links.to_pylist() if touched & {e["record_a"], e["record_b"]}]
    pairs = [find_candidates(people, small_release(), portions=p) for p in (Portions(), Portions(records=70))]
    first, second = (sorted(zip(*p.to_pydict().values(), strict=True)) for p in pairs)
    assert first == second


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_a_verdict_taken_back_restores_the_exact_earlier_clusters(seed):
    """Whoever was wrongly merged must be unmerged without a residue."""
    rng = np.random.default_rng(seed)
    people, links = SOME
    ids = sorted(people["record_id"].to_pylist())
    earlier = cluster(links, people)
    pick = rng.choice(ids, size=5, replace=False).tolist()
    verdicts = [Verdict("v1", same=tuple(pick[:2])), Verdict("v2", apart=((pick[2],), (pick[3], pick[4])))]
    with_both = cluster(links, people, verdicts).as_dict()
    assert with_both[pick[0]] == with_both[pick[1]]
    assert with_both[pick[2]] not in (with_both[pick[3]], with_both[pick[4]])
    assert cluster(links, people, []) == earlier
    assert cluster(links, people, reversed(verdicts)).as_dict() == with_both


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_clusters_of_visible_records_do_not_tell_of_hidden_ones(seed):
    """A merge seen only because of a sealed record would give the sealed record away."""
    rng = np.random.default_rng(seed)
    people, links = SOME
    visible = people.filter(rng.random(people.num_rows) < 0.6)
    ids = visible["record_id"].to_pylist()
    hidden = sorted(set(people["record_id"].to_pylist()) - set(ids))
    verdicts = [Verdict("a", apart=((ids[0],), (ids[1],))), Verdict("b", same=(ids[2], hidden[0]))]
    alone = cluster(find_links(visible, small_release()), visible, verdicts[:1])
    beside = cluster(links, visible, verdicts)
    assert alone == beside


def _some():
    people, _ = made_up_people(80, 5)
    return people, find_links(people, small_release())


SOME = _some()
