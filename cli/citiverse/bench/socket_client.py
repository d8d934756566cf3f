"""The least of a WebSocket client (RFC 6455): hundreds of them in one process cost little.

Made to load our own server, which sends whole messages and nothing compressed; not for others'.
"""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    import ssl

BINARY, CLOSE, PING, PONG = 2, 8, 9, 10
FINAL, MASKED = 0x80, 0x80
# Of all masks the one that changes nothing: what is sent here goes through no proxy.
MASK = bytes(4)


class Listener(Protocol):
    """Who is told what comes."""

    def connected(self, line: Line) -> None:
        """The socket is open."""

    def received(self, message: bytes, framed_bytes: int) -> None:
        """A whole message, and how long it was with its frame."""

    def closed(self) -> None:
        """The socket is gone."""


class Line(asyncio.Protocol):
    """One socket, after its handshake a stream of frames."""

    def __init__(self, request: bytes, listener: Listener) -> None:
        self._request = request
        self._listener = listener
        self._buffer = bytearray()
        self._open = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for the upgrade."""
        # uvloop's transports are ones without saying so.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tells the listener."""
        self._listener.closed()

    def data_received(self, data: bytes) -> None:
        """Takes what has come and hands on what is whole."""
        self._buffer += data
        if not self._open:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self._buffer.startswith(b"HTTP/1.1 101 "):
                raise ConnectionRefusedError(bytes(self._buffer[:end]).decode("latin-1"))
            del self._buffer[: end + 4]
            self._open = True
            self._listener.connected(self)
        self._take_frames()

    def send(self, message: bytes, opcode: int = BINARY) -> None:
        """One message, in one frame."""
        size = len(message)
        length = bytes((MASKED | size,)) if size < 126 else struct.pack(">BH", MASKED | 126, size)
        assert self._transport is not None
        self._transport.write(bytes((FINAL | opcode,)) + length + MASK + message)

    def stop_reading(self) -> None:
        """Leaves what comes where it is."""
        assert self._transport is not None
        self._transport.pause_reading()

    def close(self) -> None:
        """Goes away without a word."""
        assert self._transport is not None
        self._transport.abort()

    def _take_frames(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            opcode, size, start = buffer[at] & 0x0F, buffer[at + 1], at + 2
            if size >= 126:
                wide = 2 if size == 126 else 8
                start += wide
                if len(buffer) < start:
                    break
                size = int.from_bytes(buffer[start - wide : start], "big")
            if len(buffer) < start + size:
                break
            message = bytes(buffer[start : start + size])
            if opcode == BINARY:
                self._listener.received(message, start + size - at)
            elif opcode == PING:
                self.send(message, PONG)
            elif opcode == CLOSE:
                self.close()
            at = start + size
        del buffer[:at]


async def connect(
    host: str, port: int, path: str, listener: Listener, tls: ssl.SSLContext | None = None
) -> None:
    """Opens a socket that speaks citiverse.v1; `listener.connected` follows.

    Over HTTP/2 where `tls` offers that and the server takes it.
    """
    loop = asyncio.get_running_loop()
    await loop.create_connection(lambda: _Either(host, port, path, listener), host, port, ssl=tls)


class _Either(asyncio.Protocol):
    """Waits for what the two ends have agreed on."""

    def __init__(self, host: str, port: int, path: str, listener: Listener) -> None:
        self._authority, self._path = f"{host}:{port}", path
        self._listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hands on to the protocol that both speak."""
        line = Line(_request(self._authority, self._path), self._listener)
        protocol: asyncio.Protocol = line
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        if tls is not None and tls.selected_alpn_protocol() == "h2":
            from citiverse.bench.http2_client import Tunnel

            protocol = Tunnel(self._authority, self._path, line)
        cast("asyncio.Transport", transport).set_protocol(protocol)
        protocol.connection_made(transport)


def _request(authority: str, path: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: {authority}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
        "Sec-WebSocket-Protocol: citiverse.v1\r\n\r\n"
    ).encode()
