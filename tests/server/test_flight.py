"""How much is on its way: as much as a line holds, whatever line it is."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import pytest

from citiverse_server.flight import (
    ARRIVAL_BYTES,
    FIRST_BYTES,
    FIRST_PIECE_BYTES,
    LEAST_PIECE_BYTES,
    MOST_PIECE_BYTES,
    Flight,
)

SEGMENT_BYTES = 1460
FIRST_SEGMENTS = 10


@dataclass
class Line:
    """A line with a rate and a delay, and TCP's slow start before it; time is a number."""

    bytes_per_s: float
    round_trip_s: float
    now: float = 0.0
    arrived: int = 0
    longest_queue_s: float = 0.0
    _congestion_window: float = FIRST_SEGMENTS * SEGMENT_BYTES
    _unacknowledged: int = 0
    _free_at: float = 0.0
    _written: list[tuple[int, int]] = field(default_factory=list)
    _events: list[tuple[float, int, int, int]] = field(default_factory=list)

    def send(self, flight: Flight, seconds: float, most: int = 1 << 40) -> None:
        """Sends whenever there is room, for so long or so many bytes."""
        end, sent = self.now + seconds, 0
        while self.now < end:
            while flight.has_room and sent < most:
                size = min(flight.piece_bytes, most - sent)
                self._written.append((size, flight.sent(size, self.now) or 0))
                sent += size
            self._transmit()
            if not self._events:
                return
            self.now, _, size, mark = heapq.heappop(self._events)
            self._unacknowledged -= size
            self._congestion_window += size
            self.arrived += size
            if mark:
                flight.arrived(mark, self.now)

    def _transmit(self) -> None:
        while self._written and self._unacknowledged < self._congestion_window:
            size, mark = self._written.pop(0)
            room = max(SEGMENT_BYTES, int(self._congestion_window - self._unacknowledged))
            if size > room:
                self._written.insert(0, (size - room, mark))
                size, mark = room, 0
            self._unacknowledged += size
            begin = max(self.now, self._free_at)
            self._free_at = begin + size / self.bytes_per_s
            self.longest_queue_s = max(self.longest_queue_s, begin - self.now)
            done = self._free_at + self.round_trip_s
            heapq.heappush(self._events, (done, self.arrived + len(self._events), size, mark))


@pytest.mark.parametrize("round_trip_s", [0.005, 0.02, 0.05, 0.15, 0.3])
@pytest.mark.parametrize("megabit_per_s", [1, 5, 20, 100])
def test_a_line_is_full_and_nothing_queues_for_long(
    megabit_per_s: float, round_trip_s: float
) -> None:
    line = Line(megabit_per_s * 1e6 / 8, round_trip_s)
    flight = Flight()
    line.send(flight, 4.0 + 20 * round_trip_s)
    line.arrived, line.longest_queue_s, began = 0, 0.0, line.now
    line.send(flight, 4.0)
    used = line.arrived / (line.now - began) / line.bytes_per_s
    assert used > 0.93
    spare_s = 0.02 + 49_152 / line.bytes_per_s
    assert line.longest_queue_s < 0.6 * round_trip_s + spare_s
    held = line.bytes_per_s * round_trip_s
    assert flight.window_bytes < 1.3 * held + spare_s * line.bytes_per_s


def test_a_line_that_becomes_slower_or_faster_is_followed() -> None:
    line, flight = Line(20e6 / 8, 0.05), Flight()
    line.send(flight, 4.0)
    wide = flight.window_bytes
    line.bytes_per_s = 5e6 / 8
    line.send(flight, 6.0)
    assert flight.window_bytes < wide / 2
    line.bytes_per_s = 20e6 / 8
    line.send(flight, 12.0)
    assert flight.window_bytes > wide * 0.6


def test_what_trickles_says_nothing_of_the_line() -> None:
    line, flight = Line(20e6 / 8, 0.05), Flight()
    line.send(flight, 4.0)
    wide = flight.window_bytes
    for _ in range(100):
        line.send(flight, 1.0, most=3000)
        flight.ran_dry()
    assert flight.window_bytes > wide * 0.5


def test_nothing_is_sent_beyond_the_window_until_marks_come_back() -> None:
    flight = Flight()
    marks: list[int] = []
    while flight.has_room:
        mark = flight.sent(flight.piece_bytes, 0.0)
        assert mark is not None
        marks.append(mark)
    assert flight.stalled_s(7.0) == 7.0
    assert FIRST_BYTES <= flight.in_flight_bytes < FIRST_BYTES + flight.piece_bytes
    flight.arrived(marks[2], 0.1)
    assert flight.has_room
    assert flight.stalled_s(9.0) == 0.0
    flight.arrived(marks[1], 0.2)
    flight.arrived(10**6, 0.3)
    assert flight.in_flight_bytes == 0
    flight.arrived(marks[-1], 0.4)
    assert flight.in_flight_bytes == 0


def test_a_mark_follows_as_much_as_a_piece_may_be_or_the_last_that_has_room() -> None:
    flight = Flight()
    marks = [flight.sent(1000, 0.0) for _ in range(FIRST_BYTES // 1000 + 1)]
    due = [mark for mark in marks if mark is not None]
    assert due == list(range(1, len(due) + 1))
    assert len(due) == pytest.approx(FIRST_BYTES / LEAST_PIECE_BYTES, abs=4)
    assert not flight.has_room
    assert marks[-1] is not None


def test_pieces_are_small_on_slow_lines_and_larger_on_fast_ones() -> None:
    slow, fast = Flight(), Flight()
    Line(0.5e6 / 8, 0.05).send(slow, 10.0)
    Line(500e6 / 8, 0.05).send(fast, 2.0)
    assert slow.piece_bytes == LEAST_PIECE_BYTES
    assert fast.piece_bytes == MOST_PIECE_BYTES


def test_who_marks_nothing_is_bound_by_nothing() -> None:
    flight = Flight()
    assert flight.has_room
    flight.ran_dry()
    assert flight.has_room


def test_who_arrives_is_sent_her_picture_though_her_page_answers_no_mark_yet() -> None:
    flight = Flight()
    flight.arriving = True
    while flight.has_room:
        flight.sent(flight.piece_bytes, 0.0)
    assert ARRIVAL_BYTES <= flight.in_flight_bytes < ARRIVAL_BYTES + FIRST_PIECE_BYTES
    flight.arriving = False
    assert not flight.has_room


def test_what_is_on_its_way_unmarked_is_marked_where_the_window_has_become_smaller() -> None:
    flight = Flight()
    flight.arriving = True
    mark = flight.sent(FIRST_PIECE_BYTES, 0.0)
    assert mark is not None
    flight.arrived(mark, 0.0001)
    assert flight.piece_bytes > flight.window_bytes
    assert flight.sent(flight.window_bytes, 0.01) is None
    assert flight.rest(0.01) is None
    flight.arriving = False
    assert not flight.has_room
    rest = flight.rest(0.01)
    assert rest is not None
    assert flight.rest(0.01) is None
    flight.arrived(rest, 0.02)
    assert flight.has_room
