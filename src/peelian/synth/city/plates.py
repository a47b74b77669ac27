"""Plate readers: ``reads-YYYY-MM.parquet``. People commute, vans deliver, groups drive in company, cameras misread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from scipy.spatial import cKDTree

from peelian.core.time import month_of, month_start
from peelian.synth.city.columns import Texts, numbered, patched, pick
from peelian.synth.city.errors import CLONES, READ_ERRORS
from peelian.synth.city.groups import KINDS
from peelian.synth.city.life import Life
from peelian.synth.city.slips import in_part, misread, with_luck
from peelian.synth.city.streams import Bools, Floats, Ints, spread
from peelian.synth.city.vehicles import plate_text

SYSTEM = "anpr"
_STOPS = 5  # cameras along a way, at most
_SPEED_M_MIN = 550.0
TRUE, MISREAD, IN_PART, CLONED = range(4)
"""What is wrong with a read, in ``truth/reads``."""


@dataclass(frozen=True)
class Ways:
    """Each vehicle's usual way past cameras, out; the way home is the same backwards.

    Parameters
    ----------
    camera : ndarray of int, shape (n_vehicles, 5)
        Cameras in order.
    minute : ndarray of float, shape (n_vehicles, 5)
        Minutes from setting out to each.
    often : ndarray of float, shape (n_vehicles,)
        How often it drives, relative.
    leaves : ndarray of int, shape (n_vehicles,)
        Minute of the day of setting out, usually.
    """

    camera: Ints
    minute: Floats
    often: Floats
    leaves: Ints


def find_ways(life: Life) -> Ways:
    """Lay each vehicle's way from home to work past the cameras nearest to it."""
    world, rng = life.world, life.world.stream(SYSTEM, "ways")
    house, vehicles = world.layout.ground.house_m, world.vehicles
    n = vehicles.n
    keeper_home = world.people.home[np.maximum(vehicles.keeper, 0)]
    firm_home = world.firms.dwelling[np.maximum(vehicles.firm, 0)]
    start = house[np.where(vehicles.keeper >= 0, keeper_home, firm_home)]
    work = house[world.firms.dwelling[rng.integers(0, world.firms.n, n)]]
    along = np.linspace(0.05, 0.95, _STOPS)
    points = start[:, None, :] + (work - start)[:, None, :] * along[None, :, None]
    camera = cKDTree(world.layout.camera_m).query(points.reshape(-1, 2))[1].reshape(n, _STOPS)
    length = np.hypot(*(work - start).T)
    often = rng.lognormal(0.0, 0.8, n)
    often[life.chance.drivers] *= 12
    return Ways(camera, along[None, :] * length[:, None] / _SPEED_M_MIN, often, rng.normal(470, 70, n).astype(np.int64))


def write_reads(life: Life, folder: Path, truth: Path, tell: Callable[[str], None]) -> int:
    """Write a file a month, and who it really was beside the truth; return the number of reads."""
    world, ways = life.world, find_ways(life)
    folder.mkdir(parents=True, exist_ok=True)
    truth.mkdir(parents=True, exist_ok=True)
    months = world.calendar.read_months()
    clones = _clones(life)
    total = 0
    for month in months:
        tell(f"plate reads of {month:%Y-%m}")
        n = world.size.reads // len(months)
        reads, told = _month(life, ways, clones, month, n)
        pa.parquet.write_table(
            reads, folder / f"reads-{month:%Y-%m}.parquet", compression="zstd", use_dictionary=["camera"]
        )
        pa.parquet.write_table(told, truth / f"reads-{month:%Y-%m}.parquet", compression="zstd")
        total += reads.num_rows
    return total


def _clones(life: Life) -> Ints:
    """Return which vehicle bears which other's plate, -1 for its own."""
    world, rng = life.world, life.world.stream(SYSTEM, "clones")
    out = np.full(world.vehicles.n, -1)
    if not life.clean:
        false = rng.choice(world.vehicles.n, max(1, int(world.vehicles.n * CLONES)), replace=False)
        out[false] = rng.integers(0, world.vehicles.n, len(false))
    return out


def _month(life: Life, ways: Ways, clones: Ints, month: date, n: int) -> tuple[pa.Table, pa.Table]:
    """Draw one month: trips to work and back, companies of a group's two vehicles, then what cameras make of them."""
    world, rng = life.world, life.world.stream(SYSTEM, f"{month:%Y-%m}")
    first = world.calendar.day_of(month)
    days = (month_start(month_of(month) + 1) - month).days
    vehicle, way, second, home = _trips(life, ways, first, days, n, rng)
    trip, stop = spread(np.full(len(vehicle), _STOPS))
    camera = ways.camera[way[trip], np.where(home[trip], _STOPS - 1 - stop, stop)]
    again = np.zeros(len(trip), dtype=bool)
    again[1:] = (camera[1:] == camera[:-1]) & (trip[1:] == trip[:-1])
    pace = np.where(vehicle == way, rng.uniform(0.9, 1.1, len(way)), 1.0)  # who follows keeps the pace
    at_s = second[trip] + (ways.minute[way[trip], stop] * 60 * pace[trip]).astype(np.int64)
    keep = ~again & (rng.random(len(trip)) < 0.85)
    keep[np.flatnonzero(keep)[n:]] = False
    return _seen(life, clones, vehicle[trip[keep]], camera[keep], at_s[keep], (first, days), rng)


