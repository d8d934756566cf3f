"""Faults are where they are said to be, and the benches of store and quality say what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse.bench import faults, quality, store

if TYPE_CHECKING:
    from citiverse.bench.faults import Fault, Floats

TIMES: Floats = 1_700_000_000.0 + 60.0 * np.arange(2_000.0)


@pytest.mark.parametrize("fault", [one for _, one, _ in (*quality.FAULTS, *quality.NETWORK_FAULTS)])
def test_what_is_marked_differs_and_nothing_else(fault: Fault) -> None:
    chance = np.random.default_rng(1)
    series = faults.clean(np.round(np.sin(TIMES / 7_200.0) * 10, 1), TIMES, chance)
    broken = faults.with_faults(series, fault, chance, 500, 300)
    assert len(broken.events) >= 3
    differs = (broken.values != series.values) | (broken.times != series.times) | ~broken.there
    # The first after a gap is what tells of it, and a value that is stuck may be right by chance.
    marked = broken.faulty | np.roll(broken.faulty, -12) if fault is faults.gap else broken.faulty
    assert differs.any()
    near = np.convolve(marked, np.ones(25), "same") > 0
    assert not (differs & ~near).any()


def test_the_store_is_measured_beside_a_day_and_a_year(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "QUICK_SENSORS", 100)
    monkeypatch.setattr(store, "QUICK_TICKS", 10)
    monkeypatch.setattr(store, "A_TICK", 100)
    monkeypatch.setattr(store, "YEAR_DAYS", 20)
    monkeypatch.setattr(store, "DIFFERENT", 5)
    monkeypatch.setattr(store, "PROBED", 5)
    monkeypatch.setattr(store, "PROBE_BATCHES", 3)
    monkeypatch.setattr(store, "RUNS", 1)
    rows = {row.metric: row for row in store.run(True)}
    assert rows["ingest"].value > 0
    assert rows["ingest"].direction == "min"
    for metric in ("append", "latest", "day"):
        before, after = rows[f"{metric}_beside_a_day"], rows[f"{metric}_beside_a_year"]
        assert rows[f"{metric}_year_over_day"].value == after.value / before.value
