"""The clients of `bench sensors` really hear a real server, and count what they hear."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse.bench.sensors import bench, playing, publishing, town
from citiverse.bench.sensors.playing import Arrived, Stream
from citiverse.bench.sensors.tapes import Tape
from citiverse.bench.socket_client import BINARY, FINAL, PING, PONG, Line
from citiverse_server.overlays import rows
from citiverse_server.protocol import Readings, encode

if TYPE_CHECKING:
    from pathlib import Path


def framed(message: bytes, opcode: int = BINARY) -> bytes:
    return bytes((FINAL | opcode, len(message))) + message


class Pipe(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))


def readings(values: dict[int, float]) -> bytes:
    count = len(values)
    columns = rows.Rows(
        np.array(list(values), dtype=np.uint32),
        rows.coded(np.array(list(values.values()))),
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.uint8),
    )
    _, blocks = rows.blocks(columns, np.zeros(count, dtype=np.int64), 0)
    return encode(Readings(time=0, rows=b"".join(blocks)))


def test_a_client_notes_what_is_whole_and_answers_a_ping_wherever_it_comes() -> None:
    message, pipe, tape = readings({0: 10.0}), Pipe(), Tape([b"hello"])
    line = Line(b"GET", tape)
    line.connection_made(pipe)
    line.data_received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + framed(message)[:9])
    assert tape.messages == []
    line.data_received(framed(message)[9:] + framed(b"there?", PING))
    ((_, noted, size),) = tape.messages
    assert (noted, size) == (message, len(framed(message)))
    assert pipe.written[-1].endswith(b"there?")
    assert pipe.written[-1][0] == FINAL | PONG


def test_what_is_near_counts() -> None:
    arrived = Arrived({0: Stream(7, None), 1: Stream(8, 5)}, 0.0, 10.0)
    heard = [(13.0, readings({0: 10.0, 1: 11.5}), 40)]
    played = playing.played(heard, arrived, (0.0, 0.0, 0.0))
    assert played.near == {7}
    assert played.latencies == [3.0]
    assert (played.last, played.bytes) == ({7: 10.0}, 40)


def test_what_was_sent_before_and_what_comes_twice_says_nothing() -> None:
    arrived = Arrived({0: Stream(0, None)}, 0.0, 10.0)
    heard = [(10.0 + n, readings({0: value}), 9) for n, value in enumerate((9.0, 11.0, 11.0), 1)]
    assert playing.played(heard, arrived, None).latencies == [1.0]


def test_the_others_messages_are_read_as_they_come() -> None:
    payload, value = publishing.payload_now(5.25)
    message = b"MSG bench.t-3 1 %d\r\n%s\r\n" % (len(payload), payload)
    heard = [(6.0, b"INFO {}\r\nPONG\r\n", 18), (7.0, message[:10], 12), (8.0, message[10:], 40)]
    played = playing.played_nats(heard)
    assert (played.latencies, played.last) == ([8.0 - value], {3: 5.25})
    packet = publishing.mqtt_packet(3, payload)
    assert playing.mqtt_latencies([(6.0, packet[:5]), (7.0, packet[5:] + packet)]) == [1.75, 1.75]


def test_everything_that_is_sent_is_told_to_everyone(scene: Path, tmp_path: Path) -> None:
    heard, done = bench._ours(scene, tmp_path / "ours", (3, 20, 1))
    assert done.count >= 15
    assert heard.values == 3 * done.count
    assert heard.lost == 0
    assert heard.sensors == 20
    assert 0.0 < heard.p50_ms <= heard.p99_ms


def test_sensors_stand_all_over_a_city_that_is_wide_enough(scene: Path, tmp_path: Path) -> None:
    wide = town.widened(scene, tmp_path / "wide", 4000.0)
    places = town.spread(50, 4000.0, seed=1)
    assert np.abs(places[:, :2]).max() == pytest.approx(2000.0, rel=0.1)
    town.write_spread(tmp_path / "sensors.toml", wide, places, "mqtt://127.0.0.1:1")
    assert (tmp_path / "sensors.toml").read_text().count("[[thing]]") == 50
