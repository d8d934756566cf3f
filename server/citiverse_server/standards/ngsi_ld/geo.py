"""The geo-query language of NGSI-LD (4.10): where entities have to be.

Distances are along great circles of a sphere of 6 371 008.8 m (below 0.6 % off); all other
relations are of plane geometry in degrees, so areas across the date line are not understood.
Distances to what isn't a point are taken to its nearest point in a plane around it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
import shapely
from shapely.geometry import shape

from .problems import Kind, NgsiError, bad

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

RADIUS_M = 6_371_008.8
MAX_LENGTH = 16_384
MAX_POINTS = 1_000
TYPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
Relation = Literal["near", "within", "contains", "intersects", "equals", "disjoint", "overlaps"]
_NEAR = re.compile(r"near;(max|min)Distance==(\d{1,9}(?:\.\d{1,6})?)", re.ASCII)
_RELATIONS: tuple[Relation, ...] = (
    "within",
    "contains",
    "intersects",
    "equals",
    "disjoint",
    "overlaps",
)


@dataclass(frozen=True, slots=True)
class GeoQuery:
    """A relation to a geometry; `distance_m` belongs to `near`, and is the least where `beyond`."""

    relation: Relation
    geometry: BaseGeometry
    distance_m: float = 0.0
    beyond: bool = False


def parse(georel: str, geometry: str, coordinates: str, geoproperty: str = "location") -> GeoQuery:
    """A geo-query from its four parameters; raises `NgsiError`."""
    if geoproperty != "location":
        raise NgsiError(
            Kind.OPERATION_NOT_SUPPORTED, "Of places, only 'location' can be asked about."
        )
    shape = _shape(geometry, coordinates)
    near = _NEAR.fullmatch(georel)
    if near is not None:
        distance_m = float(near[2])
        if distance_m <= 0:
            raise bad("A distance is greater than 0.")
        return GeoQuery("near", shape, distance_m, beyond=near[1] == "min")
    for relation in _RELATIONS:
        if georel == relation:
            return GeoQuery(relation, shape)
    raise bad(
        "georel must be near;maxDistance==METRES, near;minDistance==METRES, within, contains,"
        " intersects, equals, disjoint or overlaps."
    )


def holds(query: GeoQuery, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """For points in degrees (n,) whether the relation holds, (n,); NaN: nowhere, so never."""
    there = np.isfinite(lon) & np.isfinite(lat)
    result = np.zeros(len(lon), dtype=np.bool_)
    if query.relation == "near":
        near = _distances(query.geometry, lon[there], lat[there]) <= query.distance_m
        result[there] = ~near if query.beyond else near
        return result
    points = shapely.points(lon[there], lat[there])
    relation = getattr(shapely, query.relation)
    result[there] = relation(points, query.geometry)
    return result


def _shape(geometry: str, coordinates: str) -> BaseGeometry:
    if geometry not in TYPES:
        raise bad(f"geometry must be one of {', '.join(TYPES)}.")
    if len(coordinates) > MAX_LENGTH:
        raise NgsiError(Kind.TOO_COMPLEX_QUERY, f"coordinates have at most {MAX_LENGTH} letters.")
    try:
        numbers = msgspec.json.decode(coordinates)
        found = shape({"type": geometry, "coordinates": numbers})
        points = shapely.get_coordinates(found)
        usable = shapely.is_valid(found) and not shapely.is_empty(found)
    except (msgspec.MsgspecError, shapely.errors.ShapelyError, RecursionError) as error:
        raise bad(f"These are no coordinates of a {geometry}: {_brief(error)}.") from None
    except (ValueError, TypeError, IndexError, KeyError, AttributeError):
        raise bad(f"These are no coordinates of a {geometry}.") from None
    if len(points) > MAX_POINTS:
        raise NgsiError(Kind.TOO_COMPLEX_QUERY, f"A geometry has at most {MAX_POINTS} points.")
    if not usable or not np.isfinite(points).all():
        raise bad(f"These are no coordinates of a {geometry}.")
    if (np.abs(points) > (180.0, 90.0)).any():
        raise bad("coordinates are longitude and latitude in degrees.")
    return found


def _distances(
    geometry: BaseGeometry, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Metres from points to the nearest place of a geometry, (n,)."""
    if len(lon) == 0:
        return np.zeros(0)
    # Where a degree east is as long as a degree north, the nearest place is nearest indeed.
    narrow = max(math.cos(math.radians(float(shapely.get_y(geometry.centroid)))), 1e-6)
    squeezed = shapely.transform(geometry, lambda points: points * (narrow, 1.0))
    points = shapely.points(lon * narrow, lat)
    nearest = shapely.get_coordinates(shapely.get_point(shapely.shortest_line(points, squeezed), 1))
    return great_circle_m(lon, lat, nearest[:, 0] / narrow, nearest[:, 1])


def great_circle_m(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    other_lon: NDArray[np.float64],
    other_lat: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Metres between points in degrees, by the haversine formula."""
    here, there = np.radians(lat), np.radians(other_lat)
    across = np.sin((there - here) / 2) ** 2
    along = np.cos(here) * np.cos(there) * np.sin(np.radians(other_lon - lon) / 2) ** 2
    return np.asarray(2 * RADIUS_M * np.arcsin(np.sqrt(np.clip(across + along, 0.0, 1.0))))


def _brief(error: Exception) -> str:
    return str(error).partition("\n")[0][:120].rstrip(".")
