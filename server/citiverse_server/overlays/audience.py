"""Everyone who hears of the sensors of one scene: frames are encoded once for all who want them.

A tick's values are encoded by square and property. Who is in the same square and shows the same
gets the same frame, put together from those of the squares around her. What is farther off comes
in the same way by larger squares, a tenth of them at a time, so that no second is busier than
others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from msgspec import UNSET

from ..protocol import Movers, Readings, encode
from . import listing, rows
from .earlier import AGAIN_S, Earlier, observations
from .grid import DISTRICT_M, EVERYWHERE, NEAR_M, around, squares
from .listener import Listener, Part, Ring

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from ..clock import Now
    from ..protocol import Heard, StyleInfo, Vector
    from .binding import Binding
    from .fixes import LatestFixes
    from .latest import LatestValues
    from .listener import Interest, Line
    from .place import Frame
    from .registry import Registry

PERIODS_S = {Ring.DISTRICT: 2.0, Ring.CITY: 60.0}
_CITY = 0
"""The one square of the ring that is the whole city."""
_PROPERTIES = 1 << 16


@dataclass(slots=True, eq=False)
class _Group:
    """Those with the same interest, and what they get with the frame that is being put together."""

    interest: Interest
    members: set[Listener] = field(default_factory=set)
    blocks: list[bytes] = field(default_factory=list)
    moves: list[NDArray[np.int64]] = field(default_factory=list)

    def squares(self) -> Iterable[tuple[Ring, int]]:
        """What they hear of by ring."""
        yield from ((Ring.NEAR, square) for square in around(self.interest.near))
        yield Ring.NEAR, EVERYWHERE
        yield from ((Ring.DISTRICT, square) for square in around(self.interest.district))
        yield Ring.CITY, _CITY


@dataclass(slots=True)
class _Slot:
    """Up to which tick something has been told, and when it is due again (monotonic seconds)."""

    tick: int
    due: float = 0.0

    def is_due(self, tick: int, now: float) -> bool:
        """Whether there is more to tell, and the time has come."""
        return self.tick < tick and now >= self.due

    def told(self, tick: int, due: float) -> int:
        """It is being told; since when."""
        since, self.tick, self.due = self.tick, tick, due
        return since


class Audience:
    """`latest` and `fixes` are what there is to hear, and `frame` that of the scene."""

    def __init__(
        self,
        registry: Registry,
        binding: Binding,
        told: tuple[LatestValues, LatestFixes],
        frame: Frame,
        styles: Sequence[StyleInfo] = (),
    ) -> None:
        self.latest, self.fixes = told
        self.styles = styles
        self.property_numbers: dict[str, int] = {}
        self.listing = listing.Listing(registry, binding, self.property_numbers)
        self._registry = registry
        self._frame = frame
        self._groups: dict[Interest, _Group] = {}
        self._hearers: dict[tuple[Ring, int], list[_Group]] = {}
        self._earlier: set[Earlier] = set()
        self._earlier_slot = _Slot(self.latest.tick)
        self._renewed_at = self.latest.tick
        self._slots = {
            ring: [_Slot(self.latest.tick) for _ in range(listing.SLOTS)] for ring in PERIODS_S
        }
        self._move_slots = {ring: _Slot(self.fixes.tick) for ring in PERIODS_S}

    @property
    def owes(self) -> bool:
        """Whether something is yet to be told to those farther off, though nothing new comes."""
        if self._earlier and self._earlier_slot.tick < self.latest.tick:
            return True
        return bool(self._groups) and (
            any(slot.tick < self.latest.tick for slots in self._slots.values() for slot in slots)
            or any(slot.tick < self.fixes.tick for slot in self._move_slots.values())
        )

    def join(self, line: Line, place: Vector, heard: Heard | None) -> Listener:
        """A client comes; `heard` is what she knows, where it is of this scene as it is now."""
        tick = None
        if heard is not None and heard.sensors == len(self.listing.rows):
            tick = heard.tick if self._renewed_at <= heard.tick <= self.latest.tick else None
        listener = Listener(self, line, place, tick)
        self._enter(listener, listener.interest)
        line.wake()
        return listener

    def join_earlier(self, line: Line) -> Earlier:
        """A client of a version before 1.3 comes."""
        earlier = Earlier(self, line)
        self._earlier.add(earlier)
        line.wake()
        return earlier

    def leave(self, listener: Listener | Earlier) -> None:
        """A client goes."""
        if isinstance(listener, Earlier):
            self._earlier.discard(listener)
        else:
            self._exit(listener, listener.interest)

    def regroup(self, listener: Listener, interest: Interest) -> None:
        """A client wants something else."""
        self._exit(listener, listener.interest)
        self._enter(listener, interest)

    def renew(self, binding: Binding) -> None:
        """There are other things or datastreams; everyone is told."""
        self.listing = listing.Listing(self._registry, binding, self.property_numbers)
        self._renewed_at = self.latest.tick
        for listener in self._everyone():
            listener.renew()
        for earlier in self._earlier:
            earlier.renew()

    def told_up_to(self, ring: Ring) -> int:
        """The tick up to which everything has been told in a ring."""
        return min(slot.tick for slot in self._slots[ring])

    def tell(self, told: NDArray[np.int64], moved: NDArray[np.int64], now: Now) -> None:
        """A tick: `told` are rows of values, `moved` numbers of what moves, as both are latest."""
        if self._groups:
            here = self.listing.in_scene(told)
            self._gather(here, self.listing.squares[here], Ring.NEAR, now)
            self._send(Part(Ring.NEAR), self.latest.tick - 1, now)
            self._tell_moves(moved, Ring.NEAR, self.fixes.tick - 1, now)
            for ring, period in PERIODS_S.items():
                self._tell_slots(ring, period, now)
        else:
            self._tell_nobody()
        if self._earlier and self._earlier_slot.is_due(self.latest.tick, now.monotonic):
            since = self._earlier_slot.told(self.latest.tick, now.monotonic + AGAIN_S)
            frame = observations(self, since, now.micros)
            for earlier in self._earlier:
                earlier.tell(frame, since)

    def movers(self, numbers: Iterable[int]) -> bytes:
        """The message that says what these are."""
        return listing.movers(numbers, self.fixes.keys, self._registry)

    def moves(self, numbers: NDArray[np.int64], time_us: int) -> bytes:
        """The message that says where these are."""
        placed = self.fixes.placed(numbers, self._frame)
        return encode(
            Movers(
                time=time_us,
                ids=numbers.astype("<u4").tobytes(),
                positions=placed.places.astype("<f4").tobytes(),
                headings=placed.headings.astype("<f4").tobytes(),
                speeds=placed.speeds.astype("<f4").tobytes(),
                times=placed.times.astype("<i8").tobytes(),
            )
        )

    def _tell_slots(self, ring: Ring, period_s: float, now: Now) -> None:
        for number, slot in enumerate(self._slots[ring]):
            if not slot.is_due(self.latest.tick, now.monotonic):
                continue
            # They take turns, each in its tenth of the period.
            turn = period_s * number / listing.SLOTS
            due = ((now.monotonic - turn) // period_s + 1) * period_s + turn
            since = slot.told(self.latest.tick, due)
            some = self.latest.since(self.listing.slots[number], since)
            at = np.zeros(len(some), dtype=np.int64)
            self._gather(some, at if ring is Ring.CITY else self.listing.districts[some], ring, now)
            self._send(Part(ring, number), since, now)
        slot = self._move_slots[ring]
        if slot.is_due(self.fixes.tick, now.monotonic):
            since = slot.told(self.fixes.tick, now.monotonic + period_s)
            self._tell_moves(self.fixes.since(since), ring, since, now)

    def _tell_nobody(self) -> None:
        """Who comes next is told everything; nothing waits for her."""
        for slots in self._slots.values():
            for slot in slots:
                slot.tick = self.latest.tick
        for slot in self._move_slots.values():
            slot.tick = self.fixes.tick

    def _gather(self, some: NDArray[np.int64], at: NDArray[np.int64], ring: Ring, now: Now) -> None:
        """Encodes rows by the squares `at` which they are, and gives them to who wants them."""
        labels = at * _PROPERTIES + self.listing.properties[some]
        labels, blocks = rows.blocks(self.latest.rows(some), labels, now.micros)
        for label, block in zip(labels.tolist(), blocks, strict=True):
            square, wanted = divmod(label, _PROPERTIES)
            for group in self._hearers.get((ring, square), ()):
                if group.interest.shows(wanted):
                    group.blocks.append(block)

    def _send(self, part: Part, since: int, now: Now) -> None:
        """What was gathered goes out, one frame a group."""
        tick = self.told_up_to(Ring.CITY) if part.ring is Ring.CITY else UNSET
        for group in self._groups.values():
            if not group.blocks:
                continue
            joined = b"".join(group.blocks)
            frame = encode(Readings(time=now.micros, rows=joined, tick=tick))
            group.blocks.clear()
            for listener in group.members:
                listener.tell(frame, part, since)

    def _tell_moves(self, moved: NDArray[np.int64], ring: Ring, since: int, now: Now) -> None:
        if len(moved) == 0:
            return
        size = NEAR_M if ring is Ring.NEAR else DISTRICT_M
        at = squares(self.fixes.placed(moved, self._frame).places, size)
        if ring is Ring.CITY:
            at[:] = _CITY
        for square in np.unique(at).tolist():
            for group in self._hearers.get((ring, square), ()):
                if group.interest.movers:
                    group.moves.append(moved[at == square])
        for group in self._groups.values():
            if group.moves:
                frame = self.moves(np.concatenate(group.moves), now.micros)
                group.moves.clear()
                for listener in group.members:
                    listener.tell_moves(frame, since)

    def _enter(self, listener: Listener, interest: Interest) -> None:
        group = self._groups.get(interest)
        if group is None:
            group = self._groups[interest] = _Group(interest)
            for place in group.squares():
                self._hearers.setdefault(place, []).append(group)
        group.members.add(listener)

    def _exit(self, listener: Listener, interest: Interest) -> None:
        group = self._groups[interest]
        group.members.discard(listener)
        if group.members:
            return
        del self._groups[interest]
        for place in group.squares():
            self._hearers[place].remove(group)
            if not self._hearers[place]:
                del self._hearers[place]

    def _everyone(self) -> list[Listener]:
        return [listener for group in self._groups.values() for listener in group.members]
