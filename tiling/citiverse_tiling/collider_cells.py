"""Makes the colliders of cells: ground, floors, walls, shores and trunks."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.city import raw_records
from citiverse_tiling.content.collider import (
    NO_FEATURES,
    CellBlock,
    encode_collider,
    feature_key,
    in_use,
    triangle_cells,
    weld,
)
from citiverse_tiling.content.tile_meshes import grid_triangles
from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import ELEMENTS, Layer
from citiverse_tiling.transforms.plants import TRUNK_M, PlantKind
from citiverse_tiling.transforms.shore import Surroundings, shore_walls
from citiverse_tiling.transforms.slim import POST_TRIANGLES, posts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_tiling.city import City
    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import (
        Float32Array,
        Float64Array,
        Int32Array,
        Int64Array,
        Rows,
        UInt32Array,
    )
    from citiverse_tiling.spool import Spool
    from citiverse_tiling.transforms.ground import HeightField

BLOCK_CELLS = 4
"""Colliders are made for so many cells a side at a time: each object is read about once."""

_HALF, _MIDDLE = 32, 1 << 31
"""A square's number holds its column above and its row below bit 32."""

TRUNK_HEIGHT_M = 2.0
_TRUNK_SIDES = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * TRUNK_M


class Patch(NamedTuple):
    """A collider before it is stored: cell (i, j), height of the origin, positions (V, 3) from
    there, triangles (T, 3), and the features whose they are (F, 2), see `encode_collider`."""

    i: int
    j: int
    datum: int
    positions: Float32Array
    triangles: UInt32Array
    features: UInt32Array = NO_FEATURES

    @property
    def data(self) -> bytes:
        """Its file."""
        return encode_collider(self.positions, self.triangles, self.features)


class _Solids(NamedTuple):
    """Positions (V, 3) and triangles (T, 3), scene frame.

    `owners` (T,) says which of the objects each triangle is of; None where it doesn't matter.
    """

    positions: Float64Array
    triangles: Int64Array
    owners: Int64Array | None = None


class GroundCells:
    """Makes the colliders of the cells of a field; nodes on a shared edge are the same numbers."""

    def __init__(self, field: HeightField) -> None:
        self._field = field
        self._quads = round(field.cell_m / field.spacing_m)
        steps = np.arange(self._quads + 1) * field.spacing_m
        self._flat = np.stack(np.meshgrid(steps, steps), axis=-1)
        self._triangles = grid_triangles(self._quads + 1, self._quads + 1).astype(np.uint32)
        self._datum = round(float(np.median(field.heights)))

    def ingredients(self, column: int) -> tuple[Int64Array | Float64Array | float, ...]:
        """What the colliders of a column of cells depend on."""
        field, west = self._field, column * self._quads
        heights = field.heights[:, west : west + self._quads + 1]
        first = np.add(field.first_cell, (column, 0))
        return first, field.spacing_m, heights, self._datum

    def patches(self, column: int) -> Iterator[Patch]:
        """The colliders of a column of cells, from south to north."""
        field, quads, datum = self._field, self._quads, self._datum
        west = column * quads
        for row in range(field.cells[0]):
            south = row * quads
            heights = field.heights[south : south + quads + 1, west : west + quads + 1]
            positions = np.empty((quads + 1, quads + 1, 3), np.float32)
            positions[..., :2], positions[..., 2] = self._flat, heights - datum
            i, j = int(field.first_cell[0]) + column, int(field.first_cell[1]) + row
            yield Patch(i, j, datum, positions.reshape(-1, 3), self._triangles)


class CellBlocks(NamedTuple):
    """The blocks of cells that a layer's objects may touch.

    firsts  int64 (n, 2): the first cell of each
    starts  int64 (n + 1,): block b has the rows `shapes[starts[b]:starts[b + 1]]` of `city.shapes`
    """

    firsts: Int64Array
    starts: Int64Array
    shapes: Int32Array

    def of(self, block: int) -> Int32Array:
        """The shapes in a block."""
        return self.shapes[self.starts[block] : self.starts[block + 1]]


