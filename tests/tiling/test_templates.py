"""Implicit geometries: one shape in many places, scaled and turned, wherever in the file it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.report import Reason, Report
from citiverse_tiling.transforms.place import Placements, placements_of
from tiling import citygml_documents
from tiling.citygml_documents import local, read
from tiling.spools import merged
from tiling.town_documents import IDENTITY, Point, cube, furniture, implicit, town

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.merge import Merged

LOD2 = "frn:lod2ImplicitRepresentation"
TWICE_AND_TURNED = "0 -2 0 5 2 0 0 0 0 0 2 1 0 0 0 1"


def library(name: str, at: Point = (0.0, 0.0, 0.0)) -> str:
    """An implicit geometry whose shape is in a file."""
    member = f"<core:libraryObject>{name}</core:libraryObject>"
    given = implicit(LOD2, "#gone", at)
    return given.replace('<core:relativeGMLGeometry xlink:href="#gone"/>', member)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "furniture.gml"


def test_a_shape_is_turned_and_scaled_about_its_reference_point(path: Path) -> None:
    lamp = furniture(implicit(LOD2, cube(), (10.0, 20.0, 3.0), TWICE_AND_TURNED))
    geometry = read(path, town(lamp)).geometry("lamp", "2")
    points = local(geometry)
    assert len(geometry.polygons) == 5
    np.testing.assert_allclose(points.min(axis=0), [14, 19, 4], atol=1e-6)
    np.testing.assert_allclose(points.max(axis=0), [16, 21, 6], atol=1e-6)
    assert points[0].tolist() == [16, 19, 4], "(−½, −½) turned left by 90° and doubled"


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_a_shape_is_found_before_and_after_those_that_point_at_it(
    path: Path, order: tuple[int, ...]
) -> None:
    lamps = [
        furniture(implicit(LOD2, cube(), (0.0, 0.0, 0.0)), "a"),
        furniture(implicit(LOD2, "#cube", (5.0, 0.0, 0.0)), "b"),
        furniture(implicit(LOD2, "#cube", (9.0, 0.0, 0.0)), "c"),
    ]
    reading = read(path, town(*(lamps[number] for number in order)))
    for name, x in (("a", 0.0), ("b", 5.0), ("c", 9.0)):
        points = local(reading.geometry(name, "2"))
        assert points[:, 0].min() == pytest.approx(x - 0.5, abs=1e-6)
    assert reading.report.surfaces_read == 15
    assert not reading.report.has_losses


@pytest.mark.parametrize(
    ("geometry", "reason", "words"),
    [
        (implicit(LOD2, "#gone", (0.0, 0.0, 0.0)), Reason.UNRESOLVED_LINK, "#gone"),
        (
            implicit(LOD2, cube(), (0.0, 0.0, 0.0), "1 0 0"),
            Reason.UNSUPPORTED_GEOMETRY,
            "16 numbers",
        ),
        (
            implicit(LOD2, cube(), (0.0, 0.0, 0.0), IDENTITY.replace("1", "nan")),
            Reason.UNSUPPORTED_GEOMETRY,
            "16 numbers",
        ),
        (
            f"<{LOD2}><core:ImplicitGeometry/></{LOD2}>",
            Reason.UNSUPPORTED_GEOMETRY,
            "without a shape",
        ),
        (library("lamp.obj"), Reason.UNSUPPORTED_GEOMETRY, "there is no such file"),
        (library("../../lamp.obj"), Reason.UNSUPPORTED_GEOMETRY, "outside of the folder"),
        (library("http://a.b/lamp.obj"), Reason.UNSUPPORTED_GEOMETRY, "nothing is fetched"),
        (library("furniture.gml"), Reason.UNSUPPORTED_GEOMETRY, "it is no mesh"),
    ],
)
def test_what_cannot_be_placed_is_listed(
    path: Path, geometry: str, reason: Reason, words: str
) -> None:
    report = read(path, town(furniture(geometry))).report
    assert report.surfaces_lost[reason] == report.surfaces_read > 0
    assert words in report.losses[0].detail


def test_a_link_across_objects_that_is_gone_is_one_lost_surface(path: Path) -> None:
    good = furniture(implicit(LOD2, cube(), (0.0, 0.0, 0.0)), "a")
    bad = furniture(implicit(LOD2, "#other", (5.0, 0.0, 0.0)), "b")
    reading = read(path, town(bad, good))
    assert reading.report.surfaces_read == 6
    assert reading.report.surfaces_lost == {Reason.UNRESOLVED_LINK: 1}
    assert {item.source_id for item in reading.objects} == {"a", "b"}


OBJ = "v 0 0 0\nv 2 0 0\nv 2 0 3\nv 0 0 3\nf 1 2 3 4\n"


def test_a_shape_in_a_file_beside_stands_where_it_is_asked_for(path: Path) -> None:
    (path.parent / "shapes").mkdir()
    (path.parent / "shapes" / "Sign.obj").write_text(OBJ)
    names = ("shapes/Sign.obj", "shapes%2Fsign.obj", "shapes\\Sign.obj")
    signs = [
        furniture(library(name, (4.0 * n, 0.0, 1.0)), f"sign-{n}") for n, name in enumerate(names)
    ]
    reading = read(path, town(*signs))
    assert not reading.report.has_losses
    assert reading.report.surfaces_read == 6, "two triangles each"
    for n in range(3):
        points = local(reading.geometry(f"sign-{n}", "2"))
        np.testing.assert_allclose(points.min(axis=0), [4 * n, 0, 1], atol=1e-6)
        np.testing.assert_allclose(points.max(axis=0), [4 * n + 2, 0, 4], atol=1e-6)
    given = [(item, item.geometries[0]) for item in reading.objects]
    found = merged(path.parent, Report(), given, crs=citygml_documents.UTM)
    assert len(found.city.index.copies.objects) == 3
    assert len(found.city.index.copies.digests) == 1


def test_what_is_up_in_a_gltf_is_up_in_the_city(path: Path) -> None:
    post: Any = trimesh.creation.box((2.0, 5.0, 1.0))
    post.export(path.parent / "post.glb")
    points = local(read(path, town(furniture(library("post.glb")))).geometry("lamp", "2"))
    np.testing.assert_allclose(np.ptp(points, axis=0), [2, 1, 5], atol=1e-5)


def _lamps(path: Path, *matrices: str) -> Merged:
    """The city of lamps, 5 m apart, and of a building to stand beside."""
    lamps = [
        furniture(
            implicit(LOD2, cube() if n == 0 else "#cube", (5.0 * n, 0.0, 0.0), matrix), f"lamp-{n}"
        )
        for n, matrix in enumerate(matrices)
    ]
    reading = read(path, town(*lamps))
    given = [(item, item.geometries[0]) for item in reading.objects]
    return merged(path.parent, Report(), given[:2], given[2:], crs=citygml_documents.UTM)


def test_copies_are_kept_once_and_stand_where_they_did(path: Path) -> None:
    matrices = (IDENTITY, TWICE_AND_TURNED, "1 0 0 0 0 3 0 0 0 0 2 0 0 0 0 1", IDENTITY)
    found = _lamps(path, *matrices)
    city, copies = found.city, found.city.index.copies
    assert copies.objects.tolist() == [0, 1, 2, 3]
    assert len(copies.digests) == 1, "one template, in both segments"
    meshes = found.spool.meshes(city.index, np.arange(4))
    assert np.diff(meshes.vertex_offsets).tolist() == [20] * 4
    shapes = city.shapes.take(np.arange(4))
    sizes = shapes.box_max - shapes.box_min
    # The map's north isn't quite the scene's, so that boxes are a little larger.
    np.testing.assert_allclose(sizes, [[1, 1, 1], [2, 2, 2], [1, 3, 2], [1, 1, 1]], atol=0.03)
    lengths = np.linalg.norm(meshes.normals.astype(float), axis=1)
    np.testing.assert_allclose(lengths, 127, atol=1)


def test_copies_and_meshes_of_the_same_objects_are_alike(path: Path) -> None:
    matrices = (IDENTITY, TWICE_AND_TURNED, "0.6 0 0.8 1 0 2 0 0 -0.8 0 0.6 3 0 0 0 1")
    copied = _lamps(path, *matrices)
    found = copied.spool.meshes(copied.city.index, np.arange(3))
    plain = [(item, replace(item.geometries[0], placed=None)) for item in read(path).objects]
    folder = path.parent / "plain"
    folder.mkdir()
    other = merged(folder, Report(), plain, crs=citygml_documents.UTM)
    assert not len(other.city.index.copies.objects)
    expected = other.spool.meshes(other.city.index, np.arange(3))
    np.testing.assert_allclose(found.positions, expected.positions, atol=0.003)
    np.testing.assert_allclose(found.normals, expected.normals, atol=2)
    assert np.array_equal(found.triangle_offsets, expected.triangle_offsets)
    highest, other_highest = (one.city.shapes.take(np.arange(3)).box_max for one in (copied, other))
    np.testing.assert_allclose(highest, other_highest, atol=0.003)


@pytest.mark.parametrize(
    "matrix",
    [
        "1 1 0 0 0 1 0 0 0 0 1 0 0 0 0 1",
        "-1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1",
        "900 0 0 0 0 900 0 0 0 0 900 0 0 0 0 1",
    ],
    ids=["sheared", "mirrored", "so large that the Earth bends under it"],
)
def test_what_is_no_turn_and_no_size_is_meshed_in_its_place(path: Path, matrix: str) -> None:
    found = _lamps(path, IDENTITY, matrix, IDENTITY)
    assert found.city.index.copies.objects.tolist() == [0, 2]
    meshes = found.spool.meshes(found.city.index, np.arange(3))
    assert np.diff(meshes.triangle_offsets).tolist() == [10, 10, 10]


def test_a_city_that_begins_with_a_copy_has_the_origin_that_it_always_had(path: Path) -> None:
    copied = _lamps(path, IDENTITY).city.frame
    folder = path.parent / "plain"
    folder.mkdir()
    plain = [(item, replace(item.geometries[0], placed=None)) for item in read(path).objects]
    assert copied == merged(folder, Report(), plain, crs=citygml_documents.UTM).city.frame


@settings(max_examples=60)
@given(
    st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: sum(x * x for x in q) > 0.01),
    st.tuples(*[st.floats(0.01, 50)] * 3),
    st.tuples(*[st.floats(-500, 500)] * 3),
)
def test_a_turn_and_a_size_are_found_in_the_map_that_they_make(
    turn: tuple[float, ...], size: tuple[float, ...], place: tuple[float, ...]
) -> None:
    unit = np.array([turn]) / np.linalg.norm(turn)
    given = Placements(np.array([place]), unit, np.array([size]))
    affines = np.concatenate(
        [given.rotations * given.sizes[:, None], given.places[..., None]], axis=2
    )
    low, high = np.full((1, 3), -1.0), np.full((1, 3), 1.0)
    found, bad = placements_of(affines, low, high)
    assert not bad[0]
    points = np.random.default_rng(1).uniform(-1, 1, (20, 3))
    owners = np.zeros(20, np.int64)
    np.testing.assert_allclose(
        found.points(points, owners), given.points(points, owners), atol=0.002
    )
    assert found.turns[0, 3] >= 0
    mirrored, is_none = placements_of(affines * [-1, 1, 1, 1], low, high)
    assert is_none[0]
    assert len(mirrored) == 1


@settings(max_examples=30)
@given(
    st.floats(-80, 80),
    st.floats(-179, 179),
    st.floats(0, 100),
    st.lists(st.tuples(*[st.floats(-100, 100)] * 3), min_size=1, max_size=5),
)
def test_metres_beside_a_place_in_degrees_are_metres(
    lat: float, lon: float, height: float, offsets: list[tuple[float, float, float]]
) -> None:
    registry = CrsRegistry()
    key = registry.resolve("EPSG:4979", None, None)
    metres = np.array(offsets)
    place = np.array([lon, lat, height])
    found = registry.to_ecef(key, registry.beside(key, place, metres))
    origin = registry.to_ecef(key, place[None])
    lengths = np.linalg.norm(found - origin, axis=1)
    np.testing.assert_allclose(lengths, np.linalg.norm(metres, axis=1), atol=0.02)
