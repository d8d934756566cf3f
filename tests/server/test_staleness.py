"""A value that nobody follows up is stale at twice its sensor's pace, wherever it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import msgpack
import numpy as np
import pytest

from citiverse_server.app import create_app
from citiverse_server.clock import Clock
from citiverse_server.config import ServerConfig
from citiverse_server.overlays.listing import Listing
from citiverse_server.overlays.model import Batch, Datastream
from citiverse_server.overlays.reading import Observed
from citiverse_server.overlays.registry import Registry
from citiverse_server.quality.judge import Judge
from citiverse_server.quality.recalled import Recalled
from citiverse_server.quality.staleness import LEAST_S, MOST_AT_ONCE, MOST_S, Paces, stale_after_s
from server.scenes import FEATURE

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_server.app import Application

NOW_US = 1_795_000_000_000_000
MINUTE_US = 60_000_000
FILE = f"""
[[source]]
name = "boxes"
kind = "push"
token_env = "CITIVERSE_TEST_TOKEN"

[[datastream]]
key = "air"
name = "Fine dust"
observed_property = "PM2.5"
unit = "µg/m³"
feature = "{FEATURE}"
source = "boxes"
value = "/v"

[[datastream]]
key = "tide"
name = "Tide"
observed_property = "Water level"
unit = "m"
feature = "{FEATURE}"
source = "boxes"
value = "/v"
stale_after_s = 86400
"""


@dataclass
class Time:
    """A clock that stands until somebody turns it."""

    us: int = NOW_US

    def micros(self) -> int:
        return self.us


@dataclass(frozen=True)
class City:
    """A server without a socket, by a clock of its own."""

    application: Application
    client: httpx.AsyncClient
    time: Time

    def hear(self, times: int, every_us: int, delay_us: int = 1_000_000) -> None:
        """So many values of both datastreams."""
        sensors = self.application.hub.sensors
        for at in range(times):
            self.time.us += every_us
            for key in ("air", "tide"):
                observed = Observed(key, 10.0 + at % 7, self.time.us - delay_us)
                sensors.receive(observed, self.time.us, "boxes")
            sensors.advance(self.time.us)

    async def json(self, path: str) -> Any:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def told_stale(self) -> tuple[bool, bool, bool]:
        """Whether the air's value is, by its page, in NGSI-LD and in its Web of Things."""
        things = (await self.json("/scenes/town/sensors?key=air"))["things"]
        (entry,) = things[0]["datastreams"]
        assert entry["latest"]["stale"] == entry["says"].startswith("No news.")
        (entity,) = await self.json("/ngsi-ld/v1/entities?type=AirQualityObserved")
        properties = await self.json("/wot/air/properties")
        (found,) = properties.values()
        return (
            entry["latest"]["stale"],
            "stale" in entity["pm25"]["quality"]["value"],
            "stale" in found["quality"],
        )

    async def told_to_walkers(self, key: str) -> float:
        """What her client goes by; SensorThings says the same."""
        registry = self.application.hub.sensors.registry
        binding, row = registry.binding("town"), registry.datastream(key)
        assert binding is not None
        assert row is not None
        message = msgpack.unpackb(Listing(registry, binding, {}).telling(np.array([row])))
        seconds: float = message["kinds"][0]["stale_after_s"]
        asked = await self.json(f"/sta/v1.1/Datastreams('{key}')/properties")
        assert asked["properties"]["staleAfterSeconds"] == seconds
        return seconds


@pytest.fixture
def application(scene: Path, tmp_path: Path) -> tuple[Application, Time]:
    (tmp_path / "sensors.toml").write_text(FILE)
    config = ServerConfig(
        scenes=(scene,), static=tmp_path, sensors=tmp_path / "sensors.toml", state=tmp_path
    )
    time = Time()
    return create_app(config, Clock(lambda: time.us / 1e6, time.micros)), time


