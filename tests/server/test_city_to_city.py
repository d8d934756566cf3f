"""One city listens to another by the standards that both speak, at a real server of ours."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from server.answering import Answered, Asked, answering

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_server.sensors import Sensors
    from server.conftest import Serving

pytestmark = pytest.mark.anyio

OTHER = """
[ngsi_ld]
private_receivers = ["{receiver}"]

[[source]]
name = "stations"
kind = "ngsi-ld"
token_env = "CONTEXT_TOKEN"
"""
HERE = """
[[source]]
name = "neighbour"
kind = "ngsi-ld"
url = "{other}/ngsi-ld/v1"
every_s = 3600
types = ["AirQualityObserved"]
notify_url = "{receiver}/sensors/neighbour"
token_env = "CONTEXT_TOKEN"
"""
TOKEN = {"Authorization": "Bearer sesame"}


def air(pm25: float) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "id": "urn:ngsi-ld:AirQualityObserved:market",
        "type": "AirQualityObserved",
        "name": {"type": "Property", "value": "Market"},
        "location": {
            "type": "GeoProperty",
            "value": {"type": "Point", "coordinates": [13.06, 52.4]},
        },
        "pm25": {"type": "Property", "value": pm25, "unitCode": "GQ", "observedAt": now},
    }


async def told(sensors: Sensors, value: float) -> None:
    """Waits until PM2.5 has a value here."""
    async with asyncio.timeout(10):
        while True:
            rows = sensors.registry.datastreams.items()
            found = [row for row, one in rows if one.observed_property == "PM2.5"]
            if found and sensors.ledger.at(found[0]).value == value:
                return
            await asyncio.sleep(0.01)


async def test_ngsi_ld_is_asked_subscribed_to_and_heard(
    serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTEXT_TOKEN", "sesame")
    ways: dict[str, str] = {}

    def relay(asked: Asked) -> Answered:
        """The address that the other city knows before this one has a port."""
        kept = ("authorization", "content-type")
        headers = {name: asked.headers[name] for name in kept if name in asked.headers}
        answer = httpx.post(ways["here"] + asked.path, content=asked.body, headers=headers)
        return Answered(answer.content, answer.status_code)

    with answering(relay) as receiver:
        other_file, here_file = tmp_path / "other.toml", tmp_path / "here.toml"
        other_file.write_text(OTHER.format(receiver=receiver.url.removeprefix("http://")))
        async with serving(sensors=other_file) as other, httpx.AsyncClient(headers=TOKEN) as client:
            here_file.write_text(HERE.format(other=other.http, receiver=receiver.url))
            stations = f"{other.http}/sensors/stations"
            assert (await client.post(stations, json=air(12.5))).status_code == 204
            async with serving(sensors=here_file, state=tmp_path / "here") as here:
                ways["here"] = here.http
                sensors = here.application.hub.sensors
                await told(sensors, 12.5)
                assert (await client.post(stations, json=air(14.5))).status_code == 204
                await told(sensors, 14.5)
    (thing,) = sensors.registry.things.values()
    assert thing.name == "Market"
    assert thing.position is not None
    assert thing.position[:2] == (13.06, 52.4)
    (datastream,) = sensors.registry.datastreams.values()
    assert (datastream.unit, datastream.ucum) == ("µg/m³", "ug/m3")
    assert {asked.path for asked in receiver.asked} == {"/sensors/neighbour"}
    assert sensors.lost["neighbour"] == 0
