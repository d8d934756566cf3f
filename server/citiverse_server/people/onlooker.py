"""What one client is told of where the others are: the nearer the oftener, within its line.

Nothing waits here: a frame is decided at the moment it can be sent, from the latest poses. Kept is
only what the client was told of each row last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..protocol import Presence, encode
from . import columns
from .poses import NOBODY

if TYPE_CHECKING:
    from ..clock import Now
    from ..protocol import Vector
    from .crowd import Member
    from .poses import Poses

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]
Metres = NDArray[np.float64]

NEAR_M, REACH_M = 5.0, 150.0
# Told of every so many seconds, up to these distances.
_BOUNDS_M = np.array([NEAR_M, 25.0, 60.0])
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


class _Told:
    """By row of the poses: whom the client was told of there, which pose, when, and how finely."""

    def __init__(self, count: int) -> None:
        self.person = np.full(count, NOBODY, dtype=np.int32)
        self.version = np.zeros(count, dtype=np.int64)
        self.at = np.full(count, -np.inf)
        self.near = np.zeros(count, dtype=bool)

    def grown(self, count: int) -> _Told:
        """The same with more rows."""
        larger = _Told(count)
        for name, column in vars(self).items():
            vars(larger)[name][: len(column)] = column
        return larger

    def tell(self, rows: Rows, poses: Poses, near: Mask, time: float) -> None:
        """The client is told of these now."""
        self.person[rows] = poses.person[rows]
        self.version[rows] = poses.changed[rows]
        self.at[rows] = time
        self.near[rows] = near

    def forget(self, rows: Rows) -> None:
        """The client was told that these are gone."""
        self.person[rows] = NOBODY
        self.version[rows] = 0
        self.at[rows] = -np.inf
        self.near[rows] = False


class Onlooker:
    """One client's eye, and what it was told."""

    def __init__(self, poses: Poses, member: Member) -> None:
        self._poses = poses
        self._member = member
        self._told = _Told(0)
        self._eye: Vector | None = None
        self._stirred = False
        # The version of the poses when they were looked at last, and the time before.
        self._version = -1
        self._looked = -1
        self._allowance = BURST_BYTES
        self._saved_at = -np.inf
        self._framed_at = -np.inf

    @property
    def has_news(self) -> bool:
        """Whether `next` may have something to tell."""
        if self._eye is None:
            return False
        return self._stirred or self._version != self._poses.version

    def look_from(self, eye: Vector) -> None:
        """The client is there now, metres in the scene frame."""
        self._eye = eye
        self._stirred = True

    def next(self, now: Now) -> bytes | None:
        """The encoded frame that is most worth sending now, if any."""
        if self._eye is None:
            return None
        self._looked, self._version = self._version, self._poses.version
        self._stirred = False
        if len(self._told.person) < len(self._poses.person):
            self._told = self._told.grown(len(self._poses.person))
        self._save_up(now.monotonic)
        frame = self._choose(self._eye, now)
        if frame is None:
            return None
        encoded = encode(frame)
        self._allowance -= len(encoded) + _FRAMING_BYTES
        self._framed_at = now.monotonic
        return encoded

    def _save_up(self, time: float) -> None:
        saved = self._allowance + (time - self._saved_at) * RATE_BYTES_PER_S
        self._allowance = min(BURST_BYTES, saved)
        self._saved_at = time

    def _choose(self, eye: Vector, now: Now) -> Presence | None:
        poses, told, time = self._poses, self._told, now.monotonic
        away = poses.position - np.asarray(eye)
        distance = np.sqrt(np.einsum("ij,ij->i", away, away))
        here = (distance <= REACH_M) & self._may_be_seen(poses.person)
        known = told.person != NOBODY
        same = told.person == poses.person
        gone = np.flatnonzero(known & ~(here & same))
        near = distance <= NEAR_M
        # Nobody goes and comes in one frame: her row may be another's now, or she may have another.
        tellable = here & (same | ~known)
        if len(gone):
            tellable &= np.isin(poses.person, told.person[gone], invert=True)
        due, remain = self._due(tellable, near, distance, time)

        room = int(self._allowance) - _OVERHEAD_BYTES
        cost = np.where(near, columns.NEAR_BYTES, columns.FAR_BYTES)
        cost[near & poses.has_hands] += columns.HANDS_BYTES
        costs = columns.GONE_BYTES * len(gone) + cost[due].cumsum()
        wanted = costs[-1] if len(costs) else columns.GONE_BYTES * len(gone)
        if wanted == 0:
            self._stirred = remain
            return None
        if wanted > room and time - self._framed_at < _POSE_INTERVAL_S - _EARLY_S:
            # The line is full: fewer frames, for each costs something by itself.
            self._stirred = True
            return None
        gone = gone[: max(0, room // columns.GONE_BYTES)]
        due = due[: np.searchsorted(costs, room, side="right")]
        self._stirred = remain or wanted > room or len(gone) > 0
        if not len(gone) and not len(due):
            return None
        gone_persons = told.person[gone]
        told.forget(gone)
        told.tell(due, poses, near[due], time)
        return columns.frame(poses, due[near[due]], due[~near[due]], gone_persons, eye, now.micros)

    def _due(self, here: Mask, near: Mask, distance: Metres, time: float) -> tuple[Rows, bool]:
        """Rows to tell of now, most urgent first; and whether others want telling later."""
        poses, told = self._poses, self._told
        interval = _INTERVALS_S[np.searchsorted(_BOUNDS_M, distance)]
        unheard = here & (told.person == NOBODY)
        first = unheard & np.isneginf(told.at)
        told.at[first] = time - _URGENCY * interval[first]
        news = here & (unheard | (poses.changed > told.version) | (near & ~told.near))
        waited = time - told.at
        fresh = poses.changed > self._looked
        wait = interval - _EARLY_S + np.where(fresh, 0.0, _PATIENCE_S)
        due = np.flatnonzero(news & (waited >= wait))
        order = np.lexsort((distance[due], -(waited[due] / interval[due])))
        return due[order], len(due) < int(np.count_nonzero(news))

    def _may_be_seen(self, persons: NDArray[np.int32]) -> Mask:
        member = self._member
        seen = (persons != NOBODY) & (persons != member.person)
        hidden = member.blocks | member.blocked_by
        if hidden:
            seen &= np.isin(persons, list(hidden), invert=True)
        return np.asarray(seen)
