"""`citiverse bench egress`: processor time for each gigabyte of tiles, beside nginx's."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from citiverse.bench import socket_client
from citiverse.bench.message_type import type_of
from citiverse.bench.row import Row
from citiverse.bench.serving import run_time_s, serving
from citiverse.bench.sources import sources
from citiverse.bench.stream import servers
from citiverse.bench.usage import BenchError
from citiverse.certificates import Files, make
from citiverse_server.scene import open_scene
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

HOST = "127.0.0.1"
FULL_BYTES, QUICK_BYTES = 1_000_000_000, 100_000_000
FULL_RUNS, QUICK_RUNS = 3, 1
CITY = ("testtown-lod3", "testtown-lod3/lod3_building_v2.gml")
"""Textured, so that its tiles are large; without it the demo town stands in."""
# Of the scene's contents those from this size on: smaller ones measure requests, not bytes.
LEAST_BYTES = 16_000
EYE_M, AWAY_M = 2.0, 50_000.0
CLIENTS, STREAMS = 4, 16
# A client may look 20 times a second.
PAUSE_S = 0.052
# What comes by the stream comes no faster than one may look.
STREAM_SHARE = 10
GIGABYTE = 1_000_000_000
GOAL = 2.0
PATIENCE_S = 600.0
CONTENT = frozenset((b"place", b"collider", b"part"))


class _Content(msgspec.Struct):
    content: bytes = b""


class _Extent(msgspec.Struct):
    min: tuple[float, float, float]
    max: tuple[float, float, float]

    def __iter__(self) -> Iterator[tuple[float, float, float]]:
        return iter((self.min, self.max))


class _Manifest(msgspec.Struct):
    extent: _Extent


class _Welcome(msgspec.Struct):
    manifest: _Manifest


_content = msgspec.msgpack.Decoder(_Content)
_welcome = msgspec.msgpack.Decoder(_Welcome)


def run(quick: bool) -> Iterator[Row]:
    """Plain and over TLS, by GET and by the stream. Raises BenchError."""
    wanted = QUICK_BYTES if quick else FULL_BYTES
    runs = QUICK_RUNS if quick else FULL_RUNS
    with tempfile.TemporaryDirectory() as named, ExitStack() as stack:
        folder = Path(named)
        scene = _scene(folder)
        paths, mean = _paths(scene)
        tls = Files(folder / "tls")
        make(tls, ("localhost", ip_address(HOST)), datetime.now(UTC))
        about = f"{len(paths)} tiles of {mean / 1000:.0f} kB on average, {CLIENTS} connections,"
        about += f" {STREAMS} streams, loopback, load {os.getloadavg()[0]:.1f}"
        peer = _peer(stack, folder, tls)
        secure = ("--tls-cert", str(tls.server), "--tls-key", str(tls.server_key))
        for line, options in (("plain", ()), ("tls", secure)):
            trust = ssl.create_default_context(cafile=str(tls.authority)) if options else None
            with serving([scene], *options) as (address, ours):
                port = urlsplit(address).port or 0
                get = partial(_get, port, trust, paths, wanted)
                stream = partial(_stream, port, trust, scene.name, wanted // STREAM_SHARE)
                their = (peer.tls if options else peer.http1) if peer is not None else 0
                mine, theirs, streamed = [], [], []
                for _ in range(runs):
                    mine.append(_cost_of(ours, get))
                    streamed.append(_cost_of(ours, stream))
                    if peer is not None:
                        pull = partial(_get, their, trust, paths, wanted)
                        theirs.append(_cost_of(peer.process, pull))
            yield from _rows(line, about, {"http": mine, "stream": streamed}, theirs)


def _rows(line: str, about: str, ours: dict[str, list[float]], nginx: list[float]) -> Iterator[Row]:
    for way, costs in ours.items():
        yield Row("egress", f"cpu_per_gb_{way}_{line}", tuple(costs), "s/GB", about)
        if nginx:
            ratios = tuple(mine / theirs for mine, theirs in zip(costs, nginx, strict=True))
            goal = GOAL if way == "http" else None
            yield Row("egress", f"of_nginx_{way}_{line}", ratios, "times", about, goal)
    if nginx:
        yield Row("egress", f"cpu_per_gb_nginx_{line}", tuple(nginx), "s/GB", about)


def _scene(folder: Path) -> Path:
    (source,) = sources((CITY,))
    scene = folder / "scenes" / source.name
    scene.parent.mkdir()
    tile(TileOptions((source.file(folder),), scene))
    return scene


def _paths(scene: Path) -> tuple[list[str], float]:
    """Where the larger contents lie below `/scenes/`, and their mean size as they are sent."""
    opened = open_scene(scene)
    tiles = opened.catalog.tiles
    sizes = tiles.content_gzip_bytes
    rows = [row for row in range(tiles.count) if sizes[row] >= LEAST_BYTES]
    rows = rows or [int(sizes.argmax())]
    files = (Path(str(opened.tile_file(row).path)).relative_to(scene) for row in rows)
    mean = float(tiles.content_gzip_bytes[rows].mean())
    return [f"/scenes/{scene.name}/{file.as_posix()}" for file in files], mean


def _peer(stack: ExitStack, folder: Path, tls: Files) -> servers.Ports | None:
    if servers.nginx_here() is None:
        print("bench egress: there is no nginx (CITIVERSE_NGINX): ours alone.", file=sys.stderr)
        return None
    return stack.enter_context(servers.nginx(folder, (), HOST, folder, tls))


def _cost_of(process: int, pull: Callable[[], int]) -> float:
    """Seconds of a server and its children for each gigabyte that was pulled from it."""
    before = run_time_s(process)
    pulled = pull()
    return (run_time_s(process) - before) / pulled * GIGABYTE


def _get(port: int, trust: ssl.SSLContext | None, paths: list[str], wanted: int) -> int:
    """Pulls so many bytes by GET, over as many connections as there are clients."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        each = [pool.submit(_pull, port, trust, paths, wanted // CLIENTS) for _ in range(CLIENTS)]
        return sum(one.result() for one in each)


