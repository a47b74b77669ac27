"""Non-interference through the whole door: two deployments, one with hidden records, one in which they never were.

Both live through the same random history of commits; then the same people ask the same. Views, the forecast made from
them, the finding kept and read back, and every refusal must be equal, less what is out of scope: positions in the
ledger, and time.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from random import Random

import pytest

from peelian.analyse.hotspots import plan
from peelian.core.canonical import digest
from peelian.core.errors import PeelianError
from peelian.gate.findings import running
from peelian.gate.seen import kept_parameters
from peelian.gate.view import View
from peelian.model.finding import Finding
from peelian.model.question import Question, Where
from peelian.policy.rules import actor_of
from tests.support.charters import circumstances
from tests.support.gate import FAR_OFF, OPEN_LABEL, Built, build, program, record, worker_that
from tests.support.gate_cases import Session, draw_commit, draw_question, may_see

READS = ("record_id", "offence", "month", "at_start", "at_end", "precision", "easting_m", "northing_m", "recorded_at")
FORECAST = Question("incident", READS, (Where("offence", "in", ("burglary",)),))
SECRET = [
    replace(OPEN_LABEL, purposes=frozenset({"method-assessment"})),
    replace(OPEN_LABEL, markings=frozenset({"sensitive-location"})),
    replace(OPEN_LABEL, force="eastmarch"),
    replace(OPEN_LABEL, operation="op-secret"),
    replace(OPEN_LABEL, handling="C"),
]
OPEN = [OPEN_LABEL, replace(OPEN_LABEL, source="police_uk"), replace(OPEN_LABEL, role_class="victim-side")]


class Twins:
    """Two deployments with the same history; the second never had what the analyst may not see."""

    def __init__(self, folder) -> None:
        self.worlds = [build(folder / name) for name in ("whole", "part")]
        self.session = Session(
            actor_of(self.worlds[0].charter, "analyst-1", ["hotspots"]),
            circumstances("hotspots", operation_ref="op-patrol-planning"),
        )
        self.labels = {label.label_id: label for label in [*SECRET, *OPEN]}
        self.worlds[0].plant_labels(self.labels.values())
        self.worlds[1].plant_labels(OPEN)

    def commit(self, slices) -> None:
        """Make one commit in both worlds."""
        today = self.worlds[0].clock.now().date()
        part = {
            name: [r for r in rows if may_see(self.session, self.labels, r, today)] for name, rows in slices.items()
        }
        for world, given in zip(self.worlds, (slices, part), strict=True):
            world.plant(copy.deepcopy(given))

    def ask(self, what) -> list[object]:
        """Ask both worlds the same; return what each says, errors included."""
        said = []
        for world in self.worlds:
            try:
                said.append(what(world, world.at_work("analyst-1")))
            except PeelianError as error:
                said.append(error.as_dict())
        return said


def plain_view(view: View) -> dict[str, object]:
    """Return a view less its position in the ledger."""
    kept = dict(view.__dict__)
    return kept | {"entry": None, "rows": (repr(view.rows.to_pylist()), str(view.rows.schema))}


def forecast(world: Built, who) -> object:
    """Run the forecast, in this process for speed, keep the finding, read it back."""
    run = program(inputs=frozenset(f"incident.{c}" for c in READS))
    other = Question("incident", ("area_code", "outcome"), limit=2)
    work = worker_that(lambda tables, parameters: plan.run({"incident": tables["incident"]}, parameters))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "run_in_worker", work)
        ran = world.gate.run(who, "hotspots", run, {"incident": FORECAST, "other": other}, PARAMETERS)
    opened = ran.opened
    views = list(opened.views.values())
    finding = {
        "method": "hotspots",
        "code_hash": opened.code_hash,
        "mandate": "hotspots",
        "purpose": views[0].purpose,
        "seq": views[0].seq,
        "question": {name: v.question.as_dict() for name, v in opened.views.items()},
        "rows_digest": opened.rows_digest,
        "rows_read": opened.rows_read,
        "parameters": kept_parameters(PARAMETERS),
        "seed": 0,
        "result": ran.result,
        "base_rate": ran.result["base_rate"],
        "known_error": {},
        "phase": "pre-deployment",
    }
    kept = world.gate.post_finding(who, "hotspots", finding, "hotspots-cells", ran.entry)
    read: Finding = world.gate.finding(who, kept.id)
    assert read.canonical == kept.canonical
    return kept.canonical


PARAMETERS = {
    "polygon": {
        "type": "Polygon",
        "coordinates": [[[0, 0], [2000, 0], [2000, 2000], [0, 2000], [0, 0]]],
    },
    "cell_m": 200.0,
    "offences": ["burglary"],
    "police_initiated": [],
    "target_month": 24324,
    "budgets": [0.05],
}


def crimes(random: Random, n: int, labels) -> list[dict[str, object]]:
    """Make incidents that a forecast can be made from."""
    return [
        {
            "record_id": record(random.randrange(10**9)),
            "force": "northmere",
            "offence": random.choice(("burglary", "burglary", "robbery")),
            "month": 24300 + random.randrange(24),
            "precision": "month",
            "easting_m": float(random.randrange(2000)),
            "northing_m": float(random.randrange(2000)),
            "label_id": random.choice(labels).label_id,
            "expires_on": FAR_OFF,
        }
        for _ in range(n)
    ]


def check(twins: Twins, random: Random, n_commits: int, n_questions: int) -> None:
    """Live through a history in both worlds and ask after each commit."""
    ids = [label.label_id for label in [*SECRET, *OPEN]]
    for _ in range(n_commits):
        twins.commit(draw_commit(random, ids))
        for _ in range(n_questions):
            seqs = twins.worlds[0].house.head.done.seq
            question = draw_question(random, seqs)
            a, b = twins.ask(lambda w, who, q=question: plain_view(w.gate.view(who, "hotspots", q)))
            assert a == b, question


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """Give two deployments that start alike."""
    made = Twins(tmp_path_factory.mktemp("twins"))
    yield made
    for world in made.worlds:
        world.gate.close()


def test_a_random_history_shows_the_same_through_the_whole_door(twins):
    """Store, history, ledger, desk and caches take part here: each could tell what the compiler keeps to itself."""
    check(twins, Random(2029), n_commits=12, n_questions=4)


def test_a_forecast_made_beside_hidden_records_has_the_same_bytes(twins):
    """A pattern found with the help of a record that may not be seen would point to it."""
    random = Random(7)
    twins.commit({"crimes": [*crimes(random, 500, OPEN), *crimes(random, 500, SECRET)]})
    a, b = twins.ask(forecast)
    assert isinstance(a, bytes), a
    assert a == b
    twins.commit({"crimes": crimes(random, 60, SECRET)})  # nothing that may be seen is left
    c, d = twins.ask(forecast)
    assert c == d and c != a


def test_a_refusal_reads_the_same_beside_hidden_records(twins):
    """A refusal that mentions how much there is would be an answer."""
    for question in (
        Question("stop_equality", ("sex",)),
        Question("incident", ("source_ref",)),
        Question("stop", ("month",)),
        Question("nothing", ("month",)),
        replace(FORECAST, known_at_seq=10**6),
    ):
        a, b = twins.ask(lambda w, who, q=question: plain_view(w.gate.view(who, "hotspots", q)))
        assert isinstance(a, dict) and "code" in a
        assert a == b


def test_a_finding_that_may_not_be_seen_reads_as_if_it_had_never_been(twins):
    """Another purpose's finding must not be told from no finding at all: not by its code, not by its words."""
    random = Random(11)
    twins.commit({"crimes": crimes(random, 500, OPEN)})
    world = twins.worlds[0]
    forecast(world, world.at_work("analyst-1"))
    [*_, kept] = [b["finding"] for b in world.bodies("finding")]
    said = []
    for asked in (kept, "0" * 26):
        with pytest.raises(PeelianError) as refused:
            world.gate.finding(world.at_work("model-owner-1"), asked)
        said.append(refused.value.as_dict())
    assert said[0] == said[1] and said[0]["code"] == "finding-missing"
    assert world.bodies("refusal")[-1]["asked"] == "read a finding", "the refusal itself is on record"


@pytest.mark.soak
def test_hundreds_of_commits_show_the_same_through_the_whole_door(tmp_path):
    """Long histories have twins, tombstones and caches of many sizes."""
    made = Twins(tmp_path)
    for seed in range(8):
        check(made, Random(seed), n_commits=30, n_questions=6)
    assert digest(made.worlds[0].house.head.done.seq) == digest(made.worlds[1].house.head.done.seq)
