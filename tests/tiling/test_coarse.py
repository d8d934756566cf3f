"""Inner tiles show less than their children, the largest or merged, and say how wrong that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.far_table import FarTable
from citiverse_tiling.transforms.block import upright_blocks
from citiverse_tiling.tree.coarse import BLOCK_BYTES, SHARE, ObjectSizes, choose_shown, merge_shown
from citiverse_tiling.tree.quadtree import build_quadtree
from citiverse_tiling.tree.tile_tree import levels_of
from citiverse_tiling.workers import Here, Team

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 1_000
SIZES = np.linspace(5, 104, COUNT)
CENTERS = np.stack([np.arange(COUNT) % 40 * 10.0, np.arange(COUNT) // 40 * 10.0], axis=1)
TREE = build_quadtree(CENTERS, np.full(COUNT, 1 / 40))
LEAVES = np.flatnonzero(TREE.is_leaf)
INNER = np.flatnonzero(~TREE.is_leaf)


def objects(errors: np.ndarray, triangles: int = 20) -> ObjectSizes:
    low = np.column_stack([CENTERS, np.zeros(COUNT)])
    sizes = np.full(COUNT, 20 + BLOCK_BYTES)
    each = np.full(COUNT, triangles)
    return ObjectSizes(SIZES, errors, sizes, each, each, low, low + 5, low - 1, low + 6)


def children(tile: int) -> list[int]:
    return np.flatnonzero(TREE.parents == tile).tolist()


def test_leaves_show_their_objects_without_error() -> None:
    layer, shown, _ = choose_shown(TREE, objects(np.full(COUNT, 2.0)), 60_000)
    assert sorted(np.concatenate([shown[tile] for tile in LEAVES.tolist()])) == list(range(COUNT))
    assert (layer.geometric_errors_m[LEAVES] == 0).all()
    assert layer.box_min[LEAVES, 1].min() == 0, "the box of the faces, not of what is coarse"


def test_an_inner_tile_shows_the_largest_of_what_its_children_show() -> None:
    layer, shown, _ = choose_shown(TREE, objects(np.full(COUNT, 2.0)), 10**9)
    for tile in INNER.tolist():
        below = np.concatenate([shown[child] for child in children(tile)])
        assert len(shown[tile]) == int(SHARE * len(below))
        assert set(shown[tile]) == set(np.sort(below)[-len(shown[tile]) :])
        left_out = np.setdiff1d(below, shown[tile])
        assert layer.geometric_errors_m[tile] == SIZES[left_out].max()
        assert layer.box_min[tile, 2] == -1


def test_what_is_off_counts_where_it_is_worse_than_what_is_left_out() -> None:
    errors = np.full(COUNT, 2.0)
    errors[COUNT - 1] = 200.0
    layer, *_ = choose_shown(TREE, objects(errors), 10**9)
    assert layer.geometric_errors_m[0] == 200.0


def test_bytes_are_a_bound_and_one_object_is_always_shown() -> None:
    _, shown, _ = choose_shown(TREE, objects(np.zeros(COUNT)), 5 * (BLOCK_BYTES + 20))
    assert max(len(shown[tile]) for tile in INNER.tolist()) == 5
    _, shown, _ = choose_shown(TREE, objects(np.zeros(COUNT)), 1)
    assert {len(shown[tile]) for tile in INNER.tolist()} == {1}


def test_what_a_tile_shows_depends_on_nothing_beside_it() -> None:
    first, last = children(0)[0], children(0)[-1]
    sizes = SIZES.copy()
    own = TREE.order[TREE.object_starts[last] : TREE.object_ends[last]]
    sizes[own] *= 3
    changed = objects(np.zeros(COUNT))
    changed = ObjectSizes(sizes, *(getattr(changed, name) for name in ObjectSizes.__slots__[1:]))
    _, before, _ = choose_shown(TREE, objects(np.zeros(COUNT)), 60_000)
    _, after, _ = choose_shown(TREE, changed, 60_000)
    levels = levels_of(TREE.parents)
    for tile in range(len(TREE.parents)):
        above = tile
        while levels[above] > 1:
            above = int(TREE.parents[above])
        if above == first:
            assert np.array_equal(before[tile], after[tile])


def test_blocks_are_merged_until_a_tile_has_a_share_of_its_childrens_triangles(
    tmp_path: Path,
) -> None:
    feet = np.column_stack([CENTERS, np.zeros(COUNT)])
    sizes = np.column_stack([np.full((COUNT, 2), 9.0), SIZES / 10])
    blocks = upright_blocks(feet, sizes)
    far = FarTable(tmp_path / "far", COUNT, blocks.take)
    layer, shown = merge_shown(TREE, objects(np.zeros(COUNT)), far, 60_000, Team(Here(), 1))
    triangles = np.array([10 * len(rows) for rows in shown])
    triangles[LEAVES] = [20 * len(shown[tile]) for tile in LEAVES.tolist()]
    for tile in INNER.tolist():
        assert triangles[tile] <= SHARE * triangles[children(tile)].sum() + 1e-6
        stood_for = far.take(shown[tile]).objects
        assert (np.diff(shown[tile]) == 1).all(), "what a tile shows lies together"
        own = TREE.order[TREE.object_starts[tile] : TREE.object_ends[tile]]
        assert np.isin(stood_for, own).all()
        assert len(np.unique(stood_for)) == len(stood_for)
    assert (layer.geometric_errors_m[INNER] > 0).all()
    low, high = far.take(shown[0]).blocks.boxes
    assert (low[:, :2].min(axis=0) < 10).all(), "the whole of the city is there"
    assert high[:, 0].max() > 380
