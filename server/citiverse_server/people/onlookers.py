"""What clients are told of where the others are: the nearer the oftener, within the line of each.

Nothing waits here: frames are decided at the moment they can be sent, from the latest poses, for
many clients at once. Kept is only what each was told of each row last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..protocol import Presence, encode
from .columns import FAR_BYTES, GONE_BYTES, HANDS_BYTES, NEAR_BYTES, Columns
from .poses import NOBODY
from .told import Told

if TYPE_CHECKING:
    from ..clock import Now
    from ..protocol import Vector
    from .crowd import Member
    from .poses import Poses

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

NEAR_M, REACH_M = 5.0, 150.0
# Told of every so many seconds, up to these distances.
_BOUNDS_M = (NEAR_M, 25.0, 60.0)
_INTERVALS_S = np.array([0.1, 0.2, 0.4, 1.0])

TICK_S = 0.05
# Half a tick: what is due in the next moment goes along with this frame.
_EARLY_S = TICK_S / 2
# Whoever moves is heard of this often; a pose that isn't fresh waits for the next one, which comes
# with one of the ticks until then.
_POSE_INTERVAL_S = 0.1
_PATIENCE_S = _POSE_INTERVAL_S + TICK_S
# One who has just come into reach goes before those who are late by fewer intervals than these.
_URGENCY = 10.0

# 64 kbit/s are 8000 B in any second: the line's steady share, and what it may have saved up.
RATE_BYTES_PER_S, BURST_BYTES = 7200.0, 800.0
# RFC 6455, 5.2: a frame of a server that is shorter than 126 B has two bytes before it, else four.
_FRAMING_BYTES = 4
_WIDE = bytes(256)
_WIDEST = Presence(
    time=1 << 62,
    origin=(0.0, 0.0, 0.0),
    near=_WIDE,
    near_offsets=_WIDE,
    near_turns=_WIDE,
    far=_WIDE,
    far_offsets=_WIDE,
    far_turns=_WIDE,
    hands=_WIDE,
    hand_offsets=_WIDE,
    gone=_WIDE,
)
# What a frame has beside the contents of its nine columns, at most.
_OVERHEAD_BYTES = len(encode(_WIDEST)) - 9 * len(_WIDE) + _FRAMING_BYTES


@dataclass(frozen=True, slots=True)
class _Sight:
    """What a block of B seats sees of R rows: (B, R), distances squared in m²."""

    square: Floats
    tellable: Mask
    gone: Mask
    near: Mask


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Who is due to be told of which row, block by block and most urgent first: (n,) each."""

    block: Rows
    row: Rows
    cost: NDArray[np.int64]


