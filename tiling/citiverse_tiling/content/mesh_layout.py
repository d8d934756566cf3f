"""The order of a tile's vertices and triangles: what belongs together lies side by side.

The order changes nothing that is seen. It decides how well differences from vertex to vertex
compress, and so what a tile weighs (docs/decisions/0009-tiles-in-few-bytes.md has the figures).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import meshopt
import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, Int32Array, Int64Array

PRIMITIVE, X, Y, Z, NORMAL, FEATURE = range(6)
"""Columns of the rows: first what decides over the primitive, then place, normal and feature."""

_MANY_VERTICES = 1_000
"""A feature of more has many faces that look the same way: they are laid side by side."""

_UPRIGHT = 3
"""Of 127: a face whose normal rises or falls by less is a wall."""

_FACTORS = np.random.default_rng(0x5EED).integers(1, 2**63, 16, np.uint64) * 2 + 1


class Layout(NamedTuple):
    """Which of the given vertices remain, (V,), in their order, and triangles of them, (T, 3)."""

    kept: Int64Array
    triangles: Int64Array


def lay_out(rows: Int32Array, triangles: Int64Array, smooth: BoolArray) -> Layout:
    """Weld equal vertices and order the rest: primitive by primitive, and so that it packs well.

    rows    int32 (V, n ≥ 6): the columns above, places in steps, normals as four bytes (x, y up, z,
            0); then whatever else tells vertices apart
    smooth  bool (V,): the primitive has faces that share vertices, such as ground; the others'
            vertices lie face by face, those of walls from end to end
    """
    triangles = welded(rows, triangles)
    used = np.zeros(len(rows), np.bool_)
    used[triangles.ravel()] = True
    kept = np.flatnonzero(used)
    rows, smooth = rows[kept], smooth[kept]
    order = _face_by_face(rows)
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    numbers = np.cumsum(used) - 1
    triangles = _by_last_vertex(places[numbers[triangles]])
    kept, rows, smooth = kept[order], rows[order], smooth[order]
    if smooth.any():
        kept, triangles = _along_strips(rows[:, PRIMITIVE], smooth, kept, triangles)
    return Layout(kept, triangles)


def welded(rows: Int32Array, triangles: Int64Array) -> Int64Array:
    """Triangles of the first of equal rows each, but those that would then have no area."""
    bits = rows.astype(np.uint32).astype(np.uint64)
    sums = (bits * _FACTORS[: rows.shape[1]]).sum(axis=1, dtype=np.uint64)
    _, first, which = np.unique(
        sums ^ sums >> np.uint64(29), return_index=True, return_inverse=True
    )
    same = first[which.ravel()]
    # Two rows may have the same sum and not be the same: each then stays what it is.
    same = np.where((rows[same] == rows).all(axis=1), same, np.arange(len(rows)))
    corners = same[triangles]
    is_flat = (corners == np.roll(corners, 1, axis=1)).any(axis=1)
    own = triangles[is_flat].ravel()
    same[own] = own
    return np.asarray(same[triangles])


def _face_by_face(rows: Int32Array) -> Int64Array:
    """The order of vertices, (V,), with those of a primitive and of a face side by side.

    A wall's go from end to end, foot and eaves in turn, so that two of three coordinates stay what
    they were. In a feature of many vertices, faces of one plane's direction lie together.
    """
    primitives, x, y, z = rows[:, [PRIMITIVE, X, Y, Z]].T.astype(np.int64)
    normals = np.ascontiguousarray(rows[:, NORMAL]).view(np.int8).reshape(-1, 4).astype(np.int64)
    features = rows[:, FEATURE]
    changes = (np.diff(rows[:, [PRIMITIVE, NORMAL, FEATURE]], axis=0) != 0).any(axis=1)
    faces = np.concatenate([np.zeros(1, np.int64), np.cumsum(changes)])
    _, first, which, counts = np.unique(
        features, return_index=True, return_inverse=True, return_counts=True
    )
    is_upright = np.abs(normals[:, 1]) < _UPRIGHT
    along = z * normals[:, 0] - x * normals[:, 2]
    within = np.where(is_upright, (along << 24) + y, 0)
    sides = np.zeros(len(rows), np.int64)
    if (is_many := counts > _MANY_VERTICES).any():
        many = is_many[which.ravel()]
        faces = np.where(many, faces[first][which.ravel()], faces)
        directions = ((normals[:, 1] + 128 << 8) + normals[:, 2] + 128 << 8) + normals[:, 0] + 128
        sides = np.where(many, directions, sides)
        within = np.where(many, (x << 40) + (z << 20) + y, within)
    return np.lexsort((within, (primitives << 49) + (faces << 25) + sides))


def _by_last_vertex(triangles: Int64Array) -> Int64Array:
    """Triangles turned to begin with their first vertex, in the order of their last."""
    first = triangles.argmin(axis=1)[:, None]
    turned = np.take_along_axis(triangles, (first + np.arange(3)) % 3, axis=1)
    low, middle, high = np.sort(triangles, axis=1).T
    return np.asarray(turned[np.lexsort((low, (high << 32) + middle))])


def _along_strips(
    primitives: Int32Array, smooth: BoolArray, kept: Int64Array, triangles: Int64Array
) -> tuple[Int64Array, Int64Array]:
    """Vertices and triangles of the smooth primitives in the order of strips over their faces."""
    kept, triangles = kept.copy(), triangles.copy()
    starts = np.flatnonzero(np.diff(primitives, prepend=-1))
    ends = np.append(starts[1:], len(primitives))
    rows = np.searchsorted(triangles.max(axis=1), np.append(starts, len(primitives)))
    for number, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        if smooth[start]:
            run = slice(int(rows[number]), int(rows[number + 1]))
            local = (triangles[run] - start).astype(np.uint32).ravel()
            indices, places, _ = meshopt.reorder_mesh(local, triangles=True, optsize=True)
            triangles[run] = indices.reshape(-1, 3).astype(np.int64) + start
            moved = kept[start:end].copy()
            kept[start + places.astype(np.int64)] = moved
    return kept, triangles
