"""The ground of a city: from its terrain, its roads and squares, and the feet of its buildings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.city import note_boxes
from citiverse_tiling.errors import nothing_drawn
from citiverse_tiling.made import Recipe
from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import Layer
from citiverse_tiling.object_digests import DIGEST_BYTES, joined, object_digests
from citiverse_tiling.table import ROWS_AT_ONCE
from citiverse_tiling.transforms.drape import drape, flood, stand, water_levels
from citiverse_tiling.transforms.ground import (
    CORNERS,
    FINEST_SPACING_M,
    MOST_NODES,
    SILL_M,
    SINK_M,
    fit_field,
    footing,
    level_field,
    standing,
)
from citiverse_tiling.transforms.raster import Grid, draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from citiverse_tiling.city import City
    from citiverse_tiling.memo import Memo
    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import Float64Array, Int32Array, Int64Array, Rows
    from citiverse_tiling.shape_table import ShapeTable, SomeBlocks
    from citiverse_tiling.spool import Spool, TerrainSpool
    from citiverse_tiling.survey import Survey
    from citiverse_tiling.transforms.ground import HeightField

SURVEYED_SPACING_M = 2.0
"""Where heights are known between the buildings, a quay's edge is to be no wider than this."""

MOST_SURVEYED_NODES = 400_000
MOST_MEASURED_NODES = 1_600_000
"""Of terrain from rasters and points, which is worth it: 2.5 km a side at 2 m."""

FAR_OFF_M = 3.0
"""Buildings that are so far off the terrain, in the middle, have other heights than it."""

WATER_DEPTH_M = 0.5
"""Ground lies this far below a water surface, so that its slope at the shore is under water."""

GIVES_WAY_M = 1.0
"""Terrain that is this near to a road is moved just below it; else the road is a bridge."""

_MM_A_M = 1000
KERB_M = 0.3
"""Ground that sticks out of a road by less than this is lowered; what is more is a bank."""

_OBJECTS_AT_ONCE = 1_024
_STANDING = (Layer.BUILDINGS, Layer.VEGETATION, Layer.SHELLS)


@dataclass(frozen=True, slots=True)
class Ground:
    """The height field of a scene, and the box (2, 3) around what of it was measured, or NaN."""

    field: HeightField
    measured: Float64Array


def ground_of(
    city: City,
    spool: Spool,
    terrain: TerrainSpool,
    survey: Survey,
    memo: Memo,
    cell_m: float,
) -> Ground:
    """The height field that a city lies on; it covers the city, its terrain and a margin.

    `cell_m` is the least side of its cells.
    EmptyCity where there is nothing but terrain, and that has no heights.
    """
    shapes = city.shapes
    low, high, spacing = survey.extent(*_extent(shapes, terrain))
    land = shapes.of(Layer.LAND)
    land = land[~shapes.are_flat(land)]
    surveyed = bool(terrain.count or len(land))
    field = level_field(low, high, cell_m, *_fineness(surveyed, spacing, len(city)))
    known = field.grid.empty()
    measured = city.terrain_box
    if terrain.count or spacing < np.inf:
        _measure(terrain, survey, field.grid, known)
    if spacing < np.inf:
        measured = _around(measured, _box(field.grid, known))
    if not surveyed and np.isnan(known).all():
        if not len(shapes):
            raise nothing_drawn()
        return Ground(_fitted(field, _feet(city), None, memo), measured)
    _draw_known(city, spool, land, field.grid, known)
    if np.isnan(known).all():
        middle = (np.array(known.shape) - 1) // 2
        known[tuple(middle)] = np.nanmin([terrain.low[2], *_lowest(shapes, land)])
    feet = _feet(city)
    _compare(feet, field.grid, known, survey)
    field = _below_land(_fitted(field, feet, known, memo), city, spool, land)
    return Ground(_whole_mm(field), measured)


def _fitted(
    field: HeightField, feet: SomeBlocks, known: Float64Array | None, memo: Memo
) -> HeightField:
    """`fit_field` in millimetres, or what it gave before for the same feet and known heights."""

    def fit() -> bytes:
        heights = fit_field(field, feet, known).heights
        return np.rint(heights * _MM_A_M).astype(np.int32).tobytes()

    stand = Recipe("feet", b"")
    for _, some in feet.pieces():
        one = footing(some)
        stand.add(one.centers, one.axes, one.half_sizes, one.bases)
    data = memo.recall(
        fit, "ground", field.first_cell, field.cell_m, field.heights, known, stand.key
    )
    heights = np.frombuffer(data, np.int32).reshape(field.heights.shape) / _MM_A_M
    return replace(field, heights=heights)


def _whole_mm(field: HeightField) -> HeightField:
    """The field in millimetres: a house that is built far away doesn't move it by less."""
    return replace(field, heights=field.heights.round(3))


