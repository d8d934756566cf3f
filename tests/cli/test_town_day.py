"""The demo town's own values are healthy: hardly anything speaks against them, feast or not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse import town_day
from citiverse_assets import sensors, town
from citiverse_assets.citygml import gml_id
from citiverse_assets.geography import position
from citiverse_server.listening import PATIENCE
from citiverse_server.overlays.model import Batch, Datastream, Quality
from citiverse_server.overlays.reading import Observed
from citiverse_server.quality.judge import Judge

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW_S = datetime(2026, 11, 17, 16, 20, 5, tzinfo=UTC).timestamp()
AN_HOUR_S, TICK_S = 3_600, 10
FEAST_S = datetime(2026, 11, 14, 19, tzinfo=UTC).timestamp()
FEAST_LASTS_S = 8 * 3_600
ROWS = {sensor.key: row for row, sensor in enumerate(sensors.sensors())}


@pytest.fixture(scope="module")
def judged() -> Batch:
    """The last week at once, and the first hour that follows, as the server has them judged."""
    judge = _knowing_the_town()
    batches = [judge.judge(batch) for batch in _batches()]
    columns = ("rows", "values", "times", "arrivals", "quality")
    return Batch(*(np.concatenate([getattr(one, name) for one in batches]) for name in columns))


def test_hardly_anything_speaks_against_a_week_and_its_first_live_hour(judged: Batch) -> None:
    assert len(judged.rows) > 50_000
    assert _doubted(judged).mean() < 0.001


def test_nothing_speaks_against_what_follows_the_past(judged: Batch) -> None:
    since_s = judged.times / 1e6 - NOW_S
    first_minute = (since_s > 0.0) & (since_s < 60.0)
    assert first_minute.sum() > 300
    assert not _doubted(judged)[first_minute].any()


def test_a_feast_at_the_quay_is_no_fault(judged: Batch) -> None:
    since_s = judged.times / 1e6 - FEAST_S
    night = (judged.rows == ROWS["quay-noise"]) & (since_s > 0.0) & (since_s < FEAST_LASTS_S)
    assert judged.values[night].max() > 70.0
    assert not _doubted(judged)[night].any()


def _doubted(judged: Batch) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    doubted: np.ndarray[tuple[int], np.dtype[np.bool_]]
    doubted = (judged.quality & ~np.uint8(Quality.GAP)) != 0
    return doubted


def _knowing_the_town() -> Judge:
    judge = Judge()
    buildings = {gml_id(one): one for one in town.build()}
    for row, sensor in enumerate(sensors.sensors()):
        kind, station = sensor.kind, sensor.station
        judge.put(
            row,
            Datastream(
                sensor.key,
                sensor.name,
                kind.observed_property,
                kind.unit,
                "",
                2 * kind.period_s + 10,
                (kind.low, kind.high),
                period_s=kind.period_s,
            ),
        )
        corner = station.point or buildings[station.building].solids[0].footprint[0]
        lon, lat, _ = position(corner[0], corner[1])
        judge.stand(row, lon, lat)
    return judge


def _batches() -> Iterator[Batch]:
    past = [one for one in town_day.past(NOW_S) if isinstance(one, Observed)]
    for begin in range(0, len(past), PATIENCE):
        yield _batch(past[begin : begin + PATIENCE], NOW_S)
    for after_s in range(0, AN_HOUR_S, TICK_S):
        before_s, now_s = NOW_S + after_s, NOW_S + after_s + TICK_S
        live = [one for one in town_day.present(before_s, now_s) if isinstance(one, Observed)]
        yield _batch(live, now_s)


def _batch(observed: list[Observed], arrival_s: float) -> Batch:
    count = len(observed)
    return Batch(
        np.array([ROWS[one.datastream] for one in observed], dtype=np.uint32),
        np.array([one.value for one in observed], dtype=np.float64),
        np.array([one.time_us for one in observed], dtype=np.int64),
        np.full(count, round(arrival_s * 1e6), dtype=np.int64),
        np.zeros(count, dtype=np.uint8),
    )
