"""What a tile shows, as one mesh: the source's faces in a leaf, blocks above, or ground."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.content.glb import TileMesh
from citiverse_tiling.meshes import SurfaceGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import Float64Array, Int8Array, Int64Array, UInt8Array
    from citiverse_tiling.transforms.block import Blocks

_BLOCK_FACES = np.array([[0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7], [4, 5, 6, 7]])
"""Four walls and a roof of a block's eight corners (`Blocks.corners`), seen from outside."""

_HALVES = np.array([[0, 1, 2], [0, 2, 3]])
_BLOCK_TRIANGLES = (np.arange(5)[:, None, None] * 4 + _HALVES).reshape(-1, 3)
_BLOCK_GROUPS = np.repeat(np.array([SurfaceGroup.WALL] * 4 + [SurfaceGroup.ROOF], np.uint8), 4)

_GABLE_QUADS = np.array([*_BLOCK_FACES[:4], [4, 5, 9, 8], [6, 7, 8, 9]])
_GABLE_ENDS = np.array([[5, 6, 9], [7, 4, 8]])
"""Corners of a gabled block: four at the foot, four at the eaves, then the ends of the ridge."""

_GABLE_TRIANGLES = np.concatenate(
    [(np.arange(6)[:, None, None] * 4 + _HALVES).reshape(-1, 3), [[24, 25, 26], [27, 28, 29]]]
)
_GABLE_GROUPS = np.repeat(
    np.array([SurfaceGroup.WALL] * 4 + [SurfaceGroup.ROOF] * 2 + [SurfaceGroup.WALL] * 2, np.uint8),
    [4] * 6 + [3] * 2,
)


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
        colours=None if mesh.colours is None else mesh.colours[kept],
    )


def block_mesh(blocks: Blocks, colours: UInt8Array, translation: Float64Array) -> TileMesh:
    """Walls and roofs of n blocks; feature i is the i-th block.

    `colours` (n, 2, 4) are those of its walls and of its roof, as in `looks.FarLook`.
    """
    flat = np.flatnonzero(~blocks.is_gabled)
    gabled = np.flatnonzero(blocks.is_gabled)
    mesh = _joined(
        [_flat_blocks(blocks.take(flat), flat), _gables(blocks.take(gabled), gabled)], translation
    )
    if not colours.any() or mesh.feature_ids is None:
        return mesh
    is_roof = (mesh.groups == SurfaceGroup.ROOF).astype(np.int64)
    return replace(mesh, colours=colours[mesh.feature_ids, is_roof])


def _flat_blocks(blocks: Blocks, rows: Int64Array) -> TileMesh:
    along, across, up = _directions(blocks)
    normals = np.stack([-across, along, across, -along, up], axis=1)
    return TileMesh(
        blocks.corners[:, _BLOCK_FACES].reshape(-1, 3),
        _as_bytes(np.repeat(normals.reshape(-1, 3), 4, axis=0)),
        np.tile(_BLOCK_GROUPS, len(rows)),
        np.repeat(rows, len(_BLOCK_GROUPS)),
        _repeated(_BLOCK_TRIANGLES, len(_BLOCK_GROUPS), len(rows)),
    )


def _gables(blocks: Blocks, rows: Int64Array) -> TileMesh:
    along, across, up = _directions(blocks)
    corners = np.concatenate([blocks.corners, np.empty((len(rows), 2, 3))], axis=1)
    corners[:, 4:8, 2] = blocks.eaves[:, None]
    corners[:, 8:, :2] = blocks.footprint(np.array([[-1.0, 0.0], [1.0, 0.0]]))
    corners[:, 8:, 2] = blocks.heights[:, 1:]
    rise = (blocks.heights[:, 1] - blocks.eaves)[:, None]
    slopes = up * blocks.half_sizes[:, 1:]
    slant = np.hypot(rise, blocks.half_sizes[:, 1:])
    near, far = (slopes - across * rise) / slant, (slopes + across * rise) / slant
    normals = np.stack([-across, along, across, -along, near, far], axis=1)
    ends = np.stack([along, -along], axis=1)
    vertices = np.concatenate(
        [corners[:, _GABLE_QUADS.ravel()], corners[:, _GABLE_ENDS.ravel()]], 1
    )
    facing = np.concatenate([np.repeat(normals, 4, axis=1), np.repeat(ends, 3, axis=1)], axis=1)
    return TileMesh(
        vertices.reshape(-1, 3),
        _as_bytes(facing.reshape(-1, 3)),
        np.tile(_GABLE_GROUPS, len(rows)),
        np.repeat(rows, len(_GABLE_GROUPS)),
        _repeated(_GABLE_TRIANGLES, len(_GABLE_GROUPS), len(rows)),
    )


def _directions(blocks: Blocks) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Unit vectors along, across and up of each block, (n, 3) each."""
    none = np.zeros(len(blocks.axes))
    along = np.stack([blocks.axes[:, 0], blocks.axes[:, 1], none], axis=1)
    across = np.stack([-blocks.axes[:, 1], blocks.axes[:, 0], none], axis=1)
    return along, across, np.tile([0.0, 0.0, 1.0], (len(none), 1))


def _as_bytes(normals: Float64Array) -> Int8Array:
    return np.rint(normals * 127).astype(np.int8)


def _repeated(triangles: Int64Array, vertices: int, count: int) -> Int64Array:
    """The triangles of one thing of so many vertices, `count` times."""
    return (triangles + np.arange(count)[:, None, None] * vertices).reshape(-1, 3)


def _joined(meshes: Sequence[TileMesh], translation: Float64Array) -> TileMesh:
    """Meshes of features as one, relative to `translation`."""
    starts = np.cumsum([0, *(len(mesh.positions) for mesh in meshes)])[:-1]
    return TileMesh(
        np.concatenate([mesh.positions for mesh in meshes]) - translation,
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.groups for mesh in meshes]),
        np.concatenate([mesh.feature_ids for mesh in meshes if mesh.feature_ids is not None]),
        np.concatenate(
            [mesh.triangles + start for mesh, start in zip(meshes, starts.tolist(), strict=True)]
        ),
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
