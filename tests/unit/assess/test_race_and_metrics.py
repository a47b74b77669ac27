"""The race: everybody on the same grid, from the past only, judged by the same figures."""

from __future__ import annotations

import builtins

import numpy as np
import pyarrow as pa
import pytest

from peelian.analyse.hotspots import HOTSPOTS
from peelian.assess import assess_hotspots, assessment_markdown, assessment_svg, register
from peelian.assess.contest import Field
from peelian.assess.contestants import GradientBoosting, KernelDensity, LastYear, Oracle, PastPlans, ProMap
from peelian.core.canonical import canonical_bytes
from peelian.core.errors import InvalidError, MissingError, TamperedError
from tests.support import hotspot_town as town

MONTHS = list(range(town.FIRST_MONTH + 24, town.FIRST_MONTH + 30))


def plan_of(**changes: object) -> dict[str, object]:
    """Give parameters for a quick assessment of the town."""
    wanted = {"months": MONTHS, "contestants": ["last-year", "kde", "promap"], "samples": 200, **changes}
    return town.parameters(**wanted)


@pytest.fixture(scope="module")
def result():
    """Assess once, registered."""
    parameters = plan_of()
    parameters["registered"] = register(parameters).digest
    return assess_hotspots({"incident": town.incidents()}, parameters, method=HOTSPOTS)


@pytest.fixture(scope="module")
def field():
    """Give the field that contestants see."""
    prepared = HOTSPOTS.prepare({"incident": town.incidents()}, town.parameters())
    return Field(prepared.grid, prepared.counts, 0)


def test_every_method_has_every_figure_with_bounds(result):
    """The command line promises hit rate, PAI, PEI and share of hindsight with low and high for each."""
    assert set(result["methods"]) == {
        "hotspots", "hindsight", "hindsight-two-sided", "last-year", "kde", "promap", "oracle",
    }  # fmt: skip
    for method in result["methods"].values():
        for at in method["budgets"].values():
            for name in ("hit_rate", "pai", "pei", "share_of_hindsight"):
                assert at[name]["low"] <= at[name]["value"] <= at[name]["high"]


def test_oracle_is_the_ceiling(result):
    """Nobody beats who knows the month; if somebody does, the race is broken."""
    for budget in ("0.01", "0.02", "0.05"):
        rates = {k: m["budgets"][budget]["hit_rate"]["value"] for k, m in result["methods"].items()}
        assert rates["oracle"] == max(rates.values())
        assert result["methods"]["oracle"]["budgets"][budget]["pei"]["value"] == 1


def test_figures_are_what_their_names_say(result):
    """PAI is the hit rate over the share of area; the reader may divide for themselves."""
    at = result["methods"]["hotspots"]["budgets"]["0.05"]
    assert at["pai"]["value"] == pytest.approx(at["hit_rate"]["value"] / at["area"], rel=0.01)
    assert at["hit_rate"]["value"] == pytest.approx(at["hits"] / result["design"]["incidents_tested"], abs=1e-4)
    assert at["area"] <= 0.05


def test_result_but_for_time_is_the_same_on_every_run(result):
    """An assessment that comes out differently when repeated is no evidence."""
    again = assess_hotspots(
        {"incident": town.incidents()}, {**plan_of(), "registered": result["registered"]}, method=HOTSPOTS
    )
    first, second = ({k: v for k, v in r.items() if k != "seconds"} for r in (result, again))
    assert canonical_bytes(first) == canonical_bytes(second)


def test_calibration_covers_everything_once(result):
    """Each tenth was expected to hold a tenth, and nothing falls between."""
    deciles = result["calibration"]["deciles"]
    total = result["calibration"]["total"]
    assert sum(d["observed"] for d in deciles) == pytest.approx(total["observed"], abs=1)
    assert sum(d["expected"] for d in deciles) == pytest.approx(total["expected"], abs=1)
    coverage = result["calibration"]["coverage"]
    assert coverage["held"] >= coverage["promised"] - 0.03


def test_a_stand_in_is_called_a_stand_in(result):
    """Last year's count is nobody's practice until a force says so (PL-18)."""
    assert result["present_practice"] == {"name": "last-year", "stand_in": True}
    assert "stand-in" in {w["code"] for w in result["warnings"]}
    assert "not-registered" not in {w["code"] for w in result["warnings"]}


def test_own_plans_are_present_practice_once_loaded(field):
    """What the method must beat is what the force did, cell by cell as it planned."""
    month = MONTHS[0]
    east, north = field.grid.corner(np.array([500, 7, 30]))
    plans = pa.table({"month": [month] * 3, "rank": [1, 2, 3], "easting_m": east + 1, "northing_m": north + 1})
    order = field.order(PastPlans(plans).score(field, month))
    assert order[:3].tolist() == [500, 7, 30]
    later = field.order(PastPlans(plans).score(field, month + 1))
    assert later[:3].tolist() == [500, 7, 30]
    assert PastPlans(plans).months_without([month, month + 1]) == 1
    tables = {"incident": town.incidents(), "plan": plans}
    result = assess_hotspots(tables, plan_of(contestants=["last-year"]), method=HOTSPOTS)
    assert result["present_practice"] == {"name": "past-plans", "stand_in": False}
    assert {"plan-carried-forward", "not-registered"} <= {w["code"] for w in result["warnings"]}
    assert result["methods"]["past-plans"]["log_score"] is None


