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
    from pathlib import Path

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


def write_citygml(path: Path, objects: Sequence[CityObject], srs_name: str = UTM) -> Path:
    """The objects as CityGML 2.0 buildings of LoD 1; parts go into the building they name."""
    parts = [item for item in objects if item.parent_id]
    members = "".join(
        f"<core:cityObjectMember>{_building(item, parts)}</core:cityObjectMember>"
        for item in objects
        if not item.parent_id
    )
    path.write_text(
        '<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0"'
        ' xmlns:bldg="http://www.opengis.net/citygml/building/2.0"'
        ' xmlns:gen="http://www.opengis.net/citygml/generics/2.0"'
        ' xmlns:gml="http://www.opengis.net/gml">'
        f'<gml:boundedBy><gml:Envelope srsName="{srs_name}" srsDimension="3">'
        f"<gml:lowerCorner>{EAST} {NORTH} 0</gml:lowerCorner>"
        f"<gml:upperCorner>{EAST + 1000} {NORTH + 1000} 100</gml:upperCorner>"
        f"</gml:Envelope></gml:boundedBy>{members}</core:CityModel>",
        encoding="utf-8",
    )
    return path


def _building(item: CityObject, parts: Sequence[CityObject]) -> str:
    inner = "".join(
        f"<bldg:consistsOfBuildingPart>{_building(part, ())}</bldg:consistsOfBuildingPart>"
        for part in parts
        if part.parent_id == item.source_id
    )
    attributes = "".join(_attribute(name, value) for name, value in item.attributes.items())
    solids = "".join(_solid(geometry.polygons) for geometry in item.geometries)
    return (
        f'<bldg:{item.class_name} gml:id="{item.source_id}"><gml:name>{item.name}</gml:name>'
        f"{attributes}{solids}{inner}</bldg:{item.class_name}>"
    )


def _attribute(name: str, value: AttributeValue) -> str:
    kind = "doubleAttribute" if isinstance(value, float) else "stringAttribute"
    return f'<gen:{kind} name="{name}"><gen:value>{value}</gen:value></gen:{kind}>'


def _solid(shape: Polygons) -> str:
    faces = "".join(
        f"<gml:surfaceMember><gml:Polygon>{_rings(shape, polygon)}</gml:Polygon>"
        "</gml:surfaceMember>"
        for polygon in range(len(shape))
    )
    return (
        "<bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>"
        f"{faces}</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>"
    )


def _rings(shape: Polygons, polygon: int) -> str:
    first, last = shape.polygon_offsets[polygon : polygon + 2].tolist()
    rings = []
    for ring in range(first, last):
        start, end = shape.ring_offsets[ring : ring + 2].tolist()
        points = [*range(start, end), start]
        numbers = " ".join(f"{value:.3f}" for value in shape.coordinates[points].ravel())
        place = "exterior" if ring == first else "interior"
        rings.append(
            f"<gml:{place}><gml:LinearRing><gml:posList>{numbers}</gml:posList></gml:LinearRing>"
            f"</gml:{place}>"
        )
    return "".join(rings)


def town(count: int = 60) -> list[CityObject]:
    """A street grid of buildings; one has only a part, one is a concave L with a courtyard."""
    objects = []
    for number in range(count):
        x, y = EAST + number % 8 * 30, NORTH + number // 8 * 40
        shape = box(x, y, 30 + number * 0.05, (12 + number % 5, 10, 6 + number % 7))
        attributes: dict[str, AttributeValue] = {
            "storeys": 2.0 + number % 4,
            "use": f"use {number}",
        }
        objects.append(building(f"b{number}", shape, attributes))
    objects.append(building("whole", None))
    objects.append(building("half", box(EAST - 30, NORTH, 30, (9, 9, 9)), parent_id="whole"))
    objects.append(building("yard", courtyard(EAST - 80, NORTH + 60, 30)))
    return objects


def courtyard(x: float, y: float, z: float) -> Polygons:
    """A flat roof with a hole over a floor with the same hole, 40 m × 30 m, and outer walls."""
    outer = [(x, y), (x + 40, y), (x + 40, y + 30), (x + 20, y + 26), (x, y + 30)]
    inner = [(x + 10, y + 8), (x + 10, y + 18), (x + 30, y + 18), (x + 30, y + 8)]
    top = [[(*point, z + 9.0) for point in ring] for ring in (outer, inner)]
    floor = [[(*point, z) for point in ring[::-1]] for ring in (outer, inner)]
    walls = [
        [[(*a, z), (*b, z), (*b, z + 9.0), (*a, z + 9.0)]]
        for ring in (outer, inner)
        for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)
    ]
    return polygons([top, floor, *walls])
