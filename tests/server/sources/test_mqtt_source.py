"""A real broker: both versions, acknowledged when stored, down and back, floods."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest

from citiverse_server.overlays.reading import Reading
from citiverse_server.overlays.sources import mqtt
from citiverse_server.overlays.sources.mqtt_client import Broker, MqttClient
from server.broker import free_port, running_broker
from server.sources.taking import Taking, first, payload

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path

    from citiverse_server.overlays.reading import Arrival

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A broker for all tests here."""
    found = free_port()
    with running_broker(tmp_path_factory.mktemp("broker"), found):
        yield found


async def listening(caplog: pytest.LogCaptureFixture, times: int = 1) -> None:
    async with asyncio.timeout(10):
        while caplog.text.count("Listening to the broker") < times:
            await asyncio.sleep(0.01)


def begun(arrivals: AsyncGenerator[Arrival, None]) -> asyncio.Task[Arrival]:
    """The next that the source yields, asked for already."""
    return asyncio.ensure_future(anext(arrivals))


@pytest.mark.parametrize("version", ["3.1.1", "5", ""])
async def test_messages_of_all_topics_come(
    port: int, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    topics = (f"air{version}/{{thing}}/pm25", f"noise{version}/#", f"exact{version}")
    intake = Taking().intake("mqtt", f"mqtt://127.0.0.1:{port}", topics=topics, version=version)
    arrivals = mqtt.arrivals(intake)
    found = begun(arrivals)
    await listening(caplog)
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.publish(f"air{version}/market/pm25", b"12", qos=1)
        assert await found == Reading(f"air{version}/market/pm25", b"12", source="city")
        await client.publish(f"exact{version}", b"7", qos=0)
        assert (await anext(arrivals)) == Reading(f"exact{version}", b"7", source="city")
    await arrivals.aclose()


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_a_message_is_acknowledged_only_when_it_is_stored(port: int, version: str) -> None:
    taking = Taking(holding=True)
    topic = f"safe/{version}"
    settings: dict[str, Any] = {"version": version, "client_id": f"citiverse-{version}"}
    settings["topics"] = (topic,)
    url = f"mqtt://127.0.0.1:{port}"

    async def session() -> bytes:
        """One connection of our server, until it falls over."""
        arrivals = mqtt.arrivals(taking.intake("mqtt", url, **settings))
        found = begun(arrivals)
        said = await payload(found)
        again = begun(arrivals)
        while not taking.storing:
            await asyncio.sleep(0.01)
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)
        await arrivals.aclose()
        return said

    async def publish() -> None:
        async with aiomqtt.Client("127.0.0.1", port) as client:
            await client.publish(topic, b"1", qos=1)

    first_session = asyncio.create_task(session())
    await asyncio.sleep(0.3)
    await publish()
    assert await first_session == b"1"
    # It came, but nobody said that it is safe: the broker brings it again.
    assert await session() == b"1"
    arrivals = mqtt.arrivals(taking.intake("mqtt", url, **settings))
    assert await payload(anext(arrivals)) == b"1"
    again = begun(arrivals)
    before = len(taking.storing)
    while len(taking.storing) == before:
        await asyncio.sleep(0.01)
    taking.storing[-1].set_result(None)
    await asyncio.sleep(0.1)
    again.cancel()
    await asyncio.gather(again, return_exceptions=True)
    await arrivals.aclose()
    await publish()
    # Now it is safe, and the next is what comes.
    arrivals = mqtt.arrivals(taking.intake("mqtt", url, **settings))
    await asyncio.wait_for(anext(arrivals), 10)
    more = begun(arrivals)
    await asyncio.sleep(0.2)
    assert not more.done()
    more.cancel()
    await asyncio.gather(more, return_exceptions=True)
    await arrivals.aclose()


async def test_a_broker_that_goes_and_comes_is_found_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    port, taking = free_port(), Taking()
    arrivals = mqtt.arrivals(taking.intake("mqtt", f"mqtt://127.0.0.1:{port}", topics=("t",)))
    found = begun(arrivals)
    while not taking.losses:
        await asyncio.sleep(0.01)
    for times in (1, 2):
        with running_broker(tmp_path, port):
            await listening(caplog, times)
            async with aiomqtt.Client("127.0.0.1", port) as client:
                await client.publish("t", b"1", qos=1)
            assert await asyncio.wait_for(found, 10) == Reading("t", b"1", source="city")
        found = begun(arrivals)
    assert taking.losses >= 2
    assert "can't be reached" in caplog.text
    found.cancel()
    await asyncio.gather(found, return_exceptions=True)
    await arrivals.aclose()


async def test_a_retained_message_says_so(port: int) -> None:
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.publish("kept", b"9", qos=1, retain=True)
    intake = Taking().intake("mqtt", f"mqtt://127.0.0.1:{port}", topics=("kept",))
    assert await first(mqtt.arrivals(intake), 1) == [Reading("kept", b"9", True, "city")]


async def test_a_flood_comes_through_whole_and_in_order(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    intake = Taking().intake("mqtt", f"mqtt://127.0.0.1:{port}", topics=("flood",))
    arrivals = mqtt.arrivals(intake)
    found = asyncio.create_task(first(arrivals, 2000))
    await listening(caplog)
    async with aiomqtt.Client("127.0.0.1", port, max_inflight_messages=1000) as client:
        client.pending_calls_threshold = 10_000
        await asyncio.gather(
            *(client.publish("flood", str(n).encode(), qos=1) for n in range(2000))
        )
    assert await found == [Reading("flood", str(n).encode(), source="city") for n in range(2000)]


async def test_a_broker_of_mqtt_5_holds_nothing_back_that_it_would_drop(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    taking = Taking(holding=True)
    intake = taking.intake("mqtt", f"mqtt://127.0.0.1:{port}", topics=("burst",), version="5")
    found = asyncio.create_task(first(mqtt.arrivals(intake), 5000))
    await listening(caplog)
    async with MqttClient(Broker("127.0.0.1", port), "5") as client:
        for number in range(5000):
            await client.publish("burst", str(number).encode())
        await client.published()
    # None of them is acknowledged yet, and a broker keeps a thousand.
    assert len(await found) == 5000
