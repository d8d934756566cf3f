"""Writes the contents of the layers: tiles and colliders, from the spool and the height field."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.city import FeatureRecord
from citiverse_tiling.content.collider import (
    CellBlock,
    encode_collider,
    in_use,
    triangle_cells,
    weld,
)
from citiverse_tiling.content.glb import encode_glb
from citiverse_tiling.content.property_table import (
    ADDRESS,
    CLASS,
    IDENTITY,
    NAME,
    PARENT,
    Column,
    attribute_properties,
)
from citiverse_tiling.content.tile_meshes import (
    block_mesh,
    grid_triangles,
    ground_mesh,
    source_mesh,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_tiling.city import City
    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.sinks.scene_folder import SceneFolder, Stored
    from citiverse_tiling.spool import Spool
    from citiverse_tiling.transforms.ground import HeightField
    from citiverse_tiling.tree.ground_tree import GroundTree

GROUND, BUILDINGS = 0, 1
LAYERS = (
    ("ground", "Ground", "ground"),
    ("buildings", "Buildings", "city-objects"),
)
"""Name, title and kind of each layer, in the manifest's order."""

COLLIDER_BLOCK_CELLS = 8
"""Colliders are made for so many cells a side at a time: each object is read about once."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One collider: cell (i, j), layer, origin of its coordinates, and the file."""

    i: int
    j: int
    layer: int
    translation: tuple[float, float, float]
    stored: Stored


@dataclass(frozen=True, slots=True)
class LeafTile:
    """A leaf's content: its GLB, its triangles, and the records of its objects, in their order."""

    glb: bytes
    triangles: int
    records: list[FeatureRecord]


class BuildingTiles:
    """Makes the contents of the buildings layer's tiles."""

    def __init__(self, city: City, spool: Spool, copyright_notice: str) -> None:
        self._city = city
        self._spool = spool
        self._copyright = copyright_notice
        self._properties = attribute_properties(city.types)
        self._decoder = msgspec.json.Decoder(FeatureRecord)

    def records(self, objects: Int64Array) -> list[FeatureRecord]:
        """The records of some objects, with parents only where they exist."""
        found = [
            self._decoder.decode(data) for data in self._spool.records(self._city.index, objects)
        ]
        return [
            record
            if not record.parent or parent >= 0
            else msgspec.structs.replace(record, parent="")
            for record, parent in zip(found, self._city.parents[objects].tolist(), strict=True)
        ]

    def leaf(self, shaped: Int64Array, translation: Float64Array) -> LeafTile:
        """The source's faces and attributes of some objects, given as rows of `city.shaped`."""
        objects = self._city.shaped[shaped]
        records = self.records(objects)
        names = {name for record in records for name in record.attributes}
        columns = [
            Column(IDENTITY, [record.id for record in records]),
            Column(CLASS, [record.class_name for record in records]),
            Column(NAME, [record.name for record in records]),
            Column(PARENT, [record.parent for record in records]),
            Column(ADDRESS, [record.address for record in records]),
        ]
        columns += [
            Column(self._properties[name], [record.attributes.get(name) for record in records])
            for name in sorted(names)
        ]
        mesh = source_mesh(self._spool.meshes(self._city.index, objects), translation)
        return LeafTile(encode_glb(mesh, columns, self._copyright), len(mesh.triangles), records)

    def inner(self, shaped: Int64Array, translation: Float64Array) -> LeafTile:
        """Blocks of some objects, given as rows of `city.shaped`, with what identifies them."""
        records = self.records(self._city.shaped[shaped])
        columns = [
            Column(IDENTITY, [record.id for record in records]),
            Column(CLASS, [record.class_name for record in records]),
            Column(NAME, [record.name for record in records]),
        ]
        blocks = self._city.blocks.take(shaped)
        mesh = block_mesh(blocks.corners, blocks.axes, translation)
        return LeafTile(encode_glb(mesh, columns, self._copyright), len(mesh.triangles), records)


