"""Many clients in one process, which only note what comes and when; read when all is over.

    python -m citiverse.bench.sensors.tapes

takes one `Order` as JSON on its standard input, prints `READY` when all are connected and have been
quiet for a moment, and after any further line `Heard` as JSON.
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys
import time
from functools import partial
from typing import Literal, cast

import msgspec
import numpy as np
import uvloop

from citiverse.bench.sensors import playing
from citiverse.bench.sensors.playing import Arrived
from citiverse.bench.socket_client import BINARY, FINAL, MASK, MASKED, PING, PONG

READY = "ready"
QUIET_S = 0.5
TIMEOUT_S = 180.0
AT_ONCE = 20
HEAD_END = b"\r\n\r\n"

_encode = msgspec.msgpack.Encoder().encode


class Order(msgspec.Struct, frozen=True):
    """Who is to connect: `places` (x, y, z) by client, or nobody who is anywhere."""

    kind: Literal["citiverse", "nats"]
    host: str
    port: int
    count: int
    scene: str = ""
    places: list[tuple[float, float, float]] = []
    expected: bool = True


class Heard(msgspec.Struct, frozen=True):
    """What all heard together: latencies in ms, values, and bytes with their frames.

    Of a city, what is in the squares around each client counts; `lost` are values that were the
    last of their stream and didn't come. `arrival_s` is how long the last client took to hear of
    all `sensors` and their values.
    """

    p50_ms: float
    p99_ms: float
    values: int
    bytes: int
    lost: int
    arrival_s: float
    sensors: int


class Tape(asyncio.Protocol):
    """One client."""

    def __init__(self, path: str, greeting: list[bytes]) -> None:
        self.chunks: list[tuple[float, bytes]] = []
        self.lost = False
        self._path = path
        self._greeting = greeting
        self._head: bytes | None = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is meant to go before the end."""
        self.lost = True

    def data_received(self, data: bytes) -> None:
        """Notes what comes; after the head, greets."""
        if self._head is None:
            self.chunks.append((time.monotonic(), data))
            if data[0] == FINAL | PING:
                self._send(data[2 : 2 + data[1]], PONG)
            return
        self._head += data
        head, end, rest = self._head.partition(HEAD_END)
        if not end:
            return
        if not head.startswith(b"HTTP/1.1 101 "):
            raise ConnectionRefusedError(head.decode("latin-1"))
        self._head = None
        for message in self._greeting:
            self._send(message)
        if rest:
            self.chunks.append((time.monotonic(), rest))

    def _send(self, message: bytes, opcode: int = BINARY) -> None:
        assert self._transport is not None
        size = len(message)
        wide = size >= 126
        length = bytes((MASKED | 126, size >> 8, size & 255)) if wide else bytes((MASKED | size,))
        self._transport.write(bytes((FINAL | opcode,)) + length + MASK + message)


def _greeting(order: Order, client: int) -> list[bytes]:
    if order.kind == "nats":
        return [b'CONNECT {"verbose": false}\r\nSUB bench.> 1\r\nPING\r\n']
    said: list[dict[str, object]] = [
        {"t": "hello", "protocol": [1, 3], "scene": order.scene},
        # Tiles are none of this bench's business.
        {"t": "pause", "paused": True},
    ]
    if order.places:
        x, y, z = order.places[client]
        root = 0.5**0.5
        said.append(
            {
                "t": "view",
                "seq": 1,
                "position": [x, y, z],
                "orientation": [root, 0.0, 0.0, root],
                "fov": [1.05],
                "viewport": [1280.0, 720.0],
            }
        )
    return [_encode(message) for message in said]


async def _connected(order: Order) -> list[Tape]:
    loop = asyncio.get_running_loop()
    where = (order.host, order.port)
    path = "/ws" if order.kind == "citiverse" else "/"
    tapes = [Tape(path, _greeting(order, client)) for client in range(order.count)]
    async with asyncio.timeout(TIMEOUT_S):
        for at in range(0, order.count, AT_ONCE):
            some = tapes[at : at + AT_ONCE]
            dials = (loop.create_connection(partial(_same, one), *where) for one in some)
            await asyncio.gather(*dials)
        await _quiet(tapes)
    return tapes


def _same(tape: Tape) -> Tape:
    return tape


async def _quiet(tapes: list[Tape]) -> None:
    """Until nothing more comes."""
    before = -1
    while (now := sum(len(tape.chunks) for tape in tapes)) != before or not all(
        tape.chunks for tape in tapes
    ):
        before = now
        await asyncio.sleep(QUIET_S)


async def listen(order: Order) -> None:
    """Connect, note, and say what was heard."""
    began = time.monotonic()
    tapes = await _connected(order)
    last = max(tape.chunks[-1][0] for tape in tapes)
    streams = playing.streams_of(tapes[0].chunks) if order.kind == "citiverse" else {}
    for tape in tapes:
        tape.chunks.clear()
    arrived = Arrived(streams, last - began, time.monotonic())
    print(READY, flush=True)
    line = await asyncio.to_thread(sys.stdin.readline)
    expected = msgspec.json.decode(line, type=dict[int, float])
    if any(tape.lost for tape in tapes):
        raise ConnectionResetError("a client was let go")
    print(msgspec.json.encode(_heard(order, tapes, arrived, expected)).decode())


def _heard(order: Order, tapes: list[Tape], arrived: Arrived, expected: dict[int, float]) -> Heard:
    latencies: list[float] = []
    size = lost = values = 0
    for client, tape in enumerate(tapes):
        if order.kind == "nats":
            played = playing.played_nats(tape.chunks)
        else:
            place = order.places[client] if order.places else None
            played = playing.played(tape.chunks, arrived, place)
        latencies += played.latencies
        size += played.bytes
        values += len(played.latencies)
        near = played.near
        lost += sum(
            played.last.get(stream) != value
            for stream, value in expected.items()
            if near is None or stream in near
        )
    p50, p99 = np.percentile(latencies, (50, 99)) * 1000.0 if latencies else (0.0, 0.0)
    return Heard(
        p50_ms=float(p50),
        p99_ms=float(p99),
        values=values,
        bytes=size,
        lost=lost,
        arrival_s=arrived.took_s,
        sensors=len(arrived.streams),
    )


def main() -> None:
    """Listen until told."""
    uvloop.run(listen(msgspec.json.decode(sys.stdin.readline(), type=Order)))


if __name__ == "__main__":
    main()
