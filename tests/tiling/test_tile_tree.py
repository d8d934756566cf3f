"""The trees of all layers become one table in the order of tree.bin."""

from __future__ import annotations

import numpy as np

from citiverse_tiling.tree.tile_tree import ROUNDING_M, ROUNDING_SHARE, LayerTree, merge_layers


def layer(parents: list[int], errors: list[float]) -> LayerTree:
    count = len(parents)
    low = np.stack([np.arange(count) * 10.0, np.zeros(count), np.zeros(count)], axis=1)
    return LayerTree(np.array(parents), low, low + 5.0, np.array(errors))


GROUND = layer([-1, 0, 0, 2, 2], [1.0, 0.0, 4.0, 0.0, 0.0])
BUILDINGS = layer([-1, 0, 0, 1], [7.0, 3.0, 0.0, 0.0])
TREE = merge_layers([GROUND, BUILDINGS])


def test_rows_are_sorted_by_level_and_then_by_parent() -> None:
    assert TREE.levels.tolist() == [0, 0, 1, 1, 1, 1, 2, 2, 2]
    assert TREE.layers.tolist() == [0, 1, 0, 0, 1, 1, 0, 0, 1]
    assert TREE.parents.tolist() == [-1, -1, 0, 0, 1, 1, 3, 3, 4]
    assert TREE.local_rows.tolist() == [0, 0, 1, 2, 1, 2, 3, 4, 3]


def test_children_are_runs() -> None:
    assert TREE.first_children.tolist() == [2, 4, -1, 6, 8, -1, -1, -1, -1]
    assert TREE.child_counts.tolist() == [2, 2, 0, 2, 1, 0, 0, 0, 0]


def test_an_error_is_never_smaller_than_a_childs() -> None:
    assert TREE.geometric_errors_m.tolist() == [4.0, 7.0, 0.0, 4.0, 3.0, 0.0, 0.0, 0.0, 0.0]


def test_boxes_hold_all_below_and_translations_are_of_the_own_content() -> None:
    far = ROUNDING_SHARE * 4.0
    assert TREE.box_max[0].tolist() == [45 + ROUNDING_M, 5 + far, 5 + far]
    assert TREE.box_min[0].tolist() == [-ROUNDING_M, -far, -far]
    assert TREE.box_max[-1].tolist() == [35 + ROUNDING_M, 5 + ROUNDING_M, 5 + ROUNDING_M]
    assert TREE.translations[0].tolist() == [2.5, 2.5, 2.5]
