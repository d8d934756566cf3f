"""Triangles drawn into a grid are at every node what they are there."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.transforms.raster import Grid, draw

GRID = Grid(np.array([-3.0, 5.0]), 0.5, 17, 23)
EXACT = st.integers(-4, 30).map(lambda number: number / 2)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(*[st.tuples(EXACT, EXACT, st.floats(-50, 50))] * 3), min_size=1, max_size=4),
    st.floats(-0.2, 0.2),
)
def test_every_node_has_the_highest_triangle_over_it(
    given_corners: list[tuple[tuple[float, float, float], ...]], shift: float
) -> None:
    corners = np.add(given_corners, (shift, shift, 0.0))
    heights = GRID.empty()
    draw(GRID, corners, heights)
    for row in range(GRID.rows):
        for column in range(GRID.columns):
            node = GRID.origin + np.array([column, row]) * GRID.spacing_m
            inside = [over(triangle, node, 1e-9) for triangle in corners]
            near = [over(triangle, node, -1e-4) for triangle in corners]
            found = heights[row, column]
            if np.isnan(found):
                assert all(z is None for z in inside)
            else:
                known = [z for z in near if z is not None]
                assert known
                assert found <= max(known) + 0.05
                assert found >= max([z for z in inside if z is not None], default=-np.inf) - 1e-3


def over(triangle: np.ndarray, node: np.ndarray, slack: float) -> float | None:
    """Height of a triangle over a node; None beside it. Thin ones count as not there."""
    a, b, c = triangle[:, :2]
    area = np.linalg.det(np.stack([b - a, c - a]))
    if abs(area) < 1e-9:
        return None
    v, w = np.linalg.solve(np.stack([b - a, c - a], axis=1), node - a)
    if min(1 - v - w, v, w) < slack:
        return None
    return float((1 - v - w) * triangle[0, 2] + v * triangle[1, 2] + w * triangle[2, 2])


def test_what_lies_outside_of_the_grid_is_not_drawn() -> None:
    heights = GRID.empty()
    draw(GRID, np.array([[[100.0, 100, 1], [120, 100, 1], [100, 120, 1]]]), heights)
    assert np.isnan(heights).all()


def test_a_triangle_much_larger_than_the_grid_fills_it() -> None:
    heights = GRID.empty()
    draw(GRID, np.array([[[-1e4, -1e4, 7.0], [1e4, -1e4, 7.0], [0.0, 3e4, 7.0]]]), heights)
    assert (heights == 7.0).all()


def test_the_nearest_node_answers_and_nobody_beyond_the_grid() -> None:
    heights = np.arange(17 * 23, dtype=np.float64).reshape(17, 23)
    points = np.array([[-3.0, 5.0], [-2.4, 5.1], [-9.0, 5.0]])
    assert GRID.nearest(heights, points)[:2].tolist() == [0.0, 1.0]
    assert np.isnan(GRID.nearest(heights, points)[2])
