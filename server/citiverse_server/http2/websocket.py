"""A WebSocket on one stream of an HTTP/2 connection (RFC 8441).

Only the handshake differs from HTTP/1.1, so the same protocol speaks on a stream as on a connection
of its own; the handshake is translated on the way in and out.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .stream import Stream

CANCEL = 0x8
"""RFC 9113, 7."""
OF_THE_UPGRADE = (b"connection", b"upgrade", b"sec-websocket-accept")


class StreamTransport(asyncio.Transport):
    """A stream as the transport of the protocol above; the reader of its stream."""

    def __init__(
        self, stream: Stream, connection: asyncio.Transport, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__()
        self._stream = stream
        self._connection = connection
        self._loop = loop
        self._protocol: asyncio.Protocol | None = None
        self._answered = False
        self._closing = False
        self._lost = False
        self._paused = False
        self._unread = 0

    def open(self, protocol: asyncio.Protocol, request: bytes) -> None:
        """Begins with the request of the handshake, as HTTP/1.1 would have it."""
        self._protocol = protocol
        protocol.connection_made(self)
        protocol.data_received(request)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Queues bytes; the protocol is asked to wait until they are on the line."""
        if self._lost:
            return
        if not self._answered:
            self._answered = True
            self._answer(bytes(data))
            return
        self._stream.write(bytes(data))
        if self._stream.waiting_bytes and self._protocol is not None:
            self._protocol.pause_writing()

    def close(self) -> None:
        """Ends the stream behind what is queued."""
        self._closing = True
        self._stream.end()

    def abort(self) -> None:
        """Ends the stream at once."""
        self._closing = True
        self._stream.reset(CANCEL)

    def is_closing(self) -> bool:
        """Whether it is closed or about to be."""
        return self._closing or self._lost

    def pause_reading(self) -> None:
        """Lets the client's window run out."""
        self._paused = True

    def resume_reading(self) -> None:
        """Opens the client's window again."""
        self._paused = False
        size, self._unread = self._unread, 0
        if size:
            self._stream.consumed(size)

    def get_write_buffer_size(self) -> int:
        """Bytes that aren't on the line yet."""
        return self._stream.waiting_bytes

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What is known of the connection below."""
        return "2" if name == "http_version" else self._connection.get_extra_info(name, default)

    def data_received(self, data: bytes, size: int) -> None:
        """What the client sends on the stream."""
        if self._paused:
            self._unread += size
        else:
            self._stream.consumed(size)
        if self._protocol is not None and not self._lost:
            self._protocol.data_received(data)

    def ended(self) -> None:
        """The client sends no more: as when it closes a connection."""
        self.close()
        self._lose()

    def lost(self) -> None:
        """The stream is gone."""
        self._closing = True
        self._lose()

    def drained(self) -> None:
        """The next message may come."""
        if self._protocol is not None and not self._lost:
            self._protocol.resume_writing()

    def _lose(self) -> None:
        if not self._lost and self._protocol is not None:
            self._lost = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    def _answer(self, answer: bytes) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        code = status.split(b" ")[1]
        fields = (line.partition(b":") for line in lines)
        headers = [(name.strip().lower(), value.strip()) for name, _, value in fields]
        kept = [field for field in headers if field[0] not in OF_THE_UPGRADE]
        self._stream.head([(b":status", b"200" if code == b"101" else code), *kept])
        if body:
            self._stream.write(body)
        self._stream.flush()


def upgrade_request(path: bytes, headers: list[tuple[bytes, bytes]]) -> bytes:
    """The handshake of RFC 6455, 4.1, that means the same as an extended CONNECT."""
    lines = [
        b"GET %s HTTP/1.1" % path,
        b"upgrade: websocket",
        b"connection: Upgrade",
        b"sec-websocket-key: " + base64.b64encode(secrets.token_bytes(16)),
        *(b"%s: %s" % field for field in headers),
    ]
    return b"\r\n".join([*lines, b"", b""])
