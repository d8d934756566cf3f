"""What a broker may do to us that is none: packets of wrong lengths, floods, and no ears."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from typing import TYPE_CHECKING, cast

import pytest

from citiverse_server.overlays.reading import Reading
from citiverse_server.overlays.sources import mqtt, mqtt_client
from server.sources.taking import Taking, first, until

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine

    from citiverse_server.overlays.reading import Arrival

pytestmark = pytest.mark.anyio

CONNACK = b"\x20\x03\x00\x00\x00"
SUBACK = b"\x90\x04\x00\x01\x00\x01"


def text(topic: bytes) -> bytes:
    return len(topic).to_bytes(2, "big") + topic


def length(size: int) -> bytes:
    out = b""
    while size > 0x7F:
        out, size = out + bytes((size & 0x7F | 0x80,)), size >> 7
    return out + bytes((size,))


def message(topic: bytes, payload: bytes, number: int = 0) -> bytes:
    """A PUBLISH of MQTT 5, at QoS 1 where it has a number."""
    body = text(topic) + (number.to_bytes(2, "big") if number else b"") + b"\x00" + payload
    return bytes((0x32 if number else 0x30,)) + length(len(body)) + body


@contextlib.asynccontextmanager
async def broker(
    speak: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]],
) -> AsyncIterator[str]:
    """Greets, grants one topic, and goes on as `speak` says."""
    speaking: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await reader.readexactly(2)
                writer.write(CONNACK)
                await reader.readuntil(b"\x00\x01t\x01")
                writer.write(SUBACK)
                await speak(reader, writer)
        finally:
            writer.transport.abort()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        speaking.add(asyncio.get_running_loop().create_task(serve(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    try:
        yield f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        for task in speaking:
            task.cancel()
        await asyncio.gather(*speaking, return_exceptions=True)
        server.close()


async def until_lost(arrivals: AsyncGenerator[Arrival, None], taking: Taking) -> None:
    """Takes all that comes until the source is lost."""

    async def take() -> None:
        async for _ in arrivals:
            pass

    taker = asyncio.create_task(take())
    async with asyncio.timeout(60):
        while not taking.losses:
            await asyncio.sleep(0.01)
    taker.cancel()
    await asyncio.gather(taker, return_exceptions=True)
    await arrivals.aclose()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"\x30\xff\xff\xff\xff\x01", "a length of more than four bytes"),
        (b"\x30\xff\xff\xff\x7f", "a packet of more than 1 MiB"),
        (b"\x30\x02\xff\xff", "a message is cut"),
        (b"\x32\x05\x00\x01t\x00\x00", "a message is cut"),
        (b"\x30\x04\x00\x01t\xff", "a message is cut"),
        (b"\x34\x06\x00\x01t\x00\x01\x00", "QoS 2"),
        (b"\x30\x04\x00\x01\xff\x00", "a topic is no UTF-8"),
        (b"\x90\x01\x00", "an answer is cut"),
        (b"\x40\x00", "an answer is cut"),
        (b"\x10\x00", "a packet of kind 1"),
        (b"\xe0\x01\x8b", "it is stopping"),
    ],
)
async def test_what_is_no_mqtt_ends_the_connection_and_is_told(
    said: bytes, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()
        await asyncio.sleep(60)

    taking = Taking()
    async with broker(speak) as url:
        arrivals = mqtt.arrivals(taking.intake("mqtt", url, topics=("t",), version="5"))
        await until(arrivals, lambda: taking.losses)
        await arrivals.aclose()
    assert why in caplog.text


async def test_topics_that_nobody_could_ask_for_are_only_topics() -> None:
    topics = [b"+", b"#", b"a/#/b", b"\x00", b"$SYS/x", b"/" * 60_000, b""]

    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(message(topic, b"1") for topic in topics))
        await asyncio.sleep(60)

    async with broker(speak) as url:
        intake = Taking().intake("mqtt", url, topics=("t",), version="5")
        found = await first(mqtt.arrivals(intake), len(topics))
    assert found == [Reading(topic.decode(), b"1", source="city") for topic in topics]


async def test_large_messages_wait_at_the_broker() -> None:
    sent = 0

    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        large = message(b"t", b"x" * 1_000_000)
        while True:
            writer.write(large)
            await writer.drain()
            sent += 1

    async def still() -> None:
        """Until the broker can send no more."""
        before = -1
        while sent != before:
            before = sent
            await asyncio.sleep(0.2)

    async with broker(speak) as url:
        intake = Taking().intake("mqtt", url, topics=("t",), version="5")
        arrivals = mqtt.arrivals(intake)
        await anext(arrivals)
        await still()
        # What the lines of the two machines hold is of some megabytes, too.
        assert sent < 100
        before = sent
        for _ in range(50):
            await anext(arrivals)
        await still()
        assert sent > before
        await arrivals.aclose()


async def test_who_never_waits_for_an_acknowledgement_is_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _times in range(20):
            writer.write(b"".join(message(b"t", b"", number) for number in range(1, 5001)))
            await writer.drain()
        await asyncio.sleep(60)

    taking = Taking(holding=True)
    async with broker(speak) as url:
        arrivals = mqtt.arrivals(taking.intake("mqtt", url, topics=("t",), version="5"))
        await until_lost(arrivals, taking)
    assert "doesn't wait until messages are acknowledged" in caplog.text


async def test_who_stops_just_when_the_broker_hangs_up_leaves_nothing_open() -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)
        writer.close()

    unheard: list[object] = []
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _loop, context: unheard.append(context))
    async with broker(silent) as url:
        port = int(url.rpartition(":")[2])
        client = mqtt_client.MqttClient(mqtt_client.Broker("127.0.0.1", port), "5")
        entering = asyncio.create_task(client.__aenter__())
        while client._transport is None:
            await asyncio.sleep(0)
        client.connection_lost(None)
        entering.cancel()
        await asyncio.gather(entering, return_exceptions=True)
        assert client._transport.is_closing()
        del client, entering
        gc.collect()
        await asyncio.sleep(0)
    loop.set_exception_handler(before)
    assert unheard == []


@pytest.mark.long
async def test_who_doesnt_hear_what_we_answer_is_left(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mqtt_client, "MAX_UNREAD_BYTES", 16)

    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cast("asyncio.Transport", writer.transport).pause_reading()
        while True:
            writer.write(b"".join(message(b"t", b"", number) for number in range(1, 5001)))
            await writer.drain()

    taking = Taking()
    async with broker(speak) as url:
        arrivals = mqtt.arrivals(taking.intake("mqtt", url, topics=("t",), version="5"))
        await until_lost(arrivals, taking)
    assert "doesn't take what we answer" in caplog.text
