"""A made-up village knit together as the demonstration does it: taken in, a partner held off, linked, found."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from peelian.app.caller import Place, at_door
from peelian.app.demo.knit import half_remembered, knit
from peelian.app.demo.stage import Stage
from peelian.app.session import set_context, sign_in
from peelian.app.start import Founding, init
from peelian.synth.city import make_city
from peelian.synth.city.plans import PLACES, past_plans_csv


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a village up."""
    out = tmp_path_factory.mktemp("village") / "v"
    make_city(out, seed=5, size="village", today=date.today())
    return out


@pytest.fixture(scope="module")
def steps(village: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Knit it, and return what was told."""
    from peelian.app.practice import show_training

    folder = tmp_path_factory.mktemp("knit")
    place = Place(folder / "d", folder / "keys")
    init(place, Founding(area=village / "area.geojson"))
    show_training(place)
    with at_door(Place(place.folder, place.home, "data-engineer-1")) as caller:
        sign_in(caller, "data-engineer-1")
        set_context(caller, "op-loading")
    stage = Stage(lambda text: None)
    knit(place, village / "systems", stage)
    return [step["what"] for step in stage.steps]


def test_the_demonstration_takes_in_links_and_finds(steps: list[str]) -> None:
    """It is the first thing that anybody runs: each step has to do what it says."""
    offered, agreed, lived, loaded, linked, found, stopped = steps
    assert loaded.startswith("Took in 8 systems")
    assert "mandate-not-adopted, red-line-11-partner" in offered, "it stays out until agreed in public"
    assert agreed.startswith("Agreed to three safeguarding fields until")
    rows = agreed.split(": ")[1].split(" rows")[0]
    assert rows != "0" and f"deleted all {rows} rows, 0 are left" in lived, "what comes in narrowly goes whole"
    assert "look up 3 before and 0 then" in lived and " and 0 after; the copy is deleted" in lived
    assert "found 0 places before" not in lived, "a search that finds nothing first proves nothing"
    assert " links, " in linked and not linked.startswith("Linked 0 ")
    assert " 0 found" not in found and "because: nothing" not in found
    assert "own plate: stopped by a rule (self-search)" in stopped


def test_a_name_is_half_remembered_and_not_the_name_itself(village: Path) -> None:
    """A search that is shown with the very words of the record shows nothing."""
    asked = half_remembered(village / "systems")
    rows = (village / "systems" / "crime" / "crime_persons.csv").read_text(encoding="utf-8").lower()
    assert asked.split(",")[0] not in {r["surname"].lower() for r in csv.DictReader(rows.splitlines())}


def test_past_plans_know_nothing_of_their_own_month(village: Path) -> None:
    """A plan that knew the month it is for would make any method look bad."""
    crimes = village / "systems" / "crime" / "crimes.csv"
    whole = past_plans_csv(crimes, seed=3).decode().splitlines()
    months = sorted({line.split(",")[1] for line in whole[1:]})
    last, kept = months[-1], crimes.read_text(encoding="utf-8").splitlines()
    cut = crimes.with_name("cut.csv")
    rows = csv.DictReader(kept)
    moved = [r | {"easting": "1"} if r["recorded"].startswith(last) else r for r in rows]
    with cut.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(moved[0]))
        writer.writeheader()
        writer.writerows(moved)
    assert past_plans_csv(cut, seed=3).decode().splitlines() == whole
    assert max(int(line.split(",")[-1]) for line in whole[1:]) <= PLACES
    cut.unlink()
