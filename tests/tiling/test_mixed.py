"""One place given in two CRSs and several formats, with terrain, photo and roads: one scene."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pyproj import Transformer

from citiverse_tiling.check import check
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from tiling.cities import EAST, NORTH, UTM, box, building, write_citygml
from tiling.cityjson_documents import CUBE_SHELL, document, solid
from tiling.cityjson_documents import building as json_building
from tiling.drawn import Drawn, colour_at, drawn, height_at
from tiling.rasters import box_around, sampled, write_raster

if TYPE_CHECKING:
    from pathlib import Path

LAEA, MERCATOR = "EPSG:3035", "EPSG:3857"
MIDDLE = (EAST, NORTH)
RED_SQUARE = (EAST + 40.0, NORTH + 25.0)
COLOURS = np.array(
    [[60, 120, 60], [70, 70, 160], [180, 170, 60], [120, 60, 120], [220, 20, 20]], np.uint8
)
FIRST = (EAST - 30.0, NORTH - 20.0)
SECOND = (EAST + 10.0, NORTH - 25.0)
"""South-west corners of two buildings of 8 m, one in each CRS."""

ROAD = ((EAST - 60.0, NORTH + 8.0), (EAST + 60.0, NORTH + 8.0))


def ground(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A slope with waves in it, metres."""
    waves = 2 * np.sin((x - EAST) / 40)
    result: np.ndarray = 50 + 0.04 * (x - EAST) - 0.02 * (y - NORTH) + waves
    return result


def colours(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Four quarters, and a red square of 16 m: which of `COLOURS`."""
    quarter = (x > EAST).astype(int) + 2 * (y > NORTH)
    is_red = (np.abs(x - RED_SQUARE[0]) < 8) & (np.abs(y - RED_SQUARE[1]) < 8)
    return np.where(is_red, 4, quarter)


def base_of(corner: tuple[float, float]) -> float:
    """The lowest ground under a building of 8 m."""
    x, y = np.meshgrid(np.linspace(0, 8, 5) + corner[0], np.linspace(0, 8, 5) + corner[1])
    return float(ground(x, y).min())


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CityGML, CityJSON in a CRS of all Europe, GeoJSON, a GeoTIFF and a web map's photo."""
    folder = tmp_path_factory.mktemp("mixed")
    body = box(*FIRST, base_of(FIRST), (8.0, 8.0, 6.0))
    gml = write_citygml(folder / "west.gml", [building("west", body)])
    to_other = Transformer.from_crs(UTM, LAEA, always_xy=True)
    low = [
        to_other.transform(SECOND[0] + x, SECOND[1] + y)
        for x, y in ((0, 0), (8, 0), (8, 8), (0, 8))
    ]
    z = base_of(SECOND)
    points = [(x, y, z + up) for up in (0.0, 6.0) for x, y in low]
    east = document({"east": json_building(solid(CUBE_SHELL))}, crs=LAEA)
    east["transform"]["translate"] = [*low[0], z]
    east["vertices"] = [
        [round((a - b) / 0.001) for a, b in zip(point, (*low[0], z), strict=True)]
        for point in points
    ]
    (folder / "east.city.json").write_text(json.dumps(east))
    to_degrees = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    road = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"highway": "residential", "width": "6"},
                "geometry": {
                    "type": "LineString",
                    "coordinates": [to_degrees.transform(*point) for point in ROAD],
                },
            }
        ],
    }
    (folder / "roads.geojson").write_text(json.dumps(road))
    wide = box_around(MIDDLE, 200)
    heights = sampled(ground, wide, (200, 200)).astype(np.float32)
    write_raster(folder / "ground.tif", heights, wide)
    near = box_around(MIDDLE, 90, MERCATOR)
    numbers = sampled(colours, near, (1200, 1200), MERCATOR)
    photo = np.moveaxis(COLOURS[numbers], -1, 0)
    write_raster(folder / "photo.tif", photo, near, MERCATOR, photometric="RGB")
    inputs = (gml, folder / "east.city.json", folder / "roads.geojson", folder / "ground.tif")
    done = tile(TileOptions((*inputs, folder / "photo.tif"), folder / "scene"))
    assert not done.report.has_losses
    assert done.report.warnings == []
    assert check(folder / "scene") == []
    return folder / "scene"


@pytest.fixture(scope="module")
def terrain(scene: Path) -> list[Drawn]:
    return drawn(scene, "ground", UTM)


def test_the_manifest_names_every_crs_and_says_that_the_ground_is_measured(scene: Path) -> None:
    manifest = json.loads((scene / "scene.json").read_bytes())
    assert set(manifest["source_crs"]) == {UTM, LAEA, MERCATOR, "EPSG:4326"}
    assert manifest["layers"][0]["reality"] == "measured"
    assert [layer["name"] for layer in manifest["layers"]] == ["ground", "land", "buildings"]


@pytest.mark.parametrize("corner", [FIRST, SECOND])
def test_a_building_stands_within_a_centimetre_of_where_its_file_says(
    scene: Path, corner: tuple[float, float]
) -> None:
    points = np.concatenate([one.positions for one in drawn(scene, "buildings", UTM)])
    base = base_of(corner)
    for x, y, z in ((0, 0, 0), (8, 0, 0), (8, 8, 6), (0, 8, 6)):
        wanted = np.array([corner[0] + x, corner[1] + y, base + z])
        assert np.abs(points - wanted).max(axis=1).min() < 0.01


@pytest.mark.parametrize("corner", [FIRST, SECOND])
def test_the_ground_lies_under_the_buildings(
    terrain: list[Drawn], corner: tuple[float, float]
) -> None:
    x, y = corner[0] + 4, corner[1] + 4
    assert height_at(terrain, x, y) == pytest.approx(
        float(ground(np.array(x), np.array(y))), abs=0.1
    )


def test_the_ground_follows_the_terrain_everywhere(terrain: list[Drawn]) -> None:
    for x, y in ((EAST - 80, NORTH + 70), (EAST + 85.3, NORTH - 61.7), (EAST + 3, NORTH + 40)):
        expected = float(ground(np.array(x), np.array(y)))
        assert height_at(terrain, x, y) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("x", "y", "number"),
    [
        *[(-50.0, -50.0, 0), (50.0, -50.0, 1), (-50.0, 50.0, 2), (70.0, 60.0, 3)],
        *[(40.0, 25.0, 4), (33.0, 18.0, 4), (47.0, 32.0, 4), (50.0, 25.0, 3), (40.0, 35.0, 3)],
    ],
)
def test_the_photos_colours_are_where_they_belong(
    terrain: list[Drawn], x: float, y: float, number: int
) -> None:
    seen = colour_at(terrain, EAST + x, NORTH + y)
    assert seen is not None
    assert np.abs(seen - COLOURS[number].astype(int)).max() < 16


def test_beyond_the_photo_there_is_plain_ground(terrain: list[Drawn]) -> None:
    seen = colour_at(terrain, EAST + 180, NORTH + 150)
    assert seen is None
    assert not np.isnan(height_at(terrain, EAST + 180, NORTH + 150))


def test_the_road_lies_on_the_ground_and_wears_the_photo(scene: Path) -> None:
    land = drawn(scene, "land", UTM)
    x, y = EAST - 20.0, NORTH + 9.5
    assert height_at(land, x, y) == pytest.approx(float(ground(np.array(x), np.array(y))), abs=0.15)
    assert np.isnan(height_at(land, x, NORTH + 12))
    seen = colour_at(land, x, y)
    assert seen is not None
    assert np.abs(seen - COLOURS[2].astype(int)).max() < 16
