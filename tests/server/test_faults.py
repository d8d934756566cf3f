"""Whatever sensors do, the city goes on: counted, told, and never fatal."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING

import aiomqtt
import httpx
import pytest

from citiverse_server.overlays.model import Rejected
from server.broker import free_port, running_broker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server.conftest import Serving

pytestmark = pytest.mark.anyio

FILE = """
[[source]]
name = "broker"
kind = "mqtt"
url = "mqtt://127.0.0.1:{port}"
client_id = "city"

[[source]]
name = "away"
kind = "pull"
url = "http://127.0.0.1:1/nobody"

[[thing]]
key = "mast"
name = "Mast"

[[datastream]]
key = "air"
name = "Air"
observed_property = "PM2.5"
unit = "µg/m³"
source = "broker"
topic = "city/air"
value = "/v"
time = "/t"
unit_at = "/u"

[[datastream]]
key = "{{thing}}.noise"
name = "Noise"
observed_property = "noise"
unit = "dB"
source = "broker"
topic = "masts/{{thing}}/noise"
"""
NOW = "2026-05-01T08:00:00Z"
DEEP = b"[" * 400 + b"]" * 400
BAD = [
    ("city/air", b"\xff\xfe\x00", Rejected.UNREADABLE),
    ("city/air", b"[" * 50_000, Rejected.UNREADABLE),
    ("city/air", b" " * 70_000, Rejected.TOO_LARGE),
    ("city/air", json.dumps({"v": "x", "t": NOW}).encode(), Rejected.NO_VALUE),
    ("city/air", b'{"v": 1e999, "t": "2026-05-01T08:00:00Z"}', Rejected.UNREADABLE),
    ("city/air", json.dumps({"v": "1e999", "t": NOW}).encode(), Rejected.NOT_FINITE),
    ("city/air", b'{"v": 1, "t": "%s", "u": %s}' % (NOW.encode(), DEEP), Rejected.WRONG_UNIT),
    ("city/air", json.dumps({"v": 1, "t": "2126-05-01T08:00:00Z"}).encode(), Rejected.FUTURE),
    ("city/air", json.dumps({"v": 1, "t": "yesterday"}).encode(), Rejected.BAD_TIME),
    ("city/air", json.dumps({"v": 1, "t": "1970-01-01T00:00:00Z"}).encode(), Rejected.BAD_TIME),
    ("city/air", json.dumps({"v": 1, "t": NOW, "u": "degC"}).encode(), Rejected.WRONG_UNIT),
    ("masts/nobody/noise", b"7", Rejected.UNKNOWN_THING),
]


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not happened():
            await asyncio.sleep(0.01)


async def test_bad_payloads_floods_and_a_broker_that_dies(
    serving: Serving,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("citiverse_server.overlays.sources.persistence.FIRST_PAUSE_S", 0.01)
    caplog.set_level("INFO")
    port = free_port()
    file = tmp_path / "sensors.toml"
    file.write_text(FILE.format(port=port))
    async with serving(sensors=file, patience_s=40.0) as running:
        sensors = running.application.hub.sensors

        def listens(life: int) -> bool:
            return caplog.text.count("Listening") == life

        def counted(life: int) -> bool:
            return sensors.ledger.observations == 1000 * life

        for life in (1, 2):
            with running_broker(tmp_path, port):
                await until(partial(listens, life))
                async with aiomqtt.Client("127.0.0.1", port) as client:
                    client.pending_calls_threshold = 5000
                    for topic, payload, _ in BAD:
                        await client.publish(topic, payload, qos=1)
                    flood = (
                        client.publish("masts/mast/noise", str(n).encode(), qos=1)
                        for n in range(1000)
                    )
                    await asyncio.gather(*flood)
                await until(partial(counted, life))
        expected: dict[tuple[str, Rejected], int] = {}
        for _, _, reason in BAD:
            expected["broker", reason] = expected.get(("broker", reason), 0) + 2
        assert dict(sensors.ledger.rejected) == expected
        assert sensors.lost["away"] >= 1
        assert sensors.lost["broker"] >= 1
        async with httpx.AsyncClient() as asked:
            metrics = (await asked.get(running.http + "/metrics")).text
            assert (await asked.get(running.http + "/readyz")).status_code == 200
        assert 'citiverse_readings_rejected_total{source="broker",reason="wrong-unit"} 4' in metrics
    assert "ERROR" not in {record.levelname for record in caplog.records}
