"""Make every ring one that can be triangulated, and list the polygons that can't be.

What is an area in a projected CRS is none in degrees, so a polygon without area is left to
`transforms.triangulate`, which works in metres.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.model import Polygons
from citiverse_tiling.report import Loss, Reason

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, CityObject, Float64Array, Int64Array
    from citiverse_tiling.report import Report

REPEATED_POINTS = "repeated points"
LOST_HOLES = "holes of fewer than three points"


def clean_rings(polygons: Polygons, city_object: CityObject, report: Report) -> Polygons:
    """The polygons of one object, each with finite coordinates and ≥ 3 different points a ring.

    Points that repeat the one before them are taken out; so are holes of fewer than three points.
    A polygon whose coordinates are not all finite, or whose exterior has fewer than three points,
    is dropped and listed with its line. Clean polygons are returned as they are. Rings must come
    open, as `Polygons` promises.
    """
    if not len(polygons) or _are_clean(polygons):
        return polygons
    ring_polygons = np.repeat(np.arange(len(polygons)), np.diff(polygons.polygon_offsets))
    ring_sizes = np.diff(polygons.ring_offsets)
    point_rings = np.repeat(np.arange(len(ring_sizes)), ring_sizes)

    broken = np.zeros(len(polygons), dtype=bool)
    finite = np.isfinite(polygons.coordinates).all(axis=1)
    broken[ring_polygons[point_rings[~finite]]] = True

    kept_points = ~_repeats_previous(polygons.coordinates, polygons.ring_offsets)
    report.repair(REPEATED_POINTS, int((~kept_points & ~broken[ring_polygons[point_rings]]).sum()))
    sizes = np.bincount(point_rings[kept_points], minlength=len(ring_sizes))

    exteriors = np.zeros(len(ring_sizes), dtype=bool)
    has_rings = np.diff(polygons.polygon_offsets) > 0
    exteriors[polygons.polygon_offsets[:-1][has_rings]] = True
    small = ~has_rings
    small[ring_polygons[exteriors & (sizes < 3)]] = True
    small &= ~broken

    _list(polygons, broken, Reason.BAD_COORDINATES, city_object, report)
    _list(polygons, small, Reason.TOO_FEW_POINTS, city_object, report)
    kept_polygons = ~(broken | small)
    lost_holes = kept_polygons[ring_polygons] & ~exteriors & (sizes < 3)
    report.repair(LOST_HOLES, int(lost_holes.sum()))
    kept_rings = kept_polygons[ring_polygons] & ~lost_holes
    return _keep(polygons, kept_polygons, kept_rings, kept_points, ring_polygons, point_rings)


def finite_polygons(polygons: Polygons, city_object: CityObject, report: Report) -> Polygons:
    """The polygons of one object whose points are all numbers, rings of one point too."""
    finite = np.isfinite(polygons.coordinates).all(axis=1)
    sizes = np.diff(polygons.ring_offsets[polygons.polygon_offsets])
    if finite.all() and sizes.all():
        return polygons
    owners = np.repeat(np.arange(len(polygons)), sizes)
    broken = (np.bincount(owners[~finite], minlength=len(polygons)) > 0) | (sizes == 0)
    _list(polygons, broken, Reason.BAD_COORDINATES, city_object, report)
    return polygons.only(~broken)


def _are_clean(polygons: Polygons) -> bool:
    """Whether nothing needs doing."""
    coordinates, ring_offsets = polygons.coordinates, polygons.ring_offsets
    rings_each = polygons.polygon_offsets[1:] - polygons.polygon_offsets[:-1]
    points_each = ring_offsets[1:] - ring_offsets[:-1]
    if rings_each.min() < 1 or points_each.min() < 3:
        return False
    steps = coordinates[1:] - coordinates[:-1]
    squares = np.einsum("ij,ij->i", steps, steps)
    between_rings = ring_offsets[1:-1] - 1
    squares[between_rings] += 1.0
    return bool(squares.min() > 0.0 and squares.max() < np.inf)


def _repeats_previous(coordinates: Float64Array, ring_offsets: Int64Array) -> BoolArray:
    """(N,) true where a point equals the one before it in its ring; the first follows the last."""
    filled = ring_offsets[:-1] < ring_offsets[1:]
    starts, ends = ring_offsets[:-1][filled], ring_offsets[1:][filled]
    previous = np.arange(-1, len(coordinates) - 1)
    previous[starts] = ends - 1
    repeats: BoolArray = (coordinates == coordinates[previous]).all(axis=1)
    return repeats


def _keep(
    polygons: Polygons,
    kept_polygons: BoolArray,
    kept_rings: BoolArray,
    kept_points: BoolArray,
    ring_polygons: Int64Array,
    point_rings: Int64Array,
) -> Polygons:
    points = kept_points & kept_rings[point_rings]
    ring_sizes = np.bincount(point_rings[points], minlength=len(kept_rings))[kept_rings]
    ring_counts = np.bincount(ring_polygons[kept_rings], minlength=len(polygons))[kept_polygons]
    return Polygons(
        coordinates=polygons.coordinates[points],
        ring_offsets=_offsets(ring_sizes),
        polygon_offsets=_offsets(ring_counts),
        surface_types=polygons.surface_types[kept_polygons],
        lines=polygons.lines[kept_polygons],
        ids=tuple(polygons.ids[index] for index in np.flatnonzero(kept_polygons)),
        appearances=None if polygons.appearances is None else polygons.appearances[kept_polygons],
        texture_coordinates=(
            None if polygons.texture_coordinates is None else polygons.texture_coordinates[points]
        ),
    )


def _offsets(sizes: Int64Array) -> Int64Array:
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)))


def _list(
    polygons: Polygons, lost: BoolArray, reason: Reason, city_object: CityObject, report: Report
) -> None:
    for index in np.flatnonzero(lost).tolist():
        line = int(polygons.lines[index])
        detail = f"polygon {polygons.ids[index]}" if polygons.ids[index] else ""
        report.lose(Loss.of(city_object, reason, detail, line=line))
