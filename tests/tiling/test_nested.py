"""Trees of what is indoors: of buildings, of the storeys of each, and of the things on each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from citiverse_tiling.tree.nested import Groups, below_one, build_nested, is_one_storey
from citiverse_tiling.tree.quadtree import build_quadtree

if TYPE_CHECKING:
    from citiverse_tiling.tree.quadtree import Quadtree

STOREY_M = 3.0


def tower(storeys: int, things: int) -> tuple[Quadtree, Groups]:
    """One building whose storeys lie over each other, with as many things on the same places."""
    number = np.repeat(np.arange(storeys), things)
    along = np.tile(np.arange(things, dtype=float), storeys)
    centers = np.column_stack([along, np.zeros(len(along)), number * STOREY_M])
    groups = Groups(np.zeros(len(number), np.int64), number)
    return build_nested(centers, np.full(len(number), 1 / 4), groups), groups


def leaves_of(tree: Quadtree) -> list[np.ndarray]:
    return [
        tree.order[tree.object_starts[leaf] : tree.object_ends[leaf]]
        for leaf in np.flatnonzero(tree.is_leaf).tolist()
    ]


def test_a_leaf_has_things_of_one_storey_only() -> None:
    tree, groups = tower(storeys=9, things=10)
    for members in leaves_of(tree):
        assert len(set(groups.storeys[members].tolist())) == 1


def test_a_tile_of_several_storeys_has_neighbours() -> None:
    """Who is on one of them needs those above and below, and not any others."""
    tree, groups = tower(storeys=16, things=3)
    for tile in range(len(tree.parents)):
        members = tree.order[tree.object_starts[tile] : tree.object_ends[tile]]
        found = sorted(set(groups.storeys[members].tolist()))
        assert found == list(range(found[0], found[-1] + 1))


def test_each_storey_has_a_tile_above_its_leaves() -> None:
    tree, groups = tower(storeys=2, things=1)
    inner = ~tree.is_leaf
    whole = is_one_storey(tree, groups)
    assert (whole & inner).sum() == 2
    assert tree.is_leaf.sum() == 2


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 5)), min_size=1, max_size=60))
def test_all_things_are_in_one_leaf_each(places: list[tuple[int, int]]) -> None:
    groups = Groups(*(np.array(column) for column in zip(*places, strict=True)))
    centers = np.array([(30.0 * b + n % 7, n % 5, STOREY_M * s) for n, (b, s) in enumerate(places)])
    tree = build_nested(centers, np.full(len(places), 0.3), groups)
    assert sorted(np.concatenate(leaves_of(tree)).tolist()) == list(range(len(places)))
    assert (np.diff(tree.parents[1:]) >= 0).all()
    for tile, parent in enumerate(tree.parents.tolist()):
        assert parent < tile
        if parent >= 0:
            assert tree.object_starts[parent] <= tree.object_starts[tile]
            assert tree.object_ends[tile] <= tree.object_ends[parent]
    for members in leaves_of(tree):
        assert len({places[one] for one in members.tolist()}) == 1


def test_a_leaf_alone_gets_a_tile_above_it() -> None:
    single = build_quadtree(np.zeros((3, 2)), np.full(3, 0.1))
    assert below_one(single).parents.tolist() == [-1, 0]
    several = build_quadtree(np.arange(20.0).reshape(-1, 2), np.ones(10))
    assert below_one(several) is several
