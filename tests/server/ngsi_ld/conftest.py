"""A town whose sensors have spoken, asked over HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from citiverse_server.clock import Clock
from citiverse_server.overlays.reading import Observed
from server.scenes import FEATURE

if TYPE_CHECKING:
    from pathlib import Path

    from server.conftest import Running, Serving

SENSORS = f"""
[[source]]
name = "platform"
kind = "ngsi-ld"
timezone = "Europe/Madrid"
token_env = "CITIVERSE_TEST_TOKEN"

[[source]]
name = "boxes"
kind = "push"
token_env = "CITIVERSE_TEST_TOKEN"

[[thing]]
key = "crossing"
name = "Market crossing"
position = [13.05, 52.05, 40.0]
aliases = ["station-7"]
owner = "Town of Harbour"
licence = "CC-BY-4.0"
attribution = "Town of Harbour"

[[thing]]
key = "hall"
name = "Town hall's roof"
feature = "{FEATURE}"
reality = "simulated"

[[thing]]
key = "tram"
name = "Harbour tram"
moving = true

[[datastream]]
key = "crossing-air"
name = "Fine dust"
thing = "crossing"
observed_property = "PM2.5"
unit = "µg/m³"
ucum = "ug/m3"
range = [0, 500]
stale_after_s = 60
source = "boxes"
value = "/pm"

[[datastream]]
key = "crossing-temperature"
name = "Air temperature"
thing = "crossing"
observed_property = "Air temperature"
unit = "°C"
ucum = "Cel"
source = "boxes"
value = "/t"

[[datastream]]
key = "hall-noise"
name = "Noise"
thing = "hall"
observed_property = "Sound level"
unit = "dB(A)"
ucum = "dB[SPL]"
source = "boxes"
value = "/n"

[[datastream]]
key = "gauge"
name = "Water level"
observed_property = "Water level above the mean"
unit = "m"
ucum = "m"
source = "boxes"
value = "/w"
"""
PATIENCE_S = 60.0
"""Programs of others take their time on a machine that is busy."""
TOKEN = "a word that only the platform knows"
HEADERS = {"authorization": f"Bearer {TOKEN}"}
AIR = "urn:ngsi-ld:AirQualityObserved:crossing"
NOISE = "urn:ngsi-ld:NoiseLevelObserved:hall"
GAUGE = "urn:ngsi-ld:Device:gauge"
BUILDING = f"urn:ngsi-ld:Building:{FEATURE}"


@dataclass(frozen=True)
class Town:
    """A server with sensors, and somebody who asks it."""

    running: Running
    client: httpx.AsyncClient
    now_us: int

    async def observe(self, *observed: tuple[str, float, float]) -> None:
        """Takes values (datastream, value, seconds ago), and waits until they are kept."""
        hub = self.running.application.hub
        for key, value, age_s in observed:
            moment = self.now_us - round(age_s * 1_000_000)
            hub.listening.receive(Observed(key, value, moment), "boxes")
        await hub.sensors.stored(self.now_us)


Opening = Callable[..., AbstractAsyncContextManager[Town]]


@pytest.fixture
def town(serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opening:
    """`async with town() as one`: a town in which something was observed a moment ago."""

    monkeypatch.setenv("CITIVERSE_TEST_TOKEN", TOKEN)

    @contextlib.asynccontextmanager
    async def start(sensors: str = SENSORS) -> AsyncIterator[Town]:
        file = tmp_path / "sensors.toml"
        file.write_text(sensors)
        async with (
            serving(patience_s=PATIENCE_S, sensors=file) as running,
            httpx.AsyncClient(base_url=running.http, timeout=10.0) as client,
        ):
            # To the millisecond: so much of a moment is told.
            opened = Town(running, client, Clock().micros() // 1_000 * 1_000)
            await opened.observe(
                ("crossing-air", 11.0, 30.0),
                ("crossing-air", 12.5, 10.0),
                ("crossing-temperature", 7.5, 10.0),
                ("hall-noise", 61.0, 4_000.0),
                ("gauge", -0.25, 5.0),
            )
            yield opened

    return start
