"""The ground of a city: from its terrain, its roads and squares, and the feet of its buildings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.city import object_boxes
from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import Layer
from citiverse_tiling.transforms.drape import drape
from citiverse_tiling.transforms.ground import (
    CORNERS,
    FINEST_SPACING_M,
    MOST_NODES,
    SINK_M,
    fit_field,
    level_field,
    standing,
)
from citiverse_tiling.transforms.raster import Grid, draw

if TYPE_CHECKING:
    from citiverse_tiling.city import City
    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.spool import Spool, TerrainSpool
    from citiverse_tiling.transforms.block import Blocks
    from citiverse_tiling.transforms.ground import HeightField

CELL_M = 64.0
SURVEYED_SPACING_M = 2.0
"""Where heights are known between the buildings, a quay's edge is to be no wider than this."""

MOST_SURVEYED_NODES = 400_000
WATER_DEPTH_M = 0.5
"""Ground lies this far below a water surface, so that its slope at the shore is under water."""

GIVES_WAY_M = 1.0
"""Terrain that is this near to a road is moved just below it; else the road is a bridge."""

KERB_M = 0.3
"""Ground that sticks out of a road by less than this is lowered; what is more is a bank."""

_OBJECTS_AT_ONCE = 1_024
_STANDING = (Layer.BUILDINGS, Layer.VEGETATION)


def ground_of(city: City, spool: Spool, terrain: TerrainSpool) -> HeightField:
    """The height field that a city lies on; it covers the city, its terrain and a margin."""
    shapes = city.shapes
    low, high = _extent(shapes.blocks, terrain)
    land = shapes.of(Layer.LAND)
    land = land[~shapes.is_flat[land]]
    surveyed = terrain.count or len(land)
    field = level_field(
        low,
        high,
        CELL_M,
        SURVEYED_SPACING_M if surveyed else FINEST_SPACING_M,
        MOST_SURVEYED_NODES if surveyed else MOST_NODES,
    )
    if not surveyed:
        return fit_field(field, _feet(city))
    known = _known_heights(city, spool, terrain, land, field.grid)
    if np.isnan(known).all():
        middle = (np.array(known.shape) - 1) // 2
        known[tuple(middle)] = np.nanmin(np.append(shapes.box_min[land, 2], terrain.low[2]))
    return _below_land(fit_field(field, _feet(city), known), city, spool, land)


