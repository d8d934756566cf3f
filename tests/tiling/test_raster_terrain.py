"""Terrain from rasters: any CRS, holes, units and sizes; hostile files are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from citiverse_tiling import sources
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import BadCoordinates, InputError, UnknownCrs
from citiverse_tiling.frame import frame_at
from citiverse_tiling.report import Report
from citiverse_tiling.sources.placing import Placing
from citiverse_tiling.transforms.raster import Grid
from tiling.cities import EAST, NORTH, UTM
from tiling.rasters import box_around, sampled, write_raster

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.sources.coverages import Terrain

MIDDLE = (EAST, NORTH)


def slope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 60 + 0.05 * (x - EAST) + 0.03 * (y - NORTH)


def opened(path: Path, crs: CrsRegistry | None = None) -> tuple[Terrain, Placing]:
    """The terrain in a file, and a frame at `MIDDLE`."""
    registry = crs or CrsRegistry()
    found = sources.open_coverage(path, registry, Report())
    assert found is not None
    registry.resolve(UTM, None, None)
    frame = frame_at(registry.to_ecef(UTM, np.array([[EAST, NORTH, 0.0]]))[0])
    return found.terrains[0], Placing(registry, frame)


def heights(path: Path, half: float = 40.0, crs: CrsRegistry | None = None) -> Float64Array:
    """Source heights (UTM) at nodes 10 m apart around `MIDDLE`, and their places: (n, 3)."""
    terrain, placing = opened(path, crs)
    middle = placing.to_scene(UTM, np.array([[EAST, NORTH, 0.0]]))[0, :2]
    count = int(half / 5) + 1
    grid = Grid(middle - half, 10.0, count, count)
    z = terrain.heights(grid, placing)
    x, y = np.meshgrid(*(middle[:, None] - half + 10 * np.arange(count)))
    return placing.to_source(UTM, np.column_stack([x.ravel(), y.ravel(), z.ravel()]))


def off(found: Float64Array) -> float:
    """How far heights are from the slope at most."""
    return float(np.abs(found[:, 2] - slope(found[:, 0], found[:, 1])).max())


@pytest.mark.parametrize("crs", [UTM, "EPSG:4326", "EPSG:3857", "EPSG:3035"])
def test_heights_are_those_of_the_place_whatever_the_crs(tmp_path: Path, crs: str) -> None:
    box = box_around(MIDDLE, 80, crs)
    values = sampled(slope, box, (160, 160), crs).astype(np.float64)
    assert off(heights(write_raster(tmp_path / "a.tif", values, box, crs))) < 0.01


@pytest.mark.parametrize("spacing", [1.0, 10.0, 25.0])
def test_finer_rasters_are_averaged_and_coarser_ones_interpolated(
    tmp_path: Path, spacing: float
) -> None:
    box = box_around(MIDDLE, 100)
    count = int(200 / spacing)
    values = sampled(slope, box, (count, count)).astype(np.float32)
    assert off(heights(write_raster(tmp_path / "a.tif", values, box))) < 0.02


def test_an_ascii_grid_with_its_projection_beside_it_is_terrain(tmp_path: Path) -> None:
    box = box_around(MIDDLE, 60)
    values = sampled(slope, box, (60, 60))
    lines = [" ".join(f"{value:.3f}" for value in row) for row in values]
    head = f"ncols 60\nnrows 60\nxllcorner {box[0]}\nyllcorner {box[1]}\ncellsize 2\n"
    (tmp_path / "a.asc").write_text(head + "NODATA_value -9999\n" + "\n".join(lines) + "\n")
    (tmp_path / "a.prj").write_text(rasterio.crs.CRS.from_string(UTM).to_wkt())
    assert off(heights(tmp_path / "a.asc")) < 0.01


def test_holes_and_what_lies_outside_are_unknown(tmp_path: Path) -> None:
    box = box_around(MIDDLE, 30)
    values = sampled(slope, box, (60, 60)).astype(np.float32)
    values[:30, :30] = -9999
    found = heights(write_raster(tmp_path / "a.tif", values, box, nodata=-9999.0))
    east, north = found[:, 0] - EAST, found[:, 1] - NORTH
    known = ~np.isnan(found[:, 2])
    hole = (east < -2) & (north > 2)
    outside = (np.abs(east) > 31) | (np.abs(north) > 31)
    inside = (np.abs(east) < 29) & (np.abs(north) < 29)
    assert not known[hole | outside].any()
    assert known[inside & ~((east < 2) & (north > -2))].all()
    # Beside the hole a cell of 10 m is the mean of the half that is known.
    assert off(found[known]) < 0.3


def test_whole_numbers_have_the_scale_and_unit_that_the_file_says(tmp_path: Path) -> None:
    box = box_around(MIDDLE, 60)
    decimetres = np.rint(sampled(slope, box, (60, 60)) * 10 / 0.3048).astype(np.int16)
    path = write_raster(tmp_path / "a.tif", decimetres, box)
    with rasterio.open(path, "r+") as raster:
        raster.scales, raster.units = (0.1,), ("ft",)
    assert off(heights(path)) < 0.1


@settings(max_examples=15)
@given(st.floats(-40, 40), st.floats(0.3, 3.0), st.floats(0.3, 3.0))
@example(40.0, 0.3, 0.3)
def test_turned_rasters_lie_where_they_lie(
    tmp_path_factory: pytest.TempPathFactory, degrees: float, across: float, along: float
) -> None:
    angle, count = np.radians(degrees), 400
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = matrix @ np.diag([across, -along])
    start = np.array(MIDDLE) - matrix @ np.array([count / 2, count / 2])
    columns, rows = np.meshgrid(np.arange(count) + 0.5, np.arange(count) + 0.5)
    x, y = matrix @ np.stack([columns.ravel(), rows.ravel()]) + start[:, None]
    values = slope(x, y).reshape(count, count).astype(np.float32)
    folder = tmp_path_factory.mktemp("turned")
    affine = rasterio.Affine(*matrix[0], start[0], *matrix[1], start[1])
    path = folder / "a.tif"
    profile = {"driver": "GTiff", "width": count, "height": count, "count": 1, "crs": UTM}
    with rasterio.open(path, "w", dtype="float32", transform=affine, **profile) as raster:
        raster.write(values[None])
    found = heights(path)
    found = found[~np.isnan(found[:, 2])]
    pixels = np.linalg.solve(matrix, (found[:, :2] - start).T)
    inland = np.minimum(pixels, count - pixels).T * [across, along]
    # At its edge, a node is the mean of what the raster has of its square of 10 m.
    is_inland = inland.min(axis=1) > 5 * np.sqrt(2)
    assert off(found[is_inland]) < 0.01
    assert off(found) < 0.3


def refusal(path: Path, kind: type[InputError] = InputError) -> str:
    with pytest.raises(kind) as refused:
        sources.open_coverage(path, CrsRegistry(), Report())
    assert refused.value.file == path
    return str(refused.value)


def test_a_raster_without_crs_asks_for_one(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", np.ones((4, 4), np.float32), (0, 0, 4, 4), None)
    assert "--crs" in refusal(path, UnknownCrs)


def test_a_raster_that_lies_nowhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    profile = {"driver": "GTiff", "width": 4, "height": 4, "count": 1, "crs": UTM}
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        rasterio.open(path, "w", dtype="float32", **profile).close()
    assert "where on Earth" in refusal(path)


def test_a_raster_of_the_wrong_crs_is_refused(tmp_path: Path) -> None:
    box = box_around(MIDDLE, 60)
    path = write_raster(tmp_path / "a.tif", np.ones((4, 4), np.float32), box, "EPSG:2056")
    assert "outside of where EPSG:2056" in refusal(path, BadCoordinates)


def test_absurd_sizes_and_pieces_are_refused_without_reading_them(tmp_path: Path) -> None:
    large = {"driver": "GTiff", "count": 1, "crs": UTM, "dtype": "float32", "SPARSE_OK": "TRUE"}
    box = rasterio.Affine(1, 0, EAST, 0, -1, NORTH)
    tiled = {"tiled": True, "blockxsize": 512, "blockysize": 512}
    path = tmp_path / "wide.tif"
    rasterio.open(path, "w", width=200_000, height=200_000, transform=box, **tiled, **large).close()
    assert "40,000,000,000" not in refusal(path)
    assert "200,000 × 200,000 cells" in refusal(path)
    path = tmp_path / "piece.tif"
    strip = {"blockysize": 20_000, "compress": "deflate"}
    rasterio.open(path, "w", width=20_000, height=20_000, transform=box, **strip, **large).close()
    assert "pieces of" in refusal(path)


def test_a_raster_cut_short_is_refused(tmp_path: Path) -> None:
    box = box_around(MIDDLE, 60)
    values = np.random.default_rng(1).random((300, 300)).astype(np.float32)
    path = write_raster(tmp_path / "a.tif", values, box, tiled=True, blockxsize=64, blockysize=64)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="can't be read as a raster"):
        heights(path)


@pytest.mark.parametrize(
    "text",
    [
        '<VRTDataset rasterXSize="1" rasterYSize="1"/>',
        "<GDAL_WMS><Service name='TMS'/></GDAL_WMS>",
    ],
)
def test_files_that_lead_elsewhere_are_no_rasters(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.tif"
    path.write_text(text)
    assert sources.open_coverage(path, CrsRegistry(), Report()) is None


def test_a_real_terrain_model_has_the_heights_of_its_cells(data: Path) -> None:
    path = data / "geotiff-dem" / "rmnp-dem.tif"
    report, registry = Report(), CrsRegistry()
    found = sources.open_coverage(path, registry, report)
    assert found is not None
    terrain = found.terrains[0]
    (described,) = report.inputs
    assert described.format == "GeoTIFF"
    assert "152 × 187 cells" in described.details[0]
    with rasterio.open(path) as raster:
        values = raster.read(1).astype(float)
        lon, lat = raster.xy(90, 70)
    place = np.array([[lon, lat, values[90, 70]]])
    placing = Placing(registry, frame_at(registry.to_ecef(terrain.footprint.crs, place)[0]))
    node = placing.to_scene(terrain.footprint.crs, place)[0]
    z = terrain.heights(Grid(node[:2], 1.0, 2, 2), placing)
    assert z[0, 0] == pytest.approx(node[2], abs=0.5)
