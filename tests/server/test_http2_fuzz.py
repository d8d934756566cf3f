"""Whatever bytes come over HTTP/2: the connection ends or goes on, and nothing else happens."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import uvicorn
from h2.config import H2Configuration
from h2.connection import H2Connection
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from citiverse_server.engine import BoundedWebSocket
from citiverse_server.http2.connection import Http2Connection

EMPTY = b"\0\0\0\x04\0\0\0\0\0"


class Wire(asyncio.Transport):
    """Takes everything and tells nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False
        self.written = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += len(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """All of them are fine."""

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


def conversation() -> bytes:
    """What an ordinary client sends: settings, a request, a form, a socket with a message."""
    client = H2Connection(H2Configuration())
    client.initiate_connection()
    fields = {":method": "GET", ":scheme": "https", ":authority": "a", ":path": "/scenes"}
    client.send_headers(1, list(fields.items()), end_stream=True)
    client.send_headers(3, list({**fields, ":method": "POST"}.items()))
    client.send_data(3, b"text=good", end_stream=True)
    connect = {":method": "CONNECT", ":protocol": "websocket", **dict(list(fields.items())[1:])}
    client.send_headers(5, [*connect.items(), ("sec-websocket-version", "13")])
    client.send_data(5, b"\x82\x81\0\0\0\0x")
    client.increment_flow_control_window(1000)
    client.ping(bytes(8))
    return client.data_to_send()


CONVERSATION = conversation()


async def application(scope: Any, receive: Any, send: Any) -> None:
    message = await receive()
    if message["type"] == "websocket.connect":
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "bytes": bytes(5000)})
    elif message["type"] == "http.request":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": bytes(100_000)})


async def feed(pieces: list[bytes]) -> Wire:
    config = uvicorn.Config(application, ws_per_message_deflate=False, log_config=None)
    config.load()
    state = ServerState()
    failures: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: failures.append(context))
    connection = Http2Connection(config, state, {}, lambda: BoundedWebSocket(config, state, {}))
    wire = Wire()
    connection.connection_made(wire)
    for piece in pieces:
        connection.data_received(piece)
        await asyncio.sleep(0)
    connection.connection_lost(None)
    for _ in range(5):
        await asyncio.sleep(0)
    tasks = tuple(state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not state.connections
    assert failures == []
    return wire


def test_the_conversation_itself_is_answered() -> None:
    wire = asyncio.run(feed([CONVERSATION]))
    assert not wire.closed
    assert wire.written > 1000


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.integers(0, len(CONVERSATION) - 1), st.binary(max_size=12), st.booleans()),
        max_size=6,
    ),
    st.lists(st.integers(0, len(CONVERSATION)), max_size=4),
)
def test_a_conversation_that_is_damaged(
    edits: list[tuple[int, bytes, bool]], cuts: list[int]
) -> None:
    data = bytearray(CONVERSATION)
    for at, instead, inserted in edits:
        data[at : at + (0 if inserted else len(instead))] = instead
    places = [0, *sorted(cuts), len(data)]
    asyncio.run(feed([bytes(data[a:b]) for a, b in itertools.pairwise(places)]))


@settings(max_examples=100)
@given(
    st.lists(
        st.builds(
            lambda kind, flags, stream, payload: (
                len(payload).to_bytes(3, "big")
                + bytes([kind, flags])
                + stream.to_bytes(4, "big")
                + payload
            ),
            st.integers(0, 16),
            st.integers(0, 255),
            st.integers(0, 9),
            st.binary(max_size=40),
        ),
        max_size=12,
    )
)
def test_frames_of_any_kind_in_any_order(frames: list[bytes]) -> None:
    start = CONVERSATION[:24] + EMPTY
    asyncio.run(feed([start, *frames]))
