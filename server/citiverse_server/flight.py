"""How much content may be on its way to a client: about what the line holds, and no more.

What is more waits in queues on the way, where nothing can overtake it: people and sensors would
come late, and what a turned head wants to see later still. So rate and round trip are measured by
marks that the client sends back from behind each piece, as BBR does by TCP's acknowledgements
(draft-ietf-ccwg-bbr): the highest rate of the last round trips times the shortest round trip.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

KIB = 1024
FIRST_BYTES = 64 * KIB
ARRIVAL_BYTES = 512 * KIB
"""Of who arrives: a page that is still starting its code sends marks back late, whatever the line
can do, and nothing overtakes her first picture. TCP's own slow start keeps the line.
"""
FIRST_PIECE_BYTES = 16 * KIB
SPARE_S = 0.02
LEAST_SPARE_BYTES, MOST_SPARE_BYTES = 16 * KIB, 512 * KIB
"""What is sent beyond what the line holds: without it, a hiccup would look like a slower line."""
MOST_BYTES = 8 * 1024 * KIB
PIECE_S = 0.01
LEAST_PIECE_BYTES, MOST_PIECE_BYTES = 4 * KIB, 256 * KIB
"""A piece delays a pose by the time that it takes; each costs the server some work."""

STARTUP_GAIN = 2.0
GROWTH = 1.25
"""A line that isn't full yet brings at least so much more from round to round."""
FULL_ROUNDS = 2
PROBE_GAIN = 1.25
PROBE_EVERY = 8
RATE_ROUNDS = 10
ROUND_TRIP_S = 10.0
"""A shortest round trip that is older may be that of another way."""


@dataclass(frozen=True, slots=True)
class _Mark:
    number: int
    sent: int
    arrived: int
    since: float
    at: float
    ran_dry: bool


class Flight:
    """Bytes sent and arrived, and the window between them; times in monotonic seconds.

    Where nothing is ever marked, everything counts as arrived: then the window doesn't bind.
    `arriving` says that the first picture is on its way.
    """

    def __init__(self) -> None:
        self.window_bytes = FIRST_BYTES
        self.arriving = False
        self._sent = 0
        self._arrived = 0
        self._arrived_at = 0.0
        self._dry_until = -1
        self._marks: deque[_Mark] = deque()
        self._unmarked = 0
        self._numbers = 0
        self._rates: deque[tuple[int, float]] = deque()
        self._round = 0
        self._round_ends = 0
        self._round_trip_s: float | None = None
        self._round_trip_at = 0.0
        self._starting = True
        self._best_rate = 0.0
        self._rounds_without_growth = 0

    @property
    def in_flight_bytes(self) -> int:
        """Sent, and not known to have arrived."""
        return self._sent - self._arrived

    @property
    def has_room(self) -> bool:
        """Whether another piece may be sent."""
        most = max(self.window_bytes, ARRIVAL_BYTES) if self.arriving else self.window_bytes
        return self.in_flight_bytes < most

    @property
    def piece_bytes(self) -> int:
        """How long a piece may be: more on a fast line, where it takes no longer."""
        if self.arriving and not self._rates:
            return FIRST_PIECE_BYTES
        return min(MOST_PIECE_BYTES, max(LEAST_PIECE_BYTES, int(self._rate * PIECE_S)))

    def sent(self, size: int, now: float) -> int | None:
        """A piece was sent; returns the number of the mark that is to follow it, where one is due:
        behind so much as a piece may be, or all that there is room for.
        """
        if self.in_flight_bytes == 0:
            self._arrived_at = now
        self._sent += size
        self._unmarked += size
        if self.has_room and self._unmarked < self.piece_bytes:
            return None
        return self._mark(now)

    def rest(self, now: float) -> int | None:
        """The number of a mark that is due though nothing was sent: the window has become smaller
        than what is on its way unmarked, of which nobody would ever hear.
        """
        return None if self.has_room or self._marks else self._mark(now)

    def _mark(self, now: float) -> int:
        self._unmarked = 0
        self._numbers += 1
        dry = self._arrived <= self._dry_until
        mark = _Mark(self._numbers, self._sent, self._arrived, self._arrived_at, now, dry)
        self._marks.append(mark)
        return self._numbers

    def stalled_s(self, now: float) -> float:
        """Seconds since the oldest mark was sent that keeps more from being sent."""
        return 0.0 if self.has_room or not self._marks else now - self._marks[0].at

    def ran_dry(self) -> None:
        """There was nothing to send: what is in flight says little of what the line could bring."""
        if self.has_room:
            self._dry_until = self._sent

    def arrived(self, number: int, now: float) -> None:
        """A mark has come back, and with it all before it."""
        mark = None
        while self._marks and self._marks[0].number <= number:
            mark = self._marks.popleft()
        if mark is None:
            return
        self._arrived, self._arrived_at = mark.sent, now
        self._measure_round_trip(now - mark.at, now)
        # Rounds that say little of the line leave what is known of it as it is.
        is_new_round = mark.arrived >= self._round_ends and not mark.ran_dry
        if is_new_round:
            self._round += 1
            self._round_ends = mark.sent
        rate = (mark.sent - mark.arrived) / max(now - mark.since, 1e-4)
        self._measure_rate(rate, limited=mark.ran_dry)
        if is_new_round and self._starting:
            self._look_whether_full()
        self._choose_window()

    def _measure_round_trip(self, seconds: float, now: float) -> None:
        former = self._round_trip_s
        if former is None or seconds <= former or now - self._round_trip_at > ROUND_TRIP_S:
            self._round_trip_s, self._round_trip_at = seconds, now

    def _measure_rate(self, rate: float, *, limited: bool) -> None:
        while self._rates and self._rates[0][0] < self._round - RATE_ROUNDS:
            self._rates.popleft()
        if limited and rate < self._rate:
            return
        while self._rates and self._rates[-1][1] <= rate:
            self._rates.pop()
        self._rates.append((self._round, rate))

    @property
    def _rate(self) -> float:
        return self._rates[0][1] if self._rates else 0.0

    def _look_whether_full(self) -> None:
        if self._rate >= self._best_rate * GROWTH:
            self._best_rate = self._rate
            self._rounds_without_growth = 0
            return
        self._rounds_without_growth += 1
        self._starting = self._rounds_without_growth < FULL_ROUNDS

    def _choose_window(self) -> None:
        product = self._rate * (self._round_trip_s or 0.0)
        if self._starting:
            self.window_bytes = max(self.window_bytes, int(STARTUP_GAIN * product))
        else:
            gain = PROBE_GAIN if self._round % PROBE_EVERY == 0 else 1.0
            spare = min(MOST_SPARE_BYTES, max(LEAST_SPARE_BYTES, int(self._rate * SPARE_S)))
            self.window_bytes = int(gain * product) + spare
        self.window_bytes = min(self.window_bytes, MOST_BYTES)
