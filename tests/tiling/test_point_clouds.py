"""The ground under clouds of points: classified or not, with outliers, without a CRS."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import laspy
import numpy as np
import pytest

from citiverse_tiling import sources
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import InputError, UnknownCrs
from citiverse_tiling.frame import frame_at
from citiverse_tiling.report import Report
from citiverse_tiling.sources.placing import Placing
from citiverse_tiling.sources.pointcloud.ground_points import ground_of_lowest
from citiverse_tiling.transforms.raster import Grid
from tiling.cities import EAST, NORTH, UTM

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import Float64Array

GROUND, BUILDING, NOISE = 2, 6, 7
SIDE = 80


def slope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 40 + 0.05 * (x - EAST) + 0.02 * (y - NORTH)


def write(path: Path, points: np.ndarray, classes: np.ndarray | int = 0, crs: bool = True) -> Path:
    """Points (n, 3) as LAS or LAZ."""
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.offsets, header.scales = [EAST, NORTH, 0.0], [0.001] * 3
    if crs:
        from pyproj import CRS

        header.add_crs(CRS.from_user_input(UTM))
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = points.T
    cloud.classification = np.broadcast_to(np.asarray(classes, np.uint8), len(points))
    cloud.write(path)
    return path


def scanned(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Ground of 1 point a square metre with a house of 10 m on it, and the classes."""
    rng = np.random.default_rng(seed)
    flat = rng.uniform(-SIDE / 2, SIDE / 2, (SIDE * SIDE * 2, 2)) + np.array([EAST, NORTH])
    z = slope(*flat.T)
    is_house = (np.abs(flat - [EAST, NORTH]) < 5).all(axis=1)
    points = np.column_stack([flat, z + np.where(is_house, 9.0, 0.0)])
    return points, np.where(is_house, BUILDING, GROUND)


def heights(path: Path, crs: CrsRegistry | None = None) -> tuple[Float64Array, Report]:
    """UTM places and heights (n, 3) of nodes 4 m apart, and the report."""
    registry, report = crs or CrsRegistry(), Report()
    found = sources.open_coverage(path, registry, report)
    assert found is not None
    registry.resolve(UTM, None, None)
    frame = frame_at(registry.to_ecef(UTM, np.array([[EAST, NORTH, 0.0]]))[0])
    placing = Placing(registry, frame)
    middle = placing.to_scene(UTM, np.array([[EAST, NORTH, 0.0]]))[0, :2]
    grid = Grid(middle - 32, 4.0, 17, 17)
    z = found.terrains[0].heights(grid, placing)
    x, y = np.meshgrid(*(middle[:, None] - 32 + 4 * np.arange(17)))
    points = np.column_stack([x.ravel(), y.ravel(), z.ravel()])
    return placing.to_source(UTM, points), report


@pytest.mark.parametrize("ending", ["las", "laz"])
def test_points_of_the_ground_make_the_terrain_and_houses_leave_a_hole(
    tmp_path: Path, ending: str
) -> None:
    found, report = heights(write(tmp_path / f"a.{ending}", *scanned()))
    known = ~np.isnan(found[:, 2])
    assert np.abs(found[known, 2] - slope(*found[known, :2].T)).max() < 0.15
    middle = (np.abs(found[:, :2] - [EAST, NORTH]) < 2.5).all(axis=1)
    assert not known[middle].any()
    assert known.mean() > 0.9
    (described,) = report.inputs
    assert described.format == ending.upper()
    assert "of the ground" in described.details[0]


def test_without_classes_the_lowest_points_are_the_ground_but_roofs_are_not(tmp_path: Path) -> None:
    points, _ = scanned()
    found, report = heights(write(tmp_path / "a.las", points))
    known = ~np.isnan(found[:, 2])
    assert np.abs(found[known, 2] - slope(*found[known, :2].T)).max() < 0.6
    assert known.mean() > 0.8
    assert "the lowest are the ground" in report.inputs[0].details[0]


def test_outliers_far_above_and_far_below_are_no_ground(tmp_path: Path) -> None:
    """Quirk 41: an outlier 500 m up; and one below ground, which a lowest point would be."""
    points, _ = scanned()
    stray = np.array([[EAST + 20, NORTH + 20, 540.0], [EAST - 20, NORTH - 20, -200.0]])
    found, _ = heights(write(tmp_path / "a.las", np.concatenate([points, stray])))
    known = ~np.isnan(found[:, 2])
    assert np.abs(found[known, 2] - slope(*found[known, :2].T)).max() < 0.6


def test_points_classified_as_noise_count_for_nothing(tmp_path: Path) -> None:
    points, classes = scanned()
    stray = np.array([[EAST + 20, NORTH + 20, 500.0]])
    path = write(tmp_path / "a.las", np.concatenate([points, stray]), np.append(classes, NOISE))
    found, report = heights(path)
    assert np.nanmax(found[:, 2]) < 50
    assert "1 of noise" in report.inputs[0].details[0]


