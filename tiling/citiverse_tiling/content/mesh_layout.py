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

_MANY_ALIKE = 8
"""Faces of a feature that look the same way, on average: so many are better laid side by side."""

_UPRIGHT = 3
"""Of 127: a face whose normal rises or falls by less is a wall."""

_PLUMB = 16
"""Steps², how far the ends of an upright edge may lie apart, seen from above."""

_FACTORS = np.random.default_rng(0x5EED).integers(1, 2**63, 16, np.uint64) * 2 + 1


class Layout(NamedTuple):
    """Which of the given vertices remain, (V,), in their order, and triangles of them, (T, 3)."""

    kept: Int64Array
    triangles: Int64Array


def lay_out(rows: Int32Array, triangles: Int64Array, smooth: BoolArray) -> Layout:
    """Weld equal vertices and order the rest: primitive by primitive, and so that it packs well.

    rows    int32 (V, n ≥ 6): the columns above, places in steps, normals as four bytes (x, y up, z,
            0); then whatever else tells vertices apart
    smooth  bool (V,): the primitive has faces that share vertices, such as ground

    Smooth primitives are laid in strips. Of others the faces follow each other as they came, their
    vertices in the order of their triangles; those of walls go from end to end, foot and eaves in
    turn, and around the house, so that two of three coordinates stay what they were. Where features
    have very many faces that look the same way, these lie together instead, sorted by their places.
    """
    triangles = welded(rows, triangles)
    used = np.zeros(len(rows), np.bool_)
    used[triangles.ravel()] = True
    kept = np.flatnonzero(used)
    triangles = (np.cumsum(used) - 1)[triangles]
    sides = _have_many_alike(rows[kept])
    lay = _by_primitive if smooth.all() else _by_face
    order, triangles = lay(rows[kept], triangles, sides)
    kept, sides = kept[order], sides[order]
    primitives = rows[kept, PRIMITIVE]
    starts = np.flatnonzero(np.diff(primitives, prepend=-1))
    ends = np.append(starts[1:], len(primitives))
    bounds = np.searchsorted(
        primitives[triangles[:, 0]], np.append(primitives[starts], primitives[-1] + 1)
    )
    laid = kept.copy()
    for number, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        if sides[start] and not smooth[kept[start]]:
            continue
        run = slice(int(bounds[number]), int(bounds[number + 1]))
        local = (triangles[run] - start).astype(np.uint32).ravel()
        strips = bool(smooth[kept[start]])
        indices, moved, _ = meshopt.reorder_mesh(local, triangles=strips, optsize=True)
        triangles[run] = indices.reshape(-1, 3).astype(np.int64) + start
        laid[start + moved.astype(np.int64)] = kept[start:end]
    return Layout(laid, triangles)


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


def _have_many_alike(rows: Int32Array) -> BoolArray:
    """Whether the features of a vertex's primitive have many faces that look the same way, (V,)."""
    primitives = rows[:, PRIMITIVE].astype(np.int64)
    _, features = np.unique((primitives << 32) + rows[:, FEATURE], return_inverse=True)
    directions = (features << 32) + rows[:, NORMAL]
    faces = np.bincount(primitives, np.diff(directions, prepend=directions[0] - 1) != 0)
    different = rows[np.unique(directions, return_index=True)[1], PRIMITIVE]
    many: BoolArray = faces > _MANY_ALIKE * np.bincount(different, minlength=len(faces))
    return many[primitives]


def _by_primitive(
    rows: Int32Array, triangles: Int64Array, _: BoolArray
) -> tuple[Int64Array, Int64Array]:
    """The order of vertices, (V,), and triangles of them, all as they came in each primitive."""
    order = np.argsort(rows[:, PRIMITIVE], kind="stable")
    primitives = rows[triangles[:, 0], PRIMITIVE]
    return order, _places(order)[triangles[np.argsort(primitives, kind="stable")]]


