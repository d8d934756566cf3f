"""A publish at a real broker shows at a connected client; a broker that is down harms nobody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiomqtt
import pytest

from citiverse_server.overlays.mapping import Mapped, Mapping
from citiverse_server.overlays.model import Rejected
from citiverse_server.overlays.reading import Reading
from citiverse_server.overlays.sources import persistence
from server.broker import free_port, running_broker
from server.scenes import FEATURE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from citiverse_server.overlays.ledger import Refusal
    from server.conftest import Serving
    from server.stranger import Stranger

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _all_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="citiverse.sensors")


def sensor_file(folder: Path, port: int | None) -> Path:
    broker = "" if port is None else f'[mqtt]\nurl = "mqtt://127.0.0.1:{port}"\n'
    file = folder / "sensors.toml"
    file.write_text(
        f'{broker}[[datastream]]\nkey = "air"\nname = "Fine dust"\nobserved_property = "PM2.5"\n'
        f'unit = "µg/m³"\nfeature = "{FEATURE}"\ntopic = "sensors/market/pm25"\nvalue = "/value"\n'
        'range = [0, 1000]\n[[datastream]]\nkey = "tide"\nname = "Tide"\n'
        'observed_property = "level"\nunit = "m"\ntopic = "sensors/tide"\n'
    )
    return file


async def heard(stranger: Stranger, index: int, value: float) -> None:
    """Waits until a datastream has a value."""
    while stranger.values.get(index) != value:
        await stranger.until("observations")


async def subscribed(caplog: pytest.LogCaptureFixture) -> None:
    """Waits until the broker has granted the server its topics.

    What is published while a broker is still granting them, it may give to nobody (MQTT 3.1.1,
    3.8.4 promises nothing before the SUBACK; nats-server does lose it).
    """
    while "Listening to the broker" not in caplog.text:
        await asyncio.sleep(0.01)


async def test_a_publish_shows_at_every_client(
    serving: Serving, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    with running_broker(tmp_path, port):
        start = serving(sensors=sensor_file(tmp_path, port))
        async with start as running, aiomqtt.Client("127.0.0.1", port) as client:
            await subscribed(caplog)
            await client.publish("sensors/tide", b"0.5", qos=1)
            async with running.stranger() as one, running.stranger() as other:
                await one.hello("town")
                await other.hello("town")
                await heard(one, 1, 0.5)
                assert [entry["key"] for entry in one.datastreams] == ["air", "tide"]
                assert one.datastreams[0]["position"] == [5.0, 5.0, 18.0]
                began = asyncio.get_running_loop().time()
                await client.publish("sensors/market/pm25", b'{"value": 12.5}', qos=1)
                await heard(one, 0, 12.5)
                await heard(other, 0, 12.5)
                assert asyncio.get_running_loop().time() - began < 1.0
            async with running.stranger() as late:
                await late.hello("town")
                await heard(late, 0, 12.5)


async def test_bad_payloads_are_counted_and_the_rest_goes_on(
    serving: Serving, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    with running_broker(tmp_path, port):
        start = serving(sensors=sensor_file(tmp_path, port))
        async with start as running, aiomqtt.Client("127.0.0.1", port) as client:
            await subscribed(caplog)
            for payload in (b"", b"\xff", b" " * 70_000, b'{"value": 7}'):
                await client.publish("sensors/market/pm25", payload, qos=1)
            async with running.stranger() as stranger:
                await stranger.hello("town")
                await heard(stranger, 0, 7.0)
            rejected = running.application.hub.sensors.ledger.rejected
            reasons = {reason.value for _, reason in rejected}
            assert reasons == {"unreadable", "too-large"}


async def test_a_broker_that_comes_late_is_found(
    serving: Serving,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(persistence, "FIRST_PAUSE_S", 0.02)
    port = free_port()
    async with serving(sensors=sensor_file(tmp_path, port)) as running, running.stranger() as guest:
        await guest.hello("town")
        await guest.look([0.0, 0.0, 2.0])
        while not running.application.hub.sensors.lost:
            await asyncio.sleep(0.01)
        assert f"the broker at 127.0.0.1:{port} can't be reached" in caplog.text
        with running_broker(tmp_path, port):
            async with aiomqtt.Client("127.0.0.1", port) as client:
                await subscribed(caplog)
                await client.publish("sensors/tide", b"0.5", qos=1)
                await heard(guest, 1, 0.5)


async def test_a_value_that_the_broker_kept_counts_where_it_tells_its_time(
    serving: Serving, tmp_path: Path
) -> None:
    port = free_port()
    payload = b'{"value": 12.5, "time": "2026-01-01T00:00:00Z"}'
    file = sensor_file(tmp_path, port)
    timed = file.read_text().replace('value = "/value"\n', 'value = "/value"\ntime = "/time"\n')
    file.write_text(timed)
    with running_broker(tmp_path, port):
        async with aiomqtt.Client("127.0.0.1", port) as client:
            await client.publish("sensors/market/pm25", payload, qos=1, retain=True)
            await client.publish("sensors/tide", b"0.5", qos=1, retain=True)
        async with serving(sensors=file) as running, running.stranger() as stranger:
            await stranger.hello("town")
            await heard(stranger, 0, 12.5)
            sensors = running.application.hub.sensors
            while not sensors.ledger.rejected:
                await asyncio.sleep(0.01)
            assert sensors.ledger.rejected == {("mqtt", Rejected.UNKNOWN_TIME): 1}
            assert sensors.ledger.observations == 1


async def test_a_feed_inside_the_process_takes_the_same_way(
    serving: Serving, tmp_path: Path
) -> None:
    more = asyncio.Event()

    async def feed() -> AsyncIterator[Reading]:
        yield Reading("sensors/market/pm25", b'{"value": 3}')
        await more.wait()
        yield Reading("sensors/market/pm25", b'{"value": 4}')

    start = serving(sensors=sensor_file(tmp_path, None), feed=feed)
    async with start as running, running.stranger() as stranger:
        await stranger.hello("town")
        await heard(stranger, 0, 3.0)
        more.set()
        await heard(stranger, 0, 4.0)


async def test_a_feed_that_fails_is_logged_and_the_city_stays(
    serving: Serving, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def feed() -> AsyncIterator[Reading]:
        yield Reading("sensors/tide", b"1")
        raise RuntimeError("out of tides")

    start = serving(sensors=sensor_file(tmp_path, None), feed=feed)
    async with start as running, running.stranger() as stranger:
        await stranger.hello("town")
        await heard(stranger, 1, 1.0)
        while not running.application.hub.sensors.lost:
            await asyncio.sleep(0.01)
        assert "out of tides" in caplog.text
        await stranger.look([0.0, 0.0, 2.0])


async def test_an_arrival_that_this_program_fails_at_is_counted_and_the_next_one_told(
    serving: Serving,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = Mapping.read

    def fails(self: Mapping, reading: Reading, arrival_us: int) -> list[Mapped | Refusal]:
        if reading.payload == b"7":
            raise RuntimeError("no tide is as odd as this")
        return read(self, reading, arrival_us)

    async def feed() -> AsyncIterator[Reading]:
        yield Reading("sensors/tide", b"7")
        yield Reading("sensors/tide", b"7")
        yield Reading("sensors/tide", b"8")

    monkeypatch.setattr(Mapping, "read", fails)
    start = serving(sensors=sensor_file(tmp_path, None), feed=feed)
    async with start as running, running.stranger() as stranger:
        await stranger.hello("town")
        await heard(stranger, 1, 8.0)
        rejected = running.application.hub.sensors.ledger.rejected
        assert rejected == {("mqtt", Rejected.UNREADABLE): 2}
        assert caplog.text.count("RuntimeError: no tide is as odd as this") == 1


async def test_no_more_than_ten_frames_a_second(serving: Serving, tmp_path: Path) -> None:
    async def feed() -> AsyncIterator[Reading]:
        for number in range(500):
            yield Reading("sensors/tide", str(number).encode())
            await asyncio.sleep(0.001)

    start = serving(sensors=sensor_file(tmp_path, None), feed=feed)
    async with start as running, running.stranger() as stranger:
        await stranger.hello("town")
        began, frames = asyncio.get_running_loop().time(), 0
        while stranger.values.get(1) != 499.0:
            await stranger.until("observations")
            frames += 1
        assert frames <= 10 * (asyncio.get_running_loop().time() - began) + 2
