"""`citiverse bench store`: what keeping observations costs, on an empty disk and beside a year."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from citiverse.bench.row import Row
from citiverse.bench.usage import BenchError
from citiverse_server.observations import codec
from citiverse_server.observations.columns import Columns
from citiverse_server.observations.disk import FILE, Disk, open_disk
from citiverse_server.observations.keeper import Keeper, open_store
from citiverse_server.observations.sealing import PERIOD_US
from citiverse_server.observations.steps import DAY_US, HOUR_US
from citiverse_server.observations.store import Retention, Span
from citiverse_server.overlays.model import Batch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

FULL_SENSORS, QUICK_SENSORS = 10_000, 1_000
FULL_TICKS, QUICK_TICKS = 1_500, 150
A_TICK, TICK_US = 2_000, 100_000
RATE_GOAL = 20_000.0
# Beside a year nothing may cost much more than beside a day.
YEAR_GOAL = 1.5
YEAR_DAYS, DIFFERENT = 365, 100
END_US = 1_767_225_600_000_000 // PERIOD_US * PERIOD_US
PROBED, PROBE_BATCHES, RUNS = 200, 100, 3
FOR_EVER = Retention(0, 0)


@dataclass(frozen=True, slots=True)
class Probed:
    """Processor µs of one observation appended and written, of the latest of all sensors, and of
    one sensor's last day; medians come later.
    """

    append: float
    latest: float
    day: float


def run(quick: bool) -> Iterator[Row]:
    """Ingest to the disk, and a year's weight."""
    sensors = QUICK_SENSORS if quick else FULL_SENSORS
    with tempfile.TemporaryDirectory() as folder:
        yield from _ingest(Path(folder) / "ingest", sensors, QUICK_TICKS if quick else FULL_TICKS)
        yield from _year(Path(folder), sensors)


def _ingest(folder: Path, sensors: int, ticks: int) -> Iterator[Row]:
    wall_s, cpu_s = asyncio.run(_appended(folder, sensors, ticks))
    count = ticks * A_TICK
    about = (
        f"{count:,} observations of {sensors:,} sensors, {A_TICK:,} a batch, until all is sealed"
    )
    rate = count / wall_s
    yield Row("store", "ingest", (rate,), "observations/s", about, RATE_GOAL, "min")
    yield Row("store", "ingest_cpu", (cpu_s / count * 1e6,), "µs an observation", about)
    size = (folder / FILE).stat().st_size
    yield Row("store", "ingest_bytes", (size / count,), "B an observation", about)


async def _appended(folder: Path, sensors: int, ticks: int) -> tuple[float, float]:
    """Wall and processor seconds until all of them are on the disk and sealed."""
    store = open_store(folder, FOR_EVER)
    rows = np.array([store.row(f"sensor-{number}") for number in range(sensors)], dtype=np.uint32)
    chance = np.random.default_rng(1)
    batches = [_batch(chance.permutation(rows)[:A_TICK], END_US, chance) for _ in range(50)]
    wall, cpu = time.perf_counter(), time.process_time()
    for tick in range(ticks):
        batch = batches[tick % len(batches)]
        later = np.int64(tick * TICK_US)
        moved = Batch(
            batch.rows, batch.values, batch.times + later, batch.arrivals + later, batch.quality
        )
        store.append(moved)
        # As the engine would: no more waits than comes in a second.
        if tick % 10 == 9:
            await store.flush()
    await store.flush()
    while not store.is_sealed:
        await asyncio.sleep(0.05)
    spent = time.perf_counter() - wall, time.process_time() - cpu
    await store.close()
    if store.lost:
        raise BenchError(f"{store.lost} observations found no room")
    return spent


def _batch(rows: NDArray[np.uint32], time_us: int, chance: np.random.Generator) -> Batch:
    """A value of each row at nearly the same time, in tenths."""
    count = len(rows)
    times = time_us + chance.integers(0, TICK_US, count)
    values: NDArray[np.float64] = np.round(chance.normal(20.0, 5.0, count), 1)
    return Batch(rows, values, times, times + 500_000, np.zeros(count, dtype=np.uint8))