@pytest.mark.parametrize("contestant", [LastYear(), KernelDensity(), ProMap(), GradientBoosting()])
def test_no_contestant_but_the_oracle_sees_the_month(field, contestant):
    """A rival that peeks makes the method look bad; one that is starved makes it look good."""
    target = MONTHS[-1]
    counts = field.counts
    past = counts.month < target
    parts = (counts.cell[past], counts.month[past], counts.known[past], (counts.weight[past] * 1e6).astype(int))
    cut = Field(field.grid, type(counts).from_events(counts.n_cells, *parts), 0)
    fresh = type(contestant)()
    assert contestant.score(field, target).tolist() == fresh.score(cut, target).tolist()
    assert Oracle().score(cut, target).sum() == 0


def test_challenger_without_its_extra_says_what_to_install(field, monkeypatch):
    """An optional package must fail with its name, not with a stack of imports."""
    real = builtins.__import__

    def without_sklearn(name, *args, **kwargs):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_sklearn)
    with pytest.raises(MissingError) as error:
        GradientBoosting().score(field, MONTHS[0])
    assert error.value.code == "challenger-not-installed"
    assert "peelian[challenger]" in str(error.value)


def test_price_of_transparency_is_the_black_boxs_lead():
    """What is given up for reasons that can be read must be on the table."""
    parameters = plan_of(contestants=["last-year", "gradient-boosting"], months=MONTHS[:3])
    result = assess_hotspots({"incident": town.incidents()}, parameters, method=HOTSPOTS)
    assert len(result["price_of_transparency"]) == 3
    assert {d["against"] for d in result["price_of_transparency"]} == {"gradient-boosting"}


def test_another_plan_than_the_registered_one_is_not_run():
    """Choosing budgets after seeing figures is how bad methods pass."""
    registered = register(plan_of()).digest
    with pytest.raises(TamperedError) as error:
        assess_hotspots({"incident": town.incidents()}, plan_of(budgets=[0.03], registered=registered), method=HOTSPOTS)
    assert error.value.code == "registration-mismatch"


def test_registration_needs_no_data_and_notices_every_change():
    """The digest goes into the ledger before anybody looks."""
    base = register(plan_of()).digest
    assert base == register(plan_of()).digest
    changes = [{"budgets": [0.01]}, {"months": MONTHS[:3]}, {"cell_m": 150.0}, {"lag_months": 1}, {"seed": 2}]
    assert len({base, *(register(plan_of(**c)).digest for c in changes)}) == 6


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"months": []}, "months-out-of-order"),
        ({"months": [5, 4]}, "months-out-of-order"),
        ({"months": [town.FIRST_MONTH + 300]}, "months-missing"),
        ({"contestants": ["crystal-ball"]}, "contestant-unknown"),
    ],
)
def test_a_race_that_cannot_be_run_says_why(changes, code):
    """Months without data judge nothing; unknown rivals are not silently left out."""
    with pytest.raises(InvalidError) as error:
        assess_hotspots({"incident": town.incidents()}, plan_of(**changes), method=HOTSPOTS)
    assert error.value.code == code


def test_progress_is_told():
    """A long run without a word looks like a hang."""
    seen: list[tuple[int, int, str]] = []
    assess_hotspots(
        {"incident": town.incidents()},
        plan_of(months=MONTHS[:2], contestants=["last-year"]),
        method=HOTSPOTS,
        progress=lambda *step: seen.append(step),
    )
    assert [s[:2] for s in seen] == [(1, 2), (2, 2)]


def test_report_has_warnings_before_figures(result):
    """What to hold against the figures comes before the figures."""
    text = assessment_markdown(result)
    assert text.index("What to hold against") < text.index("At 1.0% of the area")
    for budget in ("1.0%", "2.0%", "5.0%"):
        assert f"### At {budget}" in text
    assert "stand-in" in text


def test_picture_can_be_read_without_seeing_it(result):
    """A picture has a title, a description with the figures, no script, and a table twin."""
    picture = assessment_svg(result)
    assert '<title id="title">' in picture
    assert '<desc id="description">Hit rate of the method' in picture
    assert "<script" not in picture
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


def test_two_months_make_nothing_clear_and_still_have_a_range():
    """A range from 5.4 to 5.4 says that two months are the truth, and a verdict built on it would be false."""
    short = assess_hotspots({"incident": town.incidents()}, plan_of(months=MONTHS[:2]), method=HOTSPOTS)
    rate = short["methods"]["hotspots"]["budgets"]["0.05"]["hit_rate"]
    assert rate["low"] < rate["value"] < rate["high"]
    assert not any(d["clear"] for d in short["differences"])
