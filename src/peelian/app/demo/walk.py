"""The main job end to end: a made-up town, or a real archive, walked from the source to a verified record."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from peelian.app.caller import Place, at_door
from peelian.app.corrections.record import ledger_folder, verify
from peelian.app.demo.knit import knit
from peelian.app.demo.stage import Stage, Tell
from peelian.app.intake.sources import EPSG, epsg_of, ingest
from peelian.app.methods import METHODS
from peelian.app.offices import act_on_mandate, adopt_charter, name_evidence
from peelian.app.patrol.areas import feature_of, projected_geometry, read_area, rings_of
from peelian.app.patrol.geography import add_layer
from peelian.app.patrol.patrol_ground import patrol_ground
from peelian.app.patrol.places import analyse, month_number, replay
from peelian.app.practice import show_training
from peelian.app.session import set_context, sign_in
from peelian.app.start import APPROVER, OVERSIGHT, Founding, init
from peelian.app.testing import assess, json_figures
from peelian.assess.picture import assessment_svg
from peelian.assess.report import assessment_markdown
from peelian.core.counts import month_name
from peelian.core.errors import InvalidError, RefusedError
from peelian.core.study_area import derive_study_area
from peelian.core.time import SystemClock, month_of
from peelian.ingest.catalogue import open_source
from peelian.ingest.run import read_slices
from peelian.ingest.shape import Options
from peelian.model.finding import Assessment, Finding
from peelian.policy.charter import Charter
from peelian.publish.report import write_report
from peelian.publish.results import exposure_words, forecast_from, scores_from
from peelian.publish.walk import Walk
from peelian.synth.city import make_city
from peelian.synth.city.plans import past_plans_csv

BUDGET = 0.01
TESTED_MONTHS = 12
SIZES = {"town": 150.0, "city": 150.0}
"""How large a made-up place a demonstration may have, and the side of a square that suits its ground, metres.

A village is too small: from its few burglaries the forecast declines to say anything, as it should.
"""

CITY_SEED = 1829
OPEN_DATA = "the crimes, outcomes and stops are open data from data.police.uk"
"""What is not made up in a demonstration on a real archive."""


@dataclass(frozen=True)
class Material:
    """What a demonstration is made from."""

    source: str
    archive: Path
    area: Mapping[str, Any]
    mapping: Path | None
    plans: Path | None
    geography: Mapping[str, Path]
    first_test: int
    last_test: int
    cell_m: float
    synthetic: bool
    title: str
    real_parts: str = ""
    systems: Path | None = None


@dataclass(frozen=True)
class Derived:
    """A study area derived from an archive, and the months the archive has."""

    area: dict[str, Any]
    months: tuple[int, int]


def derived_area(archive: Path, before: str | None = None) -> Derived:
    """Derive a study area from an archive's points of before a month (None: before the last twelve on record)."""
    asked = month_number(before) if before else None
    options = Options(pepper=bytes(32), read_at=0, epsg=EPSG)
    months, east, north = [], [], []
    for part in read_slices(open_source("police_uk"), archive, options):
        rows = part.tables.get("incident")
        if rows is not None and rows.num_rows:
            months.append(rows.column("month").to_numpy())
            east.append(rows.column("easting_m").to_numpy(zero_copy_only=False))
            north.append(rows.column("northing_m").to_numpy(zero_copy_only=False))
    if not months:
        raise _no_incidents()
    month, x, y = (np.concatenate(parts) for parts in (months, east, north))
    first, last = int(month.min()), int(month.max())
    limit = last - _tested(first, last) + 1 if asked is None else asked
    earlier = (month < limit) & np.isfinite(x)
    if not earlier.any():
        raise _no_incidents()
    shape = derive_study_area(x[earlier], y[earlier])
    return Derived(feature_of(shape, EPSG, archive.stem), (first, last))


def _no_incidents() -> InvalidError:
    return InvalidError(
        "no-incidents-in-archive",
        "The archive holds no recorded crime with a place in those months.",
        why="A forecast and its area need street-level crime; stops alone are not enough.",
        do="Name an archive with files that end in -street.csv, and a month after its first.",
    )


