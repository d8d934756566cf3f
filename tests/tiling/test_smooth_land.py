"""Land's faces share vertices where they go on smoothly, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.content.tile_meshes import grid_triangles
from citiverse_tiling.mesher import no_meshes
from citiverse_tiling.meshes import Meshes, SurfaceGroup
from citiverse_tiling.transforms.smooth_land import smooth_land
from tiling.cities import box, meshes


def hill(side: int, steepness: float) -> Meshes:
    """A bent grid of triangles, each with its own vertices and its own normal."""
    x, y = np.meshgrid(np.arange(side) * 2.0, np.arange(side) * 2.0)
    nodes = np.stack([x, y, steepness * np.sin(x / 9)], axis=-1).reshape(-1, 3)
    corners = nodes[grid_triangles(side, side)]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    count = len(corners)
    return Meshes(
        corners.reshape(-1, 3),
        np.rint(np.repeat(normals, 3, axis=0) * 127).astype(np.int8),
        np.full(count * 3, SurfaceGroup.ROAD, np.uint8),
        np.arange(count * 3, dtype=np.uint32).reshape(-1, 3),
        np.array([0, count * 3]),
        np.array([0, count]),
    )


@settings(max_examples=20)
@given(st.integers(2, 12), st.floats(0, 4))
def test_every_triangle_stays_where_it_is(side: int, steepness: float) -> None:
    before = hill(side, steepness)
    after = smooth_land(before, np.array([True]))
    old = before.positions[before.global_triangles]
    new = after.positions[after.global_triangles]
    assert np.abs(old - new).max() < 1e-3
    assert np.allclose(np.linalg.norm(after.normals / 127, axis=1), 1, atol=0.02)


def test_a_gentle_hill_has_one_vertex_a_point() -> None:
    assert len(smooth_land(hill(10, 0.5), np.array([True])).positions) == 100


def test_a_box_keeps_its_edges_and_a_building_its_faces() -> None:
    box_faces = meshes(box(0, 0, 0, (4, 4, 4)))
    sides = np.array([[0, 0, -1], [0, -1, 0], [1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, 0, 1]])
    hedge = replace(box_faces, normals=np.repeat(sides * 127, 4, axis=0).astype(np.int8))
    assert len(smooth_land(hedge, np.array([True])).positions) == 24
    same = smooth_land(box_faces, np.array([False]))
    assert np.array_equal(same.positions, box_faces.positions)
    assert np.array_equal(same.triangles, box_faces.triangles)


def test_materials_and_objects_stay_apart() -> None:
    one = hill(4, 0.1)
    half = one.groups.copy()
    half[len(half) // 2 :] = SurfaceGroup.PAVING
    assert len(smooth_land(replace(one, groups=half), np.array([True])).positions) > 16
    count = len(one.triangles) // 2
    offsets, triangles = np.array([0, count * 3, count * 6]), one.triangles.copy()
    triangles[count:] -= np.uint32(count * 3)
    two = Meshes(
        one.positions, one.normals, one.groups, triangles, offsets, np.array([0, count, 2 * count])
    )
    after = smooth_land(two, np.array([True, False]))
    assert np.diff(after.vertex_offsets).tolist()[1] == count * 3
    assert np.allclose(
        after.positions[after.global_triangles], two.positions[two.global_triangles], atol=1e-3
    )


def test_no_triangle_vanishes() -> None:
    corners = np.array([[0, 0, 0], [4e-4, 0, 0], [0, 4e-4, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0]])
    land = Meshes(
        corners.astype(np.float64),
        np.tile(np.array([[0, 0, 127]], np.int8), (6, 1)),
        np.full(6, SurfaceGroup.ROAD, np.uint8),
        np.arange(6, dtype=np.uint32).reshape(2, 3),
        np.array([0, 6]),
        np.array([0, 2]),
    )
    found = smooth_land(land, np.array([True])).triangles.astype(np.int64)
    assert (np.diff(np.sort(found, axis=1), axis=1) > 0).all()


def test_land_of_which_nothing_is_left_stays_nothing() -> None:
    nothing = no_meshes(2)
    assert smooth_land(nothing, np.array([True, False])) is nothing
