"""Any valid building comes out of the file as it was put in: objects, types, rings, coordinates."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.model import SurfaceType
from citiverse_tiling.transforms.clean_rings import clean_rings
from citiverse_tiling.transforms.select_lod import select_lod
from tiling.citygml_documents import building, city, polygon, positions, read, wall

Point = tuple[float, float, float]

KINDS = {
    "WallSurface": SurfaceType.WALL,
    "RoofSurface": SurfaceType.ROOF,
    "GroundSurface": SurfaceType.GROUND,
}
numbers = st.floats(-500.0, 500.0).map(lambda x: round(x, 3))
rings = st.lists(st.tuples(numbers, numbers, numbers), min_size=3, max_size=12, unique=True)
surfaces = st.tuples(st.sampled_from(sorted(KINDS)), rings, st.lists(rings, max_size=2))
cities = st.lists(
    st.tuples(st.sampled_from("12"), st.lists(surfaces, min_size=1, max_size=6)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=30, derandomize=True)
@given(cities, st.sampled_from(["1.0", "2.0"]))
def test_valid_buildings_round_trip(
    buildings: list[tuple[str, list[tuple[str, list[Point], list[list[Point]]]]]], version: str
) -> None:
    document = city(
        *(
            building(
                *(
                    wall(
                        polygon(positions(*outer), holes=tuple(positions(*h) for h in holes)),
                        kind=kind,
                        lod=lod,
                    )
                    for kind, outer, holes in parts
                ),
                gml_id=f"b{index}",
            )
            for index, (lod, parts) in enumerate(buildings)
        ),
        version=version,
    )
    with tempfile.TemporaryDirectory() as folder:
        reading = read(Path(folder) / "city.gml", document)
    assert len(reading.objects) == len(buildings)
    for item, (lod, parts) in zip(reading.objects, buildings, strict=True):
        geometry = select_lod(item, reading.report)
        assert geometry is not None
        assert geometry.lod == lod
        polygons = clean_rings(geometry.polygons, item, reading.report)
        assert polygons is geometry.polygons
        assert polygons.surface_types.tolist() == [KINDS[kind] for kind, _, _ in parts]
        sizes = [len(ring) for _, outer, holes in parts for ring in (outer, *holes)]
        assert np.diff(polygons.ring_offsets).tolist() == sizes
        assert np.diff(polygons.polygon_offsets).tolist() == [1 + len(h) for _, _, h in parts]
        points = [p for _, outer, holes in parts for ring in (outer, *holes) for p in ring]
        expected = np.array(points) + np.array((457_000.0, 5_439_000.0, 110.0))
        np.testing.assert_array_equal(polygons.coordinates, expected)
    assert reading.report.surfaces_read == sum(len(parts) for _, parts in buildings)
    assert not reading.report.has_losses
