"""Neighbours that are alike become one block, small strangers go, and the error is measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.transforms.block import Blocks, blocks_of, upright_blocks
from citiverse_tiling.transforms.merge_blocks import Merged, Room, merge_blocks
from tiling.cities import box, meshes


def merged(blocks: Blocks, triangles: float, groups: list[int] | None = None) -> Merged:
    own = np.zeros(len(blocks.centers), np.int64) if groups is None else np.array(groups)
    room = Room(np.full(own.max() + 1, triangles), np.full(own.max() + 1, 1e9))
    return merge_blocks(blocks, own, np.full(len(own), 100), room)


def houses(*boxes: tuple[float, float, float, float, float]) -> Blocks:
    """Upright blocks: x, y of the middle, sides and height."""
    given_ = np.array(boxes)
    feet = np.column_stack([given_[:, :2], np.zeros(len(given_))])
    return upright_blocks(feet, given_[:, 2:])


ROW = houses(*((8.0 * number, 0, 8, 10, 6 + 0.1 * number) for number in range(4)))


def test_a_row_of_houses_becomes_one_long_block() -> None:
    found = merged(ROW, 10)
    assert found.clusters.tolist() == [0, 0, 0, 0]
    assert sorted((2 * found.blocks.half_sizes[0]).tolist()) == pytest.approx([10, 32])
    assert found.blocks.heights[0] == pytest.approx([0, 6.3])
    assert 0.1 <= found.blocks.errors_m[0] <= 0.31, "that of the lowest roof"
    assert found.largest.tolist() == [3]


def test_those_that_differ_least_are_merged_first() -> None:
    tower = houses((0, 0, 8, 10, 6), (8, 0, 8, 10, 6), (16, 0, 8, 10, 40))
    found = merged(tower, 20)
    assert found.clusters[0] == found.clusters[1] != found.clusters[2]


def test_a_shed_far_from_all_is_left_out_before_houses_are() -> None:
    found = merged(houses((0, 0, 12, 10, 8), (300, 0, 12, 10, 8), (150, 90, 2, 2, 2)), 20)
    assert found.clusters.tolist() == [0, 1, -1]
    assert found.blocks.errors_m.tolist() == [0, 0]


def test_a_group_with_room_stays_as_it_is_and_groups_do_not_mix() -> None:
    found = merged(ROW, 20, [0, 0, 1, 1])
    assert found.clusters.tolist() == [0, 1, 2, 3]
    assert found.groups.tolist() == [0, 0, 1, 1]
    for name in Blocks.__slots__:
        assert np.array_equal(getattr(found.blocks, name), getattr(ROW, name))
    halved = merged(ROW, 10, [0, 0, 1, 1])
    assert halved.clusters.tolist() == [0, 0, 1, 1]


def test_one_block_always_stays() -> None:
    assert len(merged(ROW, 0).groups) == 1


def test_errors_add_to_those_that_the_blocks_had() -> None:
    blocks = replace(ROW, errors_m=np.full(4, 2.0))
    assert merged(blocks, 10).blocks.errors_m[0] >= 2.0
    assert merged(blocks, 100).blocks.errors_m.tolist() == [2.0] * 4


def test_gabled_houses_in_a_row_keep_their_roof() -> None:
    shapes = [box(0, 0, 0, (6, 8, 5)), box(6, 0, 0, (6, 8, 5))]
    flat = blocks_of(meshes(*shapes))
    gabled = Blocks(
        flat.centers,
        np.tile([1.0, 0.0], (2, 1)),
        np.tile([3.0, 4.0], (2, 1)),
        flat.heights,
        np.full(2, 3.0),
        np.zeros(2),
    )
    found = merged(gabled, 14)
    assert found.blocks.is_gabled.tolist() == [True]
    assert found.blocks.eaves[0] == pytest.approx(3.0)
    assert found.blocks.errors_m[0] < 0.01


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 120), st.integers(1, 5))
def test_each_block_stands_for_what_it_is_around_and_the_room_is_kept(
    seed: int, count: int, groups: int
) -> None:
    random = np.random.default_rng(seed)
    feet = np.column_stack([random.uniform(-200, 200, (count, 2)), random.uniform(-2, 2, count)])
    blocks = upright_blocks(feet, random.uniform(2, 30, (count, 3)))
    owners = np.sort(random.integers(0, groups, count))
    room = Room(np.full(groups, 60.0), np.full(groups, 1e9))
    found = merge_blocks(blocks, owners, np.full(count, 100), room)
    assert (np.bincount(found.groups, minlength=groups) <= 6).all()
    assert (np.bincount(found.groups, minlength=groups) > 0).tolist() == np.isin(
        np.arange(groups), owners
    ).tolist()
    kept = found.clusters >= 0
    assert (found.groups[found.clusters[kept]] == owners[kept]).all()
    assert (found.clusters[found.largest] == np.arange(len(found.groups))).all()
    low, high = found.blocks.boxes
    own_low, own_high = blocks.boxes
    assert (own_low[kept] >= low[found.clusters[kept]] - 1e-6).all()
    assert (own_high[kept] <= high[found.clusters[kept]] + 1e-6).all()


def test_the_order_of_the_blocks_is_no_matter() -> None:
    random = np.random.default_rng(6)
    feet = np.column_stack([random.uniform(0, 100, (30, 2)), np.zeros(30)])
    blocks = upright_blocks(feet, random.uniform(4, 20, (30, 3)))
    order = random.permutation(30)
    one, other = merged(blocks, 80), merged(blocks.take(order), 80)
    same = one.clusters[:, None] == one.clusters[None]
    assert np.array_equal(
        same[np.ix_(order, order)], other.clusters[:, None] == other.clusters[None]
    )
