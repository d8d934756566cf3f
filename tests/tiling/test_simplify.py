"""Simplified content keeps its features, and moves nothing farther than it may."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.content.glb import TileMesh
from citiverse_tiling.content.simplify import simplify
from citiverse_tiling.content.tile_meshes import grid_triangles
from citiverse_tiling.meshes import SurfaceGroup


def carpet(columns: int, rows: int, features: int = 1) -> TileMesh:
    """Gently rolling squares of 1 m, one beside the other."""
    x, y = np.meshgrid(np.arange(columns) * 1.0, np.arange(rows) * 1.0)
    grid = np.column_stack([x.ravel(), y.ravel(), np.sin(x / 9).ravel()])
    triangles = grid_triangles(columns, rows)
    each = [grid + np.array([number * 2.0 * columns, 0, 0]) for number in range(features)]
    return TileMesh(
        np.concatenate(each),
        np.tile(np.array([0, 0, 127], np.int8), (len(grid) * features, 1)),
        np.full(len(grid) * features, SurfaceGroup.ROAD, np.uint8),
        np.repeat(np.arange(features), len(grid)),
        np.concatenate([triangles + number * len(grid) for number in range(features)]),
    )


def farthest(points: np.ndarray, mesh: TileMesh) -> float:
    """How far any of the points is from the mesh's triangles, looked at in many places."""
    steps = [(i / 4, j / 4) for i in range(5) for j in range(5 - i)]
    corners = mesh.positions[mesh.triangles]
    spots = np.concatenate(
        [corners[:, 0] * (1 - u - v) + corners[:, 1] * u + corners[:, 2] * v for u, v in steps]
    )
    gaps = np.linalg.norm(points[:, None] - spots[None], axis=2).min(axis=1)
    return float(gaps.max())


def test_a_mesh_that_has_room_stays_as_it_is() -> None:
    mesh = carpet(5, 5)
    assert simplify(mesh, 32, 10.0) is mesh


@pytest.mark.parametrize("most", [200, 60, 20])
def test_few_triangles_are_left_and_all_is_still_covered(most: int) -> None:
    mesh = carpet(24, 24)
    found = simplify(mesh, most, 12.0)
    assert 0 < len(found.triangles) <= most
    assert farthest(mesh.positions, found) <= 12.0 + 1.5
    assert farthest(found.positions, mesh) < 1e-9, "corners are corners of the source"


def test_no_vertex_moves_farther_than_it_may_even_where_too_much_is_left() -> None:
    mesh = carpet(24, 24)
    found = simplify(mesh, 4, 2.0)
    assert 4 < len(found.triangles) < len(mesh.triangles)
    assert farthest(mesh.positions, found) <= 2.0 + 0.5


def test_nothing_moves_where_nothing_may() -> None:
    mesh = carpet(5, 5)
    assert simplify(mesh, 1, 0.0) is mesh


def test_features_do_not_mix_and_each_keeps_a_triangle() -> None:
    mesh = carpet(8, 8, features=5)
    found = simplify(mesh, 1, 100.0)
    assert found.feature_ids is not None
    assert sorted(set(found.feature_ids[found.triangles[:, 0]].tolist())) == [0, 1, 2, 3, 4]
    owners = found.feature_ids[found.triangles]
    assert (owners == owners[:, :1]).all()


def test_faces_that_look_elsewhere_stay_apart() -> None:
    floor, wall = carpet(9, 9), carpet(9, 9)
    upright = wall.positions[:, [0, 2, 1]]
    both = TileMesh(
        np.concatenate([floor.positions, upright]),
        np.concatenate([floor.normals, np.tile(np.array([0, 127, 0], np.int8), (81, 1))]),
        np.concatenate([floor.groups, wall.groups]),
        np.zeros(162, np.int64),
        np.concatenate([floor.triangles, wall.triangles + 81]),
    )
    found = simplify(both, 40, 8.0)
    facing = found.normals[found.triangles]
    assert (facing == facing[:, :1]).all(), "no triangle is shaded round a corner"
    assert {tuple(one) for one in facing[:, 0].tolist()} == {(0, 0, 127), (0, 127, 0)}


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.floats(0.1, 30))
def test_any_soup_is_simplified_soundly(seed: int, count: int, most_m: float) -> None:
    random = np.random.default_rng(seed)
    owners = np.sort(random.integers(0, 5, count))
    owners = np.unique(owners, return_inverse=True)[1]
    mesh = TileMesh(
        random.uniform(-20, 20, (count * 3, 3)),
        random.integers(-127, 127, (count * 3, 3)).astype(np.int8),
        np.repeat(random.integers(0, 3, count).astype(np.uint8), 3),
        np.repeat(owners, 3),
        np.arange(count * 3).reshape(-1, 3),
    )
    found = simplify(mesh, count / 3, most_m)
    assert len(found.triangles) <= count
    assert found.feature_ids is not None
    assert set(found.feature_ids.tolist()) == set(owners.tolist())
    assert np.array_equal(np.unique(found.triangles), np.arange(len(found.positions)))
    assert (found.groups[found.triangles] == found.groups[found.triangles][:, :1]).all()
    known = {tuple(point) for point in mesh.positions.round(9).tolist()}
    assert {tuple(point) for point in found.positions.round(9).tolist()} <= known
