"""What a tile shows, as one mesh: the source's faces in a leaf, blocks above, or ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.content.glb import TileMesh
from citiverse_tiling.meshes import SurfaceGroup

if TYPE_CHECKING:
    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import Float64Array, Int64Array

_BLOCK_FACES = np.array([[0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7], [4, 5, 6, 7]])
"""Four walls and a roof of a block's eight corners (`Blocks.corners`), seen from outside."""

_BLOCK_TRIANGLES = (np.arange(5)[:, None, None] * 4 + np.array([[0, 1, 2], [0, 2, 3]])).reshape(
    -1, 3
)
_BLOCK_GROUPS = np.repeat(np.array([SurfaceGroup.WALL] * 4 + [SurfaceGroup.ROOF], np.uint8), 4)


def source_mesh(meshes: Meshes, translation: Float64Array) -> TileMesh:
    """The source's faces; feature i is the i-th object."""
    return TileMesh(
        meshes.positions - translation,
        meshes.normals,
        meshes.groups,
        meshes.vertex_objects,
        meshes.global_triangles,
    )


def without_markings(mesh: TileMesh) -> TileMesh:
    """The mesh without painted lines, but for features that have nothing else."""
    kept = mesh.groups != SurfaceGroup.MARKING
    if kept.all() or mesh.feature_ids is None:
        return mesh
    has_more = np.bincount(mesh.feature_ids[kept], minlength=int(mesh.feature_ids.max()) + 1) > 0
    kept |= ~has_more[mesh.feature_ids]
    new_rows = np.cumsum(kept) - 1
    drawn = kept[mesh.triangles[:, 0]]
    return TileMesh(
        mesh.positions[kept],
        mesh.normals[kept],
        mesh.groups[kept],
        mesh.feature_ids[kept],
        new_rows[mesh.triangles[drawn]],
    )


def block_mesh(corners: Float64Array, axes: Float64Array, translation: Float64Array) -> TileMesh:
    """Walls and roofs of n blocks from their corners (n, 8, 3) and long axes (n, 2)."""
    count = len(corners)
    along = np.concatenate([axes, np.zeros((count, 1))], axis=1)
    across = np.stack([-axes[:, 1], axes[:, 0], np.zeros(count)], axis=1)
    up = np.broadcast_to([0.0, 0.0, 1.0], (count, 3))
    normals = np.stack([-across, along, across, -along, up], axis=1)
    triangles = _BLOCK_TRIANGLES + np.arange(count)[:, None, None] * len(_BLOCK_GROUPS)
    return TileMesh(
        corners[:, _BLOCK_FACES].reshape(-1, 3) - translation,
        np.rint(np.repeat(normals.reshape(-1, 3), 4, axis=0) * 127).astype(np.int8),
        np.tile(_BLOCK_GROUPS, count),
        np.repeat(np.arange(count), len(_BLOCK_GROUPS)),
        triangles.reshape(-1, 3),
    )


def ground_mesh(
    x: Float64Array,
    y: Float64Array,
    heights: Float64Array,
    skirt_m: float,
    translation: Float64Array,
) -> TileMesh:
    """A grid of heights (len(y), len(x)) with skirts hanging `skirt_m` from its rim.

    Skirts hide the cracks between neighbours of different levels.
    """
    grid = np.stack([*np.meshgrid(x, y), heights], axis=-1)
    rim = _rim(len(x), len(y))
    top = grid.reshape(-1, 3)
    skirt = top[rim] - np.array([0.0, 0.0, skirt_m])
    normals = _grid_normals(x, y, heights).reshape(-1, 3)
    normals = np.concatenate([normals, normals[rim]])
    first = len(top) + np.arange(len(rim))
    upper, lower = rim, first
    next_upper, next_lower = np.roll(upper, -1), np.roll(lower, -1)
    walls = np.concatenate(
        [
            np.stack([upper, lower, next_lower], axis=1),
            np.stack([upper, next_lower, next_upper], axis=1),
        ]
    )
    positions = np.concatenate([top, skirt])
    return TileMesh(
        positions - translation,
        np.rint(normals * 127).astype(np.int8),
        np.full(len(positions), SurfaceGroup.TERRAIN, np.uint8),
        None,
        np.concatenate([grid_triangles(len(x), len(y)), walls]),
    )


def grid_triangles(columns: int, rows: int) -> Int64Array:
    """Two triangles a quad of a grid of nodes, row by row, split from south-west to north-east."""
    south_west = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    south_east, north_west = south_west + 1, south_west + columns
    north_east = north_west + 1
    return np.concatenate(
        [
            np.stack([south_west, south_east, north_east], axis=1),
            np.stack([south_west, north_east, north_west], axis=1),
        ]
    )


def _rim(columns: int, rows: int) -> Int64Array:
    """Nodes around a grid, counter-clockwise from the south-west corner."""
    nodes = np.arange(rows * columns).reshape(rows, columns)
    return np.concatenate([nodes[0, :-1], nodes[:-1, -1], nodes[-1, :0:-1], nodes[:0:-1, 0]])


def _grid_normals(x: Float64Array, y: Float64Array, heights: Float64Array) -> Float64Array:
    """Unit normals of the nodes, (rows, columns, 3)."""
    slope_y, slope_x = np.gradient(heights, y, x)
    normals = np.stack([-slope_x, -slope_y, np.ones_like(heights)], axis=-1)
    unit: Float64Array = normals / np.linalg.norm(normals, axis=-1, keepdims=True)
    return unit
