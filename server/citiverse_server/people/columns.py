"""Poses as the columns of `presence` frames, many frames at once: the nearer, the finer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from ..protocol import Presence

if TYPE_CHECKING:
    from ..protocol import Vector
    from .poses import Poses

Rows = NDArray[np.intp]
Persons = NDArray[np.int32]
Floats = NDArray[np.float64]

NEAR_BYTES = 2 + 3 * 2 + 2 * 2
HANDS_BYTES = 2 * (2 + 3 * 2)
FAR_BYTES = 2 + 3 * 2 + 1
GONE_BYTES = 2
CENTIMETRE, DECIMETRE = 0.01, 0.1
_INT16 = np.iinfo(np.int16)


@dataclass(frozen=True, slots=True)
class _Column:
    """The values of all frames one after the other: those of frame f lie from `ends[f]` on."""

    data: bytes
    size: int
    ends: list[int]

    def of(self, frame: int) -> bytes:
        """What of it belongs to one frame."""
        return self.data[self.size * self.ends[frame] : self.size * self.ends[frame + 1]]


class Columns:
    """Frames around `origins` (F, 3), metres in the scene frame.

    `put_…` take for each entry the number of its frame, rising, and whom it tells of.
    """

    def __init__(self, poses: Poses, origins: Floats) -> None:
        self._poses = poses
        self._origins = origins
        self._columns: dict[str, _Column] = {}

    def put_near(self, frames: Rows, rows: Rows) -> None:
        """Those near, in these rows of the poses."""
        poses, origins = self._poses, self._origins
        self._put("near", frames, _numbers(poses.person[rows]))
        offsets = poses.position[rows] - origins[frames]
        self._put("near_offsets", frames, _steps(offsets, CENTIMETRE))
        self._put("near_turns", frames, _turns(poses.turn[rows]))
        handed = poses.has_hands[rows]
        frames, rows = frames[handed], rows[handed]
        self._put("hands", frames, np.repeat(_numbers(poses.person[rows]), 2).reshape(-1, 2))
        offsets = poses.hands[rows] - origins[frames][:, None]
        self._put("hand_offsets", frames, _steps(offsets, CENTIMETRE).reshape(-1, 6))

    def put_far(self, frames: Rows, rows: Rows) -> None:
        """Those farther off."""
        poses = self._poses
        self._put("far", frames, _numbers(poses.person[rows]))
        offsets = poses.position[rows] - self._origins[frames]
        self._put("far_offsets", frames, _steps(offsets, DECIMETRE))
        self._put("far_turns", frames, _coarse_turns(poses.turn[rows, 0]))

    def put_gone(self, frames: Rows, persons: Persons) -> None:
        """Those who aren't there any more."""
        self._put("gone", frames, _numbers(persons))

    def frame(self, number: int, time_us: int) -> Presence:
        """One of the frames, when all has been put."""
        x, y, z = self._origins[number].tolist()
        columns = {name: column.of(number) for name, column in self._columns.items()}
        return Presence(time=time_us, origin=cast("Vector", (x, y, z)), **columns)

    def _put(self, name: str, frames: Rows, values: NDArray[np.generic]) -> None:
        ends = np.searchsorted(frames, np.arange(len(self._origins) + 1)).tolist()
        size = values.itemsize * (values.shape[1] if values.ndim > 1 else 1)
        self._columns[name] = _Column(values.tobytes(), size, ends)


def _numbers(persons: Persons) -> NDArray[np.uint16]:
    return persons.astype("<u2")


def _steps(offsets: Floats, unit_m: float) -> NDArray[np.int16]:
    return np.rint(offsets / unit_m).clip(_INT16.min, _INT16.max).astype("<i2")


def _turns(turns: Floats) -> NDArray[np.int16]:
    """Heading from −180° up to 180°, pitch from −90° to 90°, in tenths of a degree."""
    tenths = np.degrees(turns) * 10.0
    heading = (np.rint(tenths[:, 0]) + 1800.0) % 3600.0 - 1800.0
    pitch = np.rint(tenths[:, 1]).clip(-900.0, 900.0)
    return np.stack((heading, pitch), axis=1).astype("<i2")


def _coarse_turns(headings: Floats) -> NDArray[np.uint8]:
    return (np.rint(headings * (256.0 / (2.0 * np.pi))) % 256.0).astype(np.uint8)
