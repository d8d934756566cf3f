"""Far land is drawn as outlines: a street stays a street in a few triangles."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.content.glb import TileMesh
from citiverse_tiling.content.outlines import outlined
from citiverse_tiling.content.tile_meshes import grid_triangles
from citiverse_tiling.meshes import SurfaceGroup

WIDTH_M, LENGTH_M = 6.0, 400.0


def strip(columns: int, rows: int, bend_m: float = 0.0, feature: int = 0) -> TileMesh:
    """A street of many small triangles that follows a slope, bent sideways."""
    x, y = np.meshgrid(np.linspace(0, LENGTH_M, columns), np.linspace(0, WIDTH_M, rows))
    y = y + bend_m * np.sin(x / 40) + 100 * feature
    points = np.stack([x, y, 0.05 * x], axis=-1).reshape(-1, 3)
    count = len(points)
    return TileMesh(
        points,
        np.tile(np.array([0, 0, 127], np.int8), (count, 1)),
        np.full(count, SurfaceGroup.ROAD, np.uint8),
        np.full(count, feature),
        grid_triangles(columns, rows),
    )


def both(one: TileMesh, other: TileMesh) -> TileMesh:
    assert one.feature_ids is not None
    assert other.feature_ids is not None
    return TileMesh(
        np.concatenate([one.positions, other.positions]),
        np.concatenate([one.normals, other.normals]),
        np.concatenate([one.groups, other.groups]),
        np.concatenate([one.feature_ids, other.feature_ids]),
        np.concatenate([one.triangles, other.triangles + len(one.positions)]),
    )


def area(mesh: TileMesh) -> float:
    """Seen from above; what is seen from below counts against it."""
    corners = mesh.positions[mesh.triangles]
    return float(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2].sum() / 2
    )


def test_a_straight_street_becomes_two_triangles() -> None:
    mesh = strip(101, 5)
    found = outlined(mesh, 100, 3.0)
    assert len(mesh.triangles) == 800
    assert len(found.triangles) == 2
    assert abs(area(found) - WIDTH_M * LENGTH_M) < 1e-6
    assert np.ptp(found.positions, axis=0).tolist() == np.ptp(mesh.positions, axis=0).tolist()


def test_a_bent_street_keeps_its_bends_and_never_moves_farther_than_it_may() -> None:
    mesh = strip(401, 3, bend_m=30.0)
    found = outlined(mesh, 100, 2.0)
    assert len(found.triangles) <= 100
    assert abs(area(found) - WIDTH_M * LENGTH_M) < 0.1 * WIDTH_M * LENGTH_M
    off = found.positions[:, 1] - 30.0 * np.sin(found.positions[:, 0] / 40)
    assert np.minimum(np.abs(off), np.abs(off - WIDTH_M)).max() < 1e-6, "corners are of the source"


def test_what_has_room_stays_as_it_is() -> None:
    mesh = strip(11, 3)
    assert outlined(mesh, 40, 3.0) is mesh
    assert outlined(mesh, 1, 0.0) is mesh


def test_features_stay_apart() -> None:
    found = outlined(both(strip(101, 3), strip(101, 3, feature=1)), 10, 1.0)
    assert found.feature_ids is not None
    assert sorted(np.bincount(found.feature_ids[found.triangles[:, 0]])) == [2, 2]


def test_kerbs_go_and_quays_stay() -> None:
    street = strip(101, 3)
    for height, triangles in ((0.2, 2), (5.0, 3)):
        wall = TileMesh(
            np.array([[0.0, 0, 0], [LENGTH_M, 0, 0], [0.0, 0, -height]]),
            np.tile(np.array([0, -127, 0], np.int8), (3, 1)),
            np.full(3, SurfaceGroup.ROAD, np.uint8),
            np.zeros(3, np.int64),
            np.array([[0, 2, 1]]),
        )
        assert len(outlined(both(street, wall), 10, 3.0).triangles) == triangles


def test_an_edge_that_has_a_corner_on_one_side_only_opens_no_gap() -> None:
    fine, coarse = strip(3, 2), strip(2, 2)
    below = TileMesh(
        coarse.positions - [0, WIDTH_M, 0],
        coarse.normals,
        coarse.groups,
        coarse.feature_ids,
        coarse.triangles,
    )
    found = outlined(both(fine, below), 2, 1.0)
    assert len(found.triangles) == 2
    assert abs(area(found) - 2 * WIDTH_M * LENGTH_M) < 1e-6


def test_faces_that_overlap_stay_as_they_are() -> None:
    mesh = both(strip(3, 2), strip(3, 2))
    shifted = mesh.positions + np.where(np.arange(len(mesh.positions)) < 6, 0, 3.0)[:, None]
    mesh = TileMesh(shifted, mesh.normals, mesh.groups, mesh.feature_ids, mesh.triangles)
    assert len(outlined(mesh, 1, 1.0).triangles) == len(mesh.triangles)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 50.0))
def test_any_triangles_end_as_triangles_of_the_same_corners(seed: int, most_m: float) -> None:
    random = np.random.default_rng(seed)
    points = np.round(random.uniform(-20, 20, (30, 3)), random.integers(0, 4))
    mesh = TileMesh(
        points,
        np.tile(np.array([0, 0, 127], np.int8), (30, 1)),
        np.full(30, SurfaceGroup.GREEN, np.uint8),
        random.integers(0, 3, 10).repeat(3),
        np.arange(30).reshape(-1, 3),
    )
    found = outlined(mesh, 5, most_m)
    assert found.triangles.max(initial=-1) < len(found.positions)
    given_corners = {tuple(point) for point in points}
    assert {tuple(point) for point in found.positions} <= given_corners


def test_faces_that_cross_too_finely_to_be_told_apart_stay() -> None:
    # As surveyed: almost on one line, and their crossings are too near to each other.
    edges = [
        [(1392.97, 177.65), (1395.83, 179.23)],
        [(1392.56, 177.43), (1394.40, 178.44)],
        [(1390.62, 176.36), (1394.40, 178.44)],
        [(1389.69, 175.86), (1394.40, 178.44)],
    ]
    faces = np.array([[*edge, (1393.0, 185.0)] for edge in edges]).reshape(-1, 2)
    count = len(faces)
    mesh = TileMesh(
        np.column_stack([faces, np.zeros(count)]),
        np.tile(np.array([0, 0, 127], np.int8), (count, 1)),
        np.full(count, SurfaceGroup.ROAD, np.uint8),
        np.zeros(count, np.int64),
        np.arange(count).reshape(-1, 3),
    )
    assert outlined(mesh, 2, 1.0).triangles.tolist() == mesh.triangles.tolist()
