"""Triangles cover their polygons, whatever the plane, the holes and the place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.transforms.triangulate import Triangulation, triangulate
from tiling.cities import box, polygons

SQUARE = [(0.0, 0.0, 0.0), (4.0, 0.0, 0.0), (4.0, 4.0, 0.0), (0.0, 4.0, 0.0)]


def run(*faces: list[list[tuple[float, float, float]]]) -> Triangulation:
    made = polygons(faces)
    return triangulate(made.coordinates, made.ring_offsets, made.polygon_offsets)


def areas_of(points: np.ndarray, found: Triangulation, count: int) -> np.ndarray:
    a, b, c = (points[found.triangles[:, corner]] for corner in range(3))
    crosses = np.cross(b - a, c - a) / 2
    towards = np.einsum("ij,ij->i", crosses, found.normals[found.triangle_polygons])
    return np.bincount(found.triangle_polygons, towards, count)


def test_a_square_is_two_triangles_seen_from_where_it_was() -> None:
    found = run([SQUARE], [SQUARE[::-1]])
    assert len(found.triangles) == 4
    assert found.normals.tolist() == [[0, 0, 1], [0, 0, -1]]
    assert found.areas.tolist() == [16, 16]


def test_a_hole_is_not_covered() -> None:
    hole = [(1.0, 1.0, 0.0), (1.0, 2.0, 0.0), (2.0, 2.0, 0.0), (2.0, 1.0, 0.0)]
    found = run([SQUARE, hole])
    points = np.array([*SQUARE, *hole])
    assert areas_of(points, found, 1) == pytest.approx([15.0])
    centers = points[found.triangles].mean(axis=1)
    assert not ((centers[:, :2] > 1).all(axis=1) & (centers[:, :2] < 2).all(axis=1)).any()


def test_a_hole_may_turn_either_way() -> None:
    hole = [(1.0, 1.0, 0.0), (2.0, 1.0, 0.0), (2.0, 2.0, 0.0), (1.0, 2.0, 0.0)]
    assert run([SQUARE, hole]).areas.tolist() == [15]


def test_a_concave_quad_stays_inside_its_outline() -> None:
    arrow = [(0.0, 0.0, 0.0), (2.0, 1.0, 0.0), (0.0, 2.0, 0.0), (1.0, 1.0, 0.0)]
    found = run([arrow])
    assert areas_of(np.array(arrow), found, 1) == pytest.approx([1.0])
    assert not found.crossing[0]


def test_a_quad_with_a_point_on_its_side_has_no_empty_triangle() -> None:
    ring = [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (2.0, 0.0, 0.0), (0.0, 2.0, 0.0)]
    found = run([ring])
    sides = np.array(ring)[found.triangles]
    assert (
        np.linalg.norm(np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0]), axis=1) > 0
    ).all()


def test_walls_are_split_alike_whichever_corner_they_begin_with() -> None:
    wall = [(0.0, 0.0, 1.0), (5.0, 0.0, 1.0), (5.0, 0.0, 8.0), (0.0, 0.0, 6.0)]
    for turn in range(4):
        ring = wall[turn:] + wall[:turn]
        points = np.array(ring)
        shared = set.intersection(*({*map(tuple, points[one])} for one in run([ring]).triangles))
        assert shared == {wall[0], wall[2]}


def test_a_line_has_no_triangle_and_says_so() -> None:
    found = run([[(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (2.0, 0.0, 0.0)]], [SQUARE])
    assert found.failed.tolist() == [True, False]
    assert found.normals[0].tolist() == [0, 0, 0]
    assert set(found.triangle_polygons.tolist()) == {1}


@pytest.mark.parametrize("length", [0.02, 2.0, 200.0])
def test_a_line_that_rounding_has_bent_is_still_a_line(length: float) -> None:
    bent = [(0.0, 0.0, 0.0), (length / 2, 5e-6, 0.0), (length, 0.0, 0.0)]
    assert run([bent]).failed[0]


def test_a_narrow_face_is_no_line() -> None:
    assert not run(
        [[(0.0, 0.0, 0.0), (20.0, 0.0, 0.0), (20.0, 0.0, 1e-3), (0.0, 0.0, 1e-3)]]
    ).failed[0]


def test_a_ring_that_crosses_itself_is_noticed() -> None:
    bow = [(0.0, 0.0, 0.0), (4.0, 4.0, 0.0), (4.0, 0.0, 0.0), (0.0, 3.0, 0.0)]
    assert run([bow]).crossing[0]


def test_the_triangles_of_a_box_close_it() -> None:
    made = box(1e5, 5e6, 30, (8, 5, 3))
    found = triangulate(made.coordinates, made.ring_offsets, made.polygon_offsets)
    corners = (made.coordinates - made.coordinates[0])[found.triangles]
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume == pytest.approx(8 * 5 * 3)


@st.composite
def stars(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, float]:
    """A star-shaped ring, perhaps with a hole, and its area."""
    count = draw(st.integers(3, 24))
    radii = np.array(draw(st.lists(st.floats(2, 20), min_size=count, max_size=count)))
    angles = np.arange(count) * 2 * np.pi / count
    outer = np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)
    inner = np.zeros((0, 2))
    if draw(st.booleans()):
        inner = outer[::-1] * draw(st.floats(0.1, 0.9))
    shoelace = [
        np.sum(ring[:, 0] * np.roll(ring[:, 1], -1) - ring[:, 1] * np.roll(ring[:, 0], -1)) / 2
        for ring in (outer, inner)
    ]
    return outer, inner, float(shoelace[0] + shoelace[1])


@settings(max_examples=80)
@given(
    st.lists(stars(), min_size=1, max_size=4),
    st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.1, 1)),
    st.tuples(*[st.floats(-1e4, 1e4)] * 3),
)
def test_areas_hold_on_any_plane(
    shapes: list[tuple[np.ndarray, np.ndarray, float]],
    direction: tuple[float, float, float],
    place: tuple[float, float, float],
) -> None:
    normal = np.array(direction) / np.linalg.norm(direction)
    across = np.cross(normal, [1.0, 0.0, 0.0] if abs(normal[0]) < 0.9 else [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across)
    plane = np.stack([across, np.cross(normal, across)])
    faces = [
        [[tuple(point) for point in ring @ plane + place] for ring in rings if len(ring)]
        for *rings, _ in shapes
    ]
    made = polygons(faces)
    found = triangulate(made.coordinates, made.ring_offsets, made.polygon_offsets)
    expected = np.array([area for *_, area in shapes])
    assert np.allclose(found.areas, expected, rtol=1e-6)
    assert np.allclose(areas_of(made.coordinates, found, len(shapes)), expected, rtol=1e-6)
    assert np.allclose(found.normals, normal, atol=1e-6)
    assert not found.failed.any()


@pytest.mark.parametrize("lift", [0.0, 0.08, 5.5])
def test_row_18_how_far_a_polygon_is_off_its_plane_is_told(lift: float) -> None:
    square = [(0.0, 0.0, 0.0), (4.0, 0.0, 0.0), (4.0, 4.0, lift), (0.0, 4.0, 0.0)]
    shape = polygons([[square], [[(x, y, 2 * x) for x, y, _ in square]]])
    done = triangulate(shape.coordinates, shape.ring_offsets, shape.polygon_offsets)
    slope = np.hypot(np.hypot(lift / 8, lift / 8), 1.0)
    assert done.bends_m == pytest.approx([lift / 4 / slope, 0.0], abs=1e-5)
