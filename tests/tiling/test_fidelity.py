"""What is drawn is what was surveyed: areas, normals and positions of real files, from file to GLB.

The files are read a second time by lxml, brought to the Earth by pyproj, and compared with the
vertices of the tiles, which are read as a stranger would (tiling/scenes.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pyproj import Geod, Transformer

from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.transforms.triangulate import AREA_TOLERANCE, triangulate
from tiling.cities import polygons
from tiling.plain_gml import Face, area_vector, faces
from tiling.scenes import tiles

if TYPE_CHECKING:
    from pathlib import Path

SMALLEST_AREA = 1e-3
PLANE_M = 1e-3
CENTIMETRE = 0.01
ONE_DEGREE = np.cos(np.radians(1.0))


@dataclass(frozen=True)
class City:
    """A file of one level of detail, and its CRS without heights."""

    file: str
    crs: str
    latitude_first: bool = False


CITIES = (
    City("potsdam-lod1/Potsdam_LoD1.gml", "EPSG:25833"),
    City("nrw-lod2/LoD2_32_280_5657_1_NW.gml", "EPSG:25832"),
    City("zurich-citygml1/zurich-lod2-citygml1.xml", "EPSG:21781"),
    City("fzk-haus/FZK-Haus-LoD3-KIT-IAI-KHH-B36-V1__v3.gml", "EPSG:25832"),
    City("citygml30-samples/lod2_buildings_v3.gml", "EPSG:3068"),
    City("plateau-themes/udx/frn/52384698_frn_6697_op.gml", "EPSG:6668", latitude_first=True),
)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A city's source faces with points in ECEF, and the vertices of its finest tiles: in the
    source's CRS (easting or longitude first) and which way they look in ECEF, each (V, 3)."""

    city: City
    source: list[Face]
    source_points: np.ndarray
    points: np.ndarray
    ecef: np.ndarray
    normals: np.ndarray

    @property
    def metres(self) -> np.ndarray:
        """What one unit of each axis is in metres."""
        if not self.city.latitude_first:
            return np.ones(3)
        latitude, longitude = self.source_points[0, :2]
        earth = Geod(ellps="WGS84")
        north = earth.line_length((longitude, longitude), (latitude - 0.5, latitude + 0.5))
        east = earth.line_length((longitude, longitude + 1e-3), (latitude, latitude)) * 1e3
        return np.array([north, east, 1.0])


