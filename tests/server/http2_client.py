"""A client of HTTP/2 that does just what a test says, over the `h2` library."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING, TypeVar

import h2.connection
import h2.events
import h2.exceptions
from h2.config import H2Configuration
from h2.settings import SettingCodes
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from server.conftest import Running

MOST_BYTES = 2**31 - 1
E = TypeVar("E", bound=h2.events.Event)


class Client:
    """One connection; `events` are those that nobody has taken yet."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.h2 = h2.connection.H2Connection(H2Configuration(header_encoding=None))
        self.events: list[h2.events.Event] = []
        self.bodies: dict[int, bytearray] = {}
        self.order: list[int] = []

    async def start(self, window: int) -> None:
        """Says hello, and waits for what the server can do."""
        self.h2.initiate_connection()
        self.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: window})
        if window:
            self.h2.increment_flow_control_window(MOST_BYTES - 65_535)
        await self.flush()
        await self.until(h2.events.RemoteSettingsChanged)

    async def flush(self) -> None:
        """Sends what the library has to say."""
        self.writer.write(self.h2.data_to_send())
        await self.writer.drain()

    async def raw(self, data: bytes) -> None:
        """Sends bytes that the library would never send."""
        self.writer.write(data)
        await self.writer.drain()

    async def ask(self, path: str, method: str = "GET", **fields: str) -> int:
        """Opens a stream with a request."""
        more = {name.replace("_", "-"): value for name, value in fields.items()}
        return await self.begin(path, {":method": method} | more, ended=True)

    async def begin(self, path: str, fields: dict[str, str], *, ended: bool = False) -> int:
        """Sends the head of a request on a stream of its own; the number of that."""
        number = self.h2.get_next_available_stream_id()
        head = {":scheme": "https", ":authority": "localhost", ":path": path} | fields
        in_order = sorted(head.items(), key=lambda field: not field[0].startswith(":"))
        self.h2.send_headers(number, in_order, end_stream=ended)
        await self.flush()
        return number

    async def receive(self) -> bool:
        """Takes one portion of what the server sends; false where it has closed."""
        data = await self.reader.read(65_536)
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.DataReceived):
                assert event.stream_id is not None
                assert event.data is not None
                self.bodies.setdefault(event.stream_id, bytearray()).extend(event.data)
                self.order.append(event.stream_id)
            self.events.append(event)
        await self.flush()
        return bool(data)

    async def until(self, kind: type[E], stream: int | None = None) -> E:
        """The next event of this kind, of this stream."""
        while True:
            for event in self.events:
                if isinstance(event, kind) and stream in (None, getattr(event, "stream_id", None)):
                    self.events.remove(event)
                    return event
            assert await self.receive(), f"the server has closed before {kind.__name__}"

    async def get(self, path: str, method: str = "GET", **fields: str) -> tuple[str, bytes]:
        """The status and the body of an answer."""
        number = await self.ask(path, method, **fields)
        head = await self.head(number)
        await self.until(h2.events.StreamEnded, number)
        return head[":status"], bytes(self.bodies.pop(number, b""))

    async def head(self, number: int) -> dict[str, str]:
        """The head of the answer on a stream."""
        event = await self.until(h2.events.ResponseReceived, number)
        fields = event.headers or []
        return {bytes(name).decode(): bytes(value).decode() for name, value in fields}

    async def ended(self) -> h2.events.ConnectionTerminated | None:
        """Waits until the server has closed; what it said when it did."""
        with contextlib.suppress(ConnectionError, h2.exceptions.ProtocolError):
            while await self.receive():
                pass
        last = [e for e in self.events if isinstance(e, h2.events.ConnectionTerminated)]
        return last[0] if last else None

    async def open_socket(self, path: str = "/ws") -> Socket:
        """A WebSocket on a stream of its own (RFC 8441)."""
        fields = {
            ":method": "CONNECT",
            ":protocol": "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-protocol": "citiverse.v1",
            "origin": "https://localhost",
        }
        number = await self.begin(path, fields)
        return Socket(self, number, await self.head(number))


class Socket:
    """A WebSocket on a stream, as far as a `Stranger` needs it."""

    def __init__(self, client: Client, number: int, head: dict[str, str]) -> None:
        self.client = client
        self.number = number
        self.head = head
        self.protocol = Protocol(CLIENT, max_size=None)
        self._frames: list[Frame] = []

    async def send(self, data: bytes) -> None:
        """Sends one message."""
        self.protocol.send_binary(data)
        for piece in self.protocol.data_to_send():
            self.client.h2.send_data(self.number, piece)
        await self.client.flush()

    async def recv(self) -> bytes:
        """The next message."""
        while True:
            for event in self.protocol.events_received():
                assert isinstance(event, Frame)
                self._frames.append(event)
            while self._frames:
                frame = self._frames.pop(0)
                if frame.opcode is Opcode.BINARY:
                    return bytes(frame.data)
            await self.feed()

    async def feed(self) -> None:
        """Hands over what has come on the stream."""
        while not self.client.bodies.get(self.number):
            assert await self.client.receive(), "the server has closed"
        self.protocol.receive_data(bytes(self.client.bodies.pop(self.number)))
        for piece in self.protocol.data_to_send():
            if piece:
                self.client.h2.send_data(self.number, piece)
        await self.client.flush()


@contextlib.asynccontextmanager
async def connected(
    running: Running, authority: Path, window: int = MOST_BYTES
) -> AsyncIterator[Client]:
    """A client that trusts the authority and has said hello."""
    context = ssl.create_default_context(cafile=authority)
    context.set_alpn_protocols(["h2"])
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", running.port, ssl=context, server_hostname="localhost"
    )
    client = Client(reader, writer)
    try:
        await client.start(window)
        yield client
    finally:
        writer.transport.abort()
