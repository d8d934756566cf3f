"""What was observed over HTTP: columns, steps, CSV with where it comes from, and playback."""

from __future__ import annotations

import contextlib
import csv
import io
from typing import TYPE_CHECKING, Any

import httpx
import msgpack
import numpy as np
import pytest

from citiverse_server.clock import Clock
from citiverse_server.overlays.reading import Observed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from server.conftest import Serving

pytestmark = pytest.mark.anyio

SENSORS = """
[[source]]
name = "boxes"
kind = "push"

[[thing]]
key = "station"
name = "Station"
owner = "City"
licence = "CC BY 4.0"
attribution = "=City of Town"

[[datastream]]
key = "air"
name = "Fine dust"
observed_property = "PM2.5"
unit = "µg/m³"
source = "boxes"
thing = "station"
value = "/v"
range = [0, 1000]
"""
PATH = "/scenes/town/observations"
SECOND_US = 1_000_000


@contextlib.asynccontextmanager
async def town(serving: Serving, folder: Path) -> AsyncIterator[tuple[httpx.AsyncClient, int]]:
    """Somebody who asks, and the whole minute in which three values were observed."""
    file = folder / "sensors.toml"
    file.write_text(SENSORS)
    async with (
        serving(sensors=file) as running,
        httpx.AsyncClient(base_url=running.http) as client,
    ):
        minute = (Clock().micros() // SECOND_US // 60 - 10) * 60
        hub = running.application.hub
        for second, value in ((0, 10.0), (30, 5_000.0), (60, 12.5)):
            hub.listening.receive(Observed("air", value, (minute + second) * SECOND_US), "boxes")
        await hub.sensors.stored(Clock().micros())
        yield client, minute


async def test_history_tells_values_and_what_speaks_against_them(
    serving: Serving, tmp_path: Path
) -> None:
    async with town(serving, tmp_path) as (client, minute):
        answer = await client.get(PATH, params={"datastream": "air"})
        assert answer.status_code == 200
        said = answer.json()
        assert said["times"] == [1000.0 * (minute + second) for second in (0, 30, 60)]
        assert said["values"] == [10.0, 5_000.0, 12.5]
        assert said["quality"] == [0, 1, 0]
        assert said["more"] is False
        assert said["about"]["licence"] == "CC BY 4.0"
        two = (await client.get(PATH, params={"datastream": "air", "limit": "2"})).json()
        assert (two["values"], two["more"]) == ([5_000.0, 12.5], True)
        things = (await client.get("/scenes/town/sensors")).json()["things"]
        assert "1 value was out of the plausible range." in things[0]["datastreams"][0]["report"]
        before: dict[str, Any] = {"datastream": "air", "to": minute + 30}
        assert (await client.get(PATH, params=before)).json()["values"] == [10.0]


async def test_steps_and_csv(serving: Serving, tmp_path: Path) -> None:
    async with town(serving, tmp_path) as (client, minute):
        params = {"datastream": "air", "step": "60"}
        steps = (await client.get(PATH, params=params)).json()
        assert steps["times"] == [1000.0 * minute, 1000.0 * (minute + 60)]
        assert (steps["low"], steps["high"]) == ([10.0, 12.5], [5_000.0, 12.5])
        assert (steps["count"], steps["quality"]) == ([2, 1], [1, 0])
        plain = await client.get(PATH, params={"datastream": "air"}, headers={"accept": "text/csv"})
        assert plain.headers["content-type"].startswith("text/csv")
        assert plain.headers["content-disposition"] == 'attachment; filename="air.csv"'
        first, second, _ = csv.DictReader(io.StringIO(plain.text))
        assert (first["value"], first["quality"], second["quality"]) == ("10.0", "", "implausible")
        assert (first["licence"], first["unit"], first["thing"]) == (
            "CC BY 4.0",
            "µg/m³",
            "station",
        )
        # A spreadsheet must not take the words of a stranger for a formula.
        assert first["attribution"] == "'=City of Town"
        stepped = await client.get(PATH, params={**params, "format": "csv"})
        assert stepped.text.startswith("time,low,high,mean,count,quality,datastream,")


async def test_playback_has_all_datastreams_by_the_same_steps(
    serving: Serving, tmp_path: Path
) -> None:
    async with town(serving, tmp_path) as (client, minute):
        params = {"from": minute, "to": minute + 180, "step": 60}
        answer = await client.get("/scenes/town/playback", params=params)
        said = msgpack.unpackb(answer.content)
        assert (said["begin"], said["step_s"], said["steps"]) == (1000.0 * minute, 60.0, 3)
        assert said["datastreams"] == ["air"]
        values = np.frombuffer(said["values"], dtype="<f4").tolist()
        assert values[:2] == [2_505.0, 12.5]
        assert np.isnan(values[2])
        assert list(said["quality"]) == [1, 0, 0]


async def test_what_cant_be_asked_is_said_in_a_sentence(serving: Serving, tmp_path: Path) -> None:
    refused = {
        "": 400,
        "datastream=nobody's": 404,
        "datastream=air&limit=0": 400,
        "datastream=air&limit=1000000": 400,
        "datastream=air&from=yesterday": 400,
        "datastream=air&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z": 400,
        "datastream=air&step=nan": 400,
        "datastream=air&step=0.001": 400,
        "datastream=air&format=xml": 400,
        "datastream=air&from=0&to=99999999999999999999": 400,
    }
    async with town(serving, tmp_path) as (client, _):
        for query, status in refused.items():
            answer = await client.get(f"{PATH}?{query}")
            assert answer.status_code == status, query
            assert answer.json()["error"].endswith("."), query
        assert (await client.get(f"{PATH}?datastream=air&from=0&step=34560000")).status_code == 200
        assert (await client.get("/scenes/nowhere/observations?datastream=air")).status_code == 404
