"""One connection's ear for sensors: joins those who hear of its scene, and follows the client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .overlays.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Callable

    from .line import Line
    from .metrics import Metrics
    from .overlays.audience import Audience
    from .overlays.earlier import Earlier
    from .session import Session


class Hearing:
    """A way to a client (`overlays.listener.Line`); without a line of ours, everything waits."""

    def __init__(self, line: Line | None, metrics: Metrics, wake: Callable[[], None]) -> None:
        self._line = line
        self._metrics = metrics
        self._wake = wake
        self._audience: Audience | None = None
        self._listener: Listener | Earlier | None = None

    def enter(self, audience: Audience, session: Session) -> None:
        """From now on the client hears of this scene."""
        self.leave()
        self._audience = audience
        if session.hears_of_near:
            self._listener = audience.join(self, session.place, session.heard)
            self.follow(session)
        else:
            self._listener = audience.join_earlier(self)

    def leave(self) -> None:
        """From now on the client hears nothing."""
        if self._audience is not None and self._listener is not None:
            self._audience.leave(self._listener)
        self._audience = self._listener = None

    def follow(self, session: Session) -> None:
        """The client may be elsewhere, or show something else."""
        if isinstance(self._listener, Listener):
            self._listener.look(session.place)
            if session.overlays is not None:
                self._listener.show(session.overlays)

    def next(self, time_us: int) -> bytes | None:
        """The next message for this client alone."""
        return None if self._listener is None else self._listener.next(time_us)

    def push(self, frame: bytes) -> bool:
        """Writes a message at once where the line takes it."""
        if self._line is None or not self._line.push(frame):
            return False
        self._metrics.stream_bytes += len(frame)
        return True

    def wake(self) -> None:
        """There is something for this client alone."""
        self._wake()
