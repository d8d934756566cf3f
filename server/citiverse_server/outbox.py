"""What goes to one client next: replies first, then people, then observations, then content.

Nothing of any size waits here. Replies are few and counted; of observations only the number of the
last tick sent is kept; where people are and content are decided at the moment they can be sent.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .errors import ErrorCode, ProtocolError

if TYPE_CHECKING:
    from .clock import Now
    from .decisions import Decision
    from .overlays.latest import LatestValues
    from .people.visit import Visit
    from .viewer import Viewer

MAX_REPLIES = 256


class Outbox:
    """Bounded by `MAX_REPLIES`; a client that lets more pile up is cut off."""

    def __init__(self) -> None:
        self._replies: deque[bytes] = deque()
        self._viewer: Viewer | None = None
        self._latest: LatestValues | None = None
        self._tick_sent = 0
        self._visit: Visit | None = None
        self._meeting = False

    def open(self, viewer: Viewer, latest: LatestValues) -> None:
        """From now on the client gets content and observations."""
        self._viewer = viewer
        self._latest = latest

    def meet(self, visit: Visit) -> None:
        """From now on the client is told of the others."""
        self._visit = visit

    def tick(self) -> bool:
        """Others may have moved: whether there is something to tell of them, once a tick."""
        self._meeting = self._visit is not None and self._visit.has_news
        return self._meeting

    def reply(self, message: bytes) -> None:
        """Queues one encoded reply; raises `ProtocolError` where the client doesn't read."""
        if len(self._replies) >= MAX_REPLIES:
            raise ProtocolError(ErrorCode.SLOW_CONSUMER, "The client doesn't read its messages.")
        self._replies.append(message)

    def next(self, now: Now) -> bytes | Decision | None:
        """An encoded message, a decision about content, or nothing."""
        if self._replies:
            return self._replies.popleft()
        if self._meeting and self._visit is not None:
            frame = self._visit.next_people()
            if frame is not None:
                return frame
            self._meeting = False
            frame = self._visit.next_presence(now)
            if frame is not None:
                return frame
        if self._latest is not None and self._latest.tick > self._tick_sent:
            frame = self._latest.frame_since(self._tick_sent, now.micros)
            self._tick_sent = self._latest.tick
            return frame
        return None if self._viewer is None else self._viewer.next(now.monotonic)
