"""A tile's GLB says the same to strangers: trimesh, and a reader that only knows the standards."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.check.glb import BadGlb, decode_glb
from citiverse_tiling.content.glb import Imprint, TileMesh, encode_glb
from citiverse_tiling.content.property_table import CLASS, IDENTITY, NAME, Column
from citiverse_tiling.content.vertices import SHORT_STEP_M
from citiverse_tiling.meshes import SurfaceGroup

COLUMNS = [
    Column(IDENTITY, ["town/a", "town/b"]),
    Column(CLASS, ["Building", "Building"]),
    Column(NAME, ["", "Rathaus"]),
]


def fan(spread_m: float, groups: list[SurfaceGroup], seed: int = 0) -> TileMesh:
    """One triangle a group entry, at random places within `spread_m` of the middle."""
    random = np.random.default_rng(seed)
    count = len(groups)
    return TileMesh(
        random.uniform(-spread_m, spread_m, (count * 3, 3)),
        np.tile(np.array([[0, 0, 127]], np.int8), (count * 3, 1)),
        np.repeat(np.array(groups, np.uint8), 3),
        np.repeat(np.arange(count) % 2, 3),
        np.arange(count * 3).reshape(-1, 3),
    )


GROUPS = [SurfaceGroup.ROOF, SurfaceGroup.WALL, SurfaceGroup.ROOF, SurfaceGroup.WINDOW]


def corners(mesh: TileMesh) -> np.ndarray:
    """Triangles as glTF has them, y up, sorted, so that order doesn't matter."""
    y_up = mesh.positions[:, [0, 2, 1]] * [1, 1, -1]
    return np.sort(y_up[mesh.triangles].reshape(-1, 9), axis=0)


def seen(data: bytes) -> np.ndarray:
    """The triangles of a GLB, whichever corner they begin with, sorted likewise."""
    glb = decode_glb(data)
    found = np.concatenate([one.positions[one.triangles].reshape(-1, 9) for one in glb.primitives])
    return np.sort(found, axis=0)


@settings(max_examples=25)
@given(
    st.floats(0.5, 60_000),
    st.lists(st.sampled_from(GROUPS), min_size=2, max_size=20),
    st.booleans(),
)
def test_positions_are_within_half_a_step(
    spread: float, groups: list[SurfaceGroup], compress: bool
) -> None:
    mesh = fan(spread, groups)
    found = decode_glb(encode_glb(mesh, COLUMNS, Imprint(compress=compress)))
    places = np.concatenate([one.positions for one in found.primitives])
    expected = np.sort(mesh.positions[:, [0, 2, 1]] * [1, 1, -1], axis=0)
    assert SHORT_STEP_M * 3**0.5 / 2 < 0.01
    assert np.abs(np.sort(places, axis=0) - expected).max() <= SHORT_STEP_M * 0.501


@settings(max_examples=25)
@given(st.floats(0.5, 20_000), st.floats(0.0, 500.0))
def test_what_is_off_by_metres_is_rounded_by_little_of_that(spread: float, error_m: float) -> None:
    mesh = replace(fan(spread, GROUPS), error_m=error_m)
    found = np.concatenate(
        [one.positions for one in decode_glb(encode_glb(mesh, COLUMNS, Imprint())).primitives]
    )
    expected = mesh.positions[:, [0, 2, 1]] * [1, 1, -1]
    moved = np.linalg.norm(found[:, None] - expected, axis=2).min(axis=1)
    assert moved.max() <= max(0.01, error_m / 70)


@settings(max_examples=25)
@given(st.floats(0.5, 6_000), st.lists(st.sampled_from(GROUPS), min_size=2, max_size=20))
def test_a_compressed_tile_is_the_plain_one(spread: float, groups: list[SurfaceGroup]) -> None:
    mesh = fan(spread, groups)
    plain, packed = (
        encode_glb(mesh, COLUMNS, Imprint(compress=compress)) for compress in (False, True)
    )
    for one, other in zip(decode_glb(plain).primitives, decode_glb(packed).primitives, strict=True):
        # The index codec may begin a triangle with another corner.
        assert np.array_equal(turned(one.triangles), turned(other.triangles))
        assert np.abs(one.positions - other.positions).max() <= SHORT_STEP_M * 0.501
        assert np.abs(one.normals - other.normals).max() < 0.01
        assert one.feature_ids is not None
        assert other.feature_ids is not None
        assert np.array_equal(one.feature_ids, other.feature_ids)


