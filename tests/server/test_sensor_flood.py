"""A hundred thousand messages at once, and a broker that is killed among them: the city goes on."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from citiverse_server.overlays.sources import persistence
from citiverse_server.overlays.sources.intake import SourceDown
from citiverse_server.overlays.sources.mqtt_client import Broker, MqttClient
from server.broker import free_port, running_broker

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.conftest import Running, Serving

pytestmark = [pytest.mark.anyio, pytest.mark.long]

FLOOD = 100_000
UNBOUNDED = "max_queued_messages 0\n"
"""By default a broker drops what is beyond a thousand."""
MOST_ADDED_MIB = 150
LONGEST_ANSWER_S = 5.0
FILE = """
[[source]]
name = "broker"
kind = "mqtt"
url = "mqtt://127.0.0.1:{port}"

[[source]]
name = "box"
kind = "push"
token_env = "BOX_TOKEN"

[[datastream]]
key = "flood"
name = "Flood"
observed_property = "level"
unit = "m"
source = "broker"
topic = "flood"
value = "/v"
time = "/t"

[[datastream]]
key = "tide"
name = "Tide"
observed_property = "level"
unit = "m"
source = "box"
value = "/v"
"""
TOKEN = {"Authorization": "Bearer sesame"}
FROM_S = 1_790_000_000


async def publish(port: int, begin: int, end: int) -> None:
    async with MqttClient(Broker("127.0.0.1", port), "5") as client:
        for number in range(begin, end):
            payload = b'{"v": %d, "t": %d}' % (number, FROM_S + number)
            await client.publish("flood", payload)
        await client.published()


async def until(happened: Callable[[], bool], seconds: float = 120.0) -> None:
    async with asyncio.timeout(seconds):
        while not happened():
            await asyncio.sleep(0.01)


async def longest_answer(running: Running) -> float:
    """Goes on asking and pushing until it is cancelled; how long the slowest took, seconds."""
    longest = 0.0
    async with httpx.AsyncClient(timeout=60.0) as client:
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                began = time.monotonic()
                assert (await client.get(f"{running.http}/readyz")).status_code == 200
                pushed = await client.post(
                    f"{running.http}/sensors/box", headers=TOKEN, json={"v": 1.5}
                )
                assert pushed.status_code == 204
                longest = max(longest, time.monotonic() - began)
                await asyncio.sleep(0.05)
    return longest


def resident_mib() -> float:
    """The memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


async def test_a_flood_passes_while_others_are_served_and_memory_stays(
    serving: Serving,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(persistence, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setenv("BOX_TOKEN", "sesame")
    caplog.set_level("INFO", "citiverse.sensors")
    port = free_port()
    file = tmp_path / "sensors.toml"
    file.write_text(FILE.format(port=port))
    async with serving(sensors=file, patience_s=300.0) as running:
        sensors = running.application.hub.sensors
        row = sensors.registry.datastream("flood")
        assert row is not None
        asking = asyncio.create_task(longest_answer(running))
        with running_broker(tmp_path, port, UNBOUNDED) as process:
            await until(lambda: "Listening to the broker" in caplog.text)
            publishing = asyncio.create_task(publish(port, 0, FLOOD))
            await until(lambda: sensors.ledger.at(row).count > FLOOD // 10)
            # The server may have looked for the broker before it was there.
            lost = sensors.lost["broker"]
            process.kill()
            with pytest.raises(SourceDown):
                await publishing
        await until(lambda: sensors.lost["broker"] > lost)
        # What came before and waits for its tick counts, too.
        await sensors.stored(time.time_ns() // 1000)
        taken = sensors.ledger.at(row).count
        assert taken < FLOOD
        before = resident_mib()
        with running_broker(tmp_path, port, UNBOUNDED):
            await until(lambda: caplog.text.count("Listening to the broker") == 2)
            await publish(port, FLOOD, 2 * FLOOD)
            await until(lambda: sensors.ledger.at(row).count == taken + FLOOD)
            added = resident_mib() - before
        asking.cancel()
        assert await asking < LONGEST_ANSWER_S
        assert added < MOST_ADDED_MIB
        assert sensors.ledger.at(row).value == 2 * FLOOD - 1
        assert not sensors.ledger.rejected
        assert sensors.store is not None
        assert sensors.store.lost == 0
    assert "ERROR" not in {record.levelname for record in caplog.records}
