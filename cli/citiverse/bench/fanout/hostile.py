"""Clients that mean no good, in a process of their own, until they are ended.

    python -m citiverse.bench.fanout.hostile HOST PORT SCENE

One never reads what it is sent. One is elsewhere in the city with every view, as often as views are
taken. One sends a thousand views a second. Whoever is thrown out comes again at once.
"""

from __future__ import annotations

import asyncio
import random
import sys
from typing import TYPE_CHECKING

import msgspec

from citiverse.bench import socket_client

if TYPE_CHECKING:
    from collections.abc import Iterator

READY = "ready"
REACH_M = 400.0
AGAIN_S = 0.05
_encode = msgspec.msgpack.Encoder().encode


class Hostile:
    """One socket that says hello, and then views at its own rate."""

    def __init__(self, scene: str, *, reads: bool) -> None:
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.line: asyncio.Future[socket_client.Line] = asyncio.get_running_loop().create_future()
        self._scene = scene
        self._reads = reads

    def connected(self, line: socket_client.Line) -> None:
        """The socket is open."""
        line.send(_encode({"t": "hello", "protocol": [1, 1], "scene": self._scene}))
        if not self._reads:
            line.stop_reading()
        self.line.set_result(line)

    def received(self, message: bytes, framed_bytes: int) -> None:
        """Returns credit for more than came, so that nothing holds the server back."""
        if message[4:9] in (b"place", b"colli") and not self.gone.done():
            self.line.result().send(_encode({"t": "credit", "bytes": framed_bytes}))

    def closed(self) -> None:
        """Thrown out."""
        if not self.gone.done():
            self.gone.set_result(None)


async def harass(host: str, port: int, scene: str, *, reads: bool, pause_s: float) -> None:
    """Comes, sends views so often, is thrown out, and comes again; for ever."""
    views = _views()
    while True:
        hostile = Hostile(scene, reads=reads)
        try:
            await socket_client.connect(host, port, "/ws", hostile)
            line = await hostile.line
            try:
                while not hostile.gone.done():
                    line.send(next(views))
                    await asyncio.sleep(pause_s)
            finally:
                line.close()
                await asyncio.sleep(0)
        except OSError:
            pass
        await asyncio.sleep(AGAIN_S)


def _views() -> Iterator[bytes]:
    """Each from elsewhere."""
    places = random.Random(5)
    seq = 0
    while True:
        seq += 1
        x, y = (places.uniform(-REACH_M, REACH_M) for _ in range(2))
        yield _encode(
            {
                "t": "view",
                "seq": seq,
                "position": [x, y, 2.0],
                "orientation": [0.7071, 0.0, 0.0, 0.7071],
                "fov": [1.05],
                "viewport": [1280.0, 720.0],
            }
        )


async def _all(host: str, port: int, scene: str) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(harass(host, port, scene, reads=False, pause_s=1.0))
        # Just below the 20 a second that are taken.
        group.create_task(harass(host, port, scene, reads=True, pause_s=0.055))
        group.create_task(harass(host, port, scene, reads=True, pause_s=0.001))
        print(READY, flush=True)


def main(host: str, port: str, scene: str) -> None:
    """Do harm until ended."""
    asyncio.run(_all(host, int(port), scene))


if __name__ == "__main__":
    main(*sys.argv[1:])
