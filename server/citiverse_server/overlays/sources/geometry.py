"""One place of a GeoJSON geometry (RFC 7946): where a thing stands that is drawn as a line."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TypeAlias

from .documents import entries, mapping, number

Position: TypeAlias = tuple[float, float, float]

MAX_POINTS = 10_000


def place(geometry: object) -> Position | None:
    """(lon, lat) in degrees and the height in metres or NaN; None where there is none on Earth.

    Of a line it is the middle, of an area the mean of its outline; a Feature is its geometry.
    """
    found = mapping(geometry)
    if found.get("type") == "Feature":
        found = mapping(found.get("geometry"))
    points = _points(found)
    if not points:
        return None
    return _middle(points) if found.get("type") == "LineString" else _mean(points)


def _points(geometry: object) -> list[Position]:
    found = mapping(geometry)
    coordinates = entries(found.get("coordinates"))
    match found.get("type"):
        case "Point":
            listed: list[object] = [coordinates]
        case "LineString" | "MultiPoint":
            listed = coordinates
        case "Polygon" | "MultiLineString":
            listed = entries(coordinates[0]) if coordinates else []
        case "MultiPolygon":
            outer = entries(coordinates[0]) if coordinates else []
            listed = entries(outer[0]) if outer else []
        case _:
            return []
    points = [_point(one) for one in listed[:MAX_POINTS]]
    return [] if None in points else [point for point in points if point is not None]


def _point(value: object) -> Position | None:
    lon, lat, height = ([number(one) for one in entries(value)] + [None] * 3)[:3]
    if lon is None or lat is None or not (abs(lon) <= 180 and abs(lat) <= 90):
        return None
    return lon, lat, math.nan if height is None else height


def _mean(points: list[Position]) -> Position:
    # An outline says its first point twice.
    if len(points) > 1 and points[0] == points[-1]:
        points = points[:-1]
    lon, lat, height = (math.fsum(axis) / len(points) for axis in zip(*points, strict=True))
    return lon, lat, height


def _middle(line: list[Position]) -> Position:
    """The point half way along, taken as flat: the line is a street."""
    narrowing = math.cos(math.radians(line[0][1]))
    lengths = [math.hypot((b[0] - a[0]) * narrowing, b[1] - a[1]) for a, b in pairwise(line)]
    left = math.fsum(lengths) / 2
    for (start, end), length in zip(pairwise(line), lengths, strict=True):
        if length > 0 and left <= length:
            share = left / length
            lon, lat, height = (a + (b - a) * share for a, b in zip(start, end, strict=True))
            return lon, lat, height
        left -= length
    return line[0]
