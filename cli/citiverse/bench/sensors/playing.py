"""What came over a socket, read when all is over: frames, messages, values, and their ages."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from citiverse.bench.message_type import type_of
from citiverse_server.overlays.grid import NEAR_M, around, square

if TYPE_CHECKING:
    from collections.abc import Iterable

Messages = list[tuple[float, bytes, int]]
"""Each with the moment at which it came, and its length with the frame."""
Chunks = list[tuple[float, bytes]]
READINGS, SENSORS = b"readings", b"sensors"
AS_IT_IS, WITH_QUALITY, DECIMALS = 15, 16, 15


class _Readings(msgspec.Struct):
    rows: bytes


class _Sensor(msgspec.Struct):
    id: int
    key: str
    position: tuple[float, float, float] | None = None


class _Sensors(msgspec.Struct):
    sensors: list[_Sensor] = []


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream of the bench: its number, and its square, or None where it is everywhere."""

    number: int
    square: int | None


@dataclass(frozen=True, slots=True)
class Arrived:
    """When all clients had heard what there was: its streams, how long it took, and the moment."""

    streams: dict[int, Stream]
    took_s: float
    since: float


@dataclass(slots=True)
class Played:
    """What one client heard: seconds from sending to hearing of each value near her, bytes of all
    that tells values, the last value by stream, and the streams near her (None: all).
    """

    near: set[int] | None = None
    latencies: list[float] = field(default_factory=list)
    bytes: int = 0
    last: dict[int, float] = field(default_factory=dict)


_readings = msgspec.msgpack.Decoder(_Readings)
_sensors = msgspec.msgpack.Decoder(_Sensors)


def streams_of(messages: Messages) -> dict[int, Stream]:
    """The streams by the server's numbers, as it tells of them."""
    found = {}
    for _, message, _ in messages:
        if type_of(message) == SENSORS:
            for one in _sensors.decode(message).sensors:
                at = None if one.position is None else square(one.position, NEAR_M)
                found[one.id] = Stream(int(one.key.rpartition("-")[2]), at)
    return found


def played(
    messages: Messages, arrived: Arrived, place: tuple[float, float, float] | None
) -> Played:
    """What a client of ours heard at a place of what was sent since all had arrived."""
    result, streams = Played(), arrived.streams
    near = frozenset() if place is None else around(square(place, NEAR_M))
    close = {
        one for one, stream in streams.items() if stream.square is None or stream.square in near
    }
    result.near = {streams[one].number for one in close}
    for moment, message, size in messages:
        if type_of(message) != READINGS:
            continue
        result.bytes += size
        for one, value in _rows(_readings.decode(message).rows):
            if one in close and value >= arrived.since:
                number = streams[one].number
                # What is near comes a second time with what is farther off, and says nothing new.
                if result.last.get(number) != value:
                    result.latencies.append(moment - value)
                    result.last[number] = value
    return result


def played_nats(messages: Messages) -> Played:
    """What a client of nats-server heard: everything."""
    result = Played()
    rest = b""
    for moment, message, size in messages:
        result.bytes += size
        *lines, rest = (rest + message).split(b"\r\n")
        subject = b""
        for line in lines:
            if line.startswith(b"MSG "):
                subject = line.split(b" ")[1]
            elif subject:
                value = float(line[line.index(b":") + 1 : -1])
                result.latencies.append(moment - value)
                result.last[int(subject.rpartition(b"-")[2])] = value
                subject = b""
    return result


def mqtt_latencies(chunks: Chunks) -> list[float]:
    """Seconds from sending to hearing of each PUBLISH (QoS 0)."""
    found, buffer = [], b""
    for moment, data in chunks:
        buffer += data
        at = 0
        while len(buffer) - at >= 3:
            size, wide = buffer[at + 1], 1
            if size & 128:
                size, wide = size & 127 | buffer[at + 2] << 7, 2
            start, end = at + 1 + wide, at + 1 + wide + size
            if len(buffer) < end:
                break
            if buffer[at] >> 4 == 3:
                payload = buffer[start + 2 + int.from_bytes(buffer[start : start + 2]) : end]
                found.append(moment - float(payload[payload.index(b":") + 1 : -1]))
            at = end
        buffer = buffer[at:]
    return found


def _rows(rows: bytes) -> Iterable[tuple[int, float]]:
    """Ids and values, as docs/contract/protocol.md has them."""
    at = 0

    def varint() -> int:
        nonlocal at
        number = shift = 0
        while True:
            byte = rows[at]
            at += 1
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7

    while at < len(rows):
        count, one = varint(), 0
        mode = rows[at]
        at += 1
        for _ in range(count):
            one += varint()
            if mode & DECIMALS == AS_IT_IS:
                (value,) = struct.unpack_from("<d", rows, at)
                at += 8
            else:
                number = varint()
                value = (-(number + 1) // 2 if number & 1 else number // 2) / 10 ** (
                    mode & DECIMALS
                )
            varint()
            at += mode & WITH_QUALITY and 1
            yield one, value
