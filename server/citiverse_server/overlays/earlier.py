"""Clients of versions before 1.3: they hear of every datastream of the scene, in plain columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol import Observations, encode

if TYPE_CHECKING:
    from .audience import Audience
    from .listener import Line

AGAIN_S = 0.1


class Earlier:
    """One such client; she has missed everything, and the list, when she comes."""

    def __init__(self, audience: Audience, line: Line) -> None:
        self._audience = audience
        self._line = line
        self._list_is_due = True
        self._since: int | None = 0

    def renew(self) -> None:
        """There are other datastreams; with the list, everything comes again."""
        self._list_is_due, self._since = True, 0
        self._line.wake()

    def tell(self, frame: bytes, since: int) -> None:
        """A frame with all that was told after the tick `since`."""
        if self._since is not None or not self._line.push(frame):
            self._since = since if self._since is None else min(self._since, since)
            self._line.wake()

    def next(self, time_us: int) -> bytes | None:
        """The next message for her alone."""
        if self._list_is_due:
            self._list_is_due = False
            return self._audience.listing.before_interest()
        if self._since is None:
            return None
        since, self._since = self._since, None
        if self._audience.latest.tick <= since:
            return None
        return observations(self._audience, since, time_us)


def observations(audience: Audience, since: int, time_us: int) -> bytes:
    """All that was told after a tick."""
    latest = audience.latest
    rows = latest.since(audience.listing.rows, since)
    return encode(
        Observations(
            time=time_us,
            ids=rows.astype("<u4").tobytes(),
            values=latest.values[rows].astype("<f8").tobytes(),
            times=latest.times[rows].astype("<i8").tobytes(),
        )
    )
