"""Tiles by reference: the server chooses, whoever keeps the files delivers them."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any

import httpx
import msgpack
import pytest

from citiverse_server.config import ServerConfig
from citiverse_server.errors import ConfigError
from citiverse_server.pages import content_security_policy

if TYPE_CHECKING:
    from pathlib import Path

    from server.conftest import Serving
    from server.stranger import Stranger

START = {"fov": [1.0], "viewport": [1280, 720]}


async def until_complete(stranger: Stranger, **more: object) -> list[dict[str, Any]]:
    hello = {"t": "hello", "protocol": [1, 1], "scene": "town", "start": START, **more}
    await stranger.send(hello)
    messages: list[dict[str, Any]] = []
    async with asyncio.timeout(5):
        while not messages or messages[-1]["t"] != "complete":
            messages.append(msgpack.unpackb(await stranger.socket.recv()))
            if "size" in messages[-1]:
                await stranger.send({"t": "credit", "bytes": messages[-1]["size"]})
    return messages


async def next_place(stranger: Stranger) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = msgpack.unpackb(await stranger.socket.recv())
        if message["t"] == "place":
            return message


@pytest.mark.anyio
async def test_what_an_address_leads_to_is_the_tile(serving: Serving) -> None:
    async with (
        serving(delivery="reference") as running,
        running.stranger() as stranger,
        httpx.AsyncClient(base_url=running.http) as client,
    ):
        messages = await until_complete(stranger, references=True)
        assert messages[0]["delivery"] == "reference"
        places = [message for message in messages if message["t"] == "place"]
        assert len(places) > 3
        for place in places:
            assert place["encoding"] == "reference"
            assert "content" not in place
            answer = await client.get(place["url"])
            assert hashlib.sha256(answer.content).digest()[:16] == place["hash"]
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "immutable" in answer.headers["cache-control"]
        cells = [message for message in messages if message["t"] == "collider"]
        assert all("content" in cell for cell in cells)


@pytest.mark.anyio
async def test_who_cannot_fetch_gets_tiles_as_ever(serving: Serving) -> None:
    async with serving(delivery="reference") as running, running.stranger() as stranger:
        messages = await until_complete(stranger)
        assert messages[0]["delivery"] == "value"
        assert {m["encoding"] for m in messages if m["t"] == "place"} <= {"identity", "gzip"}


@pytest.mark.anyio
async def test_a_server_that_delivers_by_value_does_so_to_all(serving: Serving) -> None:
    async with serving() as running, running.stranger() as stranger:
        messages = await until_complete(stranger, references=True)
        assert messages[0]["delivery"] == "value"


@pytest.mark.anyio
async def test_addresses_begin_with_where_content_is_kept(serving: Serving) -> None:
    base = "https://cdn.example/city"
    async with (
        serving(delivery="reference", content_url=base) as running,
        running.stranger() as stranger,
    ):
        messages = await until_complete(stranger, references=True)
        urls = [message["url"] for message in messages if message["t"] == "place"]
        assert all(url.startswith(f"{base}/scenes/town/tiles/") for url in urls)


@pytest.mark.anyio
async def test_references_that_are_not_consumed_hold_the_next_back(serving: Serving) -> None:
    async with (
        serving(delivery="reference", window_bytes=1) as running,
        running.stranger() as stranger,
    ):
        hello = {"t": "hello", "protocol": [1, 1], "scene": "town", "start": START}
        await stranger.send({**hello, "references": True})
        await next_place(stranger)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(next_place(stranger), 0.2)


def test_the_page_may_fetch_from_there_and_nowhere_else() -> None:
    policy = content_security_policy(b"", "https://cdn.example/city")
    assert "connect-src 'self' https://cdn.example;" in policy
    assert "connect-src 'self';" in content_security_policy(b"")


@pytest.mark.parametrize(
    "address", ["cdn.example", "ftp://cdn.example", "https://a b", "https://a/", "https://a;x"]
)
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError, match="no address of content"):
        ServerConfig((tmp_path,), content_url=address)
