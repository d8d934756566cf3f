"""uvicorn's two protocols, bounded against clients that send for ever or never read; HTTP/2 beside.

uvicorn with httptools keeps a request's head however long it grows and however long it takes, and
its WebSocket can only be closed after the client has taken what is queued.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import OPEN

from . import tls
from .line import EXTENSION, Line

if TYPE_CHECKING:
    from asyncio import BaseTransport, TimerHandle, Transport

    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
    from websockets.frames import Frame
    from websockets.http11 import Request

MAX_HEAD_BYTES = 32 * 1024
HEAD_TIMEOUT_S = 10.0
WRITE_TIMEOUT_S = 30.0
MAX_FRAGMENTS = 64
MARK = b"mark"
FINAL_BINARY = b"\x82"
JOINED_BYTES = 4096
"""Up to here copying bytes costs less than handing on two pieces."""
RECORD_BYTES = 16 * 1024
"""TLS is given no more at a time: it keeps a buffer as long as the most that it ever was given."""


class BoundedHttp(HttpToolsProtocol):
    """A request's head must come within 10 s and 32 KiB, and its answer be read without a pause of
    more than 30 s, or the connection is closed.
    """

    _in_head = True
    _has_ended = False
    _head_bytes = 0
    _head_timer: TimerHandle | None = None
    _write_timer: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """A client that connects must ask for something; one that speaks HTTP/2 elsewhere."""
        transport = cast("Transport", transport)
        if tls.speaks_http2(transport):
            # Plain servers never need it, and it is a tenth of a second to import.
            from .http2.connection import Http2Connection

            http2 = Http2Connection(
                self.config, self.server_state, self.app_state, self._open_socket
            )
            transport.set_protocol(http2)
            http2.connection_made(transport)
            return
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, transport.abort)

    def _open_socket(self) -> BoundedWebSocket:
        return BoundedWebSocket(self.config, self.server_state, self.app_state)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._stop_head_timer()
        self._stop_write_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client doesn't read as fast as it is sent."""
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        """It has read."""
        self._stop_write_timer()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Closes an idle connection once the client has taken what is left for it."""
        self._watch_reading()
        super().timeout_keep_alive_handler()

    def _watch_reading(self) -> None:
        self._stop_write_timer()
        left = self.transport.get_write_buffer_size()
        if left:
            self._write_timer = self.loop.call_later(WRITE_TIMEOUT_S, self._check_reading, left)

    def _check_reading(self, left_before: int) -> None:
        """A slow client may take its time, as long as it takes something."""
        if self.transport.get_write_buffer_size() < left_before:
            self._watch_reading()
        else:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self.transport.abort)

    def on_headers_complete(self) -> None:
        """The head has come whole."""
        self._stop_head_timer()
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes next is another head."""
        self._in_head = self._has_ended = True
        self._head_bytes = 0
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Counts what comes before a head is whole; the end of a body is none of it."""
        self._has_ended = False
        super().data_received(data)
        if self._in_head and not self._has_ended:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The head of this request is too long.")

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None


def is_secure(transport: BaseTransport) -> bool:
    """Whether it speaks TLS."""
    return transport.get_extra_info("ssl_object") is not None


def frame_head(size: int) -> bytes:
    """What goes before a whole binary message of so many bytes from a server (RFC 6455, 5.2)."""
    if size < 126:
        return FINAL_BINARY + size.to_bytes(1)
    wide = b"\x7e" + size.to_bytes(2) if size < 1 << 16 else b"\x7f" + size.to_bytes(8)
    return FINAL_BINARY + wide


class Inbox:
    """What has come and hasn't been taken yet, for one reader.

    A queue of asyncio holds 3 KB even where it is empty, for every client that says nothing.
    """

    def __init__(self) -> None:
        self._waiting: list[ASGIReceiveEvent] = []
        self._reader: asyncio.Future[None] | None = None

    def put_nowait(self, event: ASGIReceiveEvent) -> None:
        """Keeps it for the reader."""
        self._waiting.append(event)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def empty(self) -> bool:
        """Whether all has been taken."""
        return not self._waiting

    async def get(self) -> ASGIReceiveEvent:
        """The oldest, as soon as there is one."""
        while not self._waiting:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._waiting.pop(0)


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """Tells the application of the line: it may close a socket at once, what is queued and all, and
    learn when what it has sent is there.

    Closes by itself on a message in countless empty pieces, and on a client that sends pings but
    doesn't read the pongs: either would fill the memory without ever reaching the application.
    """

    _line: Line | None = None
    _descriptor: int | None = None
    _most_at_once = 1 << 62

    def connection_made(self, transport: BaseTransport) -> None:
        """Holds as little as can be for a client that says nothing."""
        super().connection_made(cast("Transport", transport))
        self.queue = cast("asyncio.Queue[ASGIReceiveEvent]", Inbox())

    def handle_connect(self, event: Request) -> None:
        """Adds the line to the extensions of the ASGI scope, and what carries it."""
        if self.transport.get_extra_info("http_version") is None:
            if is_secure(self.transport):
                self._most_at_once = RECORD_BYTES
            elif (socket := self.transport.get_extra_info("socket")) is not None:
                self._descriptor = socket.fileno()
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["http_version"] = self.transport.get_extra_info("http_version", "1.1")
            self._line = Line(self.transport.abort, self._mark, self._push, self._ready)
            self.scope["extensions"] = {
                **(self.scope["extensions"] or {}),
                EXTENSION: {"line": self._line},
            }

    async def send(self, message: ASGISendEvent) -> None:
        """Frames plain messages here, as the library would, without its copies of each.

        Nothing is compressed or sent in fragments, so a frame stands for itself.
        """
        data = message["bytes"] if message["type"] == "websocket.send" else None
        if data is None:
            await super().send(message)
            return
        if not self.writable.is_set():
            await self.writable.wait()
        if self.disconnected or self.close_sent or self.conn.state is not OPEN:
            raise ClientDisconnected
        self._write(data)

    def _push(self, data: bytes) -> bool:
        """Writes a whole message at once; False where the socket doesn't take it now.

        Where nothing is queued it goes straight to the kernel, at half the cost of the transport,
        which would keep it until the end of the loop's turn.
        """
        if not self.writable.is_set() or self.disconnected or self.close_sent:
            return False
        if self.conn.state is not OPEN or self.transport.is_closing():
            return False
        if self._descriptor is None or self.transport.get_write_buffer_size():
            self._write(data)
            return True
        frame = frame_head(len(data)) + data
        try:
            sent = os.write(self._descriptor, frame)
        except BlockingIOError:
            sent = 0
        except OSError:
            # The transport finds out by itself, and tells.
            return False
        if sent < len(frame):
            self.transport.write(frame[sent:])
        return True

    async def _ready(self) -> None:
        await self.writable.wait()

    def _write(self, data: bytes) -> None:
        head = frame_head(len(data))
        if len(data) <= JOINED_BYTES:
            self.transport.write(head + data)
        elif len(data) <= self._most_at_once:
            self.transport.writelines((head, data))
        else:
            self.transport.write(head)
            rest = memoryview(data)
            for start in range(0, len(data), self._most_at_once):
                self.transport.write(rest[start : start + self._most_at_once])

    def _mark(self, number: int) -> None:
        """A ping behind all that was sent, with a number.

        Every client answers it (RFC 6455, 5.5.2), and browsers do even while scripts are busy, as
        long as they have room for what the page hasn't taken.
        """
        if not self.close_sent and not self.transport.is_closing():
            self.conn.send_ping(MARK + number.to_bytes(6, "big"))
            self.transport.write(b"".join(self.conn.data_to_send()))

    def handle_pong(self, event: Frame) -> None:
        """An answer to a mark of ours or to uvicorn's own question."""
        payload = bytes(event.data)
        if not payload.startswith(MARK):
            super().handle_pong(event)
        elif self._line is not None and self._line.passed is not None:
            self._line.passed(int.from_bytes(payload[len(MARK) :], "big"))

    def data_received(self, data: bytes) -> None:
        """A handshake that can't be read is no beginning of anything."""
        super().data_received(data)
        if not self.handshake_initiated and self.conn.handshake_exc is not None:
            self.transport.abort()

    def handle_parser_exception(self) -> None:
        """What can't be read ends the socket, also before there is one to say goodbye on."""
        if self.conn.close_sent is None:
            self.transport.abort()
        else:
            super().handle_parser_exception()

    def handle_cont(self, event: Frame) -> None:
        """Takes one more piece of a message."""
        super().handle_cont(event)
        if len(self.frames) > MAX_FRAGMENTS:
            self.transport.abort()

    def handle_ping(self) -> None:
        """Answers where the client still takes answers."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.transport.abort()

    def keepalive_timeout(self) -> None:
        """Lets go of a client that answers no ping: a farewell would wait for it for ever."""
        self.transport.abort()