def _pull(port: int, trust: ssl.SSLContext | None, paths: list[str], wanted: int) -> int:
    """One connection that asks for one path after the other."""
    pulled, buffer = 0, bytearray(1 << 20)
    with ExitStack() as stack:
        line = stack.enter_context(socket.create_connection((HOST, port), PATIENCE_S))
        if trust is not None:
            line = stack.enter_context(trust.wrap_socket(line, server_hostname="localhost"))
        while pulled < wanted:
            for path in paths:
                ask = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept-Encoding: gzip\r\n\r\n"
                line.sendall(ask.encode())
                pulled += _body(line, buffer)
    return pulled


def _body(line: socket.socket, buffer: bytearray) -> int:
    """Reads one answer and throws it away; its length."""
    head = b""
    while (end := head.find(b"\r\n\r\n")) < 0:
        got = line.recv_into(buffer)
        if not got:
            raise BenchError("the server hung up")
        head += bytes(memoryview(buffer)[:got])
    fields = head[:end].lower().split(b"\r\n")
    if not fields[0].startswith(b"http/1.1 200"):
        raise BenchError(f"the server says {fields[0].decode('latin-1')}")
    lengths = (field[15:] for field in fields if field.startswith(b"content-length:"))
    length = int(next(lengths))
    left = length - (len(head) - end - 4)
    while left > 0:
        left -= line.recv_into(buffer)
    return length


class Visitor:
    """Looks from near and from far in turn, so that the same tiles come again and again.

    `bytes` is the content that came.
    """

    def __init__(self, scene: str, wanted: int) -> None:
        self.bytes = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._wanted = wanted
        self._line: socket_client.Line | None = None
        self._hello = {"t": "hello", "protocol": [1, 1], "scene": scene}
        self._eye = [0.0, 0.0, EYE_M]
        self._seq = 0

    def connected(self, line: socket_client.Line) -> None:
        """The socket is open."""
        self._line = line
        self._send(self._hello)

    def received(self, message: bytes, framed_bytes: int) -> None:
        """Returns the credit of content at once."""
        del framed_bytes
        kind = type_of(message)
        if kind in CONTENT:
            if size := len(_content.decode(message).content):
                self.bytes += size
                self._send({"t": "credit", "bytes": size})
        elif kind == b"welcome":
            low, high = _welcome.decode(message).manifest.extent
            self._eye[:2] = [(a + b) / 2 for a, b in zip(low[:2], high[:2], strict=True)]
            self._look()
        elif kind == b"error":
            self.done.set_exception(BenchError(msgspec.msgpack.decode(message)["message"]))
        elif kind == b"complete" and self._line is not None:
            if self.bytes >= self._wanted:
                self._line.close()
            else:
                asyncio.get_running_loop().call_later(PAUSE_S, self._look)

    def closed(self) -> None:
        """It has what it wanted, or the server has had enough of it."""
        if not self.done.done():
            self.done.set_result(None)

    def _look(self) -> None:
        self._seq += 1
        if self._seq > 1:
            self._eye[0] += AWAY_M if self._seq % 2 == 0 else -AWAY_M
        level = [0.7071, 0.0, 0.0, 0.7071]
        view = {"t": "view", "seq": self._seq, "position": self._eye, "orientation": level}
        self._send({**view, "fov": [1.05], "viewport": [1280.0, 720.0]})

    def _send(self, message: Mapping[str, object]) -> None:
        assert self._line is not None
        self._line.send(msgspec.msgpack.encode(message))


def _stream(port: int, trust: ssl.SSLContext | None, scene: str, wanted: int) -> int:
    """Pulls so many bytes of content by as many sockets at a time."""

    async def visit() -> int:
        visitor = Visitor(scene, wanted // STREAMS)
        await socket_client.connect(HOST, port, "/ws", visitor, trust)
        async with asyncio.timeout(PATIENCE_S):
            await visitor.done
        if visitor.bytes < wanted // STREAMS:
            raise BenchError("the server let a client go")
        return visitor.bytes

    async def visits() -> int:
        return sum(await asyncio.gather(*(visit() for _ in range(STREAMS))))

    return asyncio.run(visits())
