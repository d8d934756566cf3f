"""What goes to one client next: replies first, then observations, then content.

Nothing of any size waits here. Replies are few and counted; of observations only the number of the
last tick sent is kept; content is decided at the moment it can be sent.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .errors import ErrorCode, ProtocolError

if TYPE_CHECKING:
    from .clock import Now
    from .overlays.latest import LatestValues
    from .viewer import Decision, Viewer

MAX_REPLIES = 256


class Outbox:
    """Bounded by `MAX_REPLIES`; a client that lets more pile up is cut off."""

    def __init__(self) -> None:
        self._replies: deque[bytes] = deque()
        self._viewer: Viewer | None = None
        self._latest: LatestValues | None = None
        self._tick_sent = 0

    def open(self, viewer: Viewer, latest: LatestValues) -> None:
        """From now on the client gets content and observations."""
        self._viewer = viewer
        self._latest = latest

    def reply(self, message: bytes) -> None:
        """Queues one encoded reply; raises `ProtocolError` where the client doesn't read."""
        if len(self._replies) >= MAX_REPLIES:
            raise ProtocolError(ErrorCode.SLOW_CONSUMER, "The client doesn't read its messages.")
        self._replies.append(message)

    def next(self, now: Now) -> bytes | Decision | None:
        """An encoded message, a decision about content, or nothing."""
        if self._replies:
            return self._replies.popleft()
        if self._latest is not None and self._latest.tick > self._tick_sent:
            frame = self._latest.frame_since(self._tick_sent, now.micros)
            self._tick_sent = self._latest.tick
            return frame
        return None if self._viewer is None else self._viewer.next(now.monotonic)
