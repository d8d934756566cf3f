"""A process that observes without end and says what is safe; for those who kill it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import numpy as np

from citiverse_server.observations import memory
from citiverse_server.observations.keeper import open_store
from citiverse_server.observations.store import Retention
from citiverse_server.overlays.model import Batch

ROWS, EACH = 20, 10
BEGIN_US, SECOND_US = 1_700_000_000_000_000, 1_000_000
# Sealing goes on all the time, so that some die in the midst of it.
SEAL_AT = 2_000


def observed(number: int) -> Batch:
    """The batch of a number: ten values of each of twenty datastreams, the same each time."""
    rows = np.arange(ROWS * EACH, dtype=np.uint32) % ROWS
    times = BEGIN_US + (number * EACH + np.arange(ROWS * EACH) // ROWS) * SECOND_US
    values = np.round(np.sin(times / 1e9 + rows), 3).astype(np.float64)
    return Batch(rows, values, times, times + 1_000, np.zeros(len(rows), dtype=np.uint8))


async def observe(folder: Path, begin: int) -> None:
    """Says each number when its batch outlives the power."""
    memory.SEAL_AT, memory.GROUP_S = SEAL_AT, 0.001
    store = open_store(folder, Retention(0, 0))
    for row in range(ROWS):
        assert store.row(f"sensor-{row}") == row
    for number in range(begin, sys.maxsize):
        store.append(observed(number))
        if number % 3 == 0:
            await store.flush()
            print(number, flush=True)


if __name__ == "__main__":
    asyncio.run(observe(Path(sys.argv[1]), int(sys.argv[2])))
