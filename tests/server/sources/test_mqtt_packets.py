"""Packets come whole out of any pieces, and what is none is refused."""

from __future__ import annotations

import asyncio
import shutil
import sys
from contextlib import suppress
from pathlib import Path

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.overlays.reading import Reading
from citiverse_server.overlays.sources import mqtt
from citiverse_server.overlays.sources.mqtt_packets import (
    Message,
    PacketError,
    acknowledged,
    granted,
    message_of,
    packets,
    publish,
    subscribe,
)
from server.broker import free_port, running_broker
from server.sources.taking import Taking

MESSAGES = st.lists(
    st.tuples(st.integers(1, 65_535), st.text(max_size=20), st.binary(max_size=300)), max_size=8
)


@given(MESSAGES, st.booleans(), st.lists(st.integers(1, 50), max_size=30))
def test_messages_come_whole_however_the_line_cuts_them(
    messages: list[tuple[int, str, bytes]], five: bool, cuts: list[int]
) -> None:
    line = b"".join(publish(number, topic, body, five=five) for number, topic, body in messages)
    buffer, found = bytearray(), []
    while line:
        size = cuts.pop() if cuts else len(line)
        buffer += line[:size]
        line = line[size:]
        found += [message_of(packet, five=five) for packet in packets(buffer)]
    assert found == [Message(topic, body, number, False) for number, topic, body in messages]
    assert not buffer


@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_are_packets_or_refused(line: bytes, five: bool) -> None:
    buffer = bytearray(line)
    with suppress(PacketError):
        for packet in packets(buffer):
            for understand in (message_of, granted):
                with suppress(PacketError):
                    understand(packet, five=five)
            with suppress(PacketError):
                acknowledged(packet)
    assert len(buffer) <= len(line)


@pytest.mark.parametrize(
    "line", [b"\x30\xff\xff\xff\xff\x01", b"\x30\xff\xff\xff\x7f"], ids=["no length", "huge"]
)
def test_what_would_never_end_is_refused_at_once(line: bytes) -> None:
    with pytest.raises(PacketError):
        list(packets(bytearray(line)))


def test_a_packet_looks_as_the_standard_says() -> None:
    # MQTT 3.1.1, 3.8.3 and figure 3.22: two filters in one SUBSCRIBE.
    assert subscribe(10, ["a/b", "c/d"], five=False) == bytes.fromhex(
        "820e000a0003612f62010003632f6401"
    )


@pytest.mark.anyio
async def test_a_broker_that_knows_no_5_is_spoken_to_in_3_1_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    other = shutil.which("nats-server", path=str(Path(sys.executable).parent))
    if other is None:
        pytest.skip("nats-server isn't installed here")
    monkeypatch.setenv("CITIVERSE_BROKER", other)
    port, taking = free_port(), Taking()
    with running_broker(tmp_path, port):
        arrivals = mqtt.arrivals(taking.intake("mqtt", f"mqtt://127.0.0.1:{port}", topics=("a/+",)))
        found = asyncio.ensure_future(anext(arrivals))
        async with asyncio.timeout(10):
            while "Listening" not in caplog.text:
                await asyncio.sleep(0.01)
        async with aiomqtt.Client("127.0.0.1", port) as client:
            await client.publish("a/b", b"1", qos=1)
        assert await asyncio.wait_for(found, 10) == Reading("a/b", b"1", source="city")
        await arrivals.aclose()
    assert taking.losses == 1
