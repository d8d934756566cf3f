"""One stream of an HTTP/2 connection: what waits to be sent on it, and who gets what arrives."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from .priority import LIVE_URGENCY, Priority

if TYPE_CHECKING:
    from collections.abc import Callable

LIVE_BYTES = 4096
"""What is no longer than this may be live, and delays nobody."""


class Reader(Protocol):
    """Who gets what arrives on a stream."""

    def data_received(self, data: bytes, size: int) -> None:
        """`size` is what the bytes took of the window, to be given back by `consumed`."""

    def ended(self) -> None:
        """The client sends no more."""

    def lost(self) -> None:
        """The stream is gone, both ways."""

    def drained(self) -> None:
        """All that was written has been handed to the line."""


class Link(Protocol):
    """What a stream asks of its connection."""

    def head(self, stream: Stream, headers: list[tuple[bytes, bytes]], *, end: bool) -> None:
        """Sends the head of an answer, with what follows it."""

    def flush(self) -> None:
        """Sends what can be sent."""

    def send(self, stream: Stream) -> None:
        """Sends what the stream has, in its turn."""

    def consumed(self, stream: Stream, size: int) -> None:
        """Lets the client send so many bytes more."""

    def reset(self, stream: Stream, code: int) -> None:
        """Ends a stream at once."""


class Stream:
    """`waiting_bytes` were written and not yet handed to the line; `moved_at` is when the client
    last took something, in the loop's seconds.
    """

    def __init__(
        self, number: int, priority: Priority, link: Link, clock: Callable[[], float]
    ) -> None:
        self.number = number
        self.priority = priority
        self.turn = 0
        self.reader: Reader | None = None
        self.ended_by_client = False
        self._link = link
        self._clock = clock
        self._waiting: deque[memoryview] = deque()
        self.waiting_bytes = 0
        self._ending = False
        self.ended = False
        self.moved_at = clock()

    @property
    def has_more(self) -> bool:
        """Whether there is something to send, if only the end."""
        return bool(self._waiting) or (self._ending and not self.ended)

    @property
    def urgency(self) -> int:
        """The priority's, but for what may be live."""
        return LIVE_URGENCY if self.waiting_bytes <= LIVE_BYTES else self.priority.urgency

    def head(self, headers: list[tuple[bytes, bytes]], *, end: bool = False) -> None:
        """Sends the head of an answer with what follows, or with its end where it has no body."""
        self.ended = end
        self._link.head(self, headers, end=end)

    def flush(self) -> None:
        """Sends a head that nothing follows yet."""
        self._link.flush()

    def write(self, data: bytes) -> None:
        """Sends bytes as soon as their turn comes."""
        if self.ended or self._ending or not data:
            return
        if not self._waiting:
            self.moved_at = self._clock()
        self._waiting.append(memoryview(data))
        self.waiting_bytes += len(data)
        self._link.send(self)

    def end(self) -> None:
        """Says that no more comes."""
        if not self._ending and not self.ended:
            self._ending = True
            self._link.send(self)

    def reset(self, code: int) -> None:
        """Ends it at once, what waits and all."""
        self._link.reset(self, code)

    def consumed(self, size: int) -> None:
        """The reader has taken so much of what arrived."""
        self._link.consumed(self, size)

    def take(self, most: int) -> tuple[memoryview, bool]:
        """At most so many of the waiting bytes, and whether they are the last ones."""
        if not self._waiting:
            self.ended = True
            return memoryview(b""), True
        piece = self._waiting[0]
        if len(piece) > most:
            self._waiting[0] = piece[most:]
            piece = piece[:most]
        else:
            self._waiting.popleft()
        self.waiting_bytes -= len(piece)
        self.moved_at = self._clock()
        self.ended = self._ending and not self._waiting
        return piece, self.ended

    def forget(self) -> None:
        """What waits is sent to nobody."""
        self._waiting.clear()
        self.waiting_bytes = 0
        self.ended = True
