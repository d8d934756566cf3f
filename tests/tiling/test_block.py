"""A block stands for an object: around all of it, along its walls, and honest about its error."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.content.tile_meshes import block_mesh
from citiverse_tiling.transforms.block import blocks_of
from tiling.cities import box, meshes, polygons, turned

if TYPE_CHECKING:
    from citiverse_tiling.model import Polygons


@settings(max_examples=50)
@given(st.floats(0, 360), st.floats(2, 40), st.floats(2, 40), st.floats(2, 60))
def test_the_block_of_a_turned_box_is_that_box(
    degrees: float, length: float, width: float, height: float
) -> None:
    made = box(100, -50, 30, (length, width, height))
    found = blocks_of(meshes(replace(made, coordinates=turned(made.coordinates, degrees))))
    assert sorted(2 * found.half_sizes[0]) == pytest.approx(sorted([length, width]))
    assert found.heights[0] == pytest.approx([30, 30 + height])
    assert found.errors_m[0] == pytest.approx(0, abs=1e-6)
    assert found.sizes_m[0] == pytest.approx(np.sqrt(length**2 + width**2 + height**2))


@settings(max_examples=50)
@given(st.lists(st.tuples(*[st.floats(-50, 50)] * 3), min_size=3, max_size=12))
def test_every_vertex_is_inside_its_block(points: list[tuple[float, float, float]]) -> None:
    made = meshes(polygons([[points]]))
    found = blocks_of(made)
    corners = found.corners[0]
    along, across = corners[1] - corners[0], corners[3] - corners[0]
    for point in made.positions:
        for side in (along, across):
            if np.linalg.norm(side) > 1e-3:
                assert -1e-4 <= (point - corners[0]) @ side / (side @ side) <= 1 + 1e-4
        assert corners[0, 2] <= point[2] <= corners[4, 2]


@settings(max_examples=50)
@given(st.floats(0, 360))
def test_the_upright_box_is_around_the_corners(degrees: float) -> None:
    made = box(100, -50, 30, (12, 5, 7))
    found = blocks_of(meshes(replace(made, coordinates=turned(made.coordinates, degrees))))
    low, high = found.boxes
    assert np.allclose(low, found.corners.min(axis=1))
    assert np.allclose(high, found.corners.max(axis=1))


def gabled(length: float, width: float, rise: float) -> Polygons:
    """A floor and two slopes; eaves at 3 m, the ridge along x."""
    eaves = [(0.0, 0.0, 3.0), (length, 0.0, 3.0), (length, width, 3.0), (0.0, width, 3.0)]
    foot = [(x, y, 0.0) for x, y, _ in eaves]
    ridge = [(0.0, width / 2, 3.0 + rise), (length, width / 2, 3.0 + rise)]
    roofs = [[[eaves[0], eaves[1], ridge[1], ridge[0]]], [[eaves[2], eaves[3], ridge[0], ridge[1]]]]
    return polygons([[foot[::-1]], *roofs])


def test_a_gabled_house_is_a_gabled_block() -> None:
    found = blocks_of(meshes(gabled(10, 6, 4)))
    assert found.errors_m[0] == pytest.approx(0.0, abs=1e-6)
    assert found.is_gabled.all()
    assert found.eaves[0] == pytest.approx(3.0)
    assert np.abs(found.axes[0]) == pytest.approx([1, 0], abs=1e-6), "the ridge runs along x"
    assert found.half_sizes[0] == pytest.approx([5, 3])


@settings(max_examples=50)
@given(st.floats(0, 360), st.floats(3, 20), st.floats(3, 20), st.floats(1, 8))
def test_a_gabled_house_is_found_however_it_stands(
    degrees: float, length: float, width: float, rise: float
) -> None:
    shape = gabled(length, width, rise)
    found = blocks_of(meshes(replace(shape, coordinates=turned(shape.coordinates, degrees))))
    assert found.errors_m[0] == pytest.approx(0.0, abs=1e-6)
    assert 2 * found.half_sizes[0] == pytest.approx([length, width])
    assert found.eaves[0] == pytest.approx(3.0)


def test_a_gable_that_hardly_rises_is_a_flat_roof() -> None:
    assert not blocks_of(meshes(gabled(10, 6, 0.2))).is_gabled.any()


def test_what_is_drawn_of_a_gabled_block_is_closed_and_seen_from_outside() -> None:
    blocks = blocks_of(meshes(gabled(10, 6, 4), box(30, 0, 0, (5, 5, 5))))
    mesh = block_mesh(blocks, np.zeros((2, 2, 4), np.uint8), np.zeros(3))
    assert mesh.feature_ids is not None
    assert np.bincount(mesh.feature_ids[mesh.triangles[:, 0]]).tolist() == [14, 10]
    corners = mesh.positions[mesh.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    assert np.abs(normals * 127 - mesh.normals[mesh.triangles[:, 0]]).max() <= 1
    own = mesh.feature_ids[mesh.triangles[:, 0]] == 0
    middle = np.array([5.0, 3.0, 2.0])
    outward = np.einsum("ij,ij->i", corners[own].mean(axis=1) - middle, normals[own])
    assert (outward > 0).all()
    volume = np.einsum("ij,ij->i", corners[own, 0], np.cross(corners[own, 1], corners[own, 2]))
    assert volume.sum() / 6 == pytest.approx(10 * 6 * (3 + 4 / 2)), "the foot, at z = 0, adds none"


def test_objects_do_not_mix() -> None:
    found = blocks_of(meshes(box(0, 0, 0, (4, 2, 3)), box(50, 50, 10, (20, 30, 40))))
    assert np.allclose(found.centers, [[2, 1], [60, 65]])
    assert np.allclose(found.take(np.array([1])).heights, [[10, 50]])
