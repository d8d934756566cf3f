"""Where a visitor starts, on which floor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import Layer
from citiverse_tiling.transforms.block import join_blocks
from citiverse_tiling.transforms.plants import TRUNK_M, PlantKind
from citiverse_tiling.transforms.raster import Grid, draw
from citiverse_tiling.transforms.spawn import View, find_view, view_from_square

if TYPE_CHECKING:
    from citiverse_tiling.city import City
    from citiverse_tiling.model import Float64Array, Int64Array
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
    buildings = shapes.blocks.take(shapes.of(Layer.BUILDINGS))
    floor = _best_floor(city, city.squares, buildings, spool)
    if not len(floor) and not len(buildings.centers):
        land = city.shapes.objects[shapes.of(Layer.LAND)]
        floor = _best_floor(city, land, buildings, spool)
    things = _things(city)
    if len(floor) and (view := view_from_square(buildings, things, floor)):
        here = Grid(np.array([view.x, view.y]), 1.0, 1, 1)
        height = here.empty()
        draw(here, floor, height)
        z = np.fmax(float(height[0, 0]), _ground(field, view))
        return Start(np.array([view.x, view.y, z]), view.heading_deg)
    seen = buildings if len(buildings.centers) else shapes.blocks
    if len(seen.centers):
        view = find_view(seen, things)
    else:
        middle = city.terrain_box.mean(axis=0)
        view = View(float(middle[0]), float(middle[1]), 0.0)
    return Start(np.array([view.x, view.y, _ground(field, view)]), view.heading_deg)


def _ground(field: HeightField, view: View) -> float:
    return float(field.at(np.array([[view.x, view.y]]))[0])


def _things(city: City) -> Blocks:
    """What is in a walker's way beside buildings: structures, furniture, the trunks of trees."""
    shapes = city.shapes
    others = [shapes.blocks.take(shapes.of(one)) for one in (Layer.STRUCTURES, Layer.FURNITURE)]
    plants = shapes.of(Layer.VEGETATION)
    trees = shapes.blocks.take(plants[shapes.kinds[plants] != PlantKind.SHRUB])
    trunks = replace(trees, half_sizes=np.full_like(trees.half_sizes, TRUNK_M / 2))
    return join_blocks([*others, trunks])


def _best_floor(city: City, objects: Int64Array, buildings: Blocks, spool: Spool) -> Float64Array:
    """The floor of the object amid most buildings, with its parts, as triangles (T, 3, 3).

    Of those amid as many it is the largest one; none where all are small.
    """
    wholes = city.wholes[city.shapes.objects]
    sizes = np.bincount(wholes, np.prod(city.shapes.blocks.half_sizes, axis=1), len(city))
    largest = np.unique(city.wholes[objects])
    largest = np.sort(largest[np.argsort(-sizes[largest], kind="stable")[:MOST_FLOORS]])
    built = wholes[city.shapes.of(Layer.BUILDINGS)]
    best, most = np.zeros((0, 3, 3)), (-1, LEAST_FLOOR_M2)
    for one in largest.tolist():
        meshes = spool.meshes(city.index, city.shapes.objects[wholes == one])
        triangles = meshes.global_triangles
        is_floor = meshes.groups[triangles[:, 0]] != SurfaceGroup.WATER
        corners = meshes.positions[triangles[is_floor]]
        flat = corners[..., :2]
        first, second = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
        area = float(np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]).sum()) / 2
        if area < LEAST_FLOOR_M2:
            continue
        middle = (flat.min(axis=(0, 1)) + flat.max(axis=(0, 1))) / 2
        near = np.linalg.norm(buildings.centers - middle, axis=1) < NEIGHBOURHOOD_M
        rank = (len(np.unique(built[near])), area)
        if rank > most:
            best, most = corners, rank
    return best