@cache
def between(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def transformed(source: str, target: str, *columns: np.ndarray) -> tuple[np.ndarray, ...]:
    """Columns of coordinates, easting or longitude first, from one CRS to another."""
    transformer = between(source, target)
    if len(columns) == 2:
        return transformer.transform(*columns)
    x, y, z = columns
    return transformer.transform(x, y, z)


def to_ecef(city: City, points: np.ndarray) -> np.ndarray:
    """Points as the file writes them, (n, 3); heights are taken as ellipsoidal (scene.md)."""
    x, y, z = points[:, [1, 0, 2]].T if city.latitude_first else points.T
    lon, lat = transformed(city.crs, "EPSG:4326", x, y)
    return np.stack(transformed("EPSG:4979", "EPSG:4978", lon, lat, z), axis=1)


def from_ecef(city: City, points: np.ndarray) -> np.ndarray:
    """Back into the file's CRS, in the file's order of axes."""
    lon, lat, z = transformed("EPSG:4978", "EPSG:4979", *points.T)
    x, y = transformed("EPSG:4326", city.crs, lon, lat)
    return np.stack((y, x, z) if city.latitude_first else (x, y, z), axis=1)


@pytest.fixture(scope="module", params=CITIES, ids=lambda city: city.file.partition("/")[0])
def drawn(
    request: pytest.FixtureRequest, data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Drawn:
    city: City = request.param
    scene = tmp_path_factory.mktemp("fidelity") / "scene"
    tile(TileOptions((data / city.file,), scene))
    (layer,) = {"buildings", "furniture"} & {path.name for path in (scene / "tiles").iterdir()}
    ecef, normals = [], []
    for leaf in tiles(scene, layer):
        if leaf.leaf:
            for one in leaf.glb().primitives:
                ecef.append(leaf.to_ecef(one.positions))
                normals.append(leaf.to_ecef(one.normals) - leaf.to_ecef(np.zeros((1, 3))))
    source = faces(data / city.file)
    rings = np.concatenate([ring for face in source for ring in face.rings])
    at = np.concatenate(ecef)
    look = np.concatenate(normals)
    look /= np.linalg.norm(look, axis=1)[:, None]
    return Drawn(city, source, np.unique(rings, axis=0), from_ecef(city, at), at, look)


def farthest(points: np.ndarray, others: np.ndarray) -> float:
    """How far the loneliest of `points` is from its nearest of `others`."""
    others = others[np.argsort(others[:, 0])]
    worst = 0.0
    for chunk in np.array_split(points[np.argsort(points[:, 0])], max(1, len(points) // 256)):
        low, high = np.searchsorted(others[:, 0], (chunk[0, 0] - 1.0, chunk[-1, 0] + 1.0))
        near = others[low:high]
        if not len(near):
            return np.inf
        gaps = np.linalg.norm(chunk[:, None] - near[None], axis=2).min(axis=1)
        worst = max(worst, float(gaps.max()))
    return worst


def test_every_point_of_the_source_is_drawn_within_a_centimetre(drawn: Drawn) -> None:
    assert farthest(drawn.source_points * drawn.metres, drawn.points * drawn.metres) < CENTIMETRE


def test_every_vertex_is_a_point_of_the_source_within_a_centimetre(drawn: Drawn) -> None:
    assert farthest(drawn.points * drawn.metres, drawn.source_points * drawn.metres) < CENTIMETRE


def test_each_ring_has_vertices_that_look_its_way_within_a_degree(drawn: Drawn) -> None:
    checked = 0
    order = np.argsort(drawn.ecef[:, 0])
    ecef, normals = drawn.ecef[order], drawn.normals[order]
    for face in drawn.source:
        ring = to_ecef(drawn.city, face.rings[0])
        vector = area_vector(ring)
        if np.linalg.norm(vector) < 0.01:
            continue
        low, high = np.searchsorted(ecef[:, 0], ring[0, 0] + np.array([-1, 1]) * CENTIMETRE)
        here = np.linalg.norm(ecef[low:high] - ring[0], axis=1) < CENTIMETRE
        looks = normals[low:high][here] @ (vector / np.linalg.norm(vector))
        assert looks.max() > ONE_DEGREE, f"line {face.line}"
        checked += 1
    assert checked > len(drawn.source) // 4


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.file.partition("/")[0])
def test_triangles_have_the_area_of_their_rings_to_a_millionth(data: Path, city: City) -> None:
    source = faces(data / city.file)
    frame = to_ecef(city, source[0].rings[0])[0]
    around = [[to_ecef(city, ring) - frame for ring in face.rings] for face in source]
    made = polygons([[[tuple(point) for point in ring] for ring in rings] for rings in around])
    done = triangulate(made.coordinates, made.ring_offsets, made.polygon_offsets)
    a, b, c = (made.coordinates[done.triangles[:, corner]] for corner in range(3))
    crosses = np.cross(b - a, c - a) / 2
    # In the plane of the ring: what isn't quite plane has no other area that everyone agrees on.
    towards = np.einsum("ij,ij->i", crosses, done.normals[done.triangle_polygons])
    found = np.bincount(done.triangle_polygons, towards, minlength=len(around))
    turned = [Face(tuple(rings), 0) for rings in around]
    areas = np.array([face.area for face in turned])
    off_plane = np.array([face.off_plane if face.area else np.inf for face in turned])
    drawn = areas > SMALLEST_AREA
    flat = drawn & (off_plane < PLANE_M)
    np.testing.assert_allclose(found[flat], areas[flat], rtol=1e-6)
    bent = drawn & ~flat & ~done.crossing
    np.testing.assert_allclose(found[bent], areas[bent], rtol=AREA_TOLERANCE)
    assert flat.sum() > len(source) // 4
