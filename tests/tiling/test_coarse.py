"""Inner tiles show the largest objects as blocks, and say how wrong that is."""

from __future__ import annotations

import numpy as np

from citiverse_tiling.tree.coarse import BLOCK_BYTES, InnerLimits, ObjectSizes, choose_shown
from citiverse_tiling.tree.quadtree import build_quadtree

COUNT = 100
SIZES = np.linspace(5, 104, COUNT)
ROOMY = InnerLimits(60_000)


def objects(errors: np.ndarray) -> ObjectSizes:
    low = np.stack([np.arange(COUNT) * 10.0, np.zeros(COUNT), np.zeros(COUNT)], axis=1)
    sizes = np.full(COUNT, 20 + BLOCK_BYTES)
    return ObjectSizes(SIZES, errors, sizes, low, low + 5, low - 1, low + 6)


TREE = build_quadtree(
    np.stack([np.arange(COUNT) * 10.0, np.zeros(COUNT)], axis=1),
    np.full(COUNT, 1 / 40),
)


def test_leaves_show_their_objects_without_error() -> None:
    layer, shown = choose_shown(TREE, objects(np.full(COUNT, 2.0)), ROOMY)
    leaves = TREE.is_leaf
    assert sorted(np.concatenate([shown[t] for t in np.flatnonzero(leaves)])) == list(range(COUNT))
    assert (layer.geometric_errors_m[leaves] == 0).all()
    assert layer.box_min[leaves][0, 1] == 0, "the box of the faces, not of the blocks"


def test_a_root_with_room_for_all_is_as_wrong_as_its_worst_block() -> None:
    errors = np.full(COUNT, 2.0)
    errors[17] = 6.5
    layer, shown = choose_shown(TREE, objects(errors), ROOMY)
    assert len(shown[0]) == COUNT
    assert layer.geometric_errors_m[0] == 6.5
    assert layer.box_min[0].tolist() == [-1, -1, -1]


def test_what_has_no_room_counts_by_its_size() -> None:
    layer, shown = choose_shown(
        TREE, objects(np.full(COUNT, 2.0)), InnerLimits(10 * (BLOCK_BYTES + 20))
    )
    assert sorted(shown[0]) == list(range(90, 100)), "the ten largest"
    assert layer.geometric_errors_m[0] == SIZES[89]


def test_where_objects_stand_for_themselves_only_a_share_is_shown() -> None:
    layer, shown = choose_shown(TREE, objects(np.zeros(COUNT)), InnerLimits(60_000, share=0.25))
    assert sorted(shown[0]) == list(range(75, 100)), "the largest quarter"
    assert layer.geometric_errors_m[0] == SIZES[74]