def _fineness(surveyed: bool, spacing_m: float, objects: int) -> tuple[float, int]:
    """How far apart the nodes of the ground are at least, and how many there are at most."""
    if spacing_m == np.inf:
        finest = SURVEYED_SPACING_M if surveyed else FINEST_SPACING_M
        return finest, MOST_SURVEYED_NODES if surveyed else MOST_NODES
    finest = SURVEYED_SPACING_M
    while not objects and finest * 2 <= spacing_m:
        finest *= 2
    return finest, MOST_MEASURED_NODES


def _measure(terrain: TerrainSpool, survey: Survey, grid: Grid, known: Float64Array) -> None:
    """Heights of all terrain, in place: the finer ones where they overlap, then the first."""
    areas = [0.0]
    for corners in terrain.pieces():
        one, two = corners[:, 1, :2] - corners[:, 0, :2], corners[:, 2, :2] - corners[:, 0, :2]
        areas.append(float(np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]).sum()))
    # Two triangles stand for one square of a grid.
    spacing = np.sqrt(sum(areas) / max(terrain.count, 1))
    is_drawn = not terrain.count
    for finest in survey.coverages.finest_terrain_first():
        if not is_drawn and finest.footprint.spacing_m > spacing:
            _draw_triangles(terrain, grid, known)
            is_drawn = True
        survey.draw(finest, grid, known)
    if not is_drawn:
        _draw_triangles(terrain, grid, known)


def _draw_triangles(terrain: TerrainSpool, grid: Grid, known: Float64Array) -> None:
    heights = grid.empty()
    for corners in terrain.pieces():
        draw(grid, corners, heights)
    np.copyto(known, heights, where=np.isnan(known))


def _box(grid: Grid, known: Float64Array) -> Float64Array:
    """Around the nodes whose heights are known, (2, 3)."""
    rows, columns = np.nonzero(~np.isnan(known))
    if not len(rows):
        return np.full((2, 3), np.nan)
    nodes = np.stack([columns, rows], axis=1)
    flat = grid.origin + np.stack([nodes.min(axis=0), nodes.max(axis=0)]) * grid.spacing_m
    return np.column_stack([flat, [np.nanmin(known), np.nanmax(known)]])


def _around(one: Float64Array, other: Float64Array) -> Float64Array:
    """The box (2, 3) around two, either of which may be NaN."""
    return np.stack([np.fmin(one[0], other[0]), np.fmax(one[1], other[1])])


def _compare(feet: SomeBlocks, grid: Grid, known: Float64Array, survey: Survey) -> None:
    """Warn where the city as a whole floats over its terrain, or is buried in it."""
    if not survey.coverages.terrains or not len(feet):
        return
    off = np.empty(len(feet))
    for start, some in feet.pieces():
        off[start : start + len(some)] = some.bases - grid.nearest(known, some.centers)
    middle = np.nanmedian(off) if not np.isnan(off).all() else 0.0
    if abs(middle) > FAR_OFF_M:
        way = "above" if middle > 0 else "below"
        survey.report.warn(
            f"most buildings stand {abs(middle):.1f} m {way} the terrain: the heights of the two "
            "seem to be measured from different levels (one above the sea, one above the "
            "ellipsoid?); nothing was moved"
        )


def _below_land(field: HeightField, city: City, spool: Spool, land: Rows) -> HeightField:
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


def _lowest(shapes: ShapeTable, rows: Int32Array) -> list[float]:
    """The lowest heights of some shapes."""
    return [float(some.box_min[:, 2].min()) for some in shapes.pieces(rows)]


def _extent(shapes: ShapeTable, terrain: TerrainSpool) -> tuple[Float64Array, Float64Array]:
    low, high = terrain.low[:2], terrain.high[:2]
    for some in shapes.all():
        corners = some.blocks.footprint(CORNERS)
        low = np.fmin(low, corners.min(axis=(0, 1)))
        high = np.fmax(high, corners.max(axis=(0, 1)))
    return low, high


def _feet(city: City) -> SomeBlocks:
    """What stands on the ground: buildings and plants; else all with heights; else all.

    Furniture may hang on walls, bridges are above the ground and tunnels below: they come second.
    Land with heights is drawn, node by node.
    """
    shapes = city.shapes
    everything = np.arange(len(shapes), dtype=np.int32)
    is_flat = shapes.are_flat(everything)
    has_height = ~is_flat & (shapes.layers != Layer.LAND)
    for chosen in (has_height & np.isin(shapes.layers, _STANDING), has_height):
        rows = everything[chosen]
        if len(rows):
            wholes = city.wholes[shapes.objects[rows]]
            stand = standing(shapes.some(rows), wholes)
            is_element = shapes.layers[rows] == Layer.SHELLS
            if is_element.any():
                own = rows[is_element]
                stand[is_element] = standing(shapes.some(own), wholes[is_element], SILL_M)
            return shapes.some(rows[stand])
    return shapes.some(everything[is_flat] if is_flat.all() else everything[:0])


