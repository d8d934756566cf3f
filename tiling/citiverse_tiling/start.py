"""Where a visitor starts, on which floor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import Layer
from citiverse_tiling.transforms.plants import TRUNK_M, PlantKind
from citiverse_tiling.transforms.raster import Grid, draw
from citiverse_tiling.transforms.spawn import View, find_view, view_from_square

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_tiling.city import City
    from citiverse_tiling.model import Float64Array, Int32Array, Rows
    from citiverse_tiling.shape_table import ShapeTable, SomeBlocks
    from citiverse_tiling.spool import Spool
    from citiverse_tiling.transforms.block import Blocks
    from citiverse_tiling.transforms.ground import HeightField

LEAST_FLOOR_M2 = 100.0
"""A smaller square is a corner of a street."""

NEIGHBOURHOOD_M = 100.0
MOST_FLOORS = 64
"""So many of the largest are looked at."""


class Start(NamedTuple):
    """Feet (3,) on the floor, scene frame; heading clockwise from north."""

    feet: Float64Array
    heading_deg: float


def find_start(city: City, field: HeightField, spool: Spool) -> Start:
    """On the square amid most buildings, where it has free ground; else amid the buildings.

    Where there are no buildings either, on the largest road or piece of green.
    """
    shapes = city.shapes
    buildings = shapes.some(shapes.of(Layer.BUILDINGS))
    floor = _best_floor(city, city.squares, buildings, spool)
    if not len(floor) and not len(buildings):
        land = city.shapes.objects[shapes.of(Layer.LAND)]
        floor = _best_floor(city, land, buildings, spool)
    things = _things(shapes)
    if len(floor) and (view := view_from_square(buildings, things, floor)):
        here = Grid(np.array([view.x, view.y]), 1.0, 1, 1)
        height = here.empty()
        draw(here, floor, height)
        z = np.fmax(float(height[0, 0]), _ground(field, view))
        return Start(np.array([view.x, view.y, z]), view.heading_deg)
    seen = buildings if len(buildings) else shapes.some(np.arange(len(shapes), dtype=np.int32))
    if len(seen):
        view = find_view(seen, things)
    else:
        middle = city.terrain_box.mean(axis=0)
        view = View(float(middle[0]), float(middle[1]), 0.0)
    return Start(np.array([view.x, view.y, _ground(field, view)]), view.heading_deg)


def _ground(field: HeightField, view: View) -> float:
    return float(field.at(np.array([[view.x, view.y]]))[0])


@dataclass(frozen=True, slots=True)
class _Things:
    """What is in a walker's way beside buildings: structures, furniture, the trunks of trees."""

    shapes: ShapeTable
    rows: Int32Array

    def __len__(self) -> int:
        return len(self.rows)

    def pieces(self) -> Iterator[tuple[int, Blocks]]:
        """All, a few at a time, each time with the number of the first."""
        done = 0
        for some in self.shapes.pieces(self.rows):
            is_trunk = some.layers == Layer.VEGETATION
            half_sizes = np.where(is_trunk[:, None], TRUNK_M / 2, some.blocks.half_sizes)
            blocks = replace(some.blocks, half_sizes=half_sizes)
            yield done, blocks.take(np.flatnonzero(~is_trunk | (some.kinds != PlantKind.SHRUB)))
            done += len(is_trunk)


def _things(shapes: ShapeTable) -> _Things:
    layers = (Layer.STRUCTURES, Layer.FURNITURE, Layer.VEGETATION)
    return _Things(shapes, np.concatenate([shapes.of(one) for one in layers]))


def _best_floor(city: City, objects: Rows, buildings: SomeBlocks, spool: Spool) -> Float64Array:
    """The floor of the object amid most buildings, with its parts, as triangles (T, 3, 3).

    Of those amid as many it is the largest one; none where all are small.
    """
    if not len(objects):
        return np.zeros((0, 3, 3))
    shapes = city.shapes
    wholes = city.wholes[shapes.objects]
    largest = _largest(city, wholes, np.unique(city.wholes[objects]))
    best, most = np.zeros((0, 3, 3)), (-1, LEAST_FLOOR_M2)
    for one in largest.tolist():
        meshes = spool.meshes(city.index, shapes.objects[wholes == one])
        triangles = meshes.global_triangles
        is_floor = meshes.groups[triangles[:, 0]] != SurfaceGroup.WATER
        corners = meshes.positions[triangles[is_floor]]
        flat = corners[..., :2]
        first, second = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
        area = float(np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]).sum()) / 2
        if area < LEAST_FLOOR_M2:
            continue
        middle = (flat.min(axis=(0, 1)) + flat.max(axis=(0, 1))) / 2
        near: set[int] = set()
        for start, some in buildings.pieces():
            is_near = np.linalg.norm(some.centers - middle, axis=1) < NEIGHBOURHOOD_M
            near.update(wholes[buildings.rows[start : start + len(some)][is_near]].tolist())
        rank = (len(near), area)
        if rank > most:
            best, most = corners, rank
    return best


def _largest(city: City, wholes: Int32Array, among: Int32Array) -> Int32Array:
    """The objects with the largest blocks, of some, rising; `wholes` (m,) are those of shapes."""
    sizes = np.zeros(len(city))
    done = 0
    for some in city.shapes.all():
        areas = np.prod(some.blocks.half_sizes, axis=1)
        np.add.at(sizes, wholes[done : done + len(areas)], areas)
        done += len(areas)
    return np.sort(among[np.argsort(-sizes[among], kind="stable")[:MOST_FLOORS]])