def ground_tile(
    field: HeightField, tree: GroundTree, tile: int, translation: Float64Array, notice: str
) -> tuple[bytes, int]:
    """GLB and triangle count of one tile of the ground."""
    columns, rows = tree.columns[tile], tree.rows[tile]
    heights = field.heights[np.ix_(rows, columns)]
    mesh = ground_mesh(field.x[columns], field.y[rows], heights, tree.skirt_m, translation)
    return encode_glb(mesh, (), notice), len(mesh.triangles)


def ground_cells(field: HeightField, folder: SceneFolder) -> Iterator[Cell]:
    """Colliders of every cell of the field; nodes on a shared edge are the same numbers."""
    quads = round(field.cell_m / field.spacing_m)
    steps = np.arange(quads + 1) * field.spacing_m
    flat = np.stack(np.meshgrid(steps, steps), axis=-1)
    triangles = grid_triangles(quads + 1, quads + 1).astype(np.uint32)
    datum = round(float(np.median(field.heights)))
    positions = np.empty((quads + 1, quads + 1, 3), np.float32)
    positions[..., :2] = flat
    rows, columns = ((size - 1) // quads for size in field.heights.shape)
    for column in range(columns):
        for row in range(rows):
            south, west = row * quads, column * quads
            patch = field.heights[south : south + quads + 1, west : west + quads + 1]
            positions[..., 2] = patch - datum
            i, j = int(field.first_cell[0]) + column, int(field.first_cell[1]) + row
            data = encode_collider(positions.reshape(-1, 3), triangles)
            stored = folder.store("colliders/ground", ".bin", data)
            translation = (i * field.cell_m, j * field.cell_m, float(datum))
            yield Cell(i, j, GROUND, translation, stored)


def building_cells(city: City, spool: Spool, cell_m: float, folder: SceneFolder) -> Iterator[Cell]:
    """Colliders of the buildings: the source's triangles in every cell that they may touch."""
    side = cell_m * COLLIDER_BLOCK_CELLS
    low = np.floor(city.box_min[city.shaped, :2] / side).astype(np.int64)
    high = np.floor(city.box_max[city.shaped, :2] / side).astype(np.int64)
    spans = high - low + 1
    counts = spans[:, 0] * spans[:, 1]
    rows = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    squares = low[rows] + np.stack([place % spans[rows, 0], place // spans[rows, 0]], axis=1)
    order = np.lexsort((rows, squares[:, 1], squares[:, 0]))
    squares, rows = squares[order], rows[order]
    for start, end in _runs(squares):
        i, j = (squares[start] * COLLIDER_BLOCK_CELLS).tolist()
        block = CellBlock(i, j, COLLIDER_BLOCK_CELLS, cell_m)
        meshes = spool.meshes(city.index, city.shaped[rows[start:end]])
        yield from _block_cells(meshes, block, folder)


def _block_cells(meshes: Meshes, block: CellBlock, folder: SceneFolder) -> Iterator[Cell]:
    """Colliders of one block of cells from the objects that touch it."""
    triangles = weld(meshes.positions, meshes.global_triangles)
    rows, cells = triangle_cells(meshes.positions, triangles, block)
    order = np.lexsort((rows, cells[:, 1], cells[:, 0]))
    rows, cells = rows[order], cells[order]
    datum = round(float(np.median(meshes.positions[:, 2])))
    for start, end in _runs(cells):
        i, j = cells[start].tolist()
        translation = (i * block.cell_m, j * block.cell_m, float(datum))
        used, indices = in_use(triangles[rows[start:end]])
        local = (meshes.positions[used] - np.array(translation)).astype(np.float32)
        data = encode_collider(local, indices.astype(np.uint32))
        yield Cell(i, j, BUILDINGS, translation, folder.store("colliders/buildings", ".bin", data))


def _runs(keys: Int64Array) -> Iterator[tuple[int, int]]:
    """Runs of equal rows in sorted `keys` (n, 2), as [start, end)."""
    starts = np.flatnonzero(np.r_[True, np.any(np.diff(keys, axis=0) != 0, axis=1)]).tolist()
    return pairwise([*starts, len(keys)]) if len(keys) else iter(())
