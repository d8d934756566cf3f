"""What was acknowledged outlives any death of the server, and nothing is half there."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_server.observations.disk import FILE
from citiverse_server.observations.keeper import open_store
from citiverse_server.observations.store import Retention, Span
from server import observing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

MOST_SAID_A_LIFE = 60
ALL = Span(0, 2**62)


async def test_three_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    await lives(tmp_path, kills=3)


@pytest.mark.long
async def test_fifty_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    await lives(tmp_path, kills=50)


async def lives(folder: Path, kills: int) -> None:
    chance = random.Random(kills)
    kept = 0
    for _ in range(kills):
        said = killed(folder, kept, chance)
        now = await batches(folder)
        assert now > said
        assert now >= kept
        kept = now
    assert kept > 3 * kills
    with closing(sqlite3.connect(folder / FILE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        sealed, waiting = (
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("sealed", "log")
        )
    assert sealed > 0
    assert waiting > 0


def killed(folder: Path, begin: int, chance: random.Random) -> int:
    """The last number that the process said before it died at a moment of no choice."""
    command = (sys.executable, observing.__file__, str(folder), str(begin))
    last = -1
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(chance.randint(1, MOST_SAID_A_LIFE)):
            last = int(process.stdout.readline())
        time.sleep(chance.uniform(0.0, 0.01))
        process.kill()
        rest = process.stdout.read().split("\n")[:-1]
    return int(rest[-1]) if rest else last


async def batches(folder: Path) -> int:
    """How many batches are there; each whole, in every datastream, with its very values."""
    store = open_store(folder, Retention(0, 0))
    assert store.problem == ""
    rows = [await store.history(row, ALL, 10**9) for row in range(observing.ROWS)]
    latest = await store.latest(range(observing.ROWS))
    await store.close()
    count = len(rows[0].rows) // observing.EACH
    expected = [observing.observed(number) for number in range(count)]
    for row, found in enumerate(rows):
        times = [batch.times[batch.rows == row] for batch in expected]
        values = [batch.values[batch.rows == row] for batch in expected]
        assert np.array_equal(found.times, np.concatenate(times))
        assert np.array_equal(found.values, np.concatenate(values))
    assert set(latest.times.tolist()) == {int(rows[0].times[-1])}
    return count
