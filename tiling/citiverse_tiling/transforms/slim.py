"""What is slim where a walker passes is a post: lamps, bollards, signs, bins."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array

REACH_M = 2.5
"""A walker passes under what is higher than this above the foot of a thing."""

SLIM_M = 0.8
"""What is no wider than this below is walked around, not under, through or over."""

_CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
POST_TRIANGLES = np.array(
    [
        *([0, 1, 5], [0, 5, 4], [1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6], [3, 0, 4], [3, 4, 7]),
        *([4, 5, 6], [4, 6, 7]),
    ]
)
"""Four sides and the top of a post's corners, seen from outside."""


class Posts(NamedTuple):
    """Which of n things are slim, and the boxes of what of them is below, (k, 2, 3)."""

    is_slim: BoolArray
    boxes: Float64Array

    @property
    def corners(self) -> Float64Array:
        """Four corners at the foot and four above, counter-clockwise, (k, 8, 3)."""
        low, high = self.boxes[:, :1], self.boxes[:, 1:]
        flat = low[..., :2] + _CORNERS * (high - low)[..., :2]
        corners = np.empty((len(self.boxes), 8, 3))
        corners[:, :4, :2] = corners[:, 4:, :2] = flat
        corners[:, :4, 2], corners[:, 4:, 2] = low[..., 2], high[..., 2]
        return corners


def posts(positions: Float64Array, owners: Int64Array, count: int) -> Posts:
    """The slim ones of `count` things, z up, by their points (V, 3), which `owners` (V,) have."""
    feet = np.full(count, np.inf)
    np.minimum.at(feet, owners, positions[:, 2])
    is_low = positions[:, 2] <= feet[owners] + REACH_M
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, owners[is_low], positions[is_low])
    np.maximum.at(high, owners[is_low], positions[is_low])
    tops = np.full(count, -np.inf)
    np.maximum.at(tops, owners, positions[:, 2])
    # Faces may go on above the last point that is low.
    high[:, 2] = np.minimum(tops, feet + REACH_M)
    is_slim = np.isfinite(feet) & ((high[:, :2] - low[:, :2]).max(axis=1) <= SLIM_M)
    return Posts(is_slim, np.stack([low, high], axis=1)[is_slim])
