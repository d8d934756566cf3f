"""What is sent to a source is answered once it is safe, and whoever may not send is told so."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from citiverse_server import ingest
from citiverse_server.overlays.model import Rejected

if TYPE_CHECKING:
    from pathlib import Path

    from server.conftest import Running, Serving

pytestmark = pytest.mark.anyio

FILE = """
[[source]]
name = "box"
kind = "push"
token_env = "BOX_TOKEN"
each = "/readings"

[[source]]
name = "table"
kind = "push"
token_env = "BOX_TOKEN"
timezone = "America/Los_Angeles"

[[source]]
name = "context"
kind = "ngsi-ld"
token_env = "BOX_TOKEN"

[[source]]
name = "trams"
kind = "gtfs-rt"
token_env = "BOX_TOKEN"

[[source]]
name = "open"
kind = "push"

[[source]]
name = "broker"
kind = "mqtt"
url = "mqtt://127.0.0.1:1"

[[datastream]]
key = "air"
name = "Fine dust"
observed_property = "PM2.5"
unit = "µg/m³"
source = "box"
value = "/pm25"
time = "/time"
range = [0, 1000]

[[datastream]]
key = "wind"
name = "Wind"
observed_property = "wind speed"
unit = "m/s"
source = "table"
value = "wind"
time = "date"
"""
TOKEN = {"Authorization": "Bearer sesame"}


@pytest.fixture
def sensors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BOX_TOKEN", "sesame")
    file = tmp_path / "sensors.toml"
    file.write_text(FILE)
    return file


async def post(running: Running, source: str, **request: Any) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        request.setdefault("headers", TOKEN)
        return await client.post(f"{running.http}/sensors/{source}", **request)


def values(running: Running, key: str) -> list[float]:
    sensors = running.application.hub.sensors
    row = sensors.registry.datastream(key)
    assert row is not None
    return [sensors.ledger.at(row).value]


async def test_what_is_answered_is_stored(serving: Serving, sensors: Path) -> None:
    body = {"readings": [{"pm25": 12.5, "time": "2026-05-01T08:00:00Z"}]}
    async with serving(sensors=sensors) as running:
        answer = await post(running, "box", json=body)
        assert (answer.status_code, answer.content) == (204, b"")
        hub = running.application.hub
        row = hub.sensors.registry.datastream("air")
        assert row is not None
        assert hub.sensors.store is not None
        found = await hub.sensors.store.latest([row])
        assert found.values.tolist() == [12.5]
        # Once more, as if the answer had been lost.
        assert (await post(running, "box", json=body)).status_code == 204
        assert hub.sensors.ledger.at(row).value == 12.5


async def test_tables_entities_and_vehicles_are_taken(
    serving: Serving, sensors: Path, data: Path
) -> None:
    table = (data / "sensors-weather" / "seattle-weather-hourly-normals.csv").read_bytes()
    noise = (data / "sensors-ngsi-ld" / "NoiseLevelObserved" / "example.json").read_bytes()
    trams = (data / "sensors-gtfs-rt" / "vehicle_positions.pb").read_bytes()
    async with serving(sensors=sensors) as running:
        csv = {**TOKEN, "Content-Type": "text/csv; charset=utf-8"}
        assert (await post(running, "table", content=table, headers=csv)).status_code == 204
        assert values(running, "wind") == [4.0]
        notification = {"type": "Notification", "data": [json.loads(noise)]}
        assert (await post(running, "context", json=notification)).status_code == 204
        key = "context.Vitoria-NoiseLevelObserved.LAeq"
        assert values(running, key) == [67.8]
        assert (await post(running, "trams", content=trams)).status_code == 204
        things = running.application.hub.sensors.registry.things.values()
        assert sum(thing.moving for thing in things) == 3


async def test_what_in_it_is_none_is_counted(serving: Serving, sensors: Path) -> None:
    readings = [
        {"pm25": "much", "time": "2026-05-01T08:00:00Z"},
        {"pm25": 5, "time": "2099-05-01T08:00:00Z"},
        7,
    ]
    async with serving(sensors=sensors) as running:
        assert (await post(running, "box", json={"readings": readings})).status_code == 204
        rejected = running.application.hub.sensors.ledger.rejected
    assert rejected["box", Rejected.NO_VALUE] == 2
    assert rejected["box", Rejected.FUTURE] == 1


REFUSED: list[tuple[str, Any, int, str]] = [
    ("box", {"content": b"{", "headers": TOKEN}, 400, "can't be read"),
    ("box", {"content": b"[" * 200_000, "headers": TOKEN}, 400, "can't be read"),
    ("box", {"content": b"{}", "headers": TOKEN}, 400, "nothing at"),
    ("table", {"content": b"a,a\n", "headers": {**TOKEN, "Content-Type": "text/csv"}}, 400, ""),
    ("trams", {"content": b"\xff\xff", "headers": TOKEN}, 400, "protobuf"),
    ("box", {"content": b"{}", "headers": {}}, 401, "credential"),
    ("box", {"content": b"{}", "headers": {"Authorization": "Bearer other"}}, 401, ""),
    ("box", {"content": b"{}", "headers": {"Authorization": "Basic sesame"}}, 401, ""),
    ("open", {"content": b"{}", "headers": TOKEN}, 403, "token_env"),
    ("nobody", {"content": b"{}", "headers": TOKEN}, 404, ""),
    ("broker", {"content": b"{}", "headers": TOKEN}, 404, ""),
    ("box", {"content": b" " * 1_100_000, "headers": TOKEN}, 413, "1 MiB"),
    (
        "box",
        {"content": gzip.compress(b"{}"), "headers": {**TOKEN, "Content-Encoding": "gzip"}},
        415,
        "",
    ),
]


async def test_what_cant_be_taken_is_refused_in_a_sentence(serving: Serving, sensors: Path) -> None:
    async with serving(sensors=sensors) as running:
        for source, request, status, word in REFUSED:
            answer = await post(running, source, **request)
            assert (answer.status_code, word in answer.json()["error"]) == (status, True), source


async def test_a_source_that_nobody_can_send_to_is_told_at_the_start(
    serving: Serving, sensors: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(sensors=sensors):
        assert "Nobody can send to the source open: its `token_env` names no" in caplog.text
        assert "source box" not in caplog.text


async def test_a_flood_of_requests_is_slowed_down(
    serving: Serving, sensors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "BURST", 5.0)
    monkeypatch.setattr(ingest, "RATE_PER_S", 0.01)
    async with serving(sensors=sensors) as running, httpx.AsyncClient(headers=TOKEN) as client:
        url = f"{running.http}/sensors/box"
        answers = [await client.post(url, content=b'{"readings": []}') for _ in range(7)]
        # Another source isn't to blame.
        other = await client.post(f"{running.http}/sensors/table", content=b"[]")
    assert [answer.status_code for answer in answers] == [204] * 5 + [429] * 2
    assert answers[-1].headers["retry-after"] == "1"
    assert other.status_code == 204
