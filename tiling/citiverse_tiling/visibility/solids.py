"""What can't be seen through: how high a city is solid from the ground up, on a lattice of points.

A point is solid as far up as each cut through a building, half a metre above the one before, has it
inside of walls that close along both axes, and to the lowest roof above it at most. So a passage,
an arcade, the eaves of a roof or a bridge are never taken for solid, and neither is what stands
behind a wall that is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.visibility.lattice import Lattice, crossings_of, normals_of
from citiverse_tiling.visibility.walls import runs_inside

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, Float32Array, Float64Array, Int64Array
    from citiverse_tiling.visibility.walls import Runs

_ABOVE_GROUND_M = 1.0
_CUT_M = 0.5
_MOST_CUTS = 160
"""What is higher above the ground counts as not there: hardly anything hides behind it alone."""
_MARGIN_M = 0.25
"""How much lower than its points a roof may be between them."""
_TOUCHING = 0.06
"""Of a step: walls that are no farther apart are one."""


class Solids:
    """Gathers buildings on one lattice."""

    def __init__(self, lattice: Lattice, ground: Float32Array) -> None:
        """`ground` (side, side): its heights, −inf where there is none."""
        self._lattice = lattice
        self._turned = Lattice(lattice.y, lattice.x, lattice.side)
        self._ground = ground.ravel()
        self._heights = lattice.nothing().ravel()
        self._joints = (_Joints(lattice.side), _Joints(lattice.side))

    def add(self, corners: Float64Array, features: Int64Array) -> None:
        """Take the triangles (T, 3, 3) of some features (T,), which must be whole."""
        lowest, highest = self._ground_under(corners, features)
        known = np.isfinite(highest[features])
        corners, features = corners[known], features[known]
        if not len(features):
            return
        bases = (highest + _ABOVE_GROUND_M)[features]
        runs = runs_inside(self._lattice, corners, features, bases)
        self._joints[0].add(runs)
        self._joints[1].add(runs_inside(self._turned, _turned(corners), features, bases))
        keys, tops = self._closed_up_to(corners, features, lowest, highest)
        roofs = self._roofs(corners, features, highest, keys)
        tops = np.where(roofs <= tops + _CUT_M, roofs, tops)
        covered = np.isfinite(roofs)
        points = keys[covered] % len(self._heights)
        np.maximum.at(self._heights, points, tops[covered].astype(np.float32))

    def heights(self) -> Float32Array:
        """Up to which height each point is solid, −inf where it isn't, (side, side)."""
        side = self._lattice.side
        found = self._heights.reshape(side, side) - np.float32(_MARGIN_M)
        for joints, along in zip(self._joints, (found, found.T), strict=True):
            apart = joints.apart()
            along[:, :-1][apart] = -np.inf
            along[:, 1:][apart] = -np.inf
        return found

    def _ground_under(
        self, corners: Float64Array, features: Int64Array
    ) -> tuple[Float64Array, Float64Array]:
        """The lowest and the highest ground under each feature, inf and −inf where none is."""
        count = int(features.max(initial=-1)) + 1
        lowest, highest = np.full(count, np.inf), np.full(count, -np.inf)
        for crossings in crossings_of(self._lattice, corners):
            owners, under = features[crossings.triangles], self._ground[crossings.points]
            known = np.isfinite(under)
            np.minimum.at(lowest, owners[known], under[known])
            np.maximum.at(highest, owners[known], under[known])
        return lowest, highest

    def _closed_up_to(
        self,
        corners: Float64Array,
        features: Int64Array,
        lowest: Float64Array,
        highest: Float64Array,
    ) -> tuple[Int64Array, Float64Array]:
        """Points inside of features' walls, feature · side² + point, rising, and up to where."""
        top = np.full(len(highest), -np.inf)
        np.maximum.at(top, features, corners[:, :, 2].max(axis=1))
        above = (top[features] - highest[features] - _ABOVE_GROUND_M) / _CUT_M
        cuts = np.clip(np.floor(above) + 1, 0, _MOST_CUTS).astype(np.int64)
        base = (highest + _ABOVE_GROUND_M)[features]
        low, high = corners[:, :, 2].min(axis=1), corners[:, :, 2].max(axis=1)
        first = np.clip(np.floor((low - base) / _CUT_M), 0, cuts).astype(np.int64)
        last = np.clip(np.ceil((high - base) / _CUT_M) + 1, first, cuts).astype(np.int64)
        # Cut 0 is as far above the lowest ground as cut 1 is above the highest.
        count = last - first
        some = np.concatenate([np.arange(len(corners)), np.repeat(np.arange(len(corners)), count)])
        steps = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count - first, count)
        cut = np.concatenate([np.zeros(len(corners), np.int64), steps + 1])
        height = np.where(
            cut == 0,
            (lowest + _ABOVE_GROUND_M)[features[some]],
            base[some] + (cut - 1) * _CUT_M,
        )
        owners = features[some] * (_MOST_CUTS + 1) + cut
        keys, level = np.divmod(self._inside(corners[some], owners, height), _MOST_CUTS + 1)
        begin = np.flatnonzero(np.diff(keys, prepend=-1))
        count = np.diff(begin, append=len(keys))
        # How many cuts hold in turn from the lowest one on.
        unbroken = level == np.arange(len(keys)) - np.repeat(begin, count)
        held = np.add.reduceat(unbroken, begin) if len(begin) else count
        keys = keys[begin][held > 1]
        held = held[held > 1]
        return keys, (highest + _ABOVE_GROUND_M)[keys // len(self._heights)] + (held - 2) * _CUT_M

    def _inside(self, corners: Float64Array, owners: Int64Array, cut_m: Float64Array) -> Int64Array:
        """Points inside of walls both along rows and along columns: an open side shows in one.

        As (feature · side² + point) · (_MOST_CUTS + 1) + cut, rising.
        """
        side, found = self._lattice.side, []
        for is_turned in (False, True):
            lattice = self._turned if is_turned else self._lattice
            runs = runs_inside(lattice, _turned(corners) if is_turned else corners, owners, cut_m)
            points, of_run = _points(runs.rows, runs.begins, runs.ends, side)
            if is_turned:
                points = points % side * side + points // side
            feature, level = np.divmod(runs.owners[of_run], _MOST_CUTS + 1)
            keys = (feature * len(self._heights) + points) * (_MOST_CUTS + 1) + level
            found.append(np.unique(keys))
        both: Int64Array = np.intersect1d(found[0], found[1], assume_unique=True)
        return both

    def _roofs(
        self,
        corners: Float64Array,
        features: Int64Array,
        highest: Float64Array,
        keys: Int64Array,
    ) -> Float64Array:
        """The lowest that looks upward above each point of a feature; inf without one."""
        top = np.full(len(keys), np.inf)
        if not len(keys):
            return top
        rising = np.flatnonzero(normals_of(corners)[:, 2] > 0)
        for crossings in crossings_of(self._lattice, corners[rising]):
            owners = features[rising[crossings.triangles]]
            key = owners * len(self._heights) + crossings.points
            at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
            roof = keys[at] == key
            roof &= crossings.heights > highest[owners] + _ABOVE_GROUND_M
            np.minimum.at(top, at[roof], crossings.heights[roof])
        return top


class _Joints:
    """Whether what is solid at two neighbours in a row is solid between them, too.

    Gaps that are narrower than a step lie between two points of the lattice.
    """

    def __init__(self, side: int) -> None:
        self._side = side
        self._is_joined = np.zeros(side * side, np.bool_)
        self._ends = np.full(side * side, -np.inf)
        self._begins = np.full(side * side, np.inf)

    def add(self, runs: Runs) -> None:
        """Take the runs of some buildings along the rows."""
        first = np.ceil(np.clip(runs.begins, 0, self._side)).astype(np.int64)
        last = np.ceil(np.clip(runs.ends, 0, self._side)).astype(np.int64) - 1
        some = last >= first
        row = runs.rows[some] * self._side
        first, last = first[some], last[some]
        np.maximum.at(self._ends, row + last, runs.ends[some])
        before = first > 0
        np.minimum.at(self._begins, (row + first - 1)[before], runs.begins[some][before])
        between, _ = _points(runs.rows[some], first, last, self._side)
        self._is_joined[between] = True

    def apart(self) -> BoolArray:
        """Whether there is a gap between each point and the next, (side, side − 1)."""
        apart = ~self._is_joined & (self._ends + _TOUCHING < self._begins)
        apart &= np.isfinite(self._ends) & np.isfinite(self._begins)
        return apart.reshape(self._side, self._side)[:, :-1]


def _turned(corners: Float64Array) -> Float64Array:
    """Triangles with x for y and y for x, which look outward as before."""
    return corners[:, ::-1, [1, 0, 2]]


def _points(
    rows: Int64Array, begins: Float64Array | Int64Array, ends: Float64Array | Int64Array, side: int
) -> tuple[Int64Array, Int64Array]:
    """Flat points of the lattice from columns up to others, and on which of these runs each is."""
    begin = np.ceil(np.clip(begins, 0, side)).astype(np.int64)
    count = np.maximum(np.ceil(np.clip(ends, 0, side)).astype(np.int64) - begin, 0)
    of_run = np.repeat(np.arange(len(count)), count)
    columns = np.arange(len(of_run)) - np.repeat(np.cumsum(count) - count - begin, count)
    return rows[of_run] * side + columns, of_run