def _year(folder: Path, sensors: int) -> Iterator[Row]:
    for days, name in ((1, "day"), (YEAR_DAYS, "year")):
        _fill(folder / name, sensors, days)
    probes = {
        name: [asyncio.run(_probed(folder / name, sensors, turn)) for turn in range(RUNS)]
        for name in ("day", "year")
    }
    kept = (folder / "year" / FILE).stat().st_size
    count = sensors * YEAR_DAYS * 24
    about = (
        f"{sensors:,} sensors, a value an hour for {YEAR_DAYS} days: {count:,} observations, "
        f"written as sealed batches; {DIFFERENT} different series, again and again"
    )
    yield Row("store", "year_bytes", (kept / count,), "B an observation", about)
    for metric, unit in (
        ("append", "µs of processor an observation"),
        ("latest", f"µs of processor, of {sensors:,} sensors"),
        ("day", "µs of processor, one sensor's last day"),
    ):
        before, after = (
            tuple(getattr(probe, metric) for probe in probes[name]) for name in ("day", "year")
        )
        yield Row("store", f"{metric}_beside_a_day", before, unit, "a day of the same sensors")
        yield Row("store", f"{metric}_beside_a_year", after, unit, about)
        ratio = (float(np.median(after)) / float(np.median(before)),)
        yield Row("store", f"{metric}_year_over_day", ratio, "×", about, YEAR_GOAL)
    opened = tuple(_opening_s(folder / "year") for _ in range(RUNS))
    yield Row("store", "opening_beside_a_year", opened, "s", about)


def _fill(folder: Path, sensors: int, days: int) -> None:
    """Writes days that end at `END_US` as sealed batches."""
    with open_disk(folder) as disk:
        sealed = [_sealed(number, days) for number in range(DIFFERENT)]
        newest = Batch(
            np.arange(sensors, dtype=np.uint32),
            np.zeros(sensors),
            np.full(sensors, END_US - HOUR_US, dtype=np.int64),
            np.full(sensors, END_US, dtype=np.int64),
            np.zeros(sensors, dtype=np.uint8),
        )
        with disk.transaction():
            disk.add_streams((row, f"sensor-{row}") for row in range(sensors))
            disk.keep_newest(newest)
            _insert(disk, sensors, sealed)


def _insert(disk: Disk, sensors: int, sealed: list[list[tuple[int, int, int, int, bytes]]]) -> None:
    """Period by period, as time would have brought them."""
    for period in range(len(sealed[0])):
        disk.connection.executemany(
            "INSERT INTO sealed(row, period, first, last, count, columns)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            ((row, *sealed[row % DIFFERENT][period]) for row in range(sensors)),
        )


def _sealed(number: int, days: int) -> list[tuple[int, int, int, int, bytes]]:
    """One series: of each period its number, first and last time, count, and columns."""
    chance = np.random.default_rng(number)
    times: Ints = np.arange(END_US - days * DAY_US, END_US, HOUR_US, dtype=np.int64)
    hours = times / HOUR_US
    curve = 15.0 + 8.0 * np.sin(hours / 1_395.0) + 4.0 * np.sin(hours / 3.82 + number)
    values = np.round(curve + chance.normal(0.0, 0.6, len(times)), 1)
    delays = chance.integers(200, 3_000, len(times)) * 1_000
    whole = Columns(times, values, times + delays, np.zeros(len(times), dtype=np.uint8))
    parts = []
    for period in range(int(times[0]) // PERIOD_US, int(times[-1]) // PERIOD_US + 1):
        part = whole.within(Span(period * PERIOD_US, (period + 1) * PERIOD_US))
        first, last = int(part.times[0]), int(part.times[-1])
        parts.append((period, first, last, len(part), codec.pack(part)))
    return parts


async def _probed(folder: Path, sensors: int, turn: int) -> Probed:
    store = open_store(folder, FOR_EVER)
    chance = np.random.default_rng(turn)
    rows = np.array([store.row(f"sensor-{number}") for number in range(sensors)], dtype=np.uint32)
    begin_us = END_US + turn * 3 * HOUR_US
    batches = [
        _batch(rows[:A_TICK], begin_us + at * TICK_US, chance) for at in range(PROBE_BATCHES)
    ]

    async def append() -> None:
        for batch in batches:
            store.append(batch)
            await store.flush()

    async def latest() -> None:
        await store.latest(range(sensors))

    async def days() -> None:
        await _days(store, chance.integers(0, sensors, PROBED).tolist())

    counted = sum(len(batch.rows) for batch in batches)
    result = Probed(
        append=await _cpu_us(append) / counted,
        latest=await _cpu_us(latest),
        day=await _cpu_us(days) / PROBED,
    )
    await store.close()
    return result


async def _days(store: Keeper, rows: list[int]) -> None:
    span = Span(END_US - DAY_US, END_US)
    for row in rows:
        found = await store.history(row, span, 10_000)
        assert len(found.rows) == 24


async def _cpu_us(work: Callable[[], Awaitable[None]]) -> float:
    begin = time.process_time()
    await work()
    return (time.process_time() - begin) * 1e6


def _opening_s(folder: Path) -> float:
    begin = time.perf_counter()
    store = open_store(folder, FOR_EVER)
    spent = time.perf_counter() - begin
    asyncio.run(store.close())
    return spent
