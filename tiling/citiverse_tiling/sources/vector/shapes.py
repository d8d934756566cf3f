"""Geometries of a batch of features → polygons: lines get their width, points of trees a size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from citiverse_tiling.model import Polygons
from citiverse_tiling.sources.open_rings import open_rings

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array, SurfaceType

MOST_POINTS = 1_000_000
"""Of one feature."""

POINT, LINE, LINEAR_RING, POLYGON = 0, 1, 2, 3
_LINES = (LINE, LINEAR_RING, 5)
_POLYGONS = (POLYGON, 6)
_POINTS = (POINT, 4)
_COLLECTION = 7
_ARC_SEGMENTS = 3
"""Of a quarter of a circle, at the bends of a line."""


@dataclass(frozen=True, slots=True)
class Rings:
    """Polygons of n features, columnar: those of feature i are owners == i.

    coordinates  float64 (N, 3); rings are open
    ring_offsets, polygon_offsets as in `model.Polygons`; owners int64 (P,), sorted
    """

    coordinates: Float64Array
    ring_offsets: Int64Array
    polygon_offsets: Int64Array
    owners: Int64Array

    def of(self, feature: int, cover: SurfaceType) -> Polygons:
        """The polygons of one feature."""
        first, last = np.searchsorted(self.owners, [feature, feature + 1]).tolist()
        rings = self.polygon_offsets[first : last + 1]
        points = self.ring_offsets[rings[0] : rings[-1] + 1]
        count = last - first
        return Polygons(
            self.coordinates[points[0] : points[-1]],
            points - points[0],
            rings - rings[0],
            np.full(count, cover, np.uint8),
            np.zeros(count, np.int32),
            ("",) * count,
        )


def geometries_of(wkb: Any) -> Any:
    """Shapely geometries (n,) of WKB; None where there is none, or none that can be used."""
    import shapely

    found = shapely.from_wkb(wkb, on_invalid="ignore")
    points, owners = shapely.get_coordinates(found, return_index=True)
    found[owners[~np.isfinite(points).all(axis=1)]] = None
    found[shapely.get_num_coordinates(found) > MOST_POINTS] = None
    return found


def kinds_of(geometries: Any) -> Int64Array:
    """0 for points, 1 for lines, 3 for polygons, −1 for nothing, (n,); a mixture has its widest."""
    import shapely

    kinds = np.asarray(shapely.get_type_id(geometries), np.int64)
    kinds[shapely.is_empty(geometries)] = -1
    dimensions = shapely.get_dimensions(geometries)
    mixed = kinds == _COLLECTION
    kinds[mixed] = np.array([-1, POINT, LINE, POLYGON])[dimensions[mixed] + 1]
    for several, one in ((_POINTS, POINT), (_LINES, LINE), (_POLYGONS, POLYGON)):
        kinds[np.isin(kinds, several)] = one
    return kinds


def bounds_of(geometries: Any) -> Float64Array:
    """Least and greatest x, y and z, (n, 6); heights are 0 where there are none; NaN of nothing."""
    import shapely

    flat = shapely.bounds(geometries)
    points, owners = shapely.get_coordinates(geometries, include_z=True, return_index=True)
    z = np.nan_to_num(points[:, 2])
    low, high = np.full(len(flat), np.inf), np.full(len(flat), -np.inf)
    np.minimum.at(low, owners, z)
    np.maximum.at(high, owners, z)
    found: Float64Array = np.column_stack([flat[:, :2], low, flat[:, 2:], high])
    found[~np.isfinite(flat[:, 0])] = np.nan
    return found


def widened(geometries: Any, widths: Float64Array, unit_m: Float64Array) -> Any:
    """Lines as polygons `widths` (n,) metres wide; `unit_m` (n, 2) is a unit of x and y in metres.

    Ends are flat and bends round, as those of roads; heights of lines are dropped.
    """
    import shapely

    flat = shapely.force_2d(geometries)
    points, owners = shapely.get_coordinates(flat, return_index=True)
    starts = np.searchsorted(owners, np.arange(len(flat)))
    middle = points[np.minimum(starts, len(points) - 1)]
    in_metres = shapely.set_coordinates(flat, (points - middle[owners]) * unit_m[owners])
    wide = shapely.buffer(in_metres, widths / 2, quad_segs=_ARC_SEGMENTS, cap_style="flat")
    points, owners = shapely.get_coordinates(wide, return_index=True)
    return shapely.set_coordinates(wide, points / unit_m[owners] + middle[owners])


def rings_of(geometries: Any) -> Rings:
    """The polygons in geometries (n,), exteriors counter-clockwise; a missing height is 0."""
    import shapely

    parts, owners = _polygon_parts(geometries)
    # Seen from above; the faces of a body are oriented as the source has them.
    flat = ~shapely.has_z(parts)
    parts[flat] = shapely.orient_polygons(parts[flat])
    rings, ring_owners = shapely.get_rings(parts, return_index=True)
    points = shapely.get_coordinates(rings, include_z=True)
    points[np.isnan(points[:, 2]), 2] = 0.0
    offsets = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))])
    points, offsets, _ = open_rings(points, offsets.astype(np.int64))
    per_polygon = np.bincount(ring_owners, minlength=len(parts))
    return Rings(points, offsets, np.concatenate([[0], np.cumsum(per_polygon)]), owners)


def _polygon_parts(geometries: Any) -> tuple[Any, Int64Array]:
    """All polygons, however deep in collections, and the row that each is of."""
    import shapely

    parts, owners = geometries, np.arange(len(geometries))
    for _ in range(3):
        parts, inside = shapely.get_parts(parts, return_index=True)
        owners = owners[inside]
    kept: BoolArray = (shapely.get_type_id(parts) == POLYGON) & ~shapely.is_empty(parts)
    return parts[kept], owners[kept]


def tree_polygons(place: Float64Array, height_m: float, crown: Float64Array) -> Polygons:
    """A box's two corners that say how large a tree is: at (3,), crown (2,) in units of its CRS."""
    half = np.append(crown / 2, 0.0)
    up = np.array([0.0, 0.0, height_m])
    return Polygons(
        np.stack([place - half, place + half + up]),
        np.array([0, 2]),
        np.array([0, 1]),
        np.zeros(1, np.uint8),
        np.zeros(1, np.int32),
        ("",),
    )
