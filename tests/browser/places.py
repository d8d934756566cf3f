"""Places in real cities by their own CRS, found without the code under test."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import pyproj
from lxml import etree

if TYPE_CHECKING:
    from pathlib import Path

Point = tuple[float, float, float]
GML = "{http://www.opengis.net/gml}"
BLDG = "{http://www.opengis.net/citygml/building/1.0}"


@lru_cache
def _topocentric(lon: float, lat: float) -> pyproj.Transformer:
    return pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=cart +ellps=WGS84"
        f" +step +proj=topocentric +ellps=WGS84 +lon_0={lon} +lat_0={lat} +h_0=0"
    )


def in_scene(scene: Path, crs: str, easting: float, northing: float, height: float) -> Point:
    """A point of a projected CRS in the scene frame (metres), by PROJ alone."""
    origin = json.loads((scene / "scene.json").read_text())["origin"]
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(easting, northing)
    x, y, z = _topocentric(origin["lon"], origin["lat"]).transform(lon, lat, height)
    return float(x), float(y), float(z)


@dataclass(frozen=True)
class Footprint:
    """The outline of one building on the ground, as its source file gives it."""

    source_id: str
    ring: tuple[tuple[float, float], ...]

    def contains(self, x: float, y: float) -> bool:
        inside = False
        for (x0, y0), (x1, y1) in pairwise((*self.ring, self.ring[0])):
            if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
                inside = not inside
        return inside

    def distance_along(self, x: float, y: float, dx: float, dy: float) -> float:
        """How far a ray with unit direction (dx, dy) goes before it meets the outline."""
        nearest = math.inf
        for (x0, y0), (x1, y1) in pairwise((*self.ring, self.ring[0])):
            ex, ey = x1 - x0, y1 - y0
            across = dx * ey - dy * ex
            if across == 0:
                continue
            along = ((x0 - x) * ey - (y0 - y) * ex) / across
            share = ((x0 - x) * dy - (y0 - y) * dx) / across
            if along > 0 and 0 <= share <= 1:
                nearest = min(nearest, along)
        return nearest


def footprints(file: Path) -> list[Footprint]:
    """The lowest level polygon of every building, read by lxml alone."""
    buildings = etree.parse(file).iter(f"{BLDG}Building")
    return [
        Footprint(building.get(f"{GML}id", ""), _lowest_ring(building)) for building in buildings
    ]


def _lowest_ring(building: etree._Element) -> tuple[tuple[float, float], ...]:
    rings = []
    for positions in building.iter(f"{GML}posList"):
        numbers = [float(word) for word in (positions.text or "").split()]
        points = list(zip(numbers[0::3], numbers[1::3], numbers[2::3], strict=True))
        heights = [height for _, _, height in points]
        if max(heights) - min(heights) < 0.01:
            rings.append((min(heights), tuple((x, y) for x, y, _ in points[:-1])))
    return min(rings)[1]