class Onlookers:
    """Everyone who looks on in a crowd, each with a seat; columns by seat."""

    def __init__(self, poses: Poses) -> None:
        self._poses = poses
        self._told = Told()
        self._members: list[Member | None] = []
        self._free: list[int] = []
        self._reserve(0)

    def _reserve(self, count: int) -> None:
        self._person = np.full(count, NOBODY, dtype=np.int32)
        self._eye = np.zeros((count, 3))
        self._stirred = np.zeros(count, dtype=bool)
        # The version of the poses when they were looked at last, and the time before.
        self._version = np.full(count, -1, dtype=np.int64)
        self._looked = np.full(count, -1, dtype=np.int64)
        self._allowance = np.full(count, BURST_BYTES)
        self._saved_at = np.full(count, -np.inf)
        self._framed_at = np.full(count, -np.inf)

    def sit(self, member: Member, eye: Vector) -> int:
        """A seat for someone who looks from there."""
        if not self._free:
            self._grow()
        seat = self._free.pop()
        self._told.clear(seat)
        self._members[seat] = member
        self._person[seat] = member.person
        self._version[seat] = self._looked[seat] = -1
        self._allowance[seat] = BURST_BYTES
        self._saved_at[seat] = self._framed_at[seat] = -np.inf
        self.look_from(seat, eye)
        return seat

    def _grow(self) -> None:
        former, had = vars(self).copy(), len(self._members)
        count = max(16, 2 * had)
        self._reserve(count)
        for name, column in former.items():
            if isinstance(column, np.ndarray):
                vars(self)[name][:had] = column
        self._told.make_room(count, 0)
        self._members += [None] * (count - had)
        self._free += range(count - 1, had - 1, -1)

    def rise(self, seat: int) -> None:
        """Whoever sat here looks on no more."""
        self._members[seat] = None
        self._free.append(seat)

    def look_from(self, seat: int, eye: Vector) -> None:
        """The client is there now, metres in the scene frame."""
        self._eye[seat] = eye
        self._stirred[seat] = True

    def has_news(self, seat: int) -> bool:
        """Whether `frames` may have something to tell."""
        return bool(self._stirred[seat]) or int(self._version[seat]) != self._poses.version

    def frames(self, taken: list[int], now: Now) -> list[bytes | None]:
        """For each of these seats the encoded frame that is most worth sending now, if any."""
        seats = np.array(taken, dtype=np.intp)
        self._looked[seats], self._version[seats] = self._version[seats], self._poses.version
        self._told.make_room(0, self._poses.rows)
        self._save_up(seats, now.monotonic)
        sight = self._look(seats)
        due, remain = self._due(seats, sight, now.monotonic)
        frames: list[bytes | None] = [None] * len(seats)
        for at, frame in self._choose(seats, sight, due, remain, now):
            encoded = frames[at] = encode(frame)
            self._allowance[seats[at]] -= len(encoded) + _FRAMING_BYTES
            self._framed_at[seats[at]] = now.monotonic
        return frames

    def _save_up(self, seats: Rows, time: float) -> None:
        saved = self._allowance[seats] + (time - self._saved_at[seats]) * RATE_BYTES_PER_S
        self._allowance[seats] = np.minimum(BURST_BYTES, saved)
        self._saved_at[seats] = time

    def _look(self, seats: Rows) -> _Sight:
        poses, rows, eyes = self._poses, self._poses.rows, self._eye[seats]
        persons = poses.person[:rows]
        square = np.zeros((len(seats), rows))
        for axis in range(3):
            square += np.square(poses.position[:rows, axis] - eyes[:, axis, None])
        here = (square <= REACH_M**2) & (persons != NOBODY)
        here &= persons != self._person[seats, None]
        self._hide_the_blocked(seats, here)
        told = self._told.person[seats, :rows]
        known, same = told != NOBODY, told == persons
        gone = known & ~(here & same)
        tellable = here & (same | ~known)
        # Nobody goes and comes in one frame: her row may be another's now, or she may have another.
        for at in np.flatnonzero(gone.any(axis=1)):
            tellable[at] &= np.isin(persons, told[at, gone[at]], invert=True)
        return _Sight(square, tellable, gone, square <= NEAR_M**2)

    def _hide_the_blocked(self, seats: Rows, here: Mask) -> None:
        for at, seat in enumerate(seats.tolist()):
            member = self._members[seat]
            if member is not None and (member.blocks or member.blocked_by):
                hidden = list(member.blocks | member.blocked_by)
                here[at] &= np.isin(self._poses.person[: here.shape[1]], hidden, invert=True)

    def _due(self, seats: Rows, sight: _Sight, time: float) -> tuple[_Pairs, Mask]:
        """Whom to tell of whom now; and, for each seat, whether others want telling later."""
        poses, told, rows = self._poses, self._told, self._poses.rows
        zone = np.zeros(sight.square.shape, dtype=np.int8)
        for bound in _BOUNDS_M:
            zone += sight.square > bound**2
        interval = _INTERVALS_S[zone]
        at = told.at[seats, :rows]
        unheard = sight.tellable & (told.person[seats, :rows] == NOBODY)
        first = unheard & np.isneginf(at)
        if first.any():
            at[first] = time - _URGENCY * interval[first]
            block, row = np.nonzero(first)
            told.at[seats[block], row] = at[first]
        changed = poses.changed[:rows]
        news = unheard | (changed > told.version[seats, :rows])
        news |= sight.near & ~told.near[seats, :rows]
        news &= sight.tellable
        waited = time - at
        patience = np.where(changed > self._looked[seats, None], 0.0, _PATIENCE_S)
        due = news & (waited >= interval - _EARLY_S + patience)
        block, row = np.nonzero(due)
        late = waited[due] / interval[due]
        order = np.lexsort((sight.square[due], -late, block))
        cost = np.where(sight.near[due], NEAR_BYTES, FAR_BYTES).astype(np.int64)
        cost[sight.near[due] & poses.has_hands[row]] += HANDS_BYTES
        pairs = _Pairs(block[order], row[order], cost[order])
        remain = np.count_nonzero(due, axis=1) < np.count_nonzero(news, axis=1)
        return pairs, remain

    def _choose(
        self, seats: Rows, sight: _Sight, due: _Pairs, remain: Mask, now: Now
    ) -> list[tuple[int, Presence]]:
        count, time = len(seats), now.monotonic
        room = self._allowance[seats].astype(np.int64) - _OVERHEAD_BYTES
        gone_bytes = GONE_BYTES * np.count_nonzero(sight.gone, axis=1)
        starts = np.searchsorted(due.block, np.arange(count + 1))
        spent = np.concatenate([[0], np.cumsum(due.cost)])
        wanted = gone_bytes + spent[starts[1:]] - spent[starts[:-1]]
        crowded = (wanted > room) & (wanted > 0)
        # The line is full: fewer frames, for each costs something by itself.
        waits = crowded & (time - self._framed_at[seats] < _POSE_INTERVAL_S - _EARLY_S)
        told_gone = sight.gone & ~waits[:, None]
        told_gone &= np.cumsum(sight.gone, axis=1) * GONE_BYTES <= room[:, None]
        costs = gone_bytes[due.block] + spent[1:] - spent[starts[due.block]]
        kept = (costs <= room[due.block]) & ~waits[due.block]
        self._stirred[seats] = remain | crowded | sight.gone.any(axis=1)

        block, row = due.block[kept], due.row[kept]
        near = sight.near[block, row]
        gone_block, gone_row = np.nonzero(told_gone)
        gone = self._told.person[seats[gone_block], gone_row]
        self._told.forget(seats[gone_block], gone_row)
        self._tell(seats[block], row, near, time)
        speaks = np.flatnonzero(
            np.bincount(block, minlength=count) + np.bincount(gone_block, minlength=count)
        )
        columns = Columns(self._poses, self._eye[seats])
        columns.put_near(block[near], row[near])
        columns.put_far(block[~near], row[~near])
        columns.put_gone(gone_block, gone)
        return [(at, columns.frame(at, now.micros)) for at in speaks.tolist()]

    def _tell(self, seats: Rows, rows: Rows, near: Mask, time: float) -> None:
        told = self._told
        told.person[seats, rows] = self._poses.person[rows]
        told.version[seats, rows] = self._poses.changed[rows]
        told.at[seats, rows] = time
        told.near[seats, rows] = near
