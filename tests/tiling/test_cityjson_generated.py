"""The same city as CityJSON and as CityGML is the same city: objects, types, rings, triangles."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.transforms.clean_rings import clean_rings
from citiverse_tiling.transforms.triangulate import triangulate
from tiling import citygml_documents as gml
from tiling.cityjson_documents import document, feature, sequence

if TYPE_CHECKING:
    from citiverse_tiling.model import CityObject, Float64Array

Point = tuple[float, float, float]
Ring = list[Point]

KINDS = ("WallSurface", "RoofSurface", "GroundSurface", "ClosureSurface")

numbers = st.integers(-400_000, 400_000).map(lambda millimetres: millimetres / 1000)
rings = st.lists(st.tuples(numbers, numbers, numbers), min_size=3, max_size=9, unique=True)
surfaces = st.tuples(st.sampled_from((*KINDS, None)), rings, st.lists(rings, max_size=2))
buildings = st.tuples(
    st.sampled_from("12"), st.booleans(), st.lists(surfaces, min_size=1, max_size=5)
)
cities = st.lists(buildings, min_size=1, max_size=4)
Surface = tuple[str | None, Ring, list[Ring]]
City = list[tuple[str, bool, list[Surface]]]


def as_citygml(city: City) -> str:
    members = []
    for index, (lod, _, parts) in enumerate(city):
        children = []
        for kind, outer, holes in parts:
            shape = gml.polygon(
                gml.positions(*outer), holes=tuple(gml.positions(*hole) for hole in holes)
            )
            is_bare = kind is None
            children.append(
                gml.multi_surface(shape, lod=lod)
                if is_bare
                else gml.wall(shape, kind=kind or "", lod=lod)
            )
        members.append(gml.building(*children, gml_id=f"b{index}"))
    return gml.city(*members)


def as_cityjson(city: City, in_lines: bool) -> bytes:
    objects: list[dict[str, Any]] = []
    points: list[list[Point]] = []
    for lod, is_solid, parts in city:
        if in_lines or not points:
            points.append([])
        objects.append(_building(lod, is_solid, parts, points[-1]))
    named = {f"b{index}": item for index, item in enumerate(objects)}
    if not in_lines:
        return json.dumps(document(named, tuple(points[0]))).encode()
    lines = [
        feature({name: item}, tuple(own))
        for (name, item), own in zip(named.items(), points, strict=True)
    ]
    return sequence(document({}, ()), *lines)


def _building(
    lod: str, is_solid: bool, parts: list[Surface], points: list[Point]
) -> dict[str, Any]:
    boundaries, values = [], []
    for kind, outer, holes in parts:
        own = []
        for ring in (outer, *holes):
            own.append(list(range(len(points), len(points) + len(ring))))
            points += ring
        boundaries.append(own)
        values.append(None if kind is None else KINDS.index(kind))
    semantics = {
        "surfaces": [{"type": kind} for kind in KINDS],
        "values": [values] if is_solid else values,
    }
    geometry = {
        "type": "Solid" if is_solid else "MultiSurface",
        "lod": lod,
        "boundaries": [boundaries] if is_solid else boundaries,
        "semantics": semantics,
    }
    return {"type": "Building", "geometry": [geometry]}


def triangles(item: CityObject, report: Any) -> Float64Array:
    """(T, 4, 3) corners of each triangle and the surface type, in one order whatever the file's."""
    (geometry,) = item.geometries
    polygons = clean_rings(geometry.polygons, item, report)
    local = polygons.coordinates - np.array(gml.ORIGIN)
    done = triangulate(local, polygons.ring_offsets, polygons.polygon_offsets)
    kept = done.triangles[~done.failed[done.triangle_polygons]]
    types = polygons.surface_types[done.triangle_polygons[~done.failed[done.triangle_polygons]]]
    rows = np.column_stack([local[kept].reshape(-1, 9), types])
    ordered: Float64Array = rows[np.lexsort(rows.T)]
    return ordered


@settings(max_examples=60, derandomize=True)
@given(cities, st.booleans())
def test_a_city_is_the_same_in_both_formats(city: City, in_lines: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one = gml.read(Path(folder) / "city.gml", as_citygml(city))
        other = gml.read(Path(folder) / "city.json", as_cityjson(city, in_lines))
    assert other.report.inputs[0].format == ("CityJSONSeq" if in_lines else "CityJSON")
    assert [item.source_id for item in one.objects] == [item.source_id for item in other.objects]
    assert one.report.objects_read == other.report.objects_read
    assert one.report.surfaces_read == other.report.surfaces_read
    for mine, yours in zip(one.objects, other.objects, strict=True):
        assert mine.geometries[0].lod == yours.geometries[0].lod
        np.testing.assert_allclose(
            triangles(mine, one.report), triangles(yours, other.report), atol=1e-6
        )
    assert one.report.surfaces_lost == other.report.surfaces_lost
    assert one.report.repaired == other.report.repaired