def test_a_cloud_without_crs_asks_for_one_and_takes_it(tmp_path: Path) -> None:
    """Quirk 41: no CRS in LAS and LAZ headers."""
    path = write(tmp_path / "a.laz", *scanned(), crs=False)
    with pytest.raises(UnknownCrs, match="--crs"):
        sources.open_coverage(path, CrsRegistry(), Report())
    found, _ = heights(path, CrsRegistry(UTM))
    assert not np.isnan(found[0, 2])


def test_a_projection_beside_the_cloud_says_its_crs(tmp_path: Path) -> None:
    from pyproj import CRS

    path = write(tmp_path / "a.laz", *scanned(), crs=False)
    path.with_suffix(".prj").write_text(CRS.from_user_input(UTM).to_wkt("WKT1_ESRI"))
    found, _ = heights(path)
    assert not np.isnan(found[0, 2])


@pytest.mark.parametrize("ending", ["las", "laz"])
def test_a_cloud_that_is_cut_short_or_claims_too_much_is_refused(
    tmp_path: Path, ending: str
) -> None:
    path = write(tmp_path / f"a.{ending}", *scanned())
    whole = path.read_bytes()
    for broken in (whole[:300], whole[: len(whole) // 3]):
        path.write_bytes(broken)
        with pytest.raises(InputError) as refused:
            heights(path)
        assert refused.value.file == path
    claims = bytearray(whole)
    claims[247:255] = (10**15).to_bytes(8, "little")
    path.write_bytes(claims)
    with pytest.raises(InputError, match="too many for it"):
        heights(path)


@pytest.mark.parametrize("is_stream", [False, True])
def test_chunks_that_a_file_cant_hold_are_not_allocated(tmp_path: Path, is_stream: bool) -> None:
    path = write(tmp_path / "cloud.laz", *scanned())
    data = bytearray(path.read_bytes())
    (points_at,) = struct.unpack_from("<I", data, 96)
    (table_at,) = struct.unpack_from("<q", data, points_at)
    struct.pack_into("<II", data, table_at, 0, 0xFFFF_FFFE)
    if is_stream:
        data += struct.pack("<q", table_at)
        struct.pack_into("<q", data, points_at, -1)
    path.write_bytes(data)
    with pytest.raises(InputError, match="4,294,967,294 chunks"):
        heights(path)


@pytest.mark.parametrize("at", [96, 100, 243], ids=["points", "records", "late records"])
def test_records_that_a_file_cant_hold_are_not_looked_for(tmp_path: Path, at: int) -> None:
    path = write(tmp_path / "cloud.las", *scanned())
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, at, 0x7FFF_FFFF)
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"records .* its points, too many"):
        heights(path)


def test_records_that_are_nowhere_in_the_file_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.las", *scanned())
    claims = bytearray(path.read_bytes())
    claims[235:247] = (2**63).to_bytes(8, "little") + (1).to_bytes(4, "little")
    path.write_bytes(claims)
    with pytest.raises(InputError, match="can't be read as a cloud of points"):
        heights(path)


def test_a_hill_is_ground_and_a_wall_of_houses_is_not() -> None:
    x, y = np.meshgrid(np.arange(60) * 2.0, np.arange(60) * 2.0)
    hill = 20 * np.exp(-((x - 60) ** 2 + (y - 60) ** 2) / 2000)
    town = hill.copy()
    town[10:14, 5:50] += 12
    found = ground_of_lowest(town, 2.0)
    houses = np.zeros_like(town, bool)
    houses[10:14, 5:50] = True
    assert np.isnan(found[houses]).all()
    assert (~np.isnan(found[~houses])).mean() > 0.6


def test_the_real_clouds_lie_between_the_water_and_the_roofs(data: Path) -> None:
    registry, report = CrsRegistry("EPSG:7415"), Report()
    path = data / "delft-terrain-ahn3" / "ahn3" / "ahn3_cropped_2.laz"
    found = sources.open_coverage(path, registry, report)
    assert found is not None
    terrain = found.terrains[0]
    (low_x, low_y), (high_x, high_y) = terrain.footprint.low, terrain.footprint.high
    middle = np.array([[(low_x + high_x) / 2, (low_y + high_y) / 2, 0.0]])
    placing = Placing(registry, frame_at(registry.to_ecef("EPSG:7415", middle)[0]))
    start = placing.to_scene("EPSG:7415", middle)[0, :2] - [30, 90]
    z = terrain.heights(Grid(start, 2.0, 90, 30), placing)
    assert np.isnan(z).mean() < 0.6
    assert -1.0 < np.nanmin(z) < np.nanmedian(z) < 1.0
    assert np.nanmax(z) < 4
    assert report.inputs[0].details == (
        "208,432 points, 87,130 of the ground, 0 of noise left out",
    )
