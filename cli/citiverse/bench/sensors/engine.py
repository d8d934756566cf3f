"""What the engine between sources and watchers costs: CPU an observation, by part, on one core."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from citiverse.bench.row import Row
from citiverse_server.overlays.gathering import Gathering
from citiverse_server.overlays.instants import rfc3339
from citiverse_server.overlays.latest import LatestValues
from citiverse_server.overlays.ledger import Ledger, Refusal
from citiverse_server.overlays.limits import apart
from citiverse_server.overlays.reading import Reading
from citiverse_server.overlays.sensor_file import SensorFile
from citiverse_server.quality.judge import Judge
from citiverse_server.sensors import Sensors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from citiverse_server.overlays.model import Batch

THINGS = 1000
FULL_COUNT, QUICK_COUNT = 200_000, 50_000
RUNS = 3
TICK = 2000
"""Observations a tick of 100 ms at 20 000 a second."""
GOAL = 20_000.0
BEGIN_US = 1_790_000_000_000_000
PERIOD_US = 100_000
PARTS = ("map", "gather", "limits", "judge", "newest", "latest")


def rows(quick: bool) -> Iterator[Row]:
    """The whole engine as a rate, and its parts in µs of CPU an observation."""
    count = QUICK_COUNT if quick else FULL_COUNT
    about = (
        f"{count} JSON messages of {THINGS} things through one entry of the sensor file, "
        f"{TICK} a tick, process time, without store"
    )
    rates = tuple(count / _whole(count) for _ in range(RUNS))
    yield Row("sensors", "engine_rate", rates, "observations/s", about, GOAL, "min")
    each = [_parts(count) for _ in range(RUNS)]
    for part in PARTS:
        spent = tuple(1e6 * seconds[part] / count for seconds in each)
        yield Row("sensors", f"engine_{part}_cpu", spent, "µs/observation", about)


def _engine() -> Sensors:
    things = [{"key": f"mast-{number}", "name": f"Mast {number}"} for number in range(THINGS)]
    stream = {
        "key": "{thing}.air",
        "name": "Fine dust, {thing}",
        "observed_property": "PM2.5",
        "unit": "µg/m³",
        "topic": "city/{thing}/air",
        "value": "/value",
        "time": "/time",
        "range": [0, 1000],
    }
    file = {"mqtt": {"url": "mqtt://127.0.0.1"}, "thing": things, "datastream": [stream]}
    return Sensors(msgspec.convert(file, SensorFile), None, Judge())


def _messages(count: int) -> list[tuple[Reading, int]]:
    """Each thing in turn, each with the time of its sending, and when it arrives."""
    told = []
    for number in range(count):
        at_us = BEGIN_US + number // THINGS * PERIOD_US
        body = {"value": 10.0 + number * 7919 % 1000 / 100.0, "time": rfc3339(at_us)}
        topic = f"city/mast-{number % THINGS}/air"
        told.append((Reading(topic, msgspec.json.encode(body)), at_us + 1000))
    return told


def _whole(count: int) -> float:
    """CPU seconds of the engine for so many messages."""
    sensors, messages = _engine(), _messages(count)
    began = time.process_time()
    for begin in range(0, count, TICK):
        for reading, arrival_us in messages[begin : begin + TICK]:
            sensors.receive(reading, arrival_us, "mqtt")
        sensors.advance(arrival_us)
    spent = time.process_time() - began
    if sensors.ledger.observations != count:
        raise AssertionError(f"{sensors.ledger.observations} of {count} were taken")
    return spent


def _parts(count: int) -> dict[str, float]:
    """The same step by step: CPU seconds of each."""
    sensors, messages = _engine(), _messages(count)
    gathering, ledger, latest, judge = Gathering(), Ledger(), LatestValues(), Judge()
    sensors.registry.watch(judge.put)
    spent = dict.fromkeys(PARTS, 0.0)

    def timed(part: str, step: Callable[[], Batch]) -> Batch:
        began = time.process_time()
        done = step()
        spent[part] += time.process_time() - began
        return done

    for begin in range(0, count, TICK):
        tick = messages[begin : begin + TICK]
        began = time.process_time()
        mapped = [sensors.mapping.read(reading, arrival_us) for reading, arrival_us in tick]
        then = time.process_time()
        for (_, arrival_us), results in zip(tick, mapped, strict=True):
            for result in results:
                if not isinstance(result, Refusal):
                    gathering.add(*result, arrival_us)
        batch = gathering.taken()
        spent["map"] += then - began
        spent["gather"] += time.process_time() - then
        batch = timed("limits", partial(_possible, batch))
        batch = timed("judge", partial(judge.judge, batch))
        batch = timed("newest", partial(ledger.record, batch))
        began = time.process_time()
        latest.record(batch)
        spent["latest"] += time.process_time() - began
    return spent


def _possible(batch: Batch) -> Batch:
    return apart(batch)[0]
