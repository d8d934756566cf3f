"""Hello in the address of the socket: read like any message of a stranger."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgpack
import pytest
import websockets
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.errors import ErrorCode, ProtocolError
from citiverse_server.greeting import MAX_QUERY_BYTES, greeting_in
from citiverse_server.protocol import Hello

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.conftest import Serving

START = {"fov": [1.0], "viewport": [1280, 720]}
HELLO = {"t": "hello", "protocol": [1, 1], "scene": "town", "start": START}


def query(**changes: object) -> bytes:
    return f"hello={quote(json.dumps(HELLO | changes))}".encode()


def refused(said: bytes) -> ErrorCode:
    with pytest.raises(ProtocolError) as caught:
        greeting_in(said)
    return caught.value.code


async def ended(socket: websockets.ClientConnection) -> AsyncIterator[bytes]:
    """Everything until the server closes."""
    with contextlib.suppress(websockets.ConnectionClosed):
        async for message in socket:
            if isinstance(message, bytes):
                yield message


def test_a_query_without_a_hello_says_nothing() -> None:
    assert greeting_in(b"") is None
    assert greeting_in(b"other=1") is None


def test_a_hello_in_the_address_is_the_same_message() -> None:
    hello = greeting_in(query(profile="phone", budget_bytes=1000))
    assert isinstance(hello, Hello)
    assert (hello.scene, hello.profile, hello.budget_bytes) == ("town", "phone", 1000)
    assert hello.start is not None
    assert hello.start.viewport == (1280, 720)


@pytest.mark.parametrize("secret", [{"name": "Ada"}, {"token": "t"}, {"resume": "r"}])
def test_names_and_secrets_are_refused_in_an_address(secret: dict[str, str]) -> None:
    assert refused(query(**secret)) is ErrorCode.BAD_MESSAGE


def test_names_of_contents_are_whole_or_refused() -> None:
    assert refused(query(kept="AAAA")) is ErrorCode.BAD_MESSAGE


def test_a_sight_that_no_eye_has_is_refused() -> None:
    assert refused(query(start=START | {"viewport": [-1, 0]})) is ErrorCode.BAD_MESSAGE


def test_a_query_too_long_is_refused_unread() -> None:
    assert refused(b"hello=" + b"x" * MAX_QUERY_BYTES) is ErrorCode.TOO_LARGE


@given(st.binary(max_size=300))
def test_whatever_stands_there_is_read_or_refused(said: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert greeting_in(b"hello=" + said) is None


def test_nesting_ends_nothing() -> None:
    assert refused(b"hello=" + b"[" * 4000) is ErrorCode.BAD_MESSAGE


@pytest.mark.anyio
async def test_who_greets_is_answered_before_she_says_a_word(serving: Serving) -> None:
    async with serving() as running:
        address = f"ws://127.0.0.1:{running.port}/ws?{query().decode()}"
        async with asyncio.timeout(10), websockets.connect(address, max_size=None) as socket:
            heard = [msgpack.unpackb(await socket.recv())["t"]]
            while heard[-1] != "complete":
                heard.append(msgpack.unpackb(await socket.recv())["t"])
    assert heard[0] == "welcome"
    assert "place" in heard


@pytest.mark.anyio
async def test_who_greets_and_says_hello_again_is_shown_out(serving: Serving) -> None:
    async with serving() as running:
        address = f"ws://127.0.0.1:{running.port}/ws?{query().decode()}"
        async with asyncio.timeout(10), websockets.connect(address, max_size=None) as socket:
            await socket.send(msgpack.packb(HELLO))
            last = [msgpack.unpackb(message) async for message in ended(socket)][-1]
    assert last["code"] == ErrorCode.WRONG_ORDER


@pytest.mark.anyio
async def test_a_greeting_that_cannot_be_read_is_answered_by_an_error(serving: Serving) -> None:
    async with serving() as running:
        address = f"ws://127.0.0.1:{running.port}/ws?hello=%7B"
        async with asyncio.timeout(10), websockets.connect(address) as socket:
            assert msgpack.unpackb(await socket.recv())["code"] == ErrorCode.BAD_MESSAGE
