"""Rings of buildings → one outline each with its heights, many at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.glance.heart import METRES_A_DEGREE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array

LEAST_LOW_M, LOW_SHARE = 0.5, 0.1
"""A ring lies at the foot of its building where all of it is within so many metres of the lowest
point, or within this share of the height."""

MOST_POINTS = 256
"""An outline of more is rough terrain or a mistake, and a building of it would be slow to draw."""

FARTHEST = 1e9
"""Larger coordinates are none on Earth."""

LONGEST_DEG, MOST_DEG = 0.1, 360.0


@dataclass(frozen=True, slots=True)
class Outlines:
    """n outlines, of n buildings or parts of buildings, in the coordinates of their files.

    owners   int64 (n,): whose they are, rising
    points   float64 (N, 3): open rings, one after the other; z is that of the ground
    offsets  int64 (n + 1,): of the rings in `points`
    tops     float64 (n,): the highest z
    """

    owners: Int64Array
    points: Float64Array
    offsets: Int64Array
    tops: Float64Array

    def __len__(self) -> int:
        return len(self.owners)

    @property
    def middles(self) -> Float64Array:
        """Mean of each ring's points, (n, 2), in metres."""
        counts = np.diff(self.offsets)[:, None]
        sums: Float64Array = np.add.reduceat(self.points[:, :2], self.offsets[:-1], axis=0)
        return sums / counts * (METRES_A_DEGREE if self.is_in_degrees else 1.0)

    @property
    def is_in_degrees(self) -> bool:
        """Whether coordinates are degrees: no house is a tenth of one long, or of a metre."""
        starts, flat = self.offsets[:-1], self.points[:, :2]
        sizes = np.maximum.reduceat(flat, starts) - np.minimum.reduceat(flat, starts)
        return bool(np.median(sizes.max(axis=1)) < LONGEST_DEG and np.abs(flat).max() <= MOST_DEG)

    def ring(self, row: int) -> Float64Array:
        """The points of one, (k, 3)."""
        return self.points[self.offsets[row] : self.offsets[row + 1]]


def no_outlines() -> Outlines:
    """None at all."""
    return Outlines(
        np.zeros(0, np.int64), np.zeros((0, 3)), np.zeros(1, np.int64), np.zeros(0, np.float64)
    )


def outlines_of(numbers: Float64Array, owners: Int64Array) -> Outlines:
    """The largest ring at the foot of each owner, and how high the owner is.

    `numbers` are the coordinates of all rings, x y z, the first after a NaN, closed; ring i belongs
    to `owners[i]`, which never falls. Rings that aren't closed triples of numbers on Earth are
    passed by, and with them owners that have no other.
    """
    begins = np.flatnonzero(np.isnan(numbers))
    if len(begins) != len(owners) or not len(owners):
        return no_outlines()
    counts = np.diff(np.append(begins, len(numbers))) - 1
    good = (counts % 3 == 0) & (counts >= 12) & (counts <= 3 * (MOST_POINTS + 1))
    values = np.delete(numbers, begins)
    kept = np.repeat(good, counts)
    points = values[kept].reshape(-1, 3)
    sizes, owners = counts[good] // 3, owners[good]
    finite = (np.abs(points) < FARTHEST).all(axis=1)
    if not finite.all():
        bad = np.bincount(np.repeat(np.arange(len(sizes)), sizes), ~finite, len(sizes)) > 0
        points, owners, sizes = points[np.repeat(~bad, sizes)], owners[~bad], sizes[~bad]
    if not len(owners):
        return no_outlines()
    return _largest(points, sizes, owners)


def _largest(points: Float64Array, sizes: Int64Array, owners: Int64Array) -> Outlines:
    """The largest of each owner's rings that lie low; rings are closed."""
    starts = np.cumsum(sizes) - sizes
    low = np.minimum.reduceat(points[:, 2], starts)
    high = np.maximum.reduceat(points[:, 2], starts)
    first = np.flatnonzero(np.diff(owners, prepend=owners[0] - 1))
    rows = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(owners))))
    bottoms = np.minimum.reduceat(low, first)
    tops = np.maximum.reduceat(high, first)
    reach = np.maximum(LEAST_LOW_M, LOW_SHARE * (tops - bottoms))
    areas = _signed_areas(points, sizes, starts)
    worth = np.where(high <= (bottoms + reach)[rows], np.abs(areas), 0.0)
    order = np.lexsort((-worth, rows))
    best = order[first]
    usable = (worth[best] > 0) & (tops > bottoms)
    best = best[usable]
    turned = np.sign(areas[best]) * np.sign(np.sign(areas[best]).sum() or 1.0) < 0
    rings = _rings(points, starts[best], sizes[best] - 1, turned)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[best] - 1)])
    taken = points[rings]
    taken[:, 2] = np.repeat(bottoms[usable], sizes[best] - 1)
    return Outlines(owners[best], taken, offsets, tops[usable])


def _signed_areas(points: Float64Array, sizes: Int64Array, starts: Int64Array) -> Float64Array:
    """The area of each closed ring, positive where it turns from x to y."""
    flat = points[:, :2] - np.repeat(points[starts, :2], sizes, axis=0)
    following = np.roll(flat, -1, axis=0)
    cross = flat[:, 0] * following[:, 1] - flat[:, 1] * following[:, 0]
    cross[starts + sizes - 1] = 0.0
    areas: Float64Array = np.add.reduceat(cross, starts) / 2
    return areas


def _rings(
    points: Float64Array, starts: Int64Array, sizes: Int64Array, turned: BoolArray
) -> Int64Array:
    """Rows of the points of some rings; backwards those that are `turned`."""
    first = np.cumsum(sizes) - sizes
    inside = np.arange(int(sizes.sum())) - np.repeat(first, sizes)
    back = np.repeat(sizes, sizes) - 1 - inside
    rows: Int64Array = np.repeat(starts, sizes) + np.where(np.repeat(turned, sizes), back, inside)
    return rows


def joined(pieces: Sequence[Outlines]) -> Outlines:
    """All outlines, one after the other; owners must rise from piece to piece."""
    if not pieces:
        return no_outlines()
    counts = np.concatenate([np.diff(piece.offsets) for piece in pieces])
    return Outlines(
        np.concatenate([piece.owners for piece in pieces]),
        np.concatenate([piece.points for piece in pieces]),
        np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
        np.concatenate([piece.tops for piece in pieces]),
    )