def turned(triangles: np.ndarray) -> np.ndarray:
    """Triangles that begin with their first vertex."""
    first = triangles.argmin(axis=1)[:, None]
    return np.take_along_axis(triangles, (first + np.arange(3)) % 3, axis=1)


def test_a_city_far_wider_than_a_tile_keeps_its_shape() -> None:
    mesh = fan(500_000, GROUPS)
    found = seen(encode_glb(mesh, COLUMNS, Imprint()))
    assert np.abs(found - np.sort(found, axis=0)).max() == 0
    places = np.sort(found.reshape(-1, 3)[:, 0])
    assert np.abs(places - np.sort(mesh.positions[:, 0])).max() < 0.1


def test_equal_vertices_are_one() -> None:
    square = TileMesh(
        np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 0], [1, 1, 0], [0, 1, 0]], np.float64),
        np.tile(np.array([[0, 0, 127]], np.int8), (6, 1)),
        np.zeros(6, np.uint8),
        np.zeros(6, np.int64),
        np.array([[0, 1, 2], [3, 4, 5]]),
    )
    (primitive,) = decode_glb(encode_glb(square, (), Imprint())).primitives
    assert len(primitive.positions) == 4
    assert len(primitive.triangles) == 2


def test_a_triangle_smaller_than_a_step_stays_a_triangle() -> None:
    mesh = TileMesh(
        np.array([[0, 0, 0], [1e-4, 0, 0], [0, 1e-4, 0]]),
        np.tile(np.array([[0, 0, 127]], np.int8), (3, 1)),
        np.zeros(3, np.uint8),
        np.zeros(3, np.int64),
        np.array([[0, 1, 2]]),
    )
    (primitive,) = decode_glb(encode_glb(mesh, (), Imprint())).primitives
    assert sorted(primitive.triangles[0].tolist()) == [0, 1, 2]


def test_trimesh_sees_the_same_area_and_place() -> None:
    mesh = fan(50, GROUPS)
    plain = encode_glb(mesh, COLUMNS, Imprint(compress=False))
    loaded = trimesh.load_mesh(io.BytesIO(plain), file_type="glb")
    y_up = mesh.positions[:, [0, 2, 1]] * [1, 1, -1]
    expected = trimesh.Trimesh(y_up, mesh.triangles, process=False)
    assert loaded.area == pytest.approx(expected.area, rel=1e-3)
    assert np.allclose(loaded.bounds, expected.bounds, atol=SHORT_STEP_M)


def test_one_primitive_a_material_with_the_features_of_its_own_vertices() -> None:
    glb = decode_glb(encode_glb(fan(50, GROUPS), COLUMNS, Imprint("© Town")))
    assert [one.material for one in glb.primitives] == ["wall", "roof", "window"]
    ids = [one.feature_ids.tolist() for one in glb.primitives if one.feature_ids is not None]
    assert ids == [[1] * 3, [0] * 6, [1] * 3]
    assert glb.columns["id"] == ["town/a", "town/b"]
    assert glb.columns["name"] == ["", "Rathaus"]
    assert glb.copyright_notice == "© Town"


def test_ground_has_no_features_and_no_table() -> None:
    mesh = fan(50, [SurfaceGroup.TERRAIN])
    glb = decode_glb(
        encode_glb(
            TileMesh(mesh.positions, mesh.normals, mesh.groups, None, mesh.triangles), (), Imprint()
        )
    )
    assert [one.material for one in glb.primitives] == ["terrain"]
    assert glb.primitives[0].feature_ids is None
    assert glb.columns == {}


def test_many_vertices_get_wide_indices() -> None:
    groups = [SurfaceGroup.WALL] * 22_000
    mesh = fan(50, groups)
    glb = decode_glb(encode_glb(mesh, COLUMNS, Imprint()))
    assert int(glb.primitives[0].triangles.max()) == 65_999


@settings(max_examples=200)
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_broken_file_is_called_broken_and_nothing_worse(place: int, value: int) -> None:
    data = bytearray(encode_glb(fan(50, GROUPS), COLUMNS, Imprint()))
    data[place % len(data)] = value
    with suppress(BadGlb):
        decode_glb(bytes(data))
