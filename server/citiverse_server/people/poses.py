"""Where everyone in a scene is now, in columns: the latest pose of each and nothing older.

A row belongs to one person for as long as she has a pose, then to another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..protocol import Pose

_FIRST_ROWS = 16
NOBODY = -1
# A hand farther from the eye than any arm is none.
ARM_M = 3.0


class Poses:
    """Columns by row; `version` rises with every change. Metres in the scene frame, radians."""

    def __init__(self) -> None:
        self.version = 0
        self.rows = 0
        self._free: list[int] = []
        self._reserve(_FIRST_ROWS)

    def _reserve(self, count: int) -> None:
        self.person = np.full(count, NOBODY, dtype=np.int32)
        self.position = np.zeros((count, 3))
        self.turn = np.zeros((count, 2))
        self.hands = np.zeros((count, 2, 3))
        self.has_hands = np.zeros(count, dtype=bool)
        self.changed = np.zeros(count, dtype=np.int64)

    def _grow(self) -> None:
        former = vars(self).copy()
        self._reserve(2 * len(self.person))
        for name, column in former.items():
            if isinstance(column, np.ndarray):
                vars(self)[name][: len(column)] = column

    def add(self, person: int) -> int:
        """A row for a person who has her first pose; `put` comes next."""
        if self._free:
            row = self._free.pop()
        else:
            if self.rows == len(self.person):
                self._grow()
            row = self.rows
            self.rows += 1
        self.person[row] = person
        return row

    def remove(self, row: int) -> None:
        """The person of this row is nowhere any more."""
        self.person[row] = NOBODY
        self.version += 1
        self._free.append(row)

    def put(self, row: int, pose: Pose) -> None:
        """The latest pose of a row's person."""
        self.version += 1
        self.changed[row] = self.version
        self.position[row] = pose.position
        self.turn[row] = (pose.heading, pose.pitch)
        self.has_hands[row] = False
        if len(pose.hands) == 2:
            self.hands[row] = pose.hands
            reach = np.linalg.norm(self.hands[row] - self.position[row], axis=1)
            self.has_hands[row] = reach.max() <= ARM_M
