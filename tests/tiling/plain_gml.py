"""Reads the rings of a CityGML file a second time: with lxml and numpy, and nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from lxml import etree

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, eq=False)
class Face:
    """A gml:Polygon: open rings (n, 3) as written, the exterior first, and its 1-based line."""

    rings: tuple[np.ndarray, ...]
    line: int

    @property
    def area(self) -> float:
        """Of the exterior less the holes, each by the cross products about its first point."""
        areas = [np.linalg.norm(area_vector(ring)) for ring in self.rings]
        return float(areas[0] - sum(areas[1:]))

    @property
    def off_plane(self) -> float:
        """The farthest that a point lies from the plane of the exterior, in its unit."""
        vector = area_vector(self.rings[0])
        points = np.concatenate(self.rings) - self.rings[0].mean(axis=0)
        return float(np.abs(points @ vector).max() / np.linalg.norm(vector))


def faces(path: Path) -> list[Face]:
    """All polygons of a file whose rings are three-dimensional and have at least three points."""
    tree = etree.parse(str(path))
    found = []
    for polygon in tree.iter("{*}Polygon", "{*}Triangle"):
        rings = tuple(_open(ring) for ring in polygon.iter("{*}LinearRing"))
        if rings and all(len(ring) >= 3 for ring in rings):
            line = polygon.sourceline
            found.append(Face(rings, line if isinstance(line, int) else 0))
    return found


def area_vector(ring: np.ndarray) -> np.ndarray:
    """Half the sum of cross products: as long as the area, along the normal."""
    arms = ring - ring[0]
    result: np.ndarray = np.cross(arms, np.roll(arms, -1, axis=0)).sum(axis=0) / 2
    return result


def _open(ring: etree._Element) -> np.ndarray:
    texts = [node.text or "" for node in ring.iter("{*}posList", "{*}pos")]
    points = np.array(" ".join(texts).split(), np.float64).reshape(-1, 3)
    return points[:-1] if len(points) > 1 and (points[0] == points[-1]).all() else points
