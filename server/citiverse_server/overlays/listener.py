"""What one client hears of the sensors of a scene, and what she has missed.

Frames that all in her place want are written to her socket at once (`Audience`). Where that can't
be, because she doesn't read as fast or has only just come, it is noted since when she lacks
something; when her line is free, she gets the latest of that, worked out for her alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..protocol import Readings, encode
from . import listing, rows
from .grid import DISTRICT_M, EVERYWHERE, NEAR_M, around, square

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ..protocol import Overlays, Vector
    from .audience import Audience

MOST_ROWS = 2000
"""In one message: some 16 KB."""


class Ring(IntEnum):
    """How far off something is, and so how often one hears of it."""

    NEAR = 0
    DISTRICT = 1
    CITY = 2


@dataclass(frozen=True, slots=True)
class Part:
    """What is told at once: a ring, or a slot of it (`Listing.slots`)."""

    ring: Ring
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class Interest:
    """What a client wants: squares near her and farther off, and numbers of properties, or all."""

    near: int
    district: int
    properties: frozenset[int] | None
    movers: bool

    def shows(self, wanted: int) -> bool:
        """Whether a property is shown."""
        return self.properties is None or wanted in self.properties


class Line(Protocol):
    """The way to a client."""

    def push(self, frame: bytes) -> bool:
        """Writes an encoded message at once; False where it would have to wait."""

    def wake(self) -> None:
        """Asks for `Listener.next` as soon as something may be written."""


class Listener:
    """One client of version 1.3 or later."""

    def __init__(self, audience: Audience, line: Line, place: Vector, heard: int | None) -> None:
        """`heard` is the tick up to which she knows everything, where she does."""
        self._audience = audience
        self._line = line
        self._place = place
        self._overlays: Overlays | None = None
        self._missed: dict[Part, int] = {}
        self._missed_moves: int | None = 0
        self._movers_told = 0
        self._told = audience.listing
        self._script: Iterator[bytes] | None = None
        if heard is None:
            self._script = self._arrive()
        else:
            self._missed[Part(Ring.CITY)] = heard
        self._time_us = 0
        self.interest = self._interested()

    def look(self, place: Vector) -> None:
        """She is somewhere else; of what is near there she may not have heard the latest."""
        before, self._place = self.interest, place
        if square(place, NEAR_M) == before.near and square(place, DISTRICT_M) == before.district:
            return
        self._change()
        self._miss(Part(Ring.NEAR), self._audience.told_up_to(Ring.DISTRICT))
        if self.interest.district != before.district:
            self._miss(Part(Ring.DISTRICT), self._audience.told_up_to(Ring.CITY))

    def show(self, overlays: Overlays) -> None:
        """Other properties are shown; of those that weren't before she gets the latest."""
        before, self._overlays = self.interest, overlays
        self._change()
        if before.properties is not None and before.properties != self.interest.properties:
            self._miss(Part(Ring.CITY), 0)
        if self.interest.movers and not before.movers:
            self._missed_moves = 0

    def renew(self) -> None:
        """There are other sensors now, and perhaps other properties."""
        self._change()
        self._line.wake()

    def tell(self, frame: bytes, part: Part, since: int) -> None:
        """A frame with all that was told after the tick `since` in a part of what is around her."""
        waits = self._missed or (part.ring is Ring.CITY and self._script is not None)
        if waits or not self._line.push(frame):
            self._miss(part, since)

    def tell_moves(self, frame: bytes, since: int) -> None:
        """A frame with all that has moved after the tick `since`."""
        if self._missed_moves is not None or not self._line.push(frame):
            earlier = since if self._missed_moves is None else self._missed_moves
            self._missed_moves = min(since, earlier)
            self._line.wake()

    def next(self, time_us: int) -> bytes | None:
        """The next message for her alone; `time_us` is now."""
        self._time_us = time_us
        while True:
            if self._script is None:
                self._script = self._due()
            if self._script is None:
                return None
            frame = next(self._script, None)
            if frame is not None:
                return frame
            self._script = None

    def _due(self) -> Iterator[bytes] | None:
        if self._told is not self._audience.listing:
            return self._renewed()
        if self._movers_told < len(self._audience.fixes.keys) and self.interest.movers:
            return self._movers()
        if self._missed:
            return self._caught_up()
        if self._missed_moves is not None and self.interest.movers:
            return self._moved()
        return None

    def _arrive(self) -> Iterator[bytes]:
        """All sensors and their latest values, near ones first."""
        told, tick = self._told, self._audience.latest.tick
        yield listing.beginning(self._audience.styles)
        order = told.nearest_first(self._place)
        for number in order[:1]:
            yield told.chunk(number)
            yield from self._values(told.chunks[number])
        for number in order[1:]:
            yield told.chunk(number)
        if len(order) > 1:
            yield from self._values(np.concatenate([told.chunks[number] for number in order[1:]]))
        yield listing.end()
        yield self._readings(b"", tick)

    def _renewed(self) -> Iterator[bytes]:
        former, self._told = self._told, self._audience.listing
        for some in self._told.news_since(former):
            yield self._told.telling(some)
            yield from self._values(some)
        yield listing.end()

    def _movers(self) -> Iterator[bytes]:
        begin, self._movers_told = self._movers_told, len(self._audience.fixes.keys)
        for at in range(begin, self._movers_told, listing.AT_ONCE):
            end = min(at + listing.AT_ONCE, self._movers_told)
            yield self._audience.movers(range(at, end))
        self._missed_moves = 0

    def _moved(self) -> Iterator[bytes]:
        since, self._missed_moves = self._missed_moves or 0, None
        numbers = self._audience.fixes.since(since)
        for at in range(0, len(numbers), MOST_ROWS):
            yield self._audience.moves(numbers[at : at + MOST_ROWS], self._time_us)

    def _caught_up(self) -> Iterator[bytes]:
        """What was told meanwhile, as far as she would have heard it; near ones first."""
        missed, self._missed = self._missed, {}
        tick = self._audience.latest.tick
        wanted = [self._in_part(part, since) for part, since in missed.items()]
        told = np.unique(np.concatenate(wanted))
        yield from self._values(self._told.by_distance(told, self._place))
        if Part(Ring.CITY) in missed:
            yield self._readings(b"", tick)

    def _in_part(self, part: Part, since: int) -> NDArray[np.int64]:
        told, interest = self._told, self.interest
        there = told.rows if part.slot is None else told.slots[part.slot]
        candidates = self._audience.latest.since(there, since)
        if part.ring is Ring.CITY:
            return candidates
        if part.ring is Ring.DISTRICT:
            return candidates[np.isin(told.districts[candidates], list(around(interest.district)))]
        near = [*around(interest.near), EVERYWHERE]
        return candidates[np.isin(told.squares[candidates], near)]

    def _values(self, wanted: NDArray[np.int64]) -> Iterator[bytes]:
        """The latest values of rows, as far as there are some and they are shown."""
        wanted = self._audience.latest.since(wanted, 0)
        if (properties := self.interest.properties) is not None:
            wanted = wanted[np.isin(self._told.properties[wanted], list(properties))]
        for at in range(0, len(wanted), MOST_ROWS):
            some = wanted[at : at + MOST_ROWS]
            values = self._audience.latest.rows(some)
            _, blocks = rows.blocks(values, np.zeros(len(some), dtype=np.int64), self._time_us)
            yield self._readings(b"".join(blocks))

    def _readings(self, encoded: bytes, tick: int | None = None) -> bytes:
        if tick is None:
            return encode(Readings(time=self._time_us, rows=encoded))
        return encode(Readings(time=self._time_us, rows=encoded, tick=tick))

    def _miss(self, part: Part, since: int) -> None:
        self._missed[part] = min(since, self._missed.get(part, since))
        self._line.wake()

    def _change(self) -> None:
        interest = self._interested()
        if interest != self.interest:
            self._audience.regroup(self, interest)
            self.interest = interest

    def _interested(self) -> Interest:
        said = self._overlays
        names = None if said is None else said.properties
        numbers = self._audience.property_numbers
        return Interest(
            near=square(self._place, NEAR_M),
            district=square(self._place, DISTRICT_M),
            properties=None
            if names is None
            else frozenset(numbers[name] for name in names if name in numbers),
            movers=said is None or said.movers,
        )
