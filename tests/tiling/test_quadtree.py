"""Every object is in one leaf, leaves keep their limits, and few tiles are needed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.tree.quadtree import Quadtree, build_quadtree, roundest

SHARE = 1 / 40


def leaves(tree: Quadtree) -> list[list[int]]:
    return [
        tree.order[tree.object_starts[tile] : tree.object_ends[tile]].tolist()
        for tile in np.flatnonzero(tree.is_leaf)
    ]


@settings(max_examples=60)
@given(st.data(), st.integers(1, 400))
def test_leaves_hold_all_objects_once_and_keep_the_limits(data: st.DataObject, count: int) -> None:
    seed = data.draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    centers = np.round(random.normal(size=(count, 2)) * 100, data.draw(st.integers(-3, 2)))
    weights = random.uniform(0.001, data.draw(st.sampled_from([0.002, 0.1, 1.5])), count)
    tree = build_quadtree(centers, weights)
    found = leaves(tree)
    assert sorted(row for leaf in found for row in leaf) == list(range(count))
    for leaf in found:
        assert len(leaf) == 1 or weights[leaf].sum() <= 1 + 1e-6
        assert leaf == sorted(leaf)


def test_children_share_their_parents_objects_and_levels_are_runs() -> None:
    random = np.random.default_rng(1)
    tree = build_quadtree(random.random((3_000, 2)), np.full(3_000, SHARE))
    counts = np.bincount(tree.parents[1:], minlength=len(tree.parents))
    assert set(counts.tolist()) <= {0, 2, 3, 4}
    assert (np.diff(tree.parents) >= 0).all(), "the children of a tile are neighbours"
    for tile in np.flatnonzero(counts):
        children = np.flatnonzero(tree.parents == tile)
        assert tree.object_starts[children[0]] == tree.object_starts[tile]
        assert tree.object_ends[children[-1]] == tree.object_ends[tile]


def test_leaves_are_nearly_full_and_inner_tiles_few() -> None:
    random = np.random.default_rng(2)
    tree = build_quadtree(random.random((10_000, 2)), np.full(10_000, SHARE))
    leaf_count = int(tree.is_leaf.sum())
    assert leaf_count <= 1.25 * 10_000 / 40
    assert len(tree.parents) - leaf_count <= 0.4 * leaf_count


def test_objects_in_one_place_are_still_divided() -> None:
    tree = build_quadtree(np.zeros((100, 2)), np.full(100, SHARE))
    assert max(len(leaf) for leaf in leaves(tree)) <= 40


def test_one_object_too_big_for_a_leaf_is_alone() -> None:
    weights = np.array([0.01, 3.0, 0.01])
    tree = build_quadtree(np.array([[0.0, 0], [1, 0], [2, 0]]), weights)
    assert [1] in leaves(tree)


@pytest.mark.parametrize("count", [1, 40])
def test_a_few_objects_are_one_tile(count: int) -> None:
    tree = build_quadtree(np.random.default_rng(3).random((count, 2)), np.full(count, SHARE))
    assert len(tree.parents) == 1


@given(st.floats(-1e5, 1e5), st.floats(1e-3, 1e4))
def test_the_roundest_number_is_within_and_none_is_rounder(low: float, width: float) -> None:
    high = low + width
    found = roundest(low, high)
    assert low < found <= high
    step = 2.0 ** np.floor(np.log2(width) + 2)
    while found % step:
        assert np.floor(high / step) * step <= low, "a rounder one would have been within"
        step /= 2


def test_a_house_more_less_or_moved_leaves_nearly_all_other_leaves_as_they_were() -> None:
    random = np.random.default_rng(4)
    count = 4_000
    centers = random.random((count, 2)) * 2_000 - 700
    weights = random.uniform(0.02, 0.05, count)
    before = {frozenset(leaf) for leaf in leaves(build_quadtree(centers, weights))}
    changed = []
    for house in random.integers(0, count, 24).tolist():
        ids = np.delete(np.arange(count), house)
        tree = build_quadtree(centers[ids], weights[ids])
        after = {frozenset(ids[leaf].tolist()) for leaf in leaves(tree)}
        moved = centers.copy()
        moved[house] += 0.3
        new = {frozenset(leaf) for leaf in leaves(build_quadtree(moved, weights))}
        changed += [len(after - before), len(new - before)]
    assert np.mean(changed) <= 3, "the leaf that held the house, and seldom some more"
    assert len(before) > 100
