"""Readings at an even rate, each saying in its value when it was sent (CLOCK_MONOTONIC, seconds).

Every process of a machine has the same such clock, so that whoever receives a value knows how long
it took.
"""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

STEP_S = 0.002
CONNACK_BYTES = 4


@dataclass(slots=True)
class Published:
    """How many were sent, how late the sender was at most, and the last value of each stream."""

    count: int = 0
    late_s: float = 0.0
    last: dict[int, float] = field(default_factory=dict)


def topic(stream: int) -> str:
    """The topic of a stream; also its subject, with a dot for the slash."""
    return f"bench/t-{stream}"


def door_line(stream: int, payload: bytes) -> bytes:
    """As `fed` takes it."""
    return b"%s %s\n" % (topic(stream).encode(), payload)


def nats_line(stream: int, payload: bytes) -> bytes:
    """As nats-server takes it."""
    subject = topic(stream).replace("/", ".").encode()
    return b"PUB %s %d\r\n%s\r\n" % (subject, len(payload), payload)


def mqtt_packet(stream: int, payload: bytes) -> bytes:
    """PUBLISH with QoS 0 (MQTT 3.1.1, 3.3)."""
    name = topic(stream).encode()
    body = struct.pack(">H", len(name)) + name + payload
    if len(body) >= 1 << 14:
        raise ValueError("a reading of the bench is short")
    size = len(body)
    length = bytes((size,)) if size < 128 else bytes((size & 127 | 128, size >> 7))
    return b"\x30" + length + body


def mqtt_connection(port: int, name: bytes) -> socket.socket:
    """A socket that has said CONNECT (MQTT 3.1.1, 3.1), without keep-alive."""
    line = socket.create_connection(("127.0.0.1", port))
    body = b"\x00\x04MQTT\x04\x02\x00\x00" + struct.pack(">H", len(name)) + name
    line.sendall(b"\x10" + bytes((len(body),)) + body)
    line.recv(CONNACK_BYTES)
    return line


def mqtt_subscription() -> bytes:
    """SUBSCRIBE to all that is published here (MQTT 3.1.1, 3.8)."""
    body = b"\x00\x01" + struct.pack(">H", len(b"bench/#")) + b"bench/#" + b"\x00"
    return b"\x82" + bytes((len(body),)) + body


def payload_now(value: float | None = None) -> tuple[bytes, float]:
    """A payload that says its moment, and the value as its receiver reads it."""
    moment = round(time.monotonic(), 6) if value is None else value
    return b'{"value": %.6f}' % moment, moment


def publish(
    line: socket.socket,
    written: Callable[[int, bytes], bytes],
    streams: int,
    per_second: float,
    seconds: float,
) -> Published:
    """One stream after the other, until the time is over."""
    done, began = Published(), time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        due = int(passed * per_second)
        some = []
        for number in range(done.count, due):
            payload, moment = payload_now()
            some.append(written(number % streams, payload))
            done.last[number % streams] = moment
        if some:
            done.late_s = max(done.late_s, passed - done.count / per_second)
            line.sendall(b"".join(some))
        done.count = due
        time.sleep(min(STEP_S, 0.5 / per_second))
    return done
