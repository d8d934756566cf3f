"""What the engine makes by itself is what the library would make, and arrives whole."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, cast

import pytest
import websockets
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from citiverse_server.engine import RECORD_BYTES, BoundedWebSocket, Inbox, frame_head

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

    from citiverse.certificates import Files
    from server.conftest import Serving


@given(st.one_of(st.integers(0, 1000), st.integers(65_000, 70_000)))
def test_a_frame_begins_as_the_library_has_it(size: int) -> None:
    data = bytes(size)
    assert frame_head(size) + data == Frame(Opcode.BINARY, data).serialize(mask=False)


def test_what_came_first_is_taken_first_and_a_reader_waits_for_more() -> None:
    async def run() -> list[str]:
        inbox = Inbox()
        assert inbox.empty()
        reading = asyncio.create_task(inbox.get())
        await asyncio.sleep(0)
        for kind in ("a", "b", "c"):
            inbox.put_nowait({"type": "websocket.receive", "text": kind})
        taken = [await reading, await inbox.get(), await inbox.get()]
        assert inbox.empty()
        return [cast("dict[str, str]", event)["text"] for event in taken]

    assert asyncio.run(run()) == ["a", "b", "c"]


@pytest.mark.anyio
async def test_over_tls_a_long_message_goes_in_records_and_arrives_whole(
    serving: Serving, certificate: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = bytes(range(256)) * (RECORD_BYTES // 64)
    original = BoundedWebSocket.send

    async def send(self: BoundedWebSocket, message: ASGISendEvent) -> None:
        if message["type"] == "websocket.send":
            message = {"type": "websocket.send", "bytes": long, "text": None}
        await original(self, message)

    monkeypatch.setattr(BoundedWebSocket, "send", send)
    trust = ssl.create_default_context(cafile=certificate.authority)
    async with (
        serving(tls_cert=certificate.server, tls_key=certificate.server_key) as running,
        websockets.connect(
            f"wss://localhost:{running.port}/ws", ssl=trust, max_size=None
        ) as socket,
    ):
        await socket.send(b"no message")
        assert await socket.recv() == long
