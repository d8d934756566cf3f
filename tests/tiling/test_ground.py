"""Ground derived from footprints: under every building, gentle between, never too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.transforms.ground import (
    CORNERS,
    MARGIN_M,
    MOST_CELLS,
    MOST_FINE_CELLS,
    SINK_M,
    fit_field,
    level_field,
    standing,
)
from tiling.cities import boxes

if TYPE_CHECKING:
    from citiverse_tiling.model import Int64Array
    from citiverse_tiling.transforms.block import Blocks
    from citiverse_tiling.transforms.ground import HeightField

CELL_M = 64.0
SIZE = (12.0, 9.0, 8.0)


def derive_ground(blocks: Blocks, buildings: Int64Array, cell_m: float) -> HeightField:
    """Ground for n ≥ 1 blocks; `buildings` (n,) says which are parts of one building."""
    corners = blocks.footprint(CORNERS)
    field = level_field(corners.min(axis=(0, 1)), corners.max(axis=(0, 1)), cell_m)
    return fit_field(field, blocks.take(np.flatnonzero(standing(blocks, buildings))))


def test_a_flat_city_has_flat_ground_just_below_it() -> None:
    field = derive_ground(boxes([(0, 0, 30), (80, 40, 30)], SIZE), np.arange(2), CELL_M)
    assert np.allclose(field.heights, 30 - SINK_M)


def test_the_field_is_whole_cells_around_the_extent_and_its_margin() -> None:
    field = derive_ground(boxes([(0, 0, 30), (300, 40, 30)], SIZE), np.arange(2), CELL_M)
    assert field.x[0] <= -MARGIN_M
    assert field.x[-1] >= 312 + MARGIN_M
    assert field.y[0] <= -MARGIN_M
    assert field.y[-1] >= 49 + MARGIN_M
    assert field.x[0] % CELL_M == field.y[-1] % CELL_M == 0
    assert CELL_M % field.spacing_m == 0


def test_ground_passes_under_every_building_of_a_slope() -> None:
    corners = [(x, y, 30 + 0.1 * x) for x in range(0, 400, 40) for y in range(0, 200, 40)]
    blocks = boxes([(float(x), float(y), z) for x, y, z in corners], SIZE)
    field = derive_ground(blocks, np.arange(len(corners)), CELL_M)
    signs = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1], [0, 0]])
    below = blocks.heights[:, :1] - field.at(blocks.footprint(signs).reshape(-1, 2)).reshape(-1, 5)
    assert below.min() > -0.05
    assert below.max() < 0.15
    slope = np.abs(np.diff(field.heights, axis=1)).max() / field.spacing_m
    assert slope < 0.4, "between the buildings of a 10 % slope nobody has to climb"


def test_a_part_on_the_roof_of_its_building_lifts_no_ground() -> None:
    blocks = boxes([(0, 0, 30), (2, 2, 45)], SIZE)
    field = derive_ground(blocks, np.zeros(2, np.int64), CELL_M)
    assert np.allclose(field.heights, 30 - SINK_M)


def test_height_at_a_point_is_that_of_the_triangle_there() -> None:
    field = derive_ground(boxes([(0, 0, 30), (80, 40, 36)], SIZE), np.arange(2), CELL_M)
    rows, columns = 10, 20
    x, y, h = field.x[columns], field.y[rows], field.heights
    step = field.spacing_m
    points = np.array([[x, y], [x + step, y], [x + 0.75 * step, y + 0.25 * step]])
    south_west, south_east, north_east = (
        h[rows, columns],
        h[rows, columns + 1],
        h[rows + 1, columns + 1],
    )
    expected = [south_west, south_east, 0.25 * south_west + 0.5 * south_east + 0.25 * north_east]
    assert field.at(points) == pytest.approx(expected)


def test_a_wide_city_gets_larger_cells_and_coarser_ground() -> None:
    corners = [(0.0, 0.0, 30.0), (3_000.0, 3_000.0, 30.0)]
    field = derive_ground(boxes(corners, SIZE), np.arange(2), CELL_M)
    assert field.cell_m == 2 * CELL_M > (3_000 / MOST_FINE_CELLS)


def test_ground_stays_bounded_where_one_building_is_far_away() -> None:
    corners = [(0.0, 0.0, 30.0), (90_000.0, 60_000.0, 30.0)]
    field = derive_ground(boxes(corners, SIZE), np.arange(2), CELL_M)
    cells = (np.array(field.heights.shape) - 1) * field.spacing_m / field.cell_m
    assert cells.prod() <= MOST_CELLS
    assert field.heights.size <= 2_000_000
