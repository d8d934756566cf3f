"""`citiverse bench quality`: faults put into recorded observations, and which of them are found."""

from __future__ import annotations

import csv
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from citiverse.bench import faults
from citiverse.bench.row import Row
from citiverse_assets.sensors import sensors
from citiverse_server.overlays.model import Batch, Datastream, Quality
from citiverse_server.quality.judge import Judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from citiverse.bench.faults import Fault, Floats, Series

SEED = 20_261_122
# A series has so many parts, and a fault in each but the first, where what is usual is learned.
PARTS = 3
COPIES, QUICK_COPIES = 12, 2
SECOND_US = 1_000_000
HOUR_S, DAY_S = 3_600.0, 86_400.0
WEATHER = "sensors-weather"
STATIONS = 5
DEMO_BEGIN_S, DEMO_DAYS, DEMO_PERIOD_S = 1_772_323_200.0, 14, 300.0
COARSE_DAYS, COARSE_PERIOD_S, COARSE_STEPS = 60, 300.0, (1.0, 1.0, 0.5)

FAULTS: tuple[tuple[str, Fault, Quality], ...] = (
    ("gap", faults.gap, Quality.GAP),
    ("freeze", faults.freeze, Quality.STUCK),
    ("spike", faults.spike, Quality.SPIKE),
    ("clock_jump", faults.clock_jump, Quality.CLOCK),
    ("clock_freeze", faults.clock_freeze, Quality.CLOCK),
    ("sentinel", faults.sentinel, Quality.IMPLAUSIBLE),
)
NETWORK_FAULTS = (("drift", faults.drift, Quality.DRIFT),)
COARSE_FAULTS = (("long_freeze", faults.long_freeze, Quality.STUCK),)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Series of one pace, each with its plausible range; `about` says whose they are.

    A network is a group of five that observe the same nearby; the first of them will drift.
    """

    name: str
    about: str
    values: tuple[Floats, ...]
    ranges: tuple[tuple[float, float], ...]
    period_s: float
    is_network: bool = False
    faults: tuple[tuple[str, Fault, Quality], ...] = FAULTS


@dataclass(frozen=True, slots=True)
class Found:
    """Faults, those found, flagged observations, those rightly flagged."""

    events: int
    found: int
    flagged: int
    right: int


def run(quick: bool) -> Iterator[Row]:
    """Recall and precision of each detector on each set of series."""
    for recorded in _sets():
        yield from _rows(recorded, QUICK_COPIES if quick else COPIES)


def _sets() -> Iterator[Recorded]:
    folder = Path(os.environ.get("CITIVERSE_DATA", "../shared/data")) / WEATHER
    if folder.is_dir():
        hours = _columns(folder / "seattle-weather-hourly-normals.csv")
        ranges = ((850.0, 1_090.0), (-60.0, 60.0), (0.0, 75.0))
        values = tuple(hours[name] for name in ("pressure", "temperature", "wind"))
        about = f"Seattle, hourly normals of a year, {len(values)} series"
        yield Recorded("hourly_normals", about, values, ranges, HOUR_S)
        days = _columns(folder / "weather.csv")
        cities = tuple(
            column[days["location"] == city]
            for city in (0.0, 1.0)
            for column in (days["temp_max"], days["temp_min"], days["wind"], days["precipitation"])
        )
        daily = ((-60.0, 60.0), (-60.0, 60.0), (0.0, 75.0), (0.0, 500.0)) * 2
        yield Recorded("daily_weather", "Seattle and New York, 4 years", cities, daily, DAY_S)
        about = f"{STATIONS} stations made of Seattle's hourly temperature, with noise"
        network = _network(hours["temperature"])
        yield Recorded(
            "network",
            about,
            network,
            ((-60.0, 60.0),) * STATIONS,
            HOUR_S,
            is_network=True,
            faults=NETWORK_FAULTS,
        )
        about = f"Seattle's hours in hPa, degrees and half m/s, {COARSE_DAYS} days"
        coarse = tuple(_coarse(one, step) for one, step in zip(values, COARSE_STEPS, strict=True))
        yield Recorded("coarse", about, coarse, ranges, COARSE_PERIOD_S, faults=COARSE_FAULTS)
    else:
        print(f"bench quality finds no {WEATHER} in CITIVERSE_DATA: left out.", file=sys.stderr)
    yield from _demo()


def _coarse(values: Floats, step: float) -> Floats:
    """What a sensor tells that measures often and knows nothing between two steps."""
    seconds = np.arange(0.0, COARSE_DAYS * DAY_S, COARSE_PERIOD_S)
    hours = np.arange(len(values)) * HOUR_S
    coarse: Floats = np.round(np.interp(seconds, hours, values) / step) * step
    return coarse


def _demo() -> Iterator[Recorded]:
    """The curves of the demo town: all but the heat of its buildings, and five of those."""
    times = DEMO_BEGIN_S + np.arange(0.0, DEMO_DAYS * DAY_S, DEMO_PERIOD_S)
    groups: tuple[tuple[str, str, bool], ...] = (
        ("demo_town", "streets, weather and energy of the demo town", False),
        ("demo_heat", f"heat of {STATIONS} buildings of the demo town", True),
    )
    for name, about, is_network in groups:
        chosen = [one for one in sensors() if one.key.startswith("heat-") == is_network]
        chosen = chosen[:STATIONS] if is_network else chosen
        values = tuple(np.array([one.value(at) for at in times.tolist()]) for one in chosen)
        ranges = tuple((one.kind.low, one.kind.high) for one in chosen)
        said = f"{about}, simulated, {DEMO_DAYS} days"
        kinds = NETWORK_FAULTS if is_network else FAULTS
        yield Recorded(name, said, values, ranges, DEMO_PERIOD_S, is_network, kinds)


def _network(values: Floats) -> tuple[Floats, ...]:
    """Stations beside each other: each with its own offset, slow unrest and noise, in tenths."""
    chance = np.random.default_rng(SEED)
    stations = []
    for _ in range(STATIONS):
        unrest = np.zeros(len(values))
        for at, push in enumerate(chance.normal(0.0, 0.15, len(values))):
            unrest[at] = 0.95 * unrest[at - 1] + push
        noise = chance.normal(chance.uniform(-1.5, 1.5), 0.2, len(values))
        stations.append(np.round(values + unrest + noise, 1))
    return tuple(stations)


def _columns(file: Path) -> dict[str, Floats]:
    with file.open(newline="", encoding="utf-8") as text:
        lines = list(csv.DictReader(text))
    names = [name for name in lines[0] if name not in ("date", "weather", "location")]
    columns = {name: np.array([float(line[name]) for line in lines]) for name in names}
    cities = sorted({line.get("location", "") for line in lines}, reverse=True)
    places = [float(cities.index(line.get("location", ""))) for line in lines]
    return {**columns, "location": np.array(places)}


def _rows(recorded: Recorded, copies: int) -> Iterator[Row]:
    about = f"{recorded.about}, {len(recorded.values[0])} observations each"
    chance = np.random.default_rng(SEED)
    kinds = recorded.faults
    healthy = [_clean(recorded, values, chance) for values in recorded.values]
    faulty = [
        _broken(series, fault, chance, apart=recorded.is_network and index > 0)
        for _, fault, _ in kinds
        for _ in range(copies)
        for index, series in enumerate(healthy)
    ]
    quality = _judged(recorded, [*healthy, *faulty])
    size = copies * len(healthy)
    for at, (name, _, bit) in enumerate(kinds):
        begin = len(healthy) + at * size
        counted = _found(faulty[at * size : (at + 1) * size], quality[begin : begin + size], bit)
        versus = f"{about}; {counted.events} faults"
        recall = counted.found / counted.events
        yield Row("quality", f"recall_{name}_{recorded.name}", (recall,), "share", versus)
        if counted.flagged:
            precision = counted.right / counted.flagged
            versus = f"{about}; {counted.flagged} observations flagged"
            yield Row("quality", f"precision_{name}_{recorded.name}", (precision,), "share", versus)
    false = int((quality[: len(healthy)] != 0).sum())
    share = false * 1_000 / quality[: len(healthy)].size
    versus = f"{about}; nothing wrong put in, {false} flagged"
    yield Row("quality", f"false_alarms_{recorded.name}", (share,), "a thousand", versus)


def _clean(recorded: Recorded, values: Floats, chance: np.random.Generator) -> Series:
    times: Floats = DEMO_BEGIN_S + np.arange(float(len(values))) * recorded.period_s
    return faults.clean(values, times, chance)


def _broken(series: Series, fault: Fault, chance: np.random.Generator, *, apart: bool) -> Series:
    if apart:
        return series
    every = len(series.values) // PARTS
    return faults.with_faults(series, fault, chance, every - 200, every)


def _judged(recorded: Recorded, series: list[Series]) -> NDArray[np.uint8]:
    """The quality of every observation (k, n), as a server gives it that hears them one by one."""
    judge, count = Judge(), len(recorded.values)
    for row in range(len(series)):
        limits = recorded.ranges[row % count]
        # Each copy of a network has only its own neighbours.
        kind = f"{row // count}" if recorded.is_network else f"{row}"
        judge.put(row, Datastream(f"{row}", "", kind, "", "", 300.0, limits))
        judge.stand(row, 13.0 + 0.001 * (row % count), 52.4)
    values = np.stack([one.values for one in series])
    times = np.stack([one.times for one in series])
    arrivals = np.stack([one.arrivals for one in series])
    there = np.stack([one.there for one in series])
    quality = np.zeros(there.shape, dtype=np.uint8)
    for at in range(there.shape[1]):
        rows = np.flatnonzero(there[:, at])
        none = np.zeros(len(rows), dtype=np.uint8)
        batch = Batch(
            rows.astype(np.uint32),
            values[rows, at],
            _micros(times[rows, at]),
            _micros(arrivals[rows, at]),
            none,
        )
        quality[rows, at] = judge.judge(batch).quality
    return quality


def _found(series: list[Series], quality: NDArray[np.uint8], bit: Quality) -> Found:
    """What was found of what is there; right is what is within a fault or the three after it."""
    events = hit = right = flagged_in_all = 0
    for one, judged in zip(series, quality, strict=True):
        flagged = (judged & np.uint8(bit)) != 0
        allowed = one.faulty.copy()
        for begin, end in one.events.tolist():
            events += 1
            hit += bool(flagged[begin : end + 1].any())
            allowed[begin : end + 3] = True
        right += int((flagged & allowed).sum())
        flagged_in_all += int(flagged.sum())
    return Found(events, hit, flagged_in_all, right)


def _micros(seconds: Floats) -> NDArray[np.int64]:
    return np.rint(seconds * SECOND_US).astype(np.int64)
