"""The simulated sensors of the demo town: its last days at once, and then the day as it goes on."""

from __future__ import annotations

import asyncio
import heapq
import time
from operator import attrgetter
from typing import TYPE_CHECKING

from citiverse_assets import sensors
from citiverse_assets.day import tram
from citiverse_assets.geography import position
from citiverse_server.overlays.model import Fix
from citiverse_server.overlays.reading import Moved, Observed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from citiverse_server.overlays.reading import Arrival

TICK_S = 1.0
PAST_S = 7 * 86_400.0
PAST_STEP_S = 600.0
HEAT_PAST_S = 2 * 86_400.0
HEAT_STEP_S = 3_600.0
TRAM_PAST_S = 43_200.0
TRAM_STEP_S = 10.0


async def arrivals() -> AsyncIterator[Arrival]:
    """All that the sensors observe, for ever."""
    began = time.time()
    for arrival in past(began):
        yield arrival
    before = began
    while True:
        now = time.time()
        for arrival in present(before, now):
            yield arrival
        before = now
        await asyncio.sleep(TICK_S)


def past(until_s: float) -> Iterator[Arrival]:
    """What was observed before a moment, oldest first; then where the tram was.

    In the order of time, as it would have come: neighbours are compared only at the same time.
    """
    yield from heapq.merge(
        *(_past_of(sensor, until_s) for sensor in sensors.sensors()), key=attrgetter("time_us")
    )
    first = (until_s - TRAM_PAST_S) // TRAM_STEP_S * TRAM_STEP_S
    for at in range(round(first), int(until_s), round(TRAM_STEP_S)):
        yield _moved(float(at))


def _past_of(sensor: sensors.Sensor, until_s: float) -> Iterator[Observed]:
    is_heat = sensor.kind is sensors.HEAT
    span_s, step_s = (HEAT_PAST_S, HEAT_STEP_S) if is_heat else (PAST_S, PAST_STEP_S)
    first = (until_s - span_s) // step_s * step_s
    for at in range(round(first), int(until_s), round(step_s)):
        yield _observed(sensor, float(at))
    yield _observed(sensor, until_s)


def present(before_s: float, now_s: float) -> Iterator[Arrival]:
    """What became due after one moment, up to another."""
    for number, sensor in enumerate(sensors.sensors()):
        # They don't all speak at once.
        period_s = sensor.kind.period_s
        shift_s = number * 0.618 % 1.0 * period_s
        if (now_s - shift_s) // period_s > (before_s - shift_s) // period_s:
            yield _observed(sensor, now_s)
    yield _moved(now_s)


def _observed(sensor: sensors.Sensor, time_s: float) -> Observed:
    return Observed(sensor.key, sensor.value(time_s), round(time_s * 1e6))


def _moved(time_s: float) -> Moved:
    place = tram.place(time_s)
    lon, lat, turn = position(*place.point)
    fix = Fix(
        time_us=round(time_s * 1e6),
        lon=lon,
        lat=lat,
        height=place.height,
        heading=(place.heading + turn) % 360.0,
        speed=place.speed,
    )
    return Moved(sensors.HARBOUR_TRAM.key, fix)
