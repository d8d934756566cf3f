"""Where lines of a lattice run inside of buildings' walls, cut at a height."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.visibility.lattice import STEP_M, normals_of

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.visibility.lattice import Lattice

_OFF = 1 / 64
"""Of a step: rows are met a hair beside round coordinates, where corners like to lie."""


class Runs(NamedTuple):
    """Pieces of a lattice's rows that lie inside of walls: whose, row, and columns from and to."""

    owners: Int64Array
    rows: Int64Array
    begins: Float64Array
    ends: Float64Array


def runs_inside(
    lattice: Lattice, corners: Float64Array, owners: Int64Array, cut_m: Float64Array
) -> Runs:
    """The runs inside of the walls of each owner.

    Along each row walls are entered and left. A row of an owner whose walls don't close, or are
    turned inside out, has no runs.

    corners  (T, 3, 3) triangles, counter-clockwise seen from outside
    cut_m    (T,) the height that each is cut at, one for each owner
    """
    whose, rows, at, turns = _walls_met(lattice, corners, owners, cut_m)
    order = np.lexsort((at, rows, whose))
    whose, rows, at, turns = whose[order], rows[order], at[order], turns[order]
    if not len(order):
        return Runs(whose, rows, at, at)
    first = np.flatnonzero(np.diff(whose * lattice.side + rows, prepend=-1))
    count = np.diff(first, append=len(order))
    depth = np.cumsum(turns)
    depth -= np.repeat(depth[first] - turns[first], count)
    good = (depth[first + count - 1] == 0) & (np.minimum.reduceat(depth, first) >= 0)
    within = np.flatnonzero(np.repeat(good, count) & (depth > 0))
    return Runs(whose[within], rows[within], at[within], at[within + 1])


def _walls_met(
    lattice: Lattice, corners: Float64Array, owners: Int64Array, cut_m: Float64Array
) -> tuple[Int64Array, Int64Array, Float64Array, Int64Array]:
    """Where rows of the lattice meet triangles cut at a height: owner, row, column, ±1.

    +1 where the row enters, going to higher columns.
    """
    above = corners[:, :, 2] >= cut_m[:, None]
    count_above = above.sum(axis=1)
    cut = np.flatnonzero((count_above > 0) & (count_above < 3))
    corners, above, owners, cut_m = corners[cut], above[cut], owners[cut], cut_m[cut]
    # The corner that is alone on its side of the cut, and the other two after it.
    alone = np.where(count_above[cut, None] == 1, above, ~above).argmax(axis=1)
    turned = [corners[np.arange(len(cut)), (alone + step) % 3] for step in range(3)]
    ends = []
    for other in turned[1:]:
        share = (cut_m - turned[0][:, 2]) / (other[:, 2] - turned[0][:, 2])
        point = turned[0] + share[:, None] * (other - turned[0])
        ends.append(point[:, :2] / STEP_M - [lattice.x, lattice.y])
    low = np.minimum(ends[0][:, 1], ends[1][:, 1])
    high = np.maximum(ends[0][:, 1], ends[1][:, 1])
    begin = np.ceil(np.clip(low - _OFF, 0, lattice.side)).astype(np.int64)
    count = np.ceil(np.clip(high - _OFF, 0, lattice.side)).astype(np.int64) - begin
    met = np.repeat(np.arange(len(cut)), count)
    rows = np.arange(len(met)) - np.repeat(np.cumsum(count) - count - begin, count)
    a, b = ends[0][met], ends[1][met]
    share = (rows + _OFF - a[:, 1]) / (b[:, 1] - a[:, 1])
    at = a[:, 0] + share * (b[:, 0] - a[:, 0])
    turns = np.where(normals_of(corners)[met, 0] < 0, 1, -1)
    return owners[met], rows, at, turns
