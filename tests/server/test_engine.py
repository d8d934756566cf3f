"""What never ends, by length, by time or by not reading, costs the server one connection."""

from __future__ import annotations

import asyncio
import base64
import socket
from functools import partial
from typing import TYPE_CHECKING

import pytest
import websockets

from citiverse_server import engine
from server.scenes import SceneOptions, write_scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from server.conftest import Serving

pytestmark = pytest.mark.anyio


FINE = b"GET /healthz HTTP/1.1\r\nHost: town\r\n\r\n"


async def empty_pieces() -> AsyncIterator[bytes]:
    while True:
        yield b""
        await asyncio.sleep(0)


async def for_ever(send: Callable[[], Awaitable[None]]) -> None:
    while True:
        await send()
        await asyncio.sleep(0)


async def test_an_endless_head_is_refused(serving: Serving) -> None:
    async with serving() as running:
        for start in (b"GET /", b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(start + (b"a: b\r\n" if start.endswith(b"\n") else b"a") * 40_000)
            assert b" 400 " in await reader.readline()
            writer.close()


async def test_a_head_that_never_ends_in_time_is_cut_off(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "HEAD_TIMEOUT_S", 0.05)
    async with serving() as running:
        for start in (b"", b"GET /healthz HTTP/1.1\r\n", FINE + b"GET /healthz HT"):
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(start)
            try:
                assert (b"200 OK" in await reader.read()) == start.startswith(FINE)
            except ConnectionResetError:
                assert not start.startswith(FINE)
            writer.close()


async def test_requests_one_after_another_and_at_once_are_answered(serving: Serving) -> None:
    async with serving() as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(FINE * 3)
        for _ in range(3):
            assert b"200" in await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(3) == b"ok\n"
        writer.write(FINE)
        assert b"200" in await reader.readuntil(b"\r\n\r\n")
        writer.close()


async def test_the_last_bytes_of_a_body_are_no_head(serving: Serving) -> None:
    body = b"a" * 2 * engine.MAX_HEAD_BYTES
    head = f"POST /healthz HTTP/1.1\r\nHost: town\r\nContent-Length: {len(body)}\r\n\r\n"
    async with serving() as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(head.encode())
        await writer.drain()
        writer.write(body)
        assert b" 405 " in await reader.readline()
        writer.close()


async def test_a_message_in_countless_pieces_is_cut_off(serving: Serving) -> None:
    async with serving() as running, running.stranger() as stranger:
        await stranger.hello("town")
        with pytest.raises(websockets.ConnectionClosed):
            await stranger.socket.send(empty_pieces())
        async with running.stranger() as other:
            await other.hello("town")


async def test_pings_of_a_client_that_does_not_read_are_cut_off(serving: Serving) -> None:
    ping = b"\x89" + bytes([0x80 | 125]) + bytes(4 + 125)
    async with serving() as running:
        with socket.socket() as narrow:
            narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            narrow.connect(("127.0.0.1", running.port))
            narrow.setblocking(False)
            loop = asyncio.get_running_loop()
            key = base64.b64encode(bytes(16))
            await loop.sock_sendall(
                narrow,
                b"GET /ws HTTP/1.1\r\nHost: town\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n",
            )
            assert b"101" in await loop.sock_recv(narrow, 1000)
            with pytest.raises(ConnectionError):
                await for_ever(partial(loop.sock_sendall, narrow, ping * 1000))
        while running.application.hub.metrics.sessions:
            await asyncio.sleep(0.01)
        async with running.stranger() as other:
            await other.hello("town")


async def test_an_answer_that_nobody_reads_is_given_up(
    serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "WRITE_TIMEOUT_S", 0.05)
    scene = write_scene(tmp_path / "large", SceneOptions(content_bytes=8_000_000, levels=1))
    (tile, *_) = (scene / "tiles" / "ground").glob("*.glb")
    async with serving(scenes=(scene,)) as running:
        with socket.socket() as narrow:
            narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            narrow.connect(("127.0.0.1", running.port))
            narrow.setblocking(False)
            loop = asyncio.get_running_loop()
            path = f"/scenes/town/tiles/ground/{tile.name}".encode()
            await loop.sock_sendall(narrow, b"GET " + path + b" HTTP/1.1\r\nHost: town\r\n\r\n")
            assert b"200" in await loop.sock_recv(narrow, 100)
            while running.server.server_state.connections:
                await asyncio.sleep(0.01)


async def test_a_slow_client_that_reads_on_gets_its_whole_answer(
    serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "WRITE_TIMEOUT_S", 0.2)
    options = SceneOptions(content_bytes=12_000_000, levels=1)
    scene = write_scene(tmp_path / "large", options)
    (tile, *_) = (scene / "tiles" / "ground").glob("*.glb")
    async with serving(scenes=(scene,)) as running:
        monkeypatch.setattr(running.server.config, "timeout_keep_alive", 0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port, limit=4096)
        writer.write(f"GET /scenes/town/tiles/ground/{tile.name} HTTP/1.1\r\n".encode())
        writer.write(b"Host: town\r\n\r\n")
        assert b"200" in await reader.readuntil(b"\r\n\r\n")
        left = tile.stat().st_size
        while left:
            left -= len(await reader.readexactly(min(left, 200_000)))
            await asyncio.sleep(0.01)
        writer.close()


async def test_a_client_that_answers_no_ping_is_let_go(serving: Serving) -> None:
    async with serving() as running, running.stranger() as stranger:
        await stranger.hello("town")
        (connection,) = running.server.server_state.connections
        assert isinstance(connection, engine.BoundedWebSocket)
        connection.keepalive_timeout()
        with pytest.raises(websockets.ConnectionClosed):
            await stranger.until("error")
        while running.application.hub.metrics.sessions:
            await asyncio.sleep(0.01)
