"""Heads of requests that never end, by length or by time, cost the server nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from citiverse_server import engine

if TYPE_CHECKING:
    from server.conftest import Serving

pytestmark = pytest.mark.anyio

FINE = b"GET /healthz HTTP/1.1\r\nHost: town\r\n\r\n"


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
