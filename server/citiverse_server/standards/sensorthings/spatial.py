"""Geometries in questions (OGC 18-088, Table 23; OGC 06-103r4, 6.1.2.3): WGS 84, in the plane.

Distances and lengths are in degrees, the unit of the coordinates. Shapely does the work, and is
imported by the first question that needs it.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from .columns import Column, as_type, constant
from .problems import QueryError
from .vocabulary import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

MAX_WKT_LENGTH = 4096
_CORNERS_A_CELL = 8
_MEETING_CELLS = 32
_SIMPLE = re.compile(r"\s*(MULTI)?(POINT|LINESTRING|POLYGON)\b", re.IGNORECASE)
_PATTERN = re.compile(r"[TF*012]{9}")


def geography(wkt: str) -> Column:
    """A geometry from its well-known text. Raises `QueryError`."""
    import shapely

    if _SIMPLE.match(wkt) is None or len(wkt) > MAX_WKT_LENGTH:
        raise QueryError(
            "A geography is a point, a line, an area, or several: 'POINT (13.1 52.4)'."
        )
    try:
        shape = shapely.from_wkt(wkt)
    except shapely.errors.GEOSException:
        raise QueryError(f"This is no well-known text: {wkt[:40]!r}.") from None
    if not shapely.is_valid(shape):
        raise QueryError(f"This area crosses itself: {wkt[:40]!r}.")
    return constant(Type.SHAPE, shape)


def cost(shapes: Sequence[Column]) -> int:
    """Cells that a function of geometries may take: each corner of one may meet each of the other.

    Places are points, so only who compares what he wrote himself pays for that.
    """
    import shapely

    corners = [
        int(np.max(shapely.get_num_coordinates(_kept(one)), initial=1))
        for one in shapes
        if one.type is Type.SHAPE
    ]
    rows = max((len(one.values) for one in shapes), default=1)
    meetings = math.prod(corners)
    return rows * (meetings // _CORNERS_A_CELL if 1 in corners else meetings * _MEETING_CELLS)


def points(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Column:
    """Places as geometries, (n,) degrees; null where one is NaN."""
    import shapely

    known = np.isfinite(lon) & np.isfinite(lat)
    return Column(Type.SHAPE, shapely.points(np.nan_to_num(lon), np.nan_to_num(lat)), known)


def _measured(name: str) -> Callable[..., Column]:
    def compute(*shapes: Column) -> Column:
        import shapely

        values = np.asarray(getattr(shapely, name)(*(_kept(one) for one in shapes)))
        return Column(Type.NUMBER, values, np.isfinite(values))

    return compute


def _related(name: str) -> Callable[..., Column]:
    def compute(first: Column, second: Column) -> Column:
        import shapely

        found = np.asarray(getattr(shapely, name)(_kept(first), _kept(second)), dtype=np.bool_)
        return Column(
            Type.TRUTH, found & first.known & second.known, np.ones(found.shape, np.bool_)
        )

    return compute


def _relate(first: Column, second: Column, pattern: Column) -> Column:
    import shapely

    wanted = as_type(pattern, Type.TEXT).values.tolist()
    if len(wanted) != 1 or not _PATTERN.fullmatch(str(wanted[0])):
        raise QueryError("st_relate takes nine letters of T, F, *, 0, 1, 2.")
    found = np.asarray(shapely.relate_pattern(_kept(first), _kept(second), wanted[0]), np.bool_)
    return Column(Type.TRUTH, found & first.known & second.known, np.ones(found.shape, np.bool_))


def _kept(shapes: Column) -> NDArray[np.object_]:
    """The geometries, and None for null."""
    kept = shapes.values.astype(object)
    kept[~shapes.known] = None
    return kept


_TWO = (Type.SHAPE, Type.SHAPE)

SPATIAL: tuple[tuple[str, tuple[Type, ...], Callable[..., Column]], ...] = (
    ("geo.distance", _TWO, _measured("distance")),
    ("geo.length", (Type.SHAPE,), _measured("length")),
    ("geo.intersects", _TWO, _related("intersects")),
    ("st_equals", _TWO, _related("equals")),
    ("st_disjoint", _TWO, _related("disjoint")),
    ("st_touches", _TWO, _related("touches")),
    ("st_within", _TWO, _related("within")),
    ("st_overlaps", _TWO, _related("overlaps")),
    ("st_crosses", _TWO, _related("crosses")),
    ("st_intersects", _TWO, _related("intersects")),
    ("st_contains", _TWO, _related("contains")),
    ("st_relate", (*_TWO, Type.TEXT), _relate),
)
