"""An HTTP/2 connection: bytes between the socket, the `h2` library and the streams.

Nothing is sent before the line can take it: what is more urgent overtakes what waits. A client
that floods, never reads or never ends what it began loses its connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import H2Error, ProtocolError, StreamClosedError
from h2.settings import SettingCodes, Settings
from uvicorn.protocols.utils import get_local_addr, get_remote_addr

from . import priority
from .meter import MAX_HEAD_BYTES, Flood, FrameMeter
from .request import Exchange, scope_of
from .sending import Sender
from .stream import Stream
from .websocket import StreamTransport, upgrade_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from h2.events import Event
    from uvicorn.config import Config
    from uvicorn.server import ServerState

    Header = tuple[bytes, bytes]

logger = logging.getLogger("citiverse.http")

MAX_STREAMS = 100
HEAD_TIMEOUT_S = 10.0
IDLE_TIMEOUT_S = 60.0
STALL_TIMEOUT_S = 30.0
GOODBYE_S = 1.0
WRITE_AHEAD_BYTES = 32 * 1024
"""What may wait below us, where nothing can overtake it any more."""
SETTINGS = {
    SettingCodes.ENABLE_CONNECT_PROTOCOL: 1,
    SettingCodes.MAX_CONCURRENT_STREAMS: MAX_STREAMS,
    SettingCodes.MAX_HEADER_LIST_SIZE: MAX_HEAD_BYTES,
}


class Http2Connection(asyncio.Protocol):
    """What uvicorn's protocols are for HTTP/1.1, with the same configuration and the same counts.

    `open_socket` makes the protocol that speaks WebSocket on a stream.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        open_socket: Callable[[], asyncio.Protocol],
    ) -> None:
        self._config = config
        self._state = server_state
        self._app_state = app_state
        self._open_socket = open_socket
        self._loop = asyncio.get_running_loop()
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding=None))
        self._meter = FrameMeter(self._loop.time())
        self._sender = Sender(self._h2, self._meter)
        self._streams: dict[int, Stream] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self._transport: asyncio.Transport | None = None
        self._line_is_full = False
        self._left_before = 0
        self._closing = False
        self._scope: dict[str, Any] = {}
        self._head_timer: asyncio.TimerHandle | None = None
        self._idle_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Says what this server can do, WebSockets among it."""
        transport = cast("asyncio.Transport", transport)
        self._transport = transport
        # uvicorn counts its own three kinds; it asks no more of them than `shutdown`.
        cast("set[asyncio.Protocol]", self._state.connections).add(self)
        transport.set_write_buffer_limits(high=WRITE_AHEAD_BYTES)
        self._scope = {
            "type": "http",
            "asgi": {"version": self._config.asgi_version, "spec_version": "2.3"},
            "http_version": "2",
            "scheme": "https",
            "server": get_local_addr(transport),
            "client": get_remote_addr(transport),
            "root_path": "",
            "state": self._app_state.copy(),
        }
        self._h2.local_settings = Settings(client=False, initial_values=SETTINGS)
        self._h2.initiate_connection()
        self._write()
        self._await_idle(HEAD_TIMEOUT_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more."""
        self._state.connections.discard(self)
        self._transport = None
        for timer in (self._head_timer, self._idle_timer, self._stall_timer):
            if timer is not None:
                timer.cancel()
        for stream in tuple(self._streams.values()):
            self._forget(stream)

    def shutdown(self) -> None:
        """The server stops: what is under way may end, for a moment."""
        self._closing = True
        if not self._streams:
            self._say_goodbye()
        else:
            self._loop.call_later(GOODBYE_S, self._say_goodbye)

    def data_received(self, data: bytes) -> None:
        """Weighs first, then understands."""
        if self._transport is None or self._transport.is_closing():
            return
        try:
            self._meter.weigh(data, self._loop.time())
            events = self._h2.receive_data(data)
        except Flood as flood:
            self._say_goodbye(ErrorCodes.ENHANCE_YOUR_CALM, str(flood))
            return
        except H2Error:
            # The library has put its farewell into what is to be sent.
            self._write()
            self._close()
            return
        for event in events:
            self._take(event)
        self._watch_head()
        self.flush()

    def pause_writing(self) -> None:
        """The client doesn't read as fast as it is sent."""
        self._line_is_full = True

    def resume_writing(self) -> None:
        """It has read."""
        self._line_is_full = False
        self.flush()

    def _take(self, event: Event) -> None:
        match event:
            case RequestReceived(stream_id=int(number), headers=list(headers)):
                self._begin(number, headers, whole=event.stream_ended is not None)
            case DataReceived(stream_id=int(number), data=bytes(data)):
                size = event.flow_controlled_length or 0
                stream = self._streams.get(number)
                if stream is None or stream.reader is None:
                    self._acknowledge(number, size)
                else:
                    stream.reader.data_received(data, size)
            case StreamEnded(stream_id=int(number)):
                self._client_ended(number)
            case StreamReset(stream_id=int(number)) if number in self._streams:
                self._forget(self._streams[number])
            case ConnectionTerminated():
                self._closing = True
                self._end_if_idle()
            case WindowUpdated() | RemoteSettingsChanged():
                # What follows from it is sent in `flush`.
                pass

    def _begin(self, number: int, headers: list[Header], *, whole: bool) -> None:
        if self._closing or len(self._answering) >= MAX_STREAMS or self._is_full():
            self._h2.reset_stream(number, ErrorCodes.REFUSED_STREAM)
            return
        try:
            scope, pseudo = scope_of(headers, self._scope)
        except ValueError:
            self._h2.reset_stream(number, ErrorCodes.PROTOCOL_ERROR)
            return
        wish = next((value for name, value in headers if name == b"priority"), b"")
        stream = Stream(number, priority.parse(wish), self, self._loop.time)
        stream.ended_by_client = whole
        self._streams[number] = stream
        self._stop_idle_timer()
        if scope["method"] != "CONNECT":
            exchange = Exchange(stream, scope, self._state.default_headers)
            stream.reader = exchange
            self._run(exchange)
        elif pseudo.get(b":protocol") == b"websocket" and self._transport is not None:
            transport = StreamTransport(stream, self._transport, self._loop)
            stream.reader = transport
            request = upgrade_request(pseudo[b":path"], scope["headers"])
            transport.open(self._open_socket(), request)
        else:
            stream.head([(b":status", b"501")], end=True)

    def _run(self, exchange: Exchange) -> None:
        task = self._loop.create_task(exchange.run(self._config.loaded_app))
        self._answering.add(task)
        self._state.tasks.add(task)
        task.add_done_callback(self._answering.discard)
        task.add_done_callback(self._state.tasks.discard)

    def _is_full(self) -> bool:
        most = self._config.limit_concurrency
        return most is not None and max(len(self._state.connections), len(self._state.tasks)) > most

    def _client_ended(self, number: int) -> None:
        stream = self._streams.get(number)
        if stream is None:
            return
        stream.ended_by_client = True
        if stream.reader is not None:
            stream.reader.ended()
        self._close_if_done(stream)

    # What streams ask for (`stream.Link`).

    def head(self, stream: Stream, headers: list[Header], *, end: bool) -> None:
        """Sends the head of an answer."""
        if stream.number not in self._streams:
            return
        try:
            self._h2.send_headers(stream.number, headers, end_stream=end)
        except StreamClosedError:
            return
        if end:
            self._write()
        self._close_if_done(stream)

    def consumed(self, stream: Stream, size: int) -> None:
        """Lets the client send so many bytes more."""
        self._acknowledge(stream.number, size)
        self._write()

    def reset(self, stream: Stream, code: int) -> None:
        """Ends a stream at once."""
        if stream.number not in self._streams:
            return
        # The stream, or the whole connection, may have ended meanwhile.
        with contextlib.suppress(ProtocolError):
            self._h2.reset_stream(stream.number, code)
        self._forget(stream)
        self._write()

    def send(self, stream: Stream) -> None:
        """Sends what the stream has, in its turn."""
        if stream.number in self._streams:
            self._sender.add(stream)
            self.flush()

    def flush(self) -> None:
        """Sends frame by frame, the most urgent stream's first, until the line is full."""
        while not self._line_is_full and self._transport is not None:
            turn = self._sender.next()
            if turn is None:
                break
            stream, frames = turn
            self._transport.write(frames)
            if not stream.waiting_bytes and stream.reader is not None:
                stream.reader.drained()
            self._close_if_done(stream)
        self._write()
        self._watch_stalls()

    def _acknowledge(self, number: int, size: int) -> None:
        if size:
            self._h2.acknowledge_received_data(size, number)

    def _write(self) -> None:
        data = self._h2.data_to_send()
        if data and self._transport is not None:
            self._transport.write(data)

    # How streams and connections end.

    def _close_if_done(self, stream: Stream) -> None:
        if not stream.ended:
            return
        if not stream.ended_by_client:
            if isinstance(stream.reader, StreamTransport):
                # Its farewell needs an answer; a client that gives none is cut off.
                self._loop.call_later(GOODBYE_S, self.reset, stream, ErrorCodes.NO_ERROR)
                return
            # The answer is whole, and the rest of the request of no use (RFC 9113, 8.1).
            self._h2.reset_stream(stream.number, ErrorCodes.NO_ERROR)
        self._forget(stream)

    def _forget(self, stream: Stream) -> None:
        self._streams.pop(stream.number, None)
        self._sender.forget(stream)
        stream.forget()
        if stream.reader is not None:
            stream.reader.lost()
            stream.reader = None
        self._end_if_idle()

    def _end_if_idle(self) -> None:
        if self._streams or self._transport is None:
            return
        if self._closing:
            self._say_goodbye()
        else:
            self._await_idle(IDLE_TIMEOUT_S)

    def _say_goodbye(self, code: ErrorCodes = ErrorCodes.NO_ERROR, reason: str = "") -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._h2.close_connection(code, reason.encode() or None)
        self._write()
        self._close()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._loop.call_later(GOODBYE_S, self._transport.abort)

    # What a client may not do for ever.

    def _await_idle(self, seconds: float) -> None:
        self._stop_idle_timer()
        self._idle_timer = self._loop.call_later(seconds, self._say_goodbye)

    def _stop_idle_timer(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None

    def _watch_head(self) -> None:
        if not self._meter.in_head:
            if self._head_timer is not None:
                self._head_timer.cancel()
                self._head_timer = None
        elif self._head_timer is None and self._transport is not None:
            self._head_timer = self._loop.call_later(HEAD_TIMEOUT_S, self._transport.abort)

    def _watch_stalls(self) -> None:
        if self._transport is not None and self._stall_timer is None and self._sender.waiting:
            self._left_before = self._transport.get_write_buffer_size()
            self._stall_timer = self._loop.call_later(STALL_TIMEOUT_S, self._end_stalled)

    def _end_stalled(self) -> None:
        """A slow client may take its time, as long as it takes something."""
        self._stall_timer = None
        if self._transport is None:
            return
        left = self._transport.get_write_buffer_size()
        if self._line_is_full:
            if left >= self._left_before:
                self._transport.abort()
                return
        else:
            since = self._loop.time() - STALL_TIMEOUT_S
            for stream in self._sender.waiting:
                if stream.moved_at <= since:
                    self.reset(stream, ErrorCodes.CANCEL)
        self._watch_stalls()
