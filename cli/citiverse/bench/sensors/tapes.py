"""Many clients in one process, which only note what comes and when; read when all is over.

    python -m citiverse.bench.sensors.tapes

takes one `Order` as JSON on its standard input, prints `READY` when all are connected and have been
quiet for a moment, and after any further line `Heard` as JSON.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
import uvloop

from citiverse.bench.sensors import playing
from citiverse.bench.sensors.playing import Arrived
from citiverse.bench.socket_client import connect

if TYPE_CHECKING:
    from citiverse.bench.sensors.playing import Messages
    from citiverse.bench.socket_client import Line

READY = "ready"
QUIET_S = 0.5
TIMEOUT_S = 180.0
AT_ONCE = 20

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


class Tape:
    """One client (`socket_client.Listener`)."""

    def __init__(self, greeting: list[bytes]) -> None:
        self.messages: Messages = []
        self.lost = False
        self._greeting = greeting

    def connected(self, line: Line) -> None:
        """Greets."""
        for message in self._greeting:
            line.send(message)

    def received(self, message: bytes, framed_bytes: int) -> None:
        """Notes what comes."""
        self.messages.append((time.monotonic(), message, framed_bytes))

    def closed(self) -> None:
        """Nobody is meant to go before the end."""
        self.lost = True


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
    path = "/ws" if order.kind == "citiverse" else "/"
    tapes = [Tape(_greeting(order, client)) for client in range(order.count)]
    async with asyncio.timeout(TIMEOUT_S):
        for at in range(0, order.count, AT_ONCE):
            some = tapes[at : at + AT_ONCE]
            await asyncio.gather(*(connect(order.host, order.port, path, one) for one in some))
        await _quiet(tapes)
    return tapes


async def _quiet(tapes: list[Tape]) -> None:
    """Until nothing more comes."""
    before = -1
    while (now := sum(len(tape.messages) for tape in tapes)) != before or not all(
        tape.messages for tape in tapes
    ):
        before = now
        await asyncio.sleep(QUIET_S)


async def listen(order: Order) -> None:
    """Connect, note, and say what was heard."""
    began = time.monotonic()
    tapes = await _connected(order)
    last = max(tape.messages[-1][0] for tape in tapes)
    streams = playing.streams_of(tapes[0].messages) if order.kind == "citiverse" else {}
    for tape in tapes:
        tape.messages.clear()
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
            played = playing.played_nats(tape.messages)
        else:
            place = order.places[client] if order.places else None
            played = playing.played(tape.messages, arrived, place)
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
