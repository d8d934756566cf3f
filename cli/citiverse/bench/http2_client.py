"""A WebSocket on a stream of HTTP/2 (RFC 8441), for the clients of benchmarks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RemoteSettingsChanged, ResponseReceived

if TYPE_CHECKING:
    from citiverse.bench.socket_client import Line

STREAM = 1
UPGRADED = b"HTTP/1.1 101 \r\n\r\n"


class Tunnel(asyncio.Protocol):
    """A connection with one stream, which is the transport of the line above."""

    def __init__(self, authority: str, path: str, line: Line) -> None:
        self._head = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "https"),
            (":path", path),
            (":authority", authority),
            ("sec-websocket-version", "13"),
            ("sec-websocket-protocol", "citiverse.v1"),
        ]
        self._line = line
        self._h2 = H2Connection(H2Configuration(client_side=True))
        self._transport: asyncio.Transport | None = None
        self._asked = self._open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Waits for what the server can do before it asks."""
        self._transport = cast("asyncio.Transport", transport)
        self._h2.initiate_connection()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tells the line."""
        self._line.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes frames; what they carry goes to the line."""
        for event in self._h2.receive_data(data):
            match event:
                case RemoteSettingsChanged() if not self._asked:
                    self._asked = True
                    self._h2.send_headers(STREAM, self._head)
                case ResponseReceived():
                    # The line asks for its upgrade again, which is dropped here.
                    self._line.connection_made(cast("asyncio.Transport", self))
                    self._open = True
                    self._line.data_received(UPGRADED)
                case DataReceived(data=bytes(content)):
                    self._h2.acknowledge_received_data(event.flow_controlled_length or 0, STREAM)
                    self._line.data_received(content)
        self._flush()

    def write(self, data: bytes) -> None:
        """What the line sends."""
        if self._open:
            self._h2.send_data(STREAM, data)
            self._flush()

    def abort(self) -> None:
        """Goes away without a word."""
        if self._transport is not None:
            self._transport.abort()

    def _flush(self) -> None:
        if self._transport is not None:
            self._transport.write(self._h2.data_to_send())
