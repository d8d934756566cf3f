"""Real CityJSON files, counted a second time by a plain walk: nothing missing, nothing twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.check import check
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import NotJson, UnknownCrs
from citiverse_tiling.model import SurfaceType
from citiverse_tiling.options import LocalPlace, TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Reason
from citiverse_tiling.sources.cityjson.geometry import lod_of
from citiverse_tiling.sources.cityjson.names import class_of
from tiling.citygml_documents import Reading, read
from tiling.cityjson_documents import count

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, eq=False)
class Case:
    """A file, how it is read, where it lies (degrees), and what of it is in no tile."""

    file: str
    lon: float
    lat: float
    crs: str | None = None
    place: LocalPlace | None = None
    lost: dict[Reason, int] = field(default_factory=dict)
    not_selected: int = 0
    not_read: dict[str, int] = field(default_factory=dict)


FEW = Reason.TOO_FEW_POINTS
FLAT, NOWHERE = Reason.ZERO_AREA, Reason.BAD_COORDINATES
RD = "EPSG:28992"

CASES = [
    Case(
        "cityjson-delft/delft.city.json",
        4.36,
        52.0,
        lost={FLAT: 5},
    ),
    Case(
        "delft-terrain-ahn3/output/testarea.json",
        4.36,
        52.0,
        lost={FLAT: 6},
    ),
    Case("cityjson-zurich/zurich_subset_lod2.city.json", 8.52, 47.37),
    Case("cityjson-rotterdam/rotterdam_subset.city.json", 4.45, 51.9, crs=RD, lost={FEW: 12}),
    Case(
        "cityjson-fzkhaus-textured/01-FZK-Haus-LoD2-Tex-no-Storey-CG30-V01_formatted.json",
        8.43,
        49.1,
    ),
    Case("cityjson-misc/building_with_innerring.city.json", 7.57, 47.53),
    Case("cityjson-misc/multi_lod.city.json", 5.36, 51.71, crs=RD, not_selected=404),
    Case("cityjson-misc/paris_tower.city.jsonl", 2.35, 48.85, lost={NOWHERE: 63}, not_selected=1),
    Case(
        "cityjson-misc/geom_temp.city.jsonl",
        8.0,
        49.0,
        place=LocalPlace(8.0, 49.0),
    ),
    Case("cityjsonseq-3dbag/tile_901_trimmed.city.jsonl", 4.32, 52.0, not_selected=2236),
    Case(
        "cityjsonseq-france/tile_00000.city.jsonl",
        7.15,
        43.5,
        lost={FEW: 7},
        not_selected=2568,
    ),
]


@cache
def reading_of(data: Path, case: Case) -> Reading:
    """What is read of a file, once for all tests that only look at it."""
    return read(data / case.file, crs=case.crs, place=case.place)


def case_name(case: Case) -> str:
    return case.file.rpartition("/")[2][:24]


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_every_object_and_surface_of_a_file_is_read_once(data: Path, case: Case) -> None:
    counted = count(data / case.file)
    reading = reading_of(data, case)
    shown = {kind: n for kind, n in counted.objects.items() if class_of(kind)}
    assert reading.report.objects_read == Counter({class_of(kind): n for kind, n in shown.items()})
    assert reading.report.objects_not_supported == counted.objects - Counter(shown)
    surfaces: Counter[tuple[str, str]] = Counter()
    for item in reading.objects:
        for geometry in item.geometries:
            surfaces[item.class_name, geometry.lod] += len(geometry.polygons)
    expected: Counter[tuple[str, str]] = Counter()
    for (kind, lod), n in counted.surfaces.items():
        if kind in shown:
            expected[str(class_of(kind)), str(lod_of(lod))] += n
    assert surfaces == expected
    assert reading.report.surfaces_read == expected.total()


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_cities_lie_where_they_are(data: Path, case: Case) -> None:
    registry = CrsRegistry(case.crs, case.place)
    world = CrsRegistry()
    world.resolve("EPSG:4979", None, None)
    for item in reading_of(data, case).objects:
        for geometry in item.geometries:
            key = registry.resolve(geometry.crs, None, None)
            points = geometry.polygons.coordinates
            points = points[np.isfinite(points).all(axis=1)]
            ecef = registry.to_ecef(key, points)
            np.testing.assert_allclose(registry.from_ecef(key, ecef), points, atol=0.01)
            lon, lat, _ = world.from_ecef("EPSG:4979", ecef).T
            np.testing.assert_allclose(lon, case.lon, atol=0.2)
            np.testing.assert_allclose(lat, case.lat, atol=0.2)


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_each_file_becomes_a_scene_that_keeps_its_contract(
    data: Path, tmp_path: Path, case: Case
) -> None:
    options = TileOptions((data / case.file,), tmp_path / "scene", case.crs, case.place)
    report = tile(options).report
    assert not report.unbalanced
    assert report.surfaces_written > 0
    assert dict(report.surfaces_lost) == case.lost
    assert report.surfaces_not_selected == case.not_selected
    assert dict(report.objects_not_supported) == case.not_read
    assert check(tmp_path / "scene") == []


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_walls_and_roofs_are_as_many_as_in_the_file(data: Path, case: Case) -> None:
    counted = count(data / case.file).semantics
    reading = reading_of(data, case)
    found = np.concatenate(
        [g.polygons.surface_types for item in reading.objects for g in item.geometries]
    )
    for name, surface_type in (
        ("WallSurface", SurfaceType.WALL),
        ("RoofSurface", SurfaceType.ROOF),
        ("GroundSurface", SurfaceType.GROUND),
    ):
        assert (found == surface_type).sum() == counted[name]


def test_row_04_a_file_without_a_crs_is_never_guessed(data: Path) -> None:
    for file in ("rotterdam/rotterdam_subset.city.json", "misc/geom_temp.city.jsonl"):
        with pytest.raises(UnknownCrs, match="--crs"):
            read(data / f"cityjson-{file}")


def test_row_16_footprints_without_a_body_are_counted(data: Path) -> None:
    reading = read(data / "cityjsonseq-france/tile_00000.city.jsonl")
    wholes = {item.parent_id for item in reading.objects if item.parent_id}
    flat = [
        item for item in reading.objects if item.parent_id is None and item.source_id not in wholes
    ]
    assert len(flat) == 149
    assert {g.lod for item in flat for g in item.geometries} == {"0"}
    assert sum(len(g.polygons) for item in flat for g in item.geometries) == 149


def test_row_17_a_face_with_a_hole_keeps_it(data: Path) -> None:
    (item,) = read(data / "cityjson-misc/building_with_innerring.city.json").objects
    polygons = item.geometries[0].polygons
    assert np.diff(polygons.polygon_offsets).max() > 1
    assert len(polygons) == 102


def test_row_30_fifteen_trees_are_templates(data: Path) -> None:
    reading = read(data / "cityjson-misc/geom_temp.city.jsonl", place=LocalPlace(8.0, 49.0))
    trees = [o for o in reading.objects if o.class_name == "SolitaryVegetationObject"]
    assert len(trees) == 15
    feet = {tuple(t.geometries[0].polygons.coordinates.min(axis=0).round(2)) for t in trees}
    assert len(feet) == 15
    for tree in trees:
        points = tree.geometries[0].polygons.coordinates
        assert 0.1 < np.ptp(points[:, 2]) < 30


def test_row_36_a_bare_feature_asks_for_its_header_and_crs(data: Path) -> None:
    with pytest.raises(NotJson, match="transform and the CRS of a header"):
        read(data / "cityjsonseq-3dbag/3dbag_feature_x71.city.jsonl")


def test_row_36_old_files_name_their_version(data: Path) -> None:
    for file, version in (
        ("delft-terrain-ahn3/output/testarea.json", "1.0"),
        ("cityjson-misc/building_with_innerring.city.json", "1.0"),
        ("cityjson-zurich/zurich_subset_lod2.city.json", "1.1"),
        ("cityjson-delft/delft.city.json", "2.0"),
    ):
        assert read(data / file).report.inputs[0].version == version


def test_row_42_the_title_of_a_real_file_is_kept(data: Path) -> None:
    (given,) = read(data / "cityjsonseq-3dbag/tile_901_trimmed.city.jsonl").report.inputs
    assert given.title.startswith("3D BAG: Up-to-date")
    assert given.contact == "3D Geoinformation Group, https://3dbag.nl"
