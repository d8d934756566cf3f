"""What goes to one client next: replies first, then people, then sensors and content in turn.

Nothing of any size waits here. Replies are few and counted; of where people are one frame is kept;
what is to be told of sensors, and content, are decided at the moment they can be sent.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .errors import ErrorCode, ProtocolError

if TYPE_CHECKING:
    from .clock import Now
    from .decisions import Decision
    from .hearing import Hearing
    from .people.visit import Visit
    from .viewer import Viewer

MAX_REPLIES = 256


class Outbox:
    """Bounded by `MAX_REPLIES`; a client that lets more pile up is cut off."""

    def __init__(self) -> None:
        self._replies: deque[bytes] = deque()
        self._viewer: Viewer | None = None
        self._hearing: Hearing | None = None
        self._contents_turn = False
        self._visit: Visit | None = None
        self._list_is_due = False
        self._presence: bytes | None = None

    def open(self, viewer: Viewer, hearing: Hearing) -> None:
        """From now on the client gets content and hears of sensors."""
        self._viewer = viewer
        self._hearing = hearing

    def meet(self, visit: Visit) -> None:
        """From now on the client is told of the others."""
        self._visit = visit

    def tick(self) -> bool:
        """Others may have come or gone: whether there is something to tell of them."""
        self._list_is_due = self._visit is not None and self._visit.list_has_changed
        return self._list_is_due

    @property
    def listener(self) -> Visit | None:
        """Who would hear where others are now: nobody, while the last frame still waits."""
        return self._visit if self._presence is None else None

    def hear(self, frame: bytes) -> None:
        """Where others are goes out next."""
        self._presence = frame

    def reply(self, message: bytes) -> None:
        """Queues one encoded reply; raises `ProtocolError` where the client doesn't read."""
        if len(self._replies) >= MAX_REPLIES:
            raise ProtocolError(ErrorCode.SLOW_CONSUMER, "The client doesn't read its messages.")
        self._replies.append(message)

    def next(self, now: Now) -> bytes | Decision | None:
        """An encoded message, a decision about content, or nothing."""
        if self._replies:
            return self._replies.popleft()
        if self._list_is_due and self._visit is not None:
            self._list_is_due = False
            frame = self._visit.next_people()
            if frame is not None:
                return frame
        if self._presence is not None:
            frame, self._presence = self._presence, None
            return frame
        # A city has thousands of sensors: neither they nor the picture may wait for the other.
        if self._contents_turn:
            return self._content(now) or self._sensors(now)
        return self._sensors(now) or self._content(now)

    def _sensors(self, now: Now) -> bytes | None:
        frame = None if self._hearing is None else self._hearing.next(now.micros)
        self._contents_turn = frame is not None
        return frame

    def _content(self, now: Now) -> Decision | None:
        self._contents_turn = False
        return None if self._viewer is None else self._viewer.next(now.monotonic)
