"""Photos on the ground: of any depth and colours, masked, overlapping; sharper the nearer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from citiverse_tiling import sources
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import EmptyCity, InputError
from citiverse_tiling.frame import frame_at
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Report
from citiverse_tiling.sources.placing import Placing
from tiling.cities import EAST, NORTH, UTM
from tiling.drawn import colour_at, drawn
from tiling.rasters import box_around, write_raster
from tiling.scenes import tiles

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import UInt8Array

MIDDLE = (EAST, NORTH)
GREEN = (40, 140, 50)


def plain(colour: tuple[int, ...], side: int = 64, kind: type = np.uint8) -> np.ndarray:
    """A picture of one colour, (bands, side, side)."""
    return np.tile(np.array(colour, kind)[:, None, None], (1, side, side))


def seen(path: Path, x: float = 0.0, y: float = 0.0) -> UInt8Array:
    """Red, green, blue and alpha 16 m around `MIDDLE` plus x and y, 16 × 16, south first."""
    registry = CrsRegistry()
    found = sources.open_coverage(path, registry, Report())
    assert found is not None
    registry.resolve(UTM, None, None)
    frame = frame_at(registry.to_ecef(UTM, np.array([[EAST, NORTH, 0.0]]))[0])
    placing = Placing(registry, frame)
    middle = placing.to_scene(UTM, np.array([[EAST + x, NORTH + y, 0.0]]))[0]
    steps = np.arange(16) - 7.5
    (photo,) = found.photos
    return photo.colours(middle[0] + steps, middle[1] + steps, np.zeros((16, 16)), placing)


def test_a_photo_of_three_bands_is_shown_as_it_is(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", plain(GREEN), box_around(MIDDLE, 32))
    assert (seen(path) == [*GREEN, 255]).all()


def test_a_grey_photo_is_grey(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", plain((90,))[0], box_around(MIDDLE, 32))
    assert (seen(path) == [90, 90, 90, 255]).all()


def test_a_table_of_colours_is_looked_up_and_never_mixed(tmp_path: Path) -> None:
    numbers = np.zeros((64, 64), np.uint8)
    numbers[:, 32:] = 2
    path = write_raster(tmp_path / "a.tif", numbers, box_around(MIDDLE, 32))
    with rasterio.open(path, "r+") as raster:
        raster.write_colormap(1, {0: (*GREEN, 255), 1: (0, 0, 0, 255), 2: (200, 10, 10, 255)})
    found = {tuple(colour) for colour in seen(path).reshape(-1, 4).tolist()}
    assert found == {(*GREEN, 255), (200, 10, 10, 255)}


def test_sixteen_bits_are_stretched_to_what_is_in_them(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(400, 3000, 64).astype(np.uint16), (3, 64, 1))
    path = write_raster(tmp_path / "a.tif", ramp, box_around(MIDDLE, 32))
    west, east = seen(path, -24)[8, 0, :3], seen(path, 24)[8, -1, :3]
    assert west.max() < 12
    assert east.min() > 243


@pytest.mark.parametrize("way", ["alpha", "nodata", "outside"])
def test_where_a_photo_shows_nothing_nothing_is_made_up(tmp_path: Path, way: str) -> None:
    pixels = plain(GREEN)
    box = box_around(MIDDLE, 32)
    if way == "alpha":
        pixels = np.concatenate([pixels, plain((255,))])
        pixels[3, :, 32:] = 0
        path = write_raster(tmp_path / "a.tif", pixels, box)
        with rasterio.open(path, "r+") as raster:
            raster.colorinterp = [*raster.colorinterp[:3], ColorInterp.alpha]
    elif way == "nodata":
        pixels[:, :, 32:] = 0
        path = write_raster(tmp_path / "a.tif", pixels, box, nodata=0)
    else:
        path = write_raster(tmp_path / "a.tif", pixels, (box[0], box[1], EAST, box[3]))
    found = seen(path)
    assert (found[:, :7] == [*GREEN, 255]).all()
    assert (found[:, 9:, 3] == 0).all()


def test_one_dark_band_is_no_hole_in_a_photo(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", plain((0, 140, 50)), box_around(MIDDLE, 32), nodata=0)
    assert (seen(path) == [0, 140, 50, 255]).all()


def test_a_picture_with_a_world_file_is_a_photo(tmp_path: Path) -> None:
    from PIL import Image

    west, _, _, north = box_around(MIDDLE, 32)
    Image.fromarray(np.moveaxis(plain(GREEN), 0, -1)).save(tmp_path / "a.png")
    (tmp_path / "a.pgw").write_text(f"1\n0\n0\n-1\n{west + 0.5}\n{north - 0.5}\n")
    registry = CrsRegistry(UTM)
    found = sources.open_coverage(tmp_path / "a.png", registry, Report())
    assert found is not None
    (photo,) = found.photos
    assert photo.footprint.spacing_m == pytest.approx(1.0, rel=1e-3)


def test_bands_that_are_no_colours_are_refused(tmp_path: Path) -> None:
    floats = plain((1, 2, 3), kind=np.float32)
    path = write_raster(tmp_path / "a.tif", floats, box_around(MIDDLE, 32))
    with pytest.raises(InputError, match="neither terrain"):
        sources.open_coverage(path, CrsRegistry(), Report())


def terrain(folder: Path, half: float = 40) -> Path:
    heights = np.full((50, 50), 30.0, np.float32)
    return write_raster(folder / "ground.tif", heights, box_around(MIDDLE, half))


def test_the_finest_photo_counts_where_they_overlap(tmp_path: Path) -> None:
    wide = write_raster(tmp_path / "wide.tif", plain((180, 30, 30)), box_around(MIDDLE, 128))
    near = write_raster(tmp_path / "near.tif", plain(GREEN), box_around(MIDDLE, 32))
    tile(TileOptions((wide, terrain(tmp_path), near), tmp_path / "scene"))
    ground = drawn(tmp_path / "scene", "ground", UTM)
    inner, outer = colour_at(ground, EAST + 10, NORTH), colour_at(ground, EAST + 80, NORTH)
    assert inner == pytest.approx(GREEN, abs=8)
    assert outer == pytest.approx((180, 30, 30), abs=8)


def test_tiles_are_sharper_the_nearer_one_comes(tmp_path: Path) -> None:
    side = 1024
    photo = plain(GREEN, side)
    photo[:, ::8] = 20
    path = write_raster(tmp_path / "photo.tif", photo, box_around(MIDDLE, 64))
    tile(TileOptions((path, terrain(tmp_path)), tmp_path / "scene"))
    levels = [(one.level, one.leaf, one.error) for one in tiles(tmp_path / "scene", "ground")]
    depth = max(level for level, _, _ in levels)
    textured = {level: error for level, leaf, error in levels if error > 0 and not leaf}
    assert textured[0] > textured[depth - 1] > 0, "flat ground is refined for its picture's sake"
    assert all(error == 0 for _, leaf, error in levels if leaf)
    sizes = [
        thing.picture.shape
        for thing in drawn(tmp_path / "scene", "ground", UTM)
        if thing.picture is not None
    ]
    assert max(max(size[:2]) for size in sizes) == 512


def test_a_photo_that_lies_elsewhere_is_named(tmp_path: Path) -> None:
    far = write_raster(tmp_path / "far.tif", plain(GREEN), box_around((EAST + 9_000, NORTH), 32))
    report = tile(TileOptions((far, terrain(tmp_path)), tmp_path / "scene")).report
    assert len(report.warnings) == 1
    assert report.warnings[0].startswith("far.tif: no part of this photo lies at the city")


def test_a_photo_alone_makes_no_scene(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", plain(GREEN), box_around(MIDDLE, 32))
    with pytest.raises(EmptyCity):
        tile(TileOptions((path,), tmp_path / "scene"))


def test_terrain_alone_is_a_scene_with_measured_ground(tmp_path: Path) -> None:
    done = tile(TileOptions((terrain(tmp_path),), tmp_path / "scene"))
    assert not done.report.has_losses
    manifest = json.loads((tmp_path / "scene" / "scene.json").read_bytes())
    assert [(one["name"], one["reality"]) for one in manifest["layers"]] == [("ground", "measured")]
    assert manifest["extent"]["min"][2] == pytest.approx(30.0, abs=0.01)
    assert manifest["spawn_points"][0]["position"][2] == pytest.approx(30.0, abs=0.05)


def test_the_same_photo_gives_the_same_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 255, (3, 200, 200), np.uint8)
    path = write_raster(tmp_path / "a.tif", pixels, box_around(MIDDLE, 50))
    made = []
    for name in ("one", "two"):
        tile(TileOptions((path, terrain(tmp_path)), tmp_path / name, name="same"))
        made.append((tmp_path / name / "tree.bin").read_bytes())
    assert made[0] == made[1]
