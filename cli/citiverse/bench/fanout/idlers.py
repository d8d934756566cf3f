"""Clients that say hello and then nothing, in a process of their own.

    python -m citiverse.bench.fanout.idlers HOST PORT SCENE [AUTHORITY [ALPN]]

For each number on its standard input it opens so many sockets and prints `open` when all of them
have been welcomed and it has been quiet for a moment. They are held until its input ends.
"""

from __future__ import annotations

import asyncio
import ssl
import sys

import msgspec

from citiverse.bench import socket_client

OPEN = "open"
QUIET_S = 0.6
TOGETHER = 50


class Idler:
    """One client."""

    def __init__(self, scene: str) -> None:
        self.welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line: socket_client.Line | None = None
        self._hello = msgspec.msgpack.encode({"t": "hello", "protocol": [1, 1], "scene": scene})

    def connected(self, line: socket_client.Line) -> None:
        """The socket is open."""
        self._line = line
        line.send(self._hello)

    def leave(self) -> None:
        """Goes away without a word."""
        if self._line is not None:
            self._line.close()

    def received(self, message: bytes, framed_bytes: int) -> None:
        """The first message is `welcome`."""
        del message, framed_bytes
        if not self.welcomed.done():
            self.welcomed.set_result(None)

    def closed(self) -> None:
        """The server has gone."""
        if not self.welcomed.done():
            self.welcomed.set_exception(ConnectionResetError("the server let a client go"))


async def hold(host: str, port: int, scene: str, tls: ssl.SSLContext | None) -> None:
    """Opens sockets as it is told, until nobody tells it any more."""
    held: list[Idler] = []
    while words := await asyncio.to_thread(sys.stdin.readline):
        wanted = len(held) + int(words)
        while len(held) < wanted:
            some = [Idler(scene) for _ in range(min(TOGETHER, wanted - len(held)))]
            for idler in some:
                await socket_client.connect(host, port, "/ws", idler, tls)
            await asyncio.gather(*(idler.welcomed for idler in some))
            held += some
        await asyncio.sleep(QUIET_S)
        print(OPEN, flush=True)


def main(host: str, port: str, scene: str, authority: str = "", alpn: str = "") -> None:
    """Hold sockets; over TLS where an authority is named."""
    tls = None
    if authority:
        tls = ssl.create_default_context(cafile=authority)
        tls.set_alpn_protocols([alpn])
    asyncio.run(hold(host, int(port), scene, tls))


if __name__ == "__main__":
    main(*sys.argv[1:])
