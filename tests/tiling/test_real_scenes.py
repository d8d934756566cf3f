"""Scenes of real cities: valid to strangers' tools, and where the source says to the centimetre."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import trimesh

from citiverse_tiling import sources
from citiverse_tiling.check import check
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.options import Encoding, TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Report
from citiverse_tiling.transforms.select_lod import select_lod
from tiling.gltf_validator import assert_nothing_to_say
from tiling.scenes import tiles

if TYPE_CHECKING:
    from citiverse_tiling.model import Polygons

REPOSITORY = Path(__file__).resolve().parent.parent.parent
CITIES = {
    "potsdam": "potsdam-lod1/Potsdam_LoD1.gml",
    "nrw": "nrw-lod2/LoD2_32_280_5657_1_NW.gml",
    "zurich": "zurich-citygml1/zurich-lod2-citygml1.xml",
}


@pytest.fixture(scope="module")
def scenes(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The real cities, tiled."""
    folder = tmp_path_factory.mktemp("cities")
    for name, file in CITIES.items():
        done = tile(TileOptions((data / file,), folder / name))
        assert not done.report.has_losses
        assert not done.report.unbalanced
    return {name: folder / name for name in CITIES}


@pytest.fixture(scope="module")
def source_faces(data: Path) -> dict[str, list[tuple[str, Polygons]]]:
    """Per city: CRS and polygons of the chosen level of detail, by object."""
    faces = {}
    for name, file in CITIES.items():
        crs, report = CrsRegistry(), Report()
        objects = sources.read(data / file, crs, report, lambda _: None)
        chosen = [select_lod(item, report) for item in objects]
        faces[name] = [(found.crs, found.polygons) for found in chosen if found]
    return faces


@pytest.mark.parametrize("city", CITIES)
def test_the_scene_keeps_its_contract(scenes: dict[str, Path], city: str) -> None:
    assert check(scenes[city]) == []


def test_the_gltf_validator_has_nothing_to_say(scenes: dict[str, Path]) -> None:
    assert_nothing_to_say(scenes.values())


@pytest.mark.parametrize("city", CITIES)
def test_vertices_are_where_the_source_has_them(
    scenes: dict[str, Path], source_faces: dict[str, list[tuple[str, Polygons]]], city: str
) -> None:
    crs = CrsRegistry()
    key = source_faces[city][0][0]
    crs.resolve(key, None, None)
    found = np.concatenate(
        [
            crs.from_ecef(key, leaf.to_ecef(one.positions))
            for leaf in tiles(scenes[city], "buildings")
            if leaf.leaf
            for one in leaf.glb().primitives
        ]
    )
    source = np.concatenate([polygons.coordinates for _, polygons in source_faces[city]])
    source = np.unique(source, axis=0)
    for point in source[:: max(1, len(source) // 500)]:
        assert np.linalg.norm(found - point, axis=1).min() < 0.01
    for point in found[:: max(1, len(found) // 500)]:
        assert np.linalg.norm(source - point, axis=1).min() < 0.01


@pytest.mark.parametrize("city", CITIES)
def test_trimesh_finds_the_area_of_the_source(
    data: Path, tmp_path: Path, source_faces: dict[str, list[tuple[str, Polygons]]], city: str
) -> None:
    scene = tmp_path / city
    tile(TileOptions((data / CITIES[city],), scene, encoding=Encoding("none")))
    leaves = (leaf.content for leaf in tiles(scene, "buildings") if leaf.leaf)
    found = sum(trimesh.load_mesh(leaf).area for leaf in leaves)
    crs = CrsRegistry()
    crs.resolve(source_faces[city][0][0], None, None)
    expected = 0.0
    for key, polygons in source_faces[city]:
        points = crs.to_ecef(key, polygons.coordinates)
        for polygon in range(len(polygons)):
            first, last = polygons.polygon_offsets[polygon : polygon + 2]
            vectors = []
            for ring in range(first, last):
                ring_points = points[polygons.ring_offsets[ring] : polygons.ring_offsets[ring + 1]]
                ring_points = ring_points - ring_points[0]
                crosses = np.cross(ring_points, np.roll(ring_points, -1, axis=0))
                vectors.append(float(np.linalg.norm(crosses.sum(axis=0))) / 2)
            expected += 2 * vectors[0] - sum(vectors)
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("city", CITIES)
def test_leaves_are_small(scenes: dict[str, Path], city: str) -> None:
    for found in tiles(scenes[city], "buildings"):
        assert found.content.stat().st_size <= 65_536
        if found.leaf:
            wholes = [parent for parent in found.glb().columns["parent"] if not parent]
            assert len(wholes) <= 64, "parts of a building count as one object"


@pytest.mark.parametrize(
    ("folder", "crs"),
    [
        ("ingolstadt-lod3", None),
        ("lyon-textured", "EPSG:3946"),
        ("plateau-tokyo-haneda", None),
        ("cityjson-rotterdam", "EPSG:28992"),
    ],
)
def test_cities_with_images_keep_the_budget_of_a_headset(
    data: Path, tmp_path: Path, folder: str, crs: str | None
) -> None:
    done = tile(TileOptions((data / folder,), tmp_path / "scene", crs=crs, profile="headset"))
    assert done.budget.profile == "headset"
    assert done.budget.misses() == []
    assert check(tmp_path / "scene") == []
