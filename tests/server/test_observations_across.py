"""Many datastreams in one order of time, whether sealed or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_server.observations import across, memory
from citiverse_server.observations.keeper import open_store
from citiverse_server.observations.store import Retention, Span, TooMuchError
from citiverse_server.overlays.model import Batch

if TYPE_CHECKING:
    from pathlib import Path

BEGIN_US = 1_700_000_000_000_000
ALL = Span(0, 2**62)


@pytest.mark.anyio
async def test_it_is_what_each_datastream_says_brought_into_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "SEAL_AT", 50)
    monkeypatch.setattr(memory, "GROUP_S", 0.0)
    chance = np.random.default_rng(36)
    store = open_store(tmp_path, Retention(0, 0))
    try:
        rows = [store.row(f"sensor-{number}") for number in range(5)]
        for _ in range(12):
            # Few different times, so that many meet, and some come twice.
            times = BEGIN_US + chance.integers(0, 60, 30) * 1_000_000
            batch = Batch(
                chance.integers(0, 5, 30).astype(np.uint32),
                chance.normal(size=30),
                times,
                times + 250_000,
                np.zeros(30, dtype=np.uint8),
            )
            store.append(batch)
            await store.flush()
        each = {row: await store.history(row, ALL, 1000) for row in rows}
        for asked, span in (
            (rows, ALL),
            (rows[1:3], ALL),
            (rows, Span(BEGIN_US + 5_000_000, BEGIN_US + 25_000_000)),
            ([], ALL),
        ):
            expected = sorted(
                (time, row, value)
                for row in asked
                for time, value in zip(
                    each[row].times.tolist(), each[row].values.tolist(), strict=True
                )
                if span.begin_us <= time < span.end_us
            )
            for limit in (1, 7, 1000):
                assert listed(await store.across(asked, span, limit)) == expected[:limit]
                last = await store.across(asked, span, limit, newest=True)
                assert listed(last) == expected[-limit:]
        monkeypatch.setattr(across, "MOST_PLACES", 2)
        with pytest.raises(TooMuchError):
            await store.across(rows, ALL, 1)
    finally:
        await store.close()


def listed(batch: Batch) -> list[tuple[int, int, float]]:
    """Time, row and value of each."""
    columns = (batch.times, batch.rows, batch.values)
    return list(zip(*(column.tolist() for column in columns), strict=True))