def _tested(first: int, last: int) -> int:
    """Return how many of the last months to test: twelve, or a third of a short record."""
    return max(1, min(TESTED_MONTHS, (last - first + 1) // 3))


def town_material(into: Path, today: date, size: str = "town", tell: Tell | None = None) -> Material:
    """Write the made-up place, with a history up to last month, and return what the walk needs of it."""
    if size not in SIZES:
        raise InvalidError(
            "city-size-unknown",
            "There is no demonstration of that size.",
            why="In a village there are too few burglaries for a forecast.",
            do=f"Use one of: {', '.join(SIZES)}.",
        )
    into.parent.mkdir(parents=True, exist_ok=True)
    made = make_city(into, seed=CITY_SEED, size=size, today=today)
    if tell:
        tell(f"Made up a {size}: {made.people:,} people, three years of their lives (synthetic)")
    plans = into / "plans.csv"
    plans.write_bytes(past_plans_csv(into / "systems" / "crime" / "crimes.csv", seed=CITY_SEED))
    last = month_of(today) - 1
    return Material(
        source="crime",
        archive=into / "systems" / "crime",
        area=read_area(into / "area.geojson"),
        mapping=None,
        plans=plans,
        geography={layer: into / "geography" / f"{layer}.geojson" for layer in ("streets", "parks")},
        first_test=last - 5,
        last_test=last,
        cell_m=SIZES[size],
        synthetic=True,
        title=f"a made-up {size} (synthetic)",
        systems=into / "systems",
    )


def archive_material(archive: Path, area: Path | None) -> Material:
    """Look at a real archive and return what the walk needs of it."""
    derived = derived_area(archive)
    first, last = derived.months
    shape = read_area(area) if area else derived.area
    tested = last - _tested(first, last) + 1
    title = f"{archive.name}, data.police.uk"
    return Material(
        source="police_uk",
        archive=archive,
        area=shape,
        mapping=None,
        plans=None,
        geography={},
        first_test=tested,
        last_test=last,
        cell_m=150.0,
        synthetic=False,
        title=title,
        real_parts=OPEN_DATA,
    )


def demo(
    into: Path,
    home: Path,
    *,
    data: Path | None,
    area: Path | None,
    tell: Tell,
    size: str = "town",
    people: bool = True,
) -> dict[str, Any]:
    """Walk from source to verified record, and write the static report.

    Parameters
    ----------
    into : Path
        Empty folder for the demonstration.
    home : Path
        Key folder for the example's people; the demonstration's own.
    data : Path or None
        A data.police.uk archive; None makes a place up.
    size : str
        How large a made-up place: one of :data:`SIZES`.
    people : bool
        Whether the other systems of a made-up place come in too, and their people are linked; else crimes alone.
    """
    started = time.perf_counter()
    if into.exists() and any(into.iterdir()):
        raise InvalidError(
            "demo-folder-used",
            "The folder for the demonstration is not empty.",
            why="A ledger is never started over.",
            do="Delete the folder or name another with --into.",
        )
    there = into.is_dir()
    try:
        material = _material(into, data, area, size, tell)
        return _walked(Place(into / "deployment", home), material, started, into, people=people, tell=tell)
    except BaseException:  # an interruption too: the folder is whole or not there, and the next run can use its name
        shutil.rmtree(into, ignore_errors=True)
        if there:
            into.mkdir()
        raise


def _material(into: Path, data: Path | None, area: Path | None, size: str, tell: Tell) -> Material:
    if data:
        return archive_material(data, area)
    return town_material(into / "town", SystemClock().now().date(), size, tell)


def _walked(
    place: Place, material: Material, started: float, into: Path, *, people: bool, tell: Tell
) -> dict[str, Any]:
    stage = Stage(tell)
    _found(place, material, stage)
    counts = _load(place, material, stage)
    if material.systems and people:
        knit(place, material.systems, stage)
    assessment = _assess(place, material, stage)
    _pilot(place, assessment, stage)
    finding = _analyse(place, material, stage)
    stopped = _refusals(place, material, stage)
    replayed = _replay(place, finding, stage)
    record = _verify(place, stage)
    walk = _walk(place, material, stage, counts, assessment, finding, stopped, record)
    report = write_report(into / "report", walk)
    _write_assessment(into / "report", assessment)
    return {
        "report": str(report),
        "deployment": str(place.folder),
        "keys": str(place.home),
        "counts": counts,
        "assessment": json_figures(assessment),
        "finding": finding.id,
        "replay_same": replayed["same"],
        "ledger": record,
        "synthetic": material.synthetic,
        "data": material.title,
        "to_break": walk["to_break"],
        "seconds": round(time.perf_counter() - started, 1),
    }


def next_folder(parent: Path) -> Path:
    """Return the first of ``1``, ``2``, ... below a folder that is not there yet."""
    return next(parent / str(n) for n in count(1) if not (parent / str(n)).exists())


def _found(place: Place, material: Material, stage: Stage) -> None:
    t = time.perf_counter()
    made = init(place, Founding(area=material.area, real_parts=material.real_parts))
    what = f"Made a deployment; {len(made['mandates'])} mandates adopted by the example's approver"  # type: ignore[arg-type]
    for layer, file in material.geography.items():
        add_layer(place.folder, layer, file)
    stage.note(what, f"peelian init {place.folder}", t)
    t = time.perf_counter()
    shown = show_training(place)
    what = f"{len(shown)} of the example's people sat their practice sets, answered from the truth: a demonstration"
    stage.note(what, f"peelian practice sit hotspots --demonstration --as analyst-1 --in {place.folder}", t)


def _load(place: Place, material: Material, stage: Stage) -> dict[str, Any]:
    t = time.perf_counter()
    with at_door(_as(place, "data-engineer-1")) as caller:
        sign_in(caller, "data-engineer-1")
        set_context(caller, "op-loading")
        counts = ingest(caller, material.source, material.archive, mapping=material.mapping)
    what = f"Took in {counts['kept']:,} rows; {counts['quarantined']:,} set aside with a reason"
    option = f" --mapping {material.mapping}" if material.mapping else ""
    verb = material.source.replace("_", "-")
    stage.note(what, f"peelian ingest {verb} {material.archive}{option} --in {place.folder}", t)
    if material.plans:
        _load_plans(place, material.plans, stage)
    return counts


def _load_plans(place: Place, plans: Path, stage: Stage) -> None:
    t = time.perf_counter()
    with at_door(_as(place, "data-engineer-1")) as caller:
        counts = ingest(caller, "plans", plans)
    what = f"Took in where patrols went before, {counts['kept']:,} places: what the forecast has to beat"
    stage.note(what, f"peelian ingest plans {plans} --in {place.folder}", t)


def _assess(place: Place, material: Material, stage: Stage) -> Assessment:
    t = time.perf_counter()
    span = f"{month_name(material.first_test)}..{month_name(material.last_test)}"
    with at_door(_as(place, "model-owner-1")) as caller:
        sign_in(caller, "model-owner-1")
        set_context(caller, "op-assessment")
        months = list(range(material.first_test, material.last_test + 1))
        assessment = assess(caller, offences=["burglary"], months=months, cell_m=material.cell_m)
    own = assessment.results["methods"]["hotspots"]["budgets"]["0.01"]["hit_rate"]["value"]
    what = f"Tested the forecast on {len(months)} months it had not seen: {own:.1%} of burglaries in 1% of the area"
    stage.note(what, f"peelian assess hotspots --in {place.folder} --test {span}", t)
    return assessment


def _pilot(place: Place, assessment: Assessment, stage: Stage) -> None:
    """Take the tool from trial to pilot on that test: proposed, put into force and adopted by the approver."""
    t = time.perf_counter()
    approver = _as(place, APPROVER)
    with at_door(approver) as caller:
        sign_in(caller, APPROVER)
        set_context(caller, OVERSIGHT)
    name_evidence(approver, "hotspots", assessment.id, "private-beta")
    adopt_charter(approver)
    with at_door(approver) as caller:
        act_on_mandate(caller, "hotspots", "adopt-mandate", "")
    stage.note(
        "Moved the tool from trial to pilot; without a test on record the rules refuse that",
        f"peelian mandate evidence hotspots {assessment.id} --in {place.folder}",
        t,
    )


def _analyse(place: Place, material: Material, stage: Stage) -> Finding:
    t = time.perf_counter()
    with at_door(_as(place, "analyst-1")) as caller:
        sign_in(caller, "analyst-1")
        set_context(caller, "op-patrol-planning")
        finding = analyse(caller, offences=["burglary"], cell_m=material.cell_m)
    what = f"Forecast {finding.result['month']}: every one of {len(finding.result['cells']):,} cells explains itself"
    stage.note(what, f"peelian analyse hotspots --in {place.folder}", t)
    return finding


def _refusals(place: Place, material: Material, stage: Stage) -> list[dict[str, Any]]:
    """Ask for what the rules forbid, to show that they do."""
    t, told = time.perf_counter(), []
    with at_door(_as(place, "analyst-1")) as caller:
        try:
            analyse(caller, offences=["drugs"], cell_m=material.cell_m)
        except RefusedError as error:
            told.append(_stop("A forecast from drugs offences, which police activity itself discovers", error))
    assert told, "a forecast from police-initiated offences is refused"
    stage.note(
        "Asked for a forecast of drugs offences: stopped by a rule",
        f"peelian analyse hotspots --offence drugs --in {place.folder}",
        t,
    )
    return told


def _stop(asked: str, error: RefusedError) -> dict[str, Any]:
    reasons = [r.what for r in error.reasons]
    first = error.reasons[0]
    return {"asked": asked, "code": first.code, "reasons": reasons, "owner": first.owner, "do": first.do}


def _replay(place: Place, finding: Finding, stage: Stage) -> dict[str, Any]:
    t = time.perf_counter()
    with at_door(_as(place, "analyst-1")) as caller:
        replayed = replay(caller, finding.id, threads=1)
    same = "the same, byte for byte" if replayed["same"] else "NOT the same"
    stage.note(
        f"Made the finding again on one thread: {same}",
        f"peelian replay {finding.id} --threads 1 --in {place.folder}",
        t,
    )
    return replayed


def _verify(place: Place, stage: Stage) -> dict[str, Any]:
    t = time.perf_counter()
    result = verify(str(place.folder))
    word = "verified" if result.ok else "NOT verified"
    stage.note(f"The record of use has {result.size:,} entries: {word}", f"peelian ledger verify {place.folder}", t)
    return result.as_dict()


def _as(place: Place, account: str) -> Place:
    return Place(place.folder, place.home, account, place.clock)


def _walk(
    place: Place,
    material: Material,
    stage: Stage,
    counts: dict[str, Any],
    assessment: Assessment,
    finding: Finding,
    stopped: list[dict[str, Any]],
    record: dict[str, Any],
) -> Walk:
    with at_door(place) as caller:
        charter, epsg = caller.gate.charter, epsg_of(caller)
        mandate = charter.mandates[finding.mandate]
        made_at = _day(caller.gate.clock.now(), charter.jurisdiction.timezone)
    rings = rings_of(projected_geometry(material.area, epsg))
    checkpoint = (ledger_folder(place.folder) / "checkpoint").read_text(encoding="utf-8")
    feedback = assessment.results["feedback"]
    walk: dict[str, Any] = {
        "force": charter.force.name,
        "made_at": made_at,
        "synthetic": material.synthetic,
        "real_parts": material.real_parts,
        "source": _source(material, counts),
        "permission": _permission(mandate, charter),
        "forecast": forecast_from(
            finding.result,
            budget=BUDGET,
            offence="burglary",
            rings=rings,
            area_name="the study area",
            places=_places(place, material, finding),
            finding=finding.id,
        ),
        "test": {
            "months": f"{month_name(material.first_test)}..{month_name(material.last_test)}",
            "registered_at_entry": assessment.registered_at_entry,
            "registered": assessment.registered,
            "scores": scores_from(assessment.results["methods"], own="hotspots"),
            "warnings": list(assessment.warnings),
            "feedback": f"The simulation says: {feedback['verdict']}.",
            "exposure": exposure_words(assessment.results["exposure"]),
        },
        "steps": stage.steps,
        "stopped": stopped,
        "record": {
            "checkpoint": checkpoint,
            "size": record["size"],
            "root": record["root"],
            "verify": f"peelian ledger verify {place.folder} --vkey {record['vkey']}",
            "witnesses": [w["name"] for w in record["witnesses"]],
        },
        "to_break": things_to_break(place),
        "falls_short": FALLS_SHORT,
    }
    return walk  # type: ignore[return-value]


def _source(material: Material, counts: dict[str, Any]) -> dict[str, Any]:
    contract = open_source(material.source, material.mapping).contract
    names = ("read", "kept", "duplicate", "quarantined", "dropped_columns")
    return (
        {"title": material.title, "publisher": contract.publisher, "licence": contract.licence}
        | {n: counts[n] for n in names}
        | {"quirks": counts["quirks"], "open_data": not material.synthetic}
    )


def _places(place: Place, material: Material, finding: Finding) -> dict[str, str]:
    """Name the cells by street where the deployment has a layer of streets."""
    if "streets" not in material.geography:
        return {}
    with at_door(place) as caller:
        ground = patrol_ground(caller, caller.gate.charter.mandates[finding.mandate], material.cell_m)
    return {str(c["id"]): ground.name(str(c["id"])) for c in finding.result["cells"]}


def _day(at: datetime, timezone: str) -> str:
    """Write an instant as people on the spot would."""
    local = at.astimezone(ZoneInfo(timezone))
    return f"{local.day} {local:%B %Y, %H:%M}"


def _columns_used() -> list[str]:
    """Name what the method reads, table by table."""
    inputs = sorted(METHODS["hotspots"].program.facts.inputs)
    tables = sorted({name.split(".")[0] for name in inputs})
    own = {t: [n.split(".")[1] for n in inputs if n.startswith(f"{t}.")] for t in tables}
    return [f"{table}: {', '.join(columns)}" for table, columns in own.items()]


def _permission(mandate: Any, charter: Charter) -> dict[str, Any]:
    offices = {o.id: o.title for o in charter.officials.values()}
    timezone = charter.jurisdiction.timezone
    return {
        "title": mandate.title,
        "what": "Suggests places to walk, to prevent burglary. It never scores a person.",
        "mandate": mandate.id,
        "owner": offices.get(mandate.owner, mandate.owner),
        "approver": offices.get(mandate.approver, mandate.approver),
        "lawful_basis": mandate.lawful_basis,
        "starts_on": _day(mandate.starts_at, timezone),
        "ends_on": _day(mandate.ends_at, timezone),
        "phase": mandate.phase,
        "uses": _columns_used(),
        "never_uses": ["people", "ethnicity", "drugs, weapons and public-order offences", "stop and search"],
        "fallback": mandate.fallback,
    }


def things_to_break(place: Place) -> list[str]:
    """Name three things that somebody who doubts can try."""
    folder = place.folder
    return [
        f"printf X | dd of={newest_bundle(folder)} bs=1 seek=99 conv=notrunc; peelian ledger verify {folder}",
        f"Ask for what nobody may: peelian why --purpose immigration-enforcement --table incident --in {folder}",
        f"Move a mandate's end in {folder}/charter/mandates/hotspots.yml, then: peelian analyse hotspots --in {folder}",
    ]


def newest_bundle(folder: Path) -> Path:
    """Return the newest file of entries of a deployment's ledger: the one that the checkpoint speaks of."""
    entries = ledger_folder(folder) / "tile" / "entries"
    return max((p for p in entries.rglob("*") if p.is_file()), key=lambda p: (p.stat().st_mtime_ns, int(p.name)))


FALLS_SHORT = (
    "No outside witness has signed this log: it runs on one machine.",
    "The example's people and their decisions are invented; one person holds every key.",
    "Accuracy is not outcome: nothing here shows that patrols prevent crime.",
)


def _write_assessment(folder: Path, assessment: Assessment) -> None:
    (folder / "assessment.md").write_text(assessment_markdown(assessment.results), encoding="utf-8")
    (folder / "assessment.svg").write_text(assessment_svg(assessment.results), encoding="utf-8")
