"""Frames of data, the most urgent stream's first, as many as the client's windows let through.

The library would copy every byte three times and walk through its state machine for each frame.
So frames that don't end a stream are made here, and its windows are kept for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import priority
from .meter import FRAME_HEAD_BYTES

if TYPE_CHECKING:
    from h2.connection import H2Connection

    from .meter import FrameMeter
    from .stream import Stream

PIECE_BYTES = 16 * 1024 - FRAME_HEAD_BYTES
"""With its head one record of TLS; after it, whatever is more urgent comes first."""
PIECES = 2
"""Of one stream in a row: half as many calls for the same bytes."""


class Sender:
    """What is to be sent next, of all streams that have something to send."""

    def __init__(self, h2: H2Connection, meter: FrameMeter) -> None:
        self._h2 = h2
        self._meter = meter
        self._waiting: dict[int, Stream] = {}
        self._turn = 0

    def add(self, stream: Stream) -> None:
        """This stream has something to send."""
        self._waiting[stream.number] = stream

    def forget(self, stream: Stream) -> None:
        """This stream is gone."""
        self._waiting.pop(stream.number, None)

    @property
    def waiting(self) -> list[Stream]:
        """Streams whose bytes wait for the line or for their window."""
        return [stream for stream in self._waiting.values() if stream.waiting_bytes]

    def next(self) -> tuple[Stream, bytes] | None:
        """A stream, and some of its frames; or nothing that could be sent now."""
        stream = priority.first(filter(self._can_send, self._waiting.values()))
        if stream is None:
            return None
        self._turn += 1
        stream.turn = self._turn
        # Heads of answers, and what the library has to say, go first and with the rest.
        frames: list[bytes | memoryview] = [self._h2.data_to_send()]
        while stream.has_more and len(frames) <= 2 * PIECES:
            most = min(self._window(stream), self._h2.max_outbound_frame_size, PIECE_BYTES)
            if most <= 0 and stream.waiting_bytes:
                break
            piece, last = stream.take(most)
            if last:
                self._h2.send_data(stream.number, piece, end_stream=True)
                frames.append(self._h2.data_to_send())
            else:
                frames += self._frame(stream.number, piece)
            self._meter.sent(1)
        if not stream.has_more:
            del self._waiting[stream.number]
        return stream, b"".join(frames)

    def _frame(self, number: int, piece: memoryview) -> tuple[bytes, memoryview]:
        """DATA without padding that doesn't end its stream (RFC 9113, 6.1)."""
        size = len(piece)
        self._h2.outbound_flow_control_window -= size
        self._h2.streams[number].outbound_flow_control_window -= size
        return size.to_bytes(3, "big") + b"\0\0" + number.to_bytes(4, "big"), piece

    def _window(self, stream: Stream) -> int:
        return min(
            self._h2.outbound_flow_control_window,
            self._h2.streams[stream.number].outbound_flow_control_window,
        )

    def _can_send(self, stream: Stream) -> bool:
        return self._window(stream) > 0 or not stream.waiting_bytes
