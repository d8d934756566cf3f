"""What a sensor was told is safe outlives any death of the server, by HTTP and by MQTT."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiomqtt
import httpx
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from citiverse_server.observations.keeper import open_store
from citiverse_server.observations.store import Retention, Span
from server.broker import free_port, running_broker
from server.scenes import write_scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.anyio, pytest.mark.long]

KILLS = 50
MOST_ACKNOWLEDGED_A_LIFE = 80
FILE = """
[[source]]
name = "box"
kind = "push"
token_env = "BOX_TOKEN"

[[source]]
name = "broker"
kind = "mqtt"
url = "mqtt://127.0.0.1:{port}"
client_id = "city"

[[datastream]]
key = "posted"
name = "Posted"
observed_property = "x"
unit = "m"
source = "box"
value = "/v"
time = "/t"

[[datastream]]
key = "published"
name = "Published"
observed_property = "x"
unit = "m"
source = "broker"
topic = "k"
value = "/v"
time = "/t"
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Sensor:
    """Numbers its readings, a second apart, and knows how many of them are safe."""

    begin: int = field(default_factory=lambda: int(time.time()) - 86_400)
    made: int = 0
    safe: int = 0

    def reading(self, number: int) -> bytes:
        """The same for the same number."""
        return json.dumps({"v": number, "t": self.begin + number}).encode()


async def test_fifty_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    chance, port = random.Random(KILLS), free_port()
    scene, file = write_scene(tmp_path / "town"), tmp_path / "sensors.toml"
    file.write_text(FILE.format(port=port))
    posting, publishing = Sensor(), Sensor()
    with running_broker(tmp_path, port):
        await _introduce(port)
        async with asyncio.timeout(1200), aiomqtt.Client("127.0.0.1", port) as client:
            speaking = asyncio.create_task(_publish(client, publishing))
            for _ in range(KILLS):
                enough = posting.safe + chance.randint(1, MOST_ACKNOWLEDGED_A_LIFE)
                with _serving(scene, file) as (address, server):
                    writing = asyncio.create_task(_post(address, posting))
                    while posting.safe < enough:
                        assert server.poll() is None, "the server has ended by itself"
                        if writing.done():
                            # A disk that takes longer than a sensor waits: it sends again.
                            await writing
                            writing = asyncio.create_task(_post(address, posting))
                        await asyncio.sleep(0.001)
                    server.kill()
                    await writing
            speaking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await speaking
            with _serving(scene, file) as (address, server):
                await _heard(address, publishing.safe)
                server.terminate()
                server.wait(20)
    values, times = await _kept(tmp_path, "posted")
    assert values[: posting.safe] == list(range(posting.safe))
    assert len(values) <= posting.made
    values, times = await _kept(tmp_path, "published")
    assert values[: publishing.safe] == list(range(publishing.safe))
    assert times == sorted(set(times))
    assert publishing.safe > KILLS


async def _introduce(port: int) -> None:
    """The broker begins to keep what the city misses before it is first there."""
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = 86_400
    five = aiomqtt.ProtocolVersion.V5
    async with aiomqtt.Client(
        "127.0.0.1", port, identifier="city", protocol=five, properties=properties
    ) as client:
        await client.subscribe("k", qos=1)


async def _publish(client: aiomqtt.Client, sensor: Sensor) -> None:
    """As fast as a broker that keeps a thousand messages for a while can bear."""
    while True:
        await client.publish("k", sensor.reading(sensor.safe), qos=1)
        sensor.safe += 1
        await asyncio.sleep(0.02)


async def _post(address: str, sensor: Sensor) -> None:
    """One reading after the other, until the server is gone; what wasn't answered comes again."""
    headers = {"Authorization": "Bearer sesame"}
    with contextlib.suppress(httpx.HTTPError):
        async with httpx.AsyncClient(headers=headers, timeout=10) as client:
            while True:
                sensor.made = max(sensor.made, sensor.safe + 1)
                body = sensor.reading(sensor.safe)
                answer = await client.post(address + "sensors/box", content=body)
                if answer.status_code == 429:
                    await asyncio.sleep(0.05)
                    continue
                assert answer.status_code == 204, answer.text
                sensor.safe += 1


async def _heard(address: str, count: int) -> None:
    """Waits until the broker has brought all that it kept."""
    asked = f"{address}scenes/town/observations?datastream=published&from=2020-01-01T00:00:00Z"
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        # One more may be on its way than the sensor knows of.
        while (await client.get(asked + "&limit=1")).json()["values"][:1] < [count - 1]:
            await asyncio.sleep(0.1)


async def _kept(folder: Path, key: str) -> tuple[list[float], list[int]]:
    """All values and times of a datastream that are on the disk."""
    store = open_store(folder / "sensors.state", Retention(30, 30))
    try:
        found = await store.history(store.row(key), Span(0, 2**62), 10**6)
        return found.values.tolist(), found.times.tolist()
    finally:
        await store.close()


@contextlib.contextmanager
def _serving(scene: Path, file: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = (sys.executable, "-m", "citiverse", "serve", str(scene), "--port", "0")
    with subprocess.Popen(
        (*command, "--sensors", str(file)),
        stdout=subprocess.PIPE,
        text=True,
        env={"BOX_TOKEN": "sesame", "PATH": "/usr/bin"},
    ) as server:
        assert server.stdout is not None
        try:
            yield next(line.strip() for line in server.stdout if line.startswith("http")), server
        finally:
            server.kill()
