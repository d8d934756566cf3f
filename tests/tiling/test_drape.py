"""Flat land is laid on the ground, cut where the ground bends, without gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.transforms.drape import (
    ABOVE_M,
    FINEST_M,
    MOST_TRIANGLES,
    drape,
    stand,
)
from citiverse_tiling.transforms.ground import HeightField
from tiling.cities import box, meshes, polygons

X, Y = np.meshgrid(np.arange(0, 65) * 2.0, np.arange(0, 65) * 2.0)
HILL = HeightField(np.zeros(2, np.int64), 64.0, 2.0, 5 + 4 * np.sin(X / 20) + Y / 10)
PLAIN = HeightField(np.zeros(2, np.int64), 64.0, 2.0, np.full((65, 65), 7.0))
CORNERS = st.tuples(st.floats(1, 127), st.floats(1, 127))


def flat_areas(corners: np.ndarray) -> np.ndarray:
    one, two = corners[:, 1, :2] - corners[:, 0, :2], corners[:, 2, :2] - corners[:, 0, :2]
    areas: np.ndarray = (one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]) / 2
    return areas


@settings(max_examples=40)
@given(st.lists(CORNERS, min_size=3, max_size=6, unique=True))
def test_a_flat_surface_keeps_its_area_and_lies_on_the_hill(
    corners: list[tuple[float, float]],
) -> None:
    middle = np.mean(corners, axis=0)
    ring = sorted(corners, key=lambda one: np.arctan2(one[1] - middle[1], one[0] - middle[0]))
    before = meshes(polygons([[[(x, y, 0.0) for x, y in ring]]]))
    if not len(before.triangles):
        return
    after = drape(before, HILL)
    old = before.positions[before.global_triangles]
    new = after.positions[after.global_triangles]
    assert np.isclose(flat_areas(new).sum(), flat_areas(old).sum(), rtol=1e-9)
    assert (flat_areas(new) * np.sign(flat_areas(old).sum()) >= -1e-9).all(), "none is turned over"
    assert np.allclose(after.positions[:, 2], HILL.at(after.positions[:, :2]) + ABOVE_M)
    edges = np.linalg.norm((np.roll(new, -1, axis=1) - new)[..., :2], axis=-1)
    assert edges.max() <= FINEST_M + 1e-9 or np.ptp(HILL.at(old.reshape(-1, 3)[:, :2])) < 0.1


def test_on_even_ground_nothing_is_cut() -> None:
    square = meshes(polygons([[[(0.0, 0, 0), (100, 0, 0), (100, 100, 0), (0, 100, 0)]]]))
    after = drape(square, PLAIN)
    assert len(after.triangles) == 2
    assert np.allclose(after.positions[:, 2], 7 + ABOVE_M)


def test_a_spike_that_reaches_far_is_cut_into_so_many_pieces_at_most() -> None:
    shore = [(float(x), 20.0 + x % 7, 0.0) for x in range(0, 120, 2)]
    spike = meshes(polygons([[[*shore, (5_000.0, 40.0, 0.0), (0.0, 60.0, 0.0)]]]))
    assert len(drape(spike, HILL).triangles) <= 8 * MOST_TRIANGLES


def test_streets_lie_on_lawns_and_lines_on_streets_where_maps_have_them_so() -> None:
    ring = [(10.0, 10.0, 0.0), (60.0, 10.0, 0.0), (60.0, 60.0, 0.0)]
    lawn = meshes(polygons([[ring]]))
    levels = [
        drape(replace(lawn, groups=np.full_like(lawn.groups, group)), PLAIN).positions[0, 2]
        for group in (
            *(SurfaceGroup.GREEN, SurfaceGroup.PAVING, SurfaceGroup.ROAD, SurfaceGroup.RAIL),
            SurfaceGroup.MARKING,
        )
    ]
    assert np.diff([7.0, *levels]).min() > 0.009


def test_objects_stay_apart_and_in_order() -> None:
    shapes = [
        polygons([[[(x, 10.0, 0), (x + 30, 10, 0), (x + 30, 40, 0), (x, 40, 0)]]])
        for x in (0.0, 50.0, 90.0)
    ]
    after = drape(meshes(*shapes), HILL)
    assert len(after) == 3
    for number, x in enumerate((0.0, 50.0, 90.0)):
        start, end = after.vertex_offsets[number : number + 2]
        own = after.positions[start:end, 0]
        assert (own.min(), own.max()) == (x, x + 30)


def test_what_stands_on_the_ground_is_raised_as_a_whole_and_a_flat_thing_a_little_more() -> None:
    zone = [(10.0, 10.0, 0.0), (60.0, 10.0, 0.0), (60.0, 60.0, 0.0)]
    shapes = meshes(box(20, 20, 0, (10, 10, 5)), polygons([[zone]]))
    raised = stand(shapes, HILL).positions - shapes.positions
    block, plate = np.split(raised, [shapes.vertex_offsets[1]])
    corners = np.array([(x, y) for x in (20.0, 30.0) for y in (20.0, 30.0)])
    assert np.allclose(block[:, 2], HILL.at(corners).min())
    assert np.allclose(plate[:, 2], HILL.at(np.array(zone)[:, :2]).min() + ABOVE_M / 2)
    assert not raised[:, :2].any()