def _draw_known(city: City, spool: Spool, land: Rows, grid: Grid, known: Float64Array) -> None:
    """Move the known heights, in place, to the roads and below the water that have heights."""
    roads, water = _draw_land(city, spool, land, grid)
    roads -= SINK_M
    beside = np.isnan(known) | (np.abs(roads - known) < GIVES_WAY_M)
    np.copyto(known, roads, where=beside & ~np.isnan(roads))
    np.fmin(known, water - WATER_DEPTH_M, out=known, where=~np.isnan(water))


def _draw_land(
    city: City, spool: Spool, land: Rows, grid: Grid
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


def lay_on_ground(city: City, ground: Ground, spool: Spool) -> tuple[City, Ground]:
    """What has no heights, or only such above the ground, laid on the ground.

    Water becomes level, and the ground under it a bed, but where it lies on a slope.
    """
    shapes, field = city.shapes, ground.field
    city = replace(city, terrain_box=ground.measured)
    everything = np.arange(len(shapes), dtype=np.int32)
    flat = everything[shapes.are_flat(everything)]
    if not len(flat):
        return city, ground
    layers = shapes.layers[flat]
    land = flat[layers == Layer.LAND]
    level = _level_water(city, land, field, spool)
    city = _lay(city, level, lambda meshes: flood(meshes, field), spool)
    city = _lay(city, np.setdiff1d(land, level), lambda meshes: drape(meshes, field), spool)
    bodies = flat[(layers != Layer.LAND) & (layers != Layer.VEGETATION)]
    city = _lay(city, bodies, lambda meshes: stand(meshes, field), spool)
    _plant(city, flat[layers == Layer.VEGETATION], field)
    if len(level):
        _, water = _draw_land(city, spool, level, field.grid)
        field = replace(field, heights=np.fmin(field.heights, water - WATER_DEPTH_M))
    note_boxes(city.objects, shapes)
    return city, replace(ground, field=_whole_mm(field))


def _level_water(city: City, land: Rows, field: HeightField, spool: Spool) -> Int64Array:
    """The pieces of land that are water on about level ground."""
    found = [np.zeros(0, np.int64)]
    for start in range(0, len(land), _OBJECTS_AT_ONCE):
        rows = land[start : start + _OBJECTS_AT_ONCE]
        meshes = spool.meshes(city.index, city.shapes.objects[rows])
        is_water = meshes.groups[meshes.vertex_offsets[:-1]] == SurfaceGroup.WATER
        if is_water.any():
            found.append(rows[is_water & ~np.isnan(water_levels(meshes, field))])
    return np.concatenate(found)


def _lay(city: City, rows: Rows, lay: Callable[[Meshes], Meshes], spool: Spool) -> City:
    """The city with some shapes laid."""
    shapes, index = city.shapes, city.index
    for start in range(0, len(rows), _OBJECTS_AT_ONCE):
        some = rows[start : start + _OBJECTS_AT_ONCE]
        given = shapes.take(some)
        laid = lay(spool.meshes(index, given.objects))
        index = spool.replace(index, given.objects, laid)
        nothing = [b""] * len(some)
        city.change(given.objects, object_digests(nothing, laid, (), city.looks.looks))
        starts = laid.vertex_offsets[:-1]
        box_min = np.minimum.reduceat(laid.positions, starts, axis=0)
        box_max = np.maximum.reduceat(laid.positions, starts, axis=0)
        raised = box_min[:, 2] - given.blocks.bases
        heights = given.blocks.heights + raised[:, None]
        heights[:, 1] = np.maximum(heights[:, 1], box_max[:, 2])
        blocks = replace(given.blocks, heights=heights, eaves=given.blocks.eaves + raised)
        shapes.change(some, replace(given, box_min=box_min, box_max=box_max, blocks=blocks))
    return replace(city, index=index)


def _plant(city: City, plants: Int32Array, field: HeightField) -> None:
    """Put some plants on the ground, in place."""
    shapes = city.shapes
    for start in range(0, len(plants), ROWS_AT_ONCE):
        some = plants[start : start + ROWS_AT_ONCE]
        given = shapes.take(some)
        heights, box_min, box_max = given.blocks.heights, given.box_min, given.box_max
        heights += field.at(given.blocks.centers)[:, None] - heights[:, :1]
        box_min[:, 2], box_max[:, 2] = heights.T
        shapes.change(some, given)
        city.change(given.objects, joined([_digest(each) for each in heights]))


def _digest(heights: Float64Array) -> bytes:
    return blake2b(heights.tobytes(), digest_size=DIGEST_BYTES).digest()