def _by_face(
    rows: Int32Array, triangles: Int64Array, sides: BoolArray
) -> tuple[Int64Array, Int64Array]:
    """The same by primitive, then by face, or by `sides` (V,) of a feature."""
    primitives, x, y, z = rows[:, [PRIMITIVE, X, Y, Z]].T.astype(np.int64)
    normals = np.ascontiguousarray(rows[:, NORMAL]).view(np.int8).reshape(-1, 4).astype(np.int64)
    changes = (np.diff(rows[:, [PRIMITIVE, NORMAL, FEATURE]], axis=0) != 0).any(axis=1)
    faces = np.concatenate([np.zeros(1, np.int64), np.cumsum(changes)])
    along = z * normals[:, 0] - x * normals[:, 2]
    is_upright = np.abs(normals[:, 1]) < _UPRIGHT
    within = np.where(is_upright, (along << 24) + y, 0)
    order = np.lexsort((within, faces))
    starts = np.searchsorted(faces, np.arange(faces[-1] + 1))
    ends = order[np.append(starts[1:], len(rows)) - 1]
    faces = _around(rows, order[starts], ends, is_upright)[faces]
    if sides.any():
        directions = ((normals[:, 1] + 128 << 8) + normals[:, 2] + 128 << 8) + normals[:, 0] + 128
        faces = np.where(sides, (rows[:, FEATURE].astype(np.int64) << 24) + directions, faces)
        within = np.where(sides, (x << 40) + (z << 20) + y, within)
    order = np.lexsort((within, (primitives << 48) + faces))
    return order, _turned(rows[order], _by_last_vertex(_places(order)[triangles]))


def _around(
    rows: Int32Array, firsts: Int64Array, lasts: Int64Array, is_upright: BoolArray
) -> Int64Array:
    """The rank of each face, (F,): each wall after one of its feature that ends where it begins.

    Given are the rows of the faces' first and last vertices. Chains keep the order of their first
    faces; one that is closed begins with its earliest.
    """
    count = len(firsts)
    walls = np.flatnonzero(is_upright[firsts])
    before = np.arange(count)
    begun, ended = _joined(rows, firsts[walls], lasts[walls])
    before[walls[begun]] = walls[ended]
    # Pointers are doubled: after n rounds they reach 2^n faces back, and know the least on the way.
    least, back = np.minimum(np.arange(count), before), before
    for _ in range(count.bit_length()):
        least, back = np.minimum(least, least[back]), back[back]
    is_closed = before[back] != back
    before = np.where(is_closed & (least == np.arange(count)), least, before)
    steps, head = (before != np.arange(count)).astype(np.int64), before
    for _ in range(count.bit_length()):
        steps, head = steps + steps[head], head[head]
    return _places(np.lexsort((steps, head)))


def _joined(
    rows: Int32Array, begins: Int64Array, ends: Int64Array
) -> tuple[Int64Array, Int64Array]:
    """Pairs of walls, by the rows at both of their ends: the first begins where the second ends.

    None is twice the first or twice the second of a pair: where several meet, they go in turn.
    """
    primitives, x, _, z, _, features = rows[np.concatenate([begins, ends]), :6].T.astype(np.int64)
    _, owners = np.unique((primitives << 32) + features, return_inverse=True)
    places, at = np.unique((x << 32) + z, return_inverse=True)
    keys = owners * len(places) + at
    _, begun, ended = np.intersect1d(
        _in_turn(keys[: len(begins)]), _in_turn(keys[len(begins) :]), return_indices=True
    )
    return begun, ended


def _in_turn(keys: Int64Array) -> Int64Array:
    """Keys (n,) of which none is there twice: equal ones are counted, those with one count pair."""
    order = np.argsort(keys, kind="stable")
    counts = np.empty(len(keys), np.int64)
    counts[order] = np.arange(len(keys)) - np.searchsorted(keys[order], keys[order])
    return keys * len(keys) + counts


def _places(order: Int64Array) -> Int64Array:
    """Where each row comes to lie, (V,)."""
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    return places


def _by_last_vertex(triangles: Int64Array) -> Int64Array:
    """Triangles in the order of their last vertex, then of those before."""
    low, middle, high = np.sort(triangles, axis=1).T
    return np.asarray(triangles[np.lexsort((low, (high << 32) + middle))])


def _turned(rows: Int32Array, triangles: Int64Array) -> Int64Array:
    """Triangles that begin with an upright edge, or else with their first vertex."""
    x, z = rows[:, X].astype(np.int64), rows[:, Z].astype(np.int64)
    following = np.roll(triangles, -1, axis=1)
    apart = (x[following] - x[triangles]) ** 2 + (z[following] - z[triangles]) ** 2
    walls = np.ascontiguousarray(rows[:, NORMAL]).view(np.int8).reshape(-1, 4)[:, 1]
    is_wall = np.abs(walls[triangles[:, 0]].astype(np.int64)) < _UPRIGHT
    is_wall &= apart.min(axis=1) < _PLUMB
    first = np.where(is_wall, apart.argmin(axis=1), triangles.argmin(axis=1))[:, None]
    return np.asarray(np.take_along_axis(triangles, (first + np.arange(3)) % 3, axis=1))
