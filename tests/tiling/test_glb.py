"""A tile's GLB says the same to strangers: trimesh, and a reader that only knows the standards."""

from __future__ import annotations

import io
from contextlib import suppress

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.check.glb import BadGlb, decode_glb
from citiverse_tiling.content.glb import LARGEST_STEP_M, TileMesh, encode_glb
from citiverse_tiling.content.property_table import CLASS, IDENTITY, NAME, Column
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


@settings(max_examples=25, deadline=None)
@given(st.floats(0.5, 260), st.lists(st.sampled_from(GROUPS), min_size=2, max_size=20))
def test_quantised_positions_are_within_half_a_step(
    spread: float, groups: list[SurfaceGroup]
) -> None:
    mesh = fan(spread, groups)
    glb = decode_glb(encode_glb(mesh, COLUMNS, ""))
    found = np.concatenate([one.positions[one.triangles].reshape(-1, 9) for one in glb.primitives])
    step = np.abs(mesh.positions).max() / 32_767
    assert step <= LARGEST_STEP_M
    assert np.abs(np.sort(found, axis=0) - corners(mesh)).max() <= step * 0.501


def test_a_wide_tile_keeps_floats() -> None:
    mesh = fan(2_000, GROUPS)
    glb = decode_glb(encode_glb(mesh, COLUMNS, ""))
    found = np.concatenate([one.positions[one.triangles].reshape(-1, 9) for one in glb.primitives])
    assert np.abs(np.sort(found, axis=0) - corners(mesh)).max() < 1e-3


def test_trimesh_sees_the_same_area_and_place() -> None:
    mesh = fan(50, GROUPS)
    loaded = trimesh.load_mesh(io.BytesIO(encode_glb(mesh, COLUMNS, "")), file_type="glb")
    y_up = mesh.positions[:, [0, 2, 1]] * [1, 1, -1]
    expected = trimesh.Trimesh(y_up, mesh.triangles, process=False)
    assert loaded.area == pytest.approx(expected.area, rel=1e-3)
    assert np.allclose(loaded.bounds, expected.bounds, atol=0.002)


def test_one_primitive_a_material_with_the_features_of_its_own_vertices() -> None:
    glb = decode_glb(encode_glb(fan(50, GROUPS), COLUMNS, "© Town"))
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
            TileMesh(mesh.positions, mesh.normals, mesh.groups, None, mesh.triangles), (), ""
        )
    )
    assert [one.material for one in glb.primitives] == ["terrain"]
    assert glb.primitives[0].feature_ids is None
    assert glb.columns == {}


def test_many_vertices_get_wide_indices() -> None:
    groups = [SurfaceGroup.WALL] * 22_000
    mesh = fan(50, groups)
    glb = decode_glb(encode_glb(mesh, COLUMNS, ""))
    assert int(glb.primitives[0].triangles.max()) == 65_999


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_broken_file_is_called_broken_and_nothing_worse(place: int, value: int) -> None:
    data = bytearray(encode_glb(fan(50, GROUPS), COLUMNS, ""))
    data[place % len(data)] = value
    with suppress(BadGlb):
        decode_glb(bytes(data))
