"""A block stands for an object: around all of it, along its walls, and honest about its error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.transforms.block import blocks_of
from tiling.cities import box, meshes, polygons, turned


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


@given(st.floats(0, 360))
def test_the_upright_box_is_around_the_corners(degrees: float) -> None:
    made = box(100, -50, 30, (12, 5, 7))
    found = blocks_of(meshes(replace(made, coordinates=turned(made.coordinates, degrees))))
    low, high = found.boxes
    assert np.allclose(low, found.corners.min(axis=1))
    assert np.allclose(high, found.corners.max(axis=1))


def test_a_gable_is_off_by_what_the_block_adds_beside_the_ridge() -> None:
    eaves = [(0.0, 0.0, 3.0), (10.0, 0.0, 3.0), (10.0, 6.0, 3.0), (0.0, 6.0, 3.0)]
    foot = [(x, y, 0.0) for x, y, _ in eaves]
    ridge = [(0.0, 3.0, 7.0), (10.0, 3.0, 7.0)]
    roofs = [[[eaves[0], eaves[1], ridge[1], ridge[0]]], [[eaves[2], eaves[3], ridge[0], ridge[1]]]]
    found = blocks_of(meshes(polygons([[foot[::-1]], *roofs])))
    assert found.errors_m[0] == pytest.approx(3.0), "an upper corner is 3 m from the ridge's end"


def test_objects_do_not_mix() -> None:
    found = blocks_of(meshes(box(0, 0, 0, (4, 2, 3)), box(50, 50, 10, (20, 30, 40))))
    assert np.allclose(found.centers, [[2, 1], [60, 65]])
    assert np.allclose(found.take(np.array([1])).heights, [[10, 50]])
