"""The store of observations: what goes in comes out, once, and outlives a restart and ageing."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_server.errors import StateError
from citiverse_server.observations import memory, reading, writer
from citiverse_server.observations.disk import FILE, Disk
from citiverse_server.observations.keeper import Keeper, open_store
from citiverse_server.observations.steps import DAY_US, HOUR_US
from citiverse_server.observations.store import Retention, Span
from citiverse_server.overlays.model import Batch, Quality

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

pytestmark = pytest.mark.anyio

BEGIN_US = 1_700_000_000_000_000 // DAY_US * DAY_US
SECOND_US = 1_000_000
ALL = Span(0, 2**62)


@contextlib.asynccontextmanager
async def kept(folder: Path | None, retention: Retention | None = None) -> AsyncIterator[Keeper]:
    store = open_store(folder, retention or Retention())
    try:
        yield store
    finally:
        await store.close()


def some(rows: Sequence[int], seconds: Sequence[float], values: Sequence[float]) -> Batch:
    times = BEGIN_US + np.rint(np.array(seconds) * SECOND_US).astype(np.int64)
    return Batch(
        np.array(rows, dtype=np.uint32),
        np.array(values, dtype=np.float64),
        times,
        times + 250_000,
        np.zeros(len(rows), dtype=np.uint8),
    )


def same(one: Batch, other: Batch) -> bool:
    names = ("rows", "values", "times", "arrivals", "quality")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


async def sealed(store: Keeper) -> None:
    """Waits until nothing is left to seal, group after group."""
    for turn in range(1_000):
        store.row(f"another-{turn}")
        await store.flush()
        if store.is_sealed:
            return
    raise AssertionError("it isn't sealed")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is sealed from 50 observations on, and groups don't wait for more."""
    monkeypatch.setattr(memory, "SEAL_AT", 50)
    monkeypatch.setattr(memory, "GROUP_S", 0.0)


async def test_what_was_appended_is_there_at_once_by_time(tmp_path: Path) -> None:
    async with kept(tmp_path) as store:
        air, noise = store.row("air"), store.row("noise")
        store.append(some([air, noise, air], [20, 20, 10], [2.0, 50.0, 1.0]))
        found = await store.history(air, ALL, 10)
        assert found.values.tolist() == [1.0, 2.0]
        assert (await store.latest([noise, air])).values.tolist() == [50.0, 2.0]


async def test_the_first_and_the_last_of_a_span(tmp_path: Path) -> None:
    async with kept(tmp_path) as store:
        row = store.row("air")
        store.append(some([row] * 5, range(5), range(5)))
        span = Span(BEGIN_US + SECOND_US, BEGIN_US + 4 * SECOND_US)
        assert (await store.history(row, span, 2)).values.tolist() == [1.0, 2.0]
        assert (await store.history(row, span, 2, newest=True)).values.tolist() == [2.0, 3.0]


async def test_who_brings_an_observation_again_changes_nothing(tmp_path: Path, small: None) -> None:
    async with kept(tmp_path) as store:
        row = store.row("air")
        for again in range(3):
            store.append(some([row] * 60, range(60), [again] * 60))
            await sealed(store)
        assert (await store.history(row, ALL, 100)).values.tolist() == [0.0] * 60
        assert (await store.summary(row, ALL, HOUR_US)).counts.tolist() == [60]


async def test_a_restart_changes_nothing(tmp_path: Path, small: None) -> None:
    chance = np.random.default_rng(1)
    async with kept(tmp_path, Retention(0, 0)) as store:
        rows = [store.row(f"sensor-{number}") for number in range(3)]
        for at in range(20):
            values = np.round(chance.normal(20, 5, 30), at % 4)
            seconds = 3_600 * chance.integers(0, 2_000, 30) + at
            batch = some(chance.integers(0, 3, 30).tolist(), seconds.tolist(), values.tolist())
            quality = np.full(30, Quality.SPIKE, dtype=np.uint8)
            store.append(Batch(batch.rows, batch.values, batch.times, batch.arrivals, quality))
            await store.flush()
        before = [await store.history(row, ALL, 1_000) for row in rows]
        latest = await store.latest(rows)
        summary = await store.summary(rows[0], ALL, DAY_US)
    assert sum(len(one.rows) for one in before) > 500
    async with kept(tmp_path, Retention(0, 0)) as store:
        assert [store.row(f"sensor-{number}") for number in range(3)] == rows
        for row, former in zip(rows, before, strict=True):
            assert same(await store.history(row, ALL, 1_000), former)
        assert same(await store.latest(rows), latest)
        again = await store.summary(rows[0], ALL, DAY_US)
        assert np.array_equal(again.counts, summary.counts)
        # What is added in another order may differ in the last digit.
        assert np.allclose(again.means, summary.means, rtol=1e-12, atol=0.0)