def cell_blocks(city: City, layer: Layer, field: HeightField) -> CellBlocks:
    """Those of one layer."""
    side = field.cell_m * BLOCK_CELLS
    of_layer, done = city.shapes.of(layer), 0
    keys, rows = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
    for some in city.shapes.pieces(of_layer):
        low = np.floor(some.box_min[:, :2] / side).astype(np.int64)
        spans = np.floor(some.box_max[:, :2] / side).astype(np.int64) - low + 1
        counts = spans[:, 0] * spans[:, 1]
        own = np.repeat(np.arange(len(counts)), counts)
        place = np.arange(len(own)) - np.repeat(np.cumsum(counts) - counts, counts)
        squares = low[own] + np.stack([place % spans[own, 0], place // spans[own, 0]], axis=1)
        keys.append((squares[:, 0] << _HALF) + squares[:, 1])
        rows.append(of_layer[done + own])
        done += len(counts)
    key = np.concatenate(keys)
    keys.clear()
    order = np.argsort(key, kind="stable").astype(np.int32)
    key.sort()
    starts = np.flatnonzero(np.diff(key, prepend=key[:1] - 1))
    north = (key[starts] + _MIDDLE) % (2 * _MIDDLE) - _MIDDLE
    firsts = np.stack([(key[starts] - north) >> _HALF, north], axis=1) * BLOCK_CELLS
    return CellBlocks(firsts, np.append(starts, len(key)), np.concatenate(rows)[order])


def object_block(
    city: City,
    layer: Layer,
    spool: Spool,
    field: HeightField,
    first: Int64Array,
    shapes: Rows,
) -> Iterator[Patch]:
    """Colliders of what of one layer's objects is in a block of cells.

    Buildings and furniture are the source's triangles, windows and doors too, but for slim things
    such as lamps, which are posts; the doors of detailed buildings are open. Land is a floor, but
    for water, which has a wall around it. A tree is its trunk; a shrub is walked through. All but
    land says which feature a triangle is of, so that a variant can take it away.
    """
    i, j = first.tolist()
    block = CellBlock(i, j, BLOCK_CELLS, field.cell_m)
    if layer is Layer.VEGETATION:
        solids = _trunks(city, shapes)
    else:
        meshes = spool.meshes(city.index, city.shapes.objects[shapes])
        solids = _solids(meshes, layer, field, block)
    if len(solids.triangles):
        yield from _block_cells(solids, block, _keys(city, spool, shapes))


def _keys(city: City, spool: Spool, shapes: Rows) -> UInt32Array:
    """What colliders call the features of some shapes, (n,)."""
    records = raw_records(city, spool, city.shapes.objects[shapes])
    return np.array([feature_key(record.id) for record in records], np.uint32)


def _solids(meshes: Meshes, layer: Layer, field: HeightField, block: CellBlock) -> _Solids:
    """What of some objects a walker stands on or bumps into."""
    triangles = meshes.global_triangles
    if layer is Layer.FURNITURE:
        return _furniture(meshes)
    if layer in ELEMENTS:
        is_door = meshes.groups[triangles[:, 0]] == SurfaceGroup.DOOR
        return _Solids(meshes.positions, triangles[~is_door], meshes.triangle_objects[~is_door])
    if layer is not Layer.LAND:
        return _Solids(meshes.positions, triangles, meshes.triangle_objects)
    corners = meshes.positions[triangles]
    groups = meshes.groups[triangles[:, 0]]
    is_water = groups == SurfaceGroup.WATER
    floors = corners[~is_water & (groups != SurfaceGroup.MARKING)]
    if not is_water.any():
        return _soup(floors)
    origin = np.array([block.i, block.j]) * block.cell_m
    around = Surroundings(floors, field, origin, block.cells * block.cell_m)
    return _soup(np.concatenate([floors, shore_walls(corners[is_water], around)]))


def _furniture(meshes: Meshes) -> _Solids:
    """Posts in the place of what is slim and has more faces than a post; the rest as it is."""
    triangles, owners = meshes.global_triangles, meshes.vertex_objects
    found = posts(meshes.positions, owners, len(meshes))
    is_post = found.is_slim & (np.diff(meshes.triangle_offsets) > len(POST_TRIANGLES))
    corners = found.corners[is_post[found.is_slim]]
    firsts = len(meshes.positions) + 8 * np.arange(len(corners))
    is_kept = ~is_post[meshes.triangle_objects]
    return _Solids(
        np.concatenate([meshes.positions, corners.reshape(-1, 3)]),
        np.concatenate(
            [triangles[is_kept], (POST_TRIANGLES + firsts[:, None, None]).reshape(-1, 3)]
        ),
        np.concatenate(
            [
                meshes.triangle_objects[is_kept],
                np.repeat(np.flatnonzero(is_post), len(POST_TRIANGLES)),
            ]
        ),
    )


def _soup(corners: Float64Array) -> _Solids:
    """Triangles (T, 3, 3) that share no points."""
    return _Solids(corners.reshape(-1, 3), np.arange(corners.size // 3).reshape(-1, 3))


def _trunks(city: City, plants: Rows) -> _Solids:
    """Upright square posts of the trees among some plants, rows of `city.shapes`."""
    given = city.shapes.take(plants)
    trees = np.flatnonzero(given.kinds != PlantKind.SHRUB)
    blocks = given.blocks.take(trees)
    posts = np.empty((len(blocks.centers), 8, 3))
    posts[:, :4, :2] = posts[:, 4:, :2] = blocks.centers[:, None] + _TRUNK_SIDES
    posts[:, :4, 2] = blocks.heights[:, :1]
    posts[:, 4:, 2] = blocks.heights[:, :1] + TRUNK_HEIGHT_M
    soup = _soup(posts[:, POST_TRIANGLES].reshape(-1, 3, 3))
    return soup._replace(owners=np.repeat(trees, len(POST_TRIANGLES)))


def _block_cells(solids: _Solids, block: CellBlock, keys: UInt32Array) -> Iterator[Patch]:
    """Colliders of one block of cells from what is in it; `keys` are those of its objects."""
    positions = solids.positions
    triangles = weld(positions, solids.triangles)
    rows, cells = triangle_cells(positions, triangles, block)
    order = np.lexsort((rows, cells[:, 1], cells[:, 0]))
    rows, cells = rows[order], cells[order]
    datum = round(float(np.median(positions[:, 2])))
    for start, end in _runs(cells):
        i, j = cells[start].tolist()
        origin = np.array((i * block.cell_m, j * block.cell_m, float(datum)))
        used, indices = in_use(triangles[rows[start:end]])
        local = (positions[used] - origin).astype(np.float32)
        features = NO_FEATURES
        if solids.owners is not None:
            features = _features(solids.owners[rows[start:end]], keys)
        yield Patch(i, j, datum, local, indices.astype(np.uint32), features)


def _features(owners: Int64Array, keys: UInt32Array) -> UInt32Array:
    """Runs of triangles of the same object, (F, 2): its key, and how many they are."""
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    counts = np.diff(starts, append=len(owners)).astype(np.uint32)
    return np.stack([keys[owners[starts]], counts], axis=1)


def _runs(keys: Int64Array) -> Iterator[tuple[int, int]]:
    """Runs of equal rows in sorted `keys` (n, 2), as [start, end)."""
    starts = np.flatnonzero(np.r_[True, np.any(np.diff(keys, axis=0) != 0, axis=1)]).tolist()
    return pairwise([*starts, len(keys)]) if len(keys) else iter(())
