"""Three laws of linking, through the gate and over random histories of commits.

Two deployments live through the same commits; the second never had what the analyst may not see. After each commit
both link what came or changed.
"""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from peelian.app.linking.entities import WANTED, Entities, entities_in
from peelian.core.errors import PeelianError
from peelian.gate.rooms.link_verdicts import Judgement
from peelian.gate.rooms.linked import waiting_in
from peelian.gate.rooms.searching import Asked
from peelian.model.pole import PERSON_TABLES
from tests.support.gate import Built, record
from tests.support.linked import CRIME, CUSTODY, ONLY_LINKING, SEALED, edges, link, person, room, town

HIDDEN = (SEALED, ONLY_LINKING)
TABLES = ("incident_person", "custody_person", "intelligence_person")
LOOKED_INTO = WANTED | {t: ("record_id", "birth_on", "role", "person_ref") for t in PERSON_TABLES}
NAMES = (("Amina", "Okafor"), ("Amena", "Okafor"), ("Ben", "Smith"), ("Benjamin", "Smith"), ("Cara", "Okafor"))
BIRTHS = (date(1988, 4, 12), date(1988, 12, 4), date(1961, 7, 30), None)
PLACES = (("14 Mill Road", "NM1 4AB"), ("2 High Street", "NM1 4AC"), ("", ""))
PEOPLE = 14


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """Two deployments that have lived through some commits; linking runs in this process."""
    with pytest.MonkeyPatch.context() as patch:
        made = [town(tmp_path_factory.mktemp(name), patch, {}) for name in ("whole", "part")]
        rng = Random(0)
        for _ in range(3):
            commit(made, rng)
        for world in made:
            link(world)
        yield made


def draw_person(rng: Random, number: int) -> dict[str, object]:
    """Make somebody who may be somebody else, with a label that may be hidden."""
    forenames, surname = rng.choice(NAMES)
    address, postcode = rng.choice(PLACES)
    label = rng.choice((CRIME, CRIME, CUSTODY, CUSTODY, *HIDDEN))
    return person(number, label, forenames=forenames, surname=surname, birth_on=rng.choice(BIRTHS), address=address,
                  postcode=postcode, phones=rng.choice(("", "+447700900123")))  # fmt: skip


def commit(twins: list[Built], rng: Random) -> None:
    """Say anew what one table holds: some come, some change, some go; the second world never hears of the hidden."""
    table = rng.choice(TABLES)
    first = 100 * TABLES.index(table)
    rows = [draw_person(rng, first + n) for n in range(PEOPLE // 2) if rng.random() < 0.8]
    hidden = {label.label_id for label in HIDDEN}
    for world, given in zip(twins, (rows, [r for r in rows if r["label_id"] not in hidden]), strict=True):
        world.plant({f"planted/{table}": given}, table)


def entities(world: Built) -> Entities:
    """Return all that the analyst is told of everybody, hidden or not."""
    credential = world.at_work("analyst-1", "op-investigation-1")
    everybody = [record(100 * t + n) for t in range(len(TABLES)) for n in range(PEOPLE)]
    with room(world).looking(credential, "judge-links", LOOKED_INTO, Asked("review", ("",))) as look:
        return entities_in(look, everybody)


def waiting(world: Built) -> tuple[str, ...]:
    """Return what the analyst's queue begins with."""
    credential = world.at_work("analyst-1", "op-investigation-1")
    with room(world).looking(credential, "judge-links", LOOKED_INTO, Asked("review", ("",))) as look:
        return waiting_in(look, 3)


def plain(found: Entities) -> dict[str, object]:
    """Return it as plain data, less the numbers and times of verdicts."""
    verdicts = [(v.found, v.one, v.other, v.needs_two) for v in found.verdicts]
    return found.__dict__ | {"links": found.links.to_pylist(), "verdicts": verdicts}


def judge(world: Built, one: tuple[str, ...], other: tuple[str, ...]) -> str | dict[str, object]:
    """Say that two groups are different people; return the verdict's number, or the error."""
    credential = world.at_work("analyst-1", "op-investigation-1")
    given = Judgement("not-same", one, other, (*one, *other), "They were seen in two places at once.")
    with room(world).looking(credential, "judge-links", LOOKED_INTO, Asked("review", ("",))) as look:
        try:
            return room(world).judge(credential, look, given).id
        except PeelianError as error:
            return error.as_dict()


def withdraw(world: Built, verdict: str) -> None:
    """Take a verdict back."""
    credential = world.at_work("analyst-1", "op-investigation-1")
    with room(world).looking(credential, "judge-links", LOOKED_INTO, Asked("review", ("",))) as look:
        room(world).withdraw(credential, look, verdict, "It was not so.")


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.soak) for n in range(2, 8))])
def test_what_is_hidden_changes_nothing_and_an_update_is_a_batch_run(twins, seed):
    """Whoever may not see a record must not be able to tell it from how others hang together; nor when it came."""
    rng, more = Random(seed), 0
    for _ in range(3):
        commit(twins, rng)
        made = [link(world) for world in twins]
        assert plain(entities(twins[0])) == plain(entities(twins[1]))
        assert waiting(twins[0]) == waiting(twins[1])
        more += len(edges(twins[0])) - len(edges(twins[1]))
    assert more, "at some time there were edges that the analyst may not see"
    before = [edges(world) for world in twins]
    for world, known, last in zip(twins, before, made, strict=True):
        again = link(world, whole=True)
        assert (again.change.same, again.change.added, again.change.changed) == (last.edges, 0, 0)
        assert (again.whole, edges(world)) == (True, known)


def test_a_verdict_taken_back_leaves_exactly_what_was_before(twins):
    """A wrong unmerge costs a sentence; and a verdict looks the same whether or not there is more than one may see."""
    before = [plain(entities(world)) for world in twins]
    assert before[0] == before[1]
    joined = max(before[0]["clusters"].values(), key=len)
    assert len(joined) > 1, "somebody is in two records"
    given = [judge(world, joined[:1], joined[1:]) for world in twins]
    apart = [plain(entities(world)) for world in twins]
    assert apart[0] == apart[1] != before[0]
    assert apart[0]["of"][joined[0]] != apart[0]["of"][joined[1]]
    for world, verdict in zip(twins, given, strict=True):
        withdraw(world, verdict)
    assert [plain(entities(world)) for world in twins] == before
    unknown = [judge(world, joined[:1], (record(9999),)) for world in twins]
    assert unknown[0] == unknown[1]
    for hidden in _hidden(twins[0]):
        assert [judge(world, joined[:1], (hidden,)) for world in twins] == unknown


def _hidden(world: Built) -> list[str]:
    """Return a record that the analyst may not see and an edge of the whole world has, if there is one now."""
    seen = entities(world).of
    return [e[c] for e in edges(world) for c in ("record_a", "record_b") if e[c] not in seen][:1]
