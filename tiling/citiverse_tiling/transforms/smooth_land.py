"""Join the vertices of land where its faces meet, so that slopes are smooth and tiles small.

Land that follows the terrain is thousands of triangles, each of which has its own three vertices:
six times as many as there are points. Faces that meet at an edge that can be seen, such as the top
and the sides of a hedge or a kerb, stay apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.meshes import Meshes

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, Int64Array

_STEPS_PER_M = 1000
_NORMAL_STEPS = 3
"""Normals that agree when they are rounded to a third of their length are of one smooth surface."""

_OBJECT_BITS, _GROUP_BITS, _NORMAL_BITS, _Z_BITS = 13, 4, 3, 27


def smooth_land(meshes: Meshes, is_land: BoolArray) -> Meshes:
    """The meshes of n objects; those of land, `is_land` (n,), have joined vertices.

    Joined are vertices of one object and material in the same cubic millimetre; they get the mean
    of their normals. Those of faces that have a look of their own stay as they are, and so do those
    of triangles so small that they would vanish, and batches of more than 8 192 objects, or wider
    than 2 000 km.
    """
    if not len(meshes.positions):
        return meshes
    owners = meshes.vertex_objects
    may_join = is_land[owners]
    if meshes.looks is not None:
        may_join &= meshes.looks < 0
    steps = np.rint((meshes.positions - meshes.positions.min(axis=0)) * _STEPS_PER_M)
    if len(meshes) >> _OBJECT_BITS or steps[:, 2].max() >= 1 << _Z_BITS or steps.max() >= 1 << 31:
        return meshes
    steps = steps.astype(np.int64)
    cells = (steps[:, 0] << 31) | steps[:, 1]
    facing = np.rint(meshes.normals / 127 * _NORMAL_STEPS).astype(np.int64) + _NORMAL_STEPS
    rest = owners.astype(np.int64)
    for column, bits in (
        (meshes.groups.astype(np.int64), _GROUP_BITS),
        *((facing[:, axis], _NORMAL_BITS) for axis in range(3)),
        (steps[:, 2], _Z_BITS),
    ):
        rest = (rest << bits) | column
    corners = meshes.global_triangles
    others = np.roll(corners, 1, axis=1)
    vanish = ((cells[corners] == cells[others]) & (rest[corners] == rest[others])).any(axis=1)
    may_join[corners[vanish]] = False
    # Vertices that may not join differ from all others by their own number.
    flat = np.where(may_join, cells, np.arange(len(owners)))
    order = _by_owner(owners, flat, rest, may_join)
    is_first = np.ones(len(order), np.bool_)
    same = (flat[order[1:]] == flat[order[:-1]]) & (rest[order[1:]] == rest[order[:-1]])
    is_first[1:] = ~(same & may_join[order[1:]])
    numbers = np.cumsum(is_first) - 1
    new_rows = np.empty(len(order), np.int64)
    new_rows[order] = numbers
    first = order[is_first]
    normals = np.stack(
        [np.bincount(numbers, meshes.normals[order, axis]) for axis in range(3)], axis=1
    )
    lengths = np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    counts = np.bincount(owners[first], minlength=len(meshes))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    starts = np.repeat(offsets[:-1], np.diff(meshes.triangle_offsets))
    triangles = new_rows[meshes.global_triangles] - starts[:, None]
    return Meshes(
        meshes.positions[first],
        np.rint(normals / lengths * 127).astype(np.int8),
        meshes.groups[first],
        triangles.astype(np.uint32),
        offsets,
        meshes.triangle_offsets,
        None if meshes.looks is None else meshes.looks[first],
        None if meshes.texture_coordinates is None else meshes.texture_coordinates[first],
    )


def _by_owner(
    owners: Int64Array, flat: Int64Array, rest: Int64Array, may_join: BoolArray
) -> Int64Array:
    """Vertices by object; those to join so that equal ones are neighbours, the others as given."""
    place = np.where(may_join, rest, 0)
    order: Int64Array = np.lexsort((flat, place, owners))
    return order