def _trips(
    life: Life, ways: Ways, first: int, days: int, n: int, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Bools]:
    """Return each trip's vehicle, whose way it takes, when it sets out (seconds of the history), if it goes home."""
    wanted = int(n / 2.2) + 20
    edges = np.cumsum(ways.often)
    vehicle = np.searchsorted(edges, rng.random(wanted) * edges[-1])
    day = first + rng.integers(0, days, wanted)
    home = rng.random(wanted) < 0.5
    leaves = ways.leaves[vehicle] + np.where(home, 540, 0)
    minute = np.where(rng.random(wanted) < 0.7, leaves + rng.normal(0, 12, wanted), rng.integers(360, 1400, wanted))
    second = day * 86_400 + (np.clip(minute, 0, 1380) * 60).astype(np.int64) + rng.integers(0, 60, wanted)
    lead, tail, start, behind = _companies(life, first, days, rng)
    return (
        np.concatenate([lead, tail, vehicle]),
        np.concatenate([lead, lead, vehicle]),
        np.concatenate([start, start + behind, second]),
        np.concatenate([np.zeros(2 * len(lead), dtype=bool), home]),
    )


def _companies(life: Life, first: int, days: int, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
    """Draw trips on which a group's second vehicle follows the first, seconds behind, along its way."""
    groups = life.groups
    kinds = [KINDS.index(k) for k in ("county-line", "vehicle-theft", "plant-theft")]
    each, _ = spread(np.full(int(np.isin(groups.kind, kinds).sum()), 4))
    drive = np.flatnonzero(np.isin(groups.kind, kinds))[each]
    start = (first + rng.integers(0, days, len(each))) * 86_400 + rng.integers(0, 43_000, len(each))
    return groups.vehicles[drive, 0], groups.vehicles[drive, 1], start, rng.integers(8, 40, len(each))


def _seen(
    life: Life, clones: Ints, vehicle: Ints, camera: Ints, at_s: Ints, month: tuple[int, int], rng: np.random.Generator
) -> tuple[pa.Table, pa.Table]:
    """Turn passings into reads: plates misread or in part, clocks off, some sent twice; in order of time."""
    world = life.world
    (first, days), rates = month, {k: 0.0 if life.clean else v[0] for k, v in READ_ERRORS.items()}
    false = clones[vehicle] >= 0
    shown = np.where(false, clones[vehicle], vehicle)
    luck = rng.random(len(vehicle))
    wrong, part = luck < rates["misread"], luck > 1 - rates["missing"]
    skew = world.stream(SYSTEM, "clocks")
    off = np.where(skew.random(len(world.layout.camera_m)) < rates["skewed"],
                   skew.integers(-90, 91, len(world.layout.camera_m)), 0)  # fmt: skip
    at_s = np.clip(at_s + off[camera], first * 86_400, (first + days) * 86_400 - 1)
    twice = np.flatnonzero(rng.random(len(vehicle)) < rates["again"])
    row = np.concatenate([np.arange(len(vehicle)), twice])
    row = row[np.argsort(at_s[row], kind="stable")]
    what = np.select([wrong, part, false], [MISREAD, IN_PART, CLONED], TRUE)[row]
    plates = _plates(shown[row], what, rng)
    at_m = world.layout.camera_m[camera[row]]
    reads = pa.table({
        "camera": numbered("CAM", camera[row] + 1, 4),
        "at": pa.array(_utc_ms(life, at_s[row]) + rng.integers(0, 1000, len(row))),
        "plate": plates,
        "x": pa.array(at_m[:, 0]),
        "y": pa.array(at_m[:, 1]),
    })  # fmt: skip
    return reads, pa.table({"vehicle_id": pa.array(vehicle[row]), "wrong": pa.array(what.astype(np.int8))})


def _plates(vehicle: Ints, what: Ints, rng: np.random.Generator) -> Texts:
    kinds, which = np.unique(vehicle, return_inverse=True)
    plates = pick(plate_text(kinds), which)
    for mark, slip in ((MISREAD, misread), (IN_PART, in_part)):
        plates = patched(plates, what == mark, with_luck(rng, slip))
    return plates


def _utc_ms(life: Life, at_s: Ints) -> Ints:
    calendar = life.world.calendar
    offset = calendar.offset_minutes()[at_s // 86_400]
    return (calendar.epoch_day * 86_400 + at_s - offset * 60) * 1000
