"""Small cities made by hand, for tests of what happens after reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.meshes import Meshes, SurfaceGroup
from citiverse_tiling.model import CityObject, Geometry, Place, Polygons, SurfaceType
from citiverse_tiling.transforms.block import blocks_of
from citiverse_tiling.transforms.triangulate import triangulate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from citiverse_tiling.model import AttributeValue, Float64Array
    from citiverse_tiling.transforms.block import Blocks

UTM = "EPSG:25833"
EAST, NORTH = 367_000.0, 5_807_000.0
"""Somewhere in Potsdam, in EPSG:25833."""


def polygons(
    faces: Sequence[Sequence[Sequence[tuple[float, float, float]]]],
    types: Sequence[SurfaceType] | None = None,
) -> Polygons:
    """Polygons from lists of rings."""
    rings = [ring for face in faces for ring in face]
    return Polygons(
        np.array([point for ring in rings for point in ring], np.float64).reshape(-1, 3),
        np.cumsum([0, *(len(ring) for ring in rings)]),
        np.cumsum([0, *(len(face) for face in faces)]),
        np.array(types or [SurfaceType.UNKNOWN] * len(faces), np.uint8),
        np.arange(1, len(faces) + 1, dtype=np.int32),
        tuple(f"face-{number}" for number in range(len(faces))),
    )


def box(x: float, y: float, z: float, size: tuple[float, float, float]) -> Polygons:
    """Six faces of a box with its lower south-west corner at x, y, z, seen from outside."""
    a, b, c = size
    low = [(x, y, z), (x + a, y, z), (x + a, y + b, z), (x, y + b, z)]
    high = [(px, py, pz + c) for px, py, pz in low]
    walls = [[low[i], low[(i + 1) % 4], high[(i + 1) % 4], high[i]] for i in range(4)]
    return polygons(
        [[low[::-1]], *([wall] for wall in walls), [high]],
        [SurfaceType.GROUND, *[SurfaceType.WALL] * 4, SurfaceType.ROOF],
    )


def building(
    source_id: str,
    shape: Polygons | None,
    attributes: Mapping[str, AttributeValue] | None = None,
    parent_id: str | None = None,
) -> CityObject:
    """A building of LoD 1 in `UTM`, or one without geometry."""
    return CityObject(
        source_id,
        "BuildingPart" if parent_id else "Building",
        Place("made.gml", 7),
        parent_id=parent_id,
        name=f"Name of {source_id}",
        address="Marktplatz 1",
        attributes=attributes or {},
        geometries=() if shape is None else (Geometry("1", UTM, shape),),
    )


def meshes(*shapes: Polygons) -> Meshes:
    """The shapes as meshes, in the scene frame."""
    parts = [triangulate(p.coordinates, p.ring_offsets, p.polygon_offsets) for p in shapes]
    points = [len(p.coordinates) for p in shapes]
    return Meshes(
        np.concatenate([p.coordinates for p in shapes]),
        np.zeros((sum(points), 3), np.int8),
        np.full(sum(points), SurfaceGroup.WALL, np.uint8),
        np.concatenate([part.triangles for part in parts]).astype(np.uint32),
        np.cumsum([0, *points]),
        np.cumsum([0, *(len(part.triangles) for part in parts)]),
    )


def boxes(
    corners: Sequence[tuple[float, float, float]], size: tuple[float, float, float]
) -> Blocks:
    """Blocks of equal boxes with these lower corners."""
    return blocks_of(meshes(*(box(*corner, size) for corner in corners)))


def turned(points: Float64Array, degrees: float) -> Float64Array:
    """Points turned about the z axis."""
    angle = np.radians(degrees)
    matrix = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    result: Float64Array = points @ matrix.T
    return result
