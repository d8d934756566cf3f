"""The ground's quadtree covers the field at every level, and measures what coarser ones lose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.tree.ground_tree import TILE_QUADS, build_ground_tree


@settings(max_examples=40)
@given(st.integers(2, 150), st.integers(2, 150))
def test_children_cover_what_their_parent_covers(rows: int, columns: int) -> None:
    tree = build_ground_tree(np.zeros((rows, columns)))
    areas = np.array(
        [(c[-1] - c[0]) * (r[-1] - r[0]) for c, r in zip(tree.columns, tree.rows, strict=True)]
    )
    assert areas[0] == (rows - 1) * (columns - 1)
    for tile in range(len(areas)):
        children = np.flatnonzero(tree.parents == tile)
        assert not len(children) or areas[children].sum() == areas[tile]
        assert len(tree.columns[tile]) <= TILE_QUADS + 1
        if not len(children):
            assert set(np.diff(tree.columns[tile]).tolist()) == {1}


def test_a_plane_loses_nothing() -> None:
    x, y = np.meshgrid(np.arange(100), np.arange(80))
    assert build_ground_tree(0.1 * x - 0.2 * y).errors_m == pytest.approx(0, abs=1e-12)


def test_the_error_is_the_height_of_what_is_left_out() -> None:
    heights = np.zeros((65, 65))
    heights[33, 17] = 5.0
    tree = build_ground_tree(heights)
    assert tree.errors_m[0] == 5.0
    assert tree.errors_m[1:].tolist() == [0.0] * 4
    assert tree.skirt_m > 5.0


def test_boxes_hold_heights_and_skirts() -> None:
    heights = np.random.default_rng(5).random((65, 65))
    tree = build_ground_tree(heights)
    steps = np.arange(0.0, 260.0, 4.0)
    layer = tree.layer(steps, steps, heights)
    assert layer.box_min[0].tolist() == [
        0,
        0,
        pytest.approx(heights[::2, ::2].min() - tree.skirt_m),
    ]
    assert layer.box_max[1].tolist() == [128, 128, pytest.approx(heights[:33, :33].max())]
