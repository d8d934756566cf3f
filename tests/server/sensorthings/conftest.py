"""A real server with a few sensors that have observed something."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from citiverse_server.config import ServerConfig
from citiverse_server.overlays.reading import Observed
from server.conftest import started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from server.conftest import Running

FIRST_US = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z; there is an observation of each datastream a minute."""
MINUTE_US = 60_000_000
COUNT = 250
TOKEN = "a secret of the push source"

SENSORS = """
[[source]]
name = "push"
kind = "push"
token_env = "STA_TEST_TOKEN"
thing_defaults = {licence = "CC-BY-4.0", attribution = "City of Town", owner = "Town"}

[[thing]]
key = "hall"
name = "Town hall"
description = "A box on the roof"
feature = "town/BLDG_0042"
aliases = ["urn:dev:42"]

[[thing]]
key = "bridge"
name = "Bridge"
position = [13.05, 52.41, 35.5]

[[datastream]]
key = "air"
name = "Fine dust"
observed_property = "PM2.5"
definition = "http://vocab.example/pm25"
unit = "µg/m³"
ucum = "ug/m3"
thing = "hall"
source = "push"
value = "/value"
range = [0, 1000]
period_s = 60

[[datastream]]
key = "noise"
name = "Noise, hall"
observed_property = "noise"
unit = "dB"
thing = "hall"
source = "push"
value = "/value"

[[datastream]]
key = "level"
name = "Water level"
observed_property = "level"
unit = "m"
thing = "bridge"
source = "push"
value = "/value"
"""


Answer = dict[str, Any]


@dataclass(frozen=True)
class City:
    """A server that serves SensorThings, and a client that asks it."""

    running: Running
    client: httpx.AsyncClient

    @property
    def root(self) -> str:
        """The address of the service."""
        return f"{self.running.http}/sta/v1.1"

    async def at(self, address: str, status: int = 200) -> Answer:
        """The JSON at an address, which has this status."""
        response = await self.client.get(address)
        assert response.status_code == status, (address, response.text)
        answer: Answer = response.json()
        return answer

    async def get(self, path: str, status: int = 200) -> Answer:
        """The same below the service."""
        return await self.at(f"{self.root}{path}", status)

    async def all(self, path: str) -> list[Answer]:
        """The entities of all pages."""
        found: list[Answer] = []
        address: str | None = f"{self.root}{path}"
        while address is not None:
            answer = await self.at(address)
            found += entities_of(answer)
            address = answer.get("@iot.nextLink")
        return found


def entities_of(answer: Answer) -> list[Answer]:
    """What a set has."""
    value: list[Answer] = answer["value"]
    return value


@pytest.fixture
async def town(scene: Path, tmp_path: Path) -> AsyncIterator[City]:
    """A server of its own for each test, which may change it."""
    async with city(scene, tmp_path) as running:
        yield running


@asynccontextmanager
async def city(scene: Path, folder: Path) -> AsyncIterator[City]:
    """A server whose sensors have each observed something a minute."""
    (folder / "sensors.toml").write_text(SENSORS, encoding="utf-8")
    config = ServerConfig(
        scenes=(scene,),
        static=folder / "static",
        state=folder / "state",
        sensors=folder / "sensors.toml",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STA_TEST_TOKEN", TOKEN)
        async with started(config, patience_s=60.0) as running, httpx.AsyncClient() as client:
            hub = running.application.hub
            for number in range(COUNT):
                time_us = FIRST_US + number * MINUTE_US
                for key, value in (("air", number), ("noise", 40 + number % 7), ("level", 2.5)):
                    hub.listening.receive(Observed(key, float(value), time_us), "push")
            await hub.sensors.stored(hub.now().micros)
            yield City(running, client)