def _below_land(field: HeightField, city: City, spool: Spool, land: Int64Array) -> HeightField:
    """The field lowered where, between its nodes, it would stick out of roads and squares.

    Looked at on a grid twice as fine: a kerb has a step that the field can't follow.
    """
    coarse = field.grid
    grid = Grid(coarse.origin, coarse.spacing_m / 2, 2 * coarse.rows - 1, 2 * coarse.columns - 1)
    surface, _ = _draw_land(city, spool, land, grid)
    rows, columns = np.nonzero(~np.isnan(surface))
    if not len(rows):
        return field
    points = grid.origin + np.stack([columns, rows], axis=1) * grid.spacing_m
    excess = field.at(points) - (surface[rows, columns] - SINK_M / 2)
    sticks_out = np.flatnonzero((excess > 0) & (excess < KERB_M))
    lower = np.zeros_like(field.heights)
    for row in (rows[sticks_out] // 2, (rows[sticks_out] + 1) // 2):
        for column in (columns[sticks_out] // 2, (columns[sticks_out] + 1) // 2):
            np.maximum.at(lower, (row, column), excess[sticks_out])
    return replace(field, heights=field.heights - lower)


def _extent(blocks: Blocks, terrain: TerrainSpool) -> tuple[Float64Array, Float64Array]:
    low, high = terrain.low[:2], terrain.high[:2]
    if len(blocks.centers):
        corners = blocks.footprint(CORNERS)
        low = np.fmin(low, corners.min(axis=(0, 1)))
        high = np.fmax(high, corners.max(axis=(0, 1)))
    return low, high


def _feet(city: City) -> Blocks:
    """What stands on the ground: buildings and plants; else all with heights; else all.

    Furniture may hang on walls, bridges are above the ground and tunnels below: they come second.
    Land with heights is drawn, node by node.
    """
    shapes = city.shapes
    has_height = ~shapes.is_flat & (shapes.layers != Layer.LAND)
    for chosen in (has_height & np.isin(shapes.layers, _STANDING), has_height):
        rows = np.flatnonzero(chosen)
        if len(rows):
            blocks = shapes.blocks.take(rows)
            return blocks.take(np.flatnonzero(standing(blocks, city.wholes[shapes.objects[rows]])))
    is_all_flat = bool(shapes.is_flat.all())
    return shapes.blocks.take(np.flatnonzero(shapes.is_flat) if is_all_flat else rows)


def _known_heights(
    city: City, spool: Spool, terrain: TerrainSpool, land: Int64Array, grid: Grid
) -> Float64Array:
    """Heights of the ground at the grid's nodes where something tells them, else NaN."""
    known = grid.empty()
    for corners in terrain.pieces():
        draw(grid, corners, known)
    roads, water = _draw_land(city, spool, land, grid)
    roads -= SINK_M
    beside = np.isnan(known) | (np.abs(roads - known) < GIVES_WAY_M)
    np.copyto(known, roads, where=beside & ~np.isnan(roads))
    return np.where(np.isnan(water), known, np.fmin(known, water - WATER_DEPTH_M))


def _draw_land(
    city: City, spool: Spool, land: Int64Array, grid: Grid
) -> tuple[Float64Array, Float64Array]:
    """Heights of the floors and of the water of pieces of land at the grid's nodes."""
    floors, water = grid.empty(), grid.empty()
    for start in range(0, len(land), _OBJECTS_AT_ONCE):
        objects = city.shapes.objects[land[start : start + _OBJECTS_AT_ONCE]]
        meshes = spool.meshes(city.index, objects)
        triangles = meshes.global_triangles
        is_water = meshes.groups[triangles[:, 0]] == SurfaceGroup.WATER
        draw(grid, meshes.positions[triangles[~is_water]], floors)
        draw(grid, meshes.positions[triangles[is_water]], water)
    return floors, water


def lay_on_ground(city: City, field: HeightField, spool: Spool) -> City:
    """The city with its land and plants that have no heights laid on the ground."""
    shapes = city.shapes
    flat = np.flatnonzero(shapes.is_flat)
    if not len(flat):
        return city
    box_min, box_max = shapes.box_min.copy(), shapes.box_max.copy()
    heights = shapes.blocks.heights.copy()
    plants = flat[shapes.layers[flat] == Layer.VEGETATION]
    heights[plants] += field.at(shapes.blocks.centers[plants])[:, None] - heights[plants, :1]
    box_min[plants, 2], box_max[plants, 2] = heights[plants].T
    index = city.index
    land = flat[shapes.layers[flat] == Layer.LAND]
    for start in range(0, len(land), _OBJECTS_AT_ONCE):
        rows = land[start : start + _OBJECTS_AT_ONCE]
        laid = drape(spool.meshes(index, shapes.objects[rows]), field)
        index = spool.replace(index, shapes.objects[rows], laid)
        starts = laid.vertex_offsets[:-1]
        box_min[rows] = np.minimum.reduceat(laid.positions, starts, axis=0)
        box_max[rows] = np.maximum.reduceat(laid.positions, starts, axis=0)
        heights[rows, 0], heights[rows, 1] = box_min[rows, 2], box_max[rows, 2]
    blocks = replace(shapes.blocks, heights=heights)
    laid_shapes = replace(shapes, box_min=box_min, box_max=box_max, blocks=blocks)
    boxes = object_boxes(laid_shapes, city.parents)
    return replace(city, index=index, shapes=laid_shapes, boxes=boxes)