async def test_late_ones_take_their_place_among_what_is_sealed(tmp_path: Path, small: None) -> None:
    async with kept(tmp_path) as store:
        row = store.row("air")
        store.append(some([row] * 60, range(0, 120, 2), range(60)))
        await sealed(store)
        store.append(some([row] * 60, range(1, 121, 2), range(60)))
        await sealed(store)
        found = await store.history(row, ALL, 200)
        assert (found.times - BEGIN_US).tolist() == [at * SECOND_US for at in range(120)]
        first = await store.history(row, ALL, 3)
        last = await store.history(row, ALL, 3, newest=True)
        assert ((first.times - BEGIN_US) // SECOND_US).tolist() == [0, 1, 2]
        assert ((last.times - BEGIN_US) // SECOND_US).tolist() == [117, 118, 119]


async def test_steps_have_low_high_mean_and_what_speaks_against_any(tmp_path: Path) -> None:
    async with kept(tmp_path) as store:
        row = store.row("air")
        batch = some([row] * 4, [0, 1, 60, 61], [1.0, 3.0, 10.0, 20.0])
        quality = np.array([0, 4, 0, 0], dtype=np.uint8)
        store.append(Batch(batch.rows, batch.values, batch.times, batch.arrivals, quality))
        found = await store.summary(row, ALL, 60 * SECOND_US)
        assert ((found.times - BEGIN_US) // SECOND_US).tolist() == [0, 60]
        assert found.counts.tolist() == [2, 2]
        assert found.lows.tolist() == [1.0, 10.0]
        assert found.highs.tolist() == [3.0, 20.0]
        assert found.means.tolist() == [2.0, 15.0]
        assert found.quality.tolist() == [4, 0]


async def test_what_is_old_becomes_hours_and_then_days_with_the_same_totals(
    tmp_path: Path, small: None
) -> None:
    hours = 24 * 40
    async with kept(tmp_path, Retention(raw_days=10, hourly_days=20)) as store:
        row = store.row("air")
        seconds = np.arange(0, hours * 3_600, 1_200)
        values = np.arange(len(seconds)) % 7
        for begin in range(0, len(seconds), 60):
            end = begin + 60
            times, some_values = seconds[begin:end].tolist(), values[begin:end].tolist()
            store.append(some([row] * len(times), times, some_values))
            await sealed(store)
        raw = await store.history(row, ALL, 10_000)
        assert 10 * 72 <= len(raw.rows) <= 11 * 72
        by_hour = await store.summary(row, ALL, HOUR_US)
        steps = np.diff(by_hour.times)
        assert set(steps.tolist()) == {HOUR_US, DAY_US}
        assert int(by_hour.counts.sum()) == len(seconds)
        by_day = await store.summary(row, ALL, DAY_US)
        assert by_day.counts.tolist() == [72] * 40
        expected = values.reshape(40, 72)
        assert np.allclose(by_day.means, expected.mean(axis=1))
        assert by_day.lows.tolist() == expected.min(axis=1).tolist()
        store.append(some([row], [3_600], [1_000.0]))
        await store.flush()
        assert store.late == 1
        assert (await store.summary(row, ALL, DAY_US)).highs.max() == 6.0


async def test_an_overview_says_the_same_as_each_summary(tmp_path: Path, small: None) -> None:
    async with kept(tmp_path) as store:
        rows = [store.row(f"sensor-{number}") for number in range(5)]
        chance = np.random.default_rng(2)
        for _ in range(4):
            seconds = chance.integers(0, 600, 40).tolist()
            values = np.round(chance.normal(0, 1, 40), 1).tolist()
            store.append(some(chance.integers(0, 4, 40).tolist(), seconds, values))
            await store.flush()
        span, step_us = Span(BEGIN_US, BEGIN_US + 600 * SECOND_US), 60 * SECOND_US
        overview = await store.overview(rows, span, step_us)
        assert overview.means.shape == (5, 10)
        assert np.isnan(overview.means[4]).all()
        for row in rows[:4]:
            summary = await store.summary(row, span, step_us)
            places = (summary.times - span.begin_us) // step_us
            assert np.allclose(overview.means[row, places], summary.means)


async def test_what_is_no_database_is_told_and_the_server_goes_on_in_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all, but long enough to look like one" * 100)
    async with kept(tmp_path) as store:
        assert FILE in store.problem
        assert "put back a copy" in store.problem
        store.append(some([store.row("air")], [0], [1.0]))
        await store.flush()
        assert (await store.history(0, ALL, 10)).values.tolist() == [1.0]
        assert (await store.summary(0, ALL, HOUR_US)).counts.tolist() == [1]
    assert "stays in memory only" in caplog.text


async def test_two_servers_never_write_one_file(tmp_path: Path) -> None:
    async with kept(tmp_path) as first, kept(tmp_path) as second:
        assert first.problem == ""
        assert "another server" in second.problem


async def test_memory_alone_forgets_the_oldest_and_stays_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "MOST", 100)
    async with kept(None) as store:
        row = store.row("air")
        for at in range(30):
            store.append(some([row] * 10, range(10 * at, 10 * at + 10), range(10)))
        found = await store.history(row, ALL, 1_000)
        assert 50 <= len(found.rows) <= 100
        assert found.times[-1] == BEGIN_US + 299 * SECOND_US


async def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    async with kept(tmp_path):
        pass
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    async with kept(tmp_path) as store:
        assert "newer version" in store.problem


async def test_a_disk_that_fails_is_told_and_tried_again_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write = Disk.write_group

    def fail(_disk: Disk, _batch: Batch) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(writer, "RETRY_S", 0.0)
    async with kept(tmp_path) as store:
        row = store.row("air")
        store.append(some([row], [0], [1.0]))
        await store.flush()
        monkeypatch.setattr(Disk, "write_group", fail)
        store.append(some([row], [1], [2.0]))
        with pytest.raises(StateError, match="disk is full"):
            await store.flush()
        assert "disk is full" in store.problem
        assert (await store.history(row, ALL, 10)).values.tolist() == [1.0, 2.0]
        monkeypatch.setattr(Disk, "write_group", write)
        await store.flush()
        assert store.problem == ""
    async with kept(tmp_path) as store:
        assert (await store.history(row, ALL, 10)).values.tolist() == [1.0, 2.0]
    assert [record.message for record in caplog.records] == [
        "Observations can't be written now: database or disk is full."
    ]


async def test_a_question_without_end_ends(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_S", -1.0)
    async with kept(tmp_path) as store:
        row = store.row("air")
        store.append(some([row] * 60, range(60), range(60)))
        await sealed(store)
        with pytest.raises(TimeoutError):
            await store.summary(row, ALL, HOUR_US)


async def test_notes_outlive_a_restart_also_in_a_file_from_before_there_were_any(
    tmp_path: Path,
) -> None:
    async with kept(tmp_path) as store:
        assert store.note("learned") is None
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.executescript("DROP TABLE note; PRAGMA user_version = 1;")
    async with kept(tmp_path) as store:
        store.keep_note("learned", b"much")
        store.keep_note("learned", b"more")
    async with kept(tmp_path) as store:
        assert store.note("learned") == b"more"


async def test_what_came_while_others_were_sealed_is_sealed_without_a_push(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One step a transaction, so that the second lot comes in the midst of the first.
    monkeypatch.setattr(writer, "SLICE_S", -1.0)
    monkeypatch.setattr(writer, "LONG_SLICE_S", -1.0)
    async with kept(tmp_path) as store:
        rows = [store.row(f"sensor-{number}") for number in range(30)] * 2
        for begin in (0, 1_000):
            seconds = range(begin, begin + 60)
            store.append(some(rows, seconds, seconds))
            await store.flush()
        assert not store.is_sealed
        for _ in range(10_000):
            found = await store.history(0, ALL, 10)
            assert len(found.rows) == 4
            if store.is_sealed:
                break
        assert store.is_sealed


async def test_who_waits_for_the_disk_alone_does_not_wait_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A broker that sends no more than so many at once waits for just this commit.
    monkeypatch.setattr(memory, "GROUP_S", 600.0)
    async with kept(tmp_path) as store:
        store.append(some([store.row("sensor")], [0], [1.0]))
        async with asyncio.timeout(30):
            await store.flush()