@pytest.mark.anyio
async def test_what_nobody_tells_is_learned_and_told_everywhere(
    application: tuple[Application, Time],
) -> None:
    app, time = application
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://town") as client:
        city = City(app, client, time)
        city.hear(4, 10 * MINUTE_US)
        await city.told_stale()
        assert await city.told_to_walkers("air") == 300.0
        city.hear(40, 10 * MINUTE_US)
        assert await city.told_stale() == (False, False, False)
        assert await city.told_to_walkers("air") == 1_200.0
        assert await city.told_to_walkers("tide") == 86_400.0
        time.us += 19 * MINUTE_US
        assert await city.told_stale() == (False, False, False)
        time.us += 1 * MINUTE_US
        assert await city.told_stale() == (True, True, True)


def learned(period: float, jitter: float = 0.0, delay: float = 0.0, count: float = 99.0) -> float:
    recalled = Recalled.empty(1)
    recalled.period[0], recalled.jitter[0] = period, jitter
    recalled.delay[0], recalled.count[0] = delay, count
    return float(stale_after_s(recalled, np.array([0]))[0])


def test_it_is_two_periods_and_the_delay_and_never_odd() -> None:
    assert learned(600.07, 2.0, 0.8) == 1_200.0
    assert learned(600.0, 300.0) == 2_400.0
    assert learned(300.0, delay=3_300.0) == 3_900.0
    assert learned(1.0) == LEAST_S
    assert learned(1e9) == pytest.approx(MOST_S, rel=0.05)
    assert np.isnan(learned(600.0, count=5.0))
    assert np.isnan(learned(np.nan))


def test_what_is_told_anew_is_worth_it_and_not_too_much_at_once() -> None:
    judge = Judge()
    paces = Paces(judge)
    for row in range(MOST_AT_ONCE + 5):
        one = Datastream(f"{row}", "", "", "", "", 300.0, None, is_pace_unsaid=row != 3)
        judge.put(row, one)
        paces.put(row, one)
    judge.recalled.period[:] = 600.0
    judge.recalled.jitter[:] = judge.recalled.delay[:] = 0.0
    judge.recalled.count[:] = 99.0
    first = dict(paces.news(NOW_US))
    assert len(first) == MOST_AT_ONCE
    assert 3 not in first
    assert not list(paces.news(NOW_US + MINUTE_US - 1))
    assert len(list(paces.news(NOW_US + MINUTE_US))) == 4
    judge.recalled.period[:] = 660.0
    assert not list(paces.news(NOW_US + 2 * MINUTE_US))
    judge.recalled.period[0] = 900.0
    assert list(paces.news(NOW_US + 3 * MINUTE_US)) == [(0, 1_800.0)]


def test_what_was_learned_outlives_what_a_source_says_again() -> None:
    registry = Registry()
    said = Datastream("air", "Air", "PM2.5", "", "", 7_200.0, None, is_pace_unsaid=True)
    row = registry.add_datastream(said)
    registry.learn_pace(row, 1_200.0)
    revision = registry.revision
    registry.add_datastream(said)
    assert registry.revision == revision
    assert registry.datastreams[row].stale_after_s == 1_200.0


def test_the_pace_is_learned_though_the_first_two_values_came_at_once() -> None:
    judge = Judge()
    judge.put(0, Datastream("air", "", "", "", "", 300.0, None))
    recalled = judge.recalled
    times = [0.0, 10.0, *(10.0 + 3_600.0 * at for at in range(1, 30))]
    for time in times:
        micros = np.array([NOW_US + round(time * 1e6)])
        none = np.zeros(1, dtype=np.uint8)
        judge.judge(Batch(np.zeros(1, dtype=np.uint32), np.ones(1), micros, micros, none))
    assert 3_500.0 < recalled.period[0] < 3_700.0
    assert 7_000.0 <= stale_after_s(recalled, np.array([0]))[0] < 12_000.0
