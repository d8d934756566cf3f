"""A quadtree of quadtrees: what belongs together is below one tile, however near others are.

Rooms of one storey are looked at together, and those of the next storey lie over the same ground.
So a tree of buildings has a tree of storeys for each, and that a tree of what is in each storey.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.tree.quadtree import Quadtree, build_quadtree
from citiverse_tiling.tree.tile_tree import level_order, levels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array


class Groups(NamedTuple):
    """Of n objects: numbers of the building and of the storey that each is in, −1 for none."""

    buildings: Int64Array
    storeys: Int64Array


def build_nested(centers: Float64Array, weights: Float64Array, groups: Groups) -> Quadtree:
    """The tree over n ≥ 1 objects at `centers` (n, 3), in metres, with `weights` as in a quadtree.

    Each storey has an inner tile of its own, and leaves below it.
    """
    trees, middles, members = [], [], []
    for number in np.unique(groups.buildings).tolist():
        mine = np.flatnonzero(groups.buildings == number)
        trees.append(_building(centers[mine], weights[mine], groups.storeys[mine]))
        middles.append(centers[mine, :2].mean(axis=0))
        members.append(mine)
    return _nested(_of_singles(np.array(middles)), trees, members)


def below_one(tree: Quadtree) -> Quadtree:
    """The tree with an inner tile above what would be a leaf alone, for who is far away."""
    if len(tree.parents) > 1:
        return tree
    twice = np.zeros(2, np.int64)
    return Quadtree(np.array([-1, 0]), tree.order, twice, twice + len(tree.order))


def is_one_storey(tree: Quadtree, groups: Groups) -> BoolArray:
    """Which tiles have objects of one storey only, (N,)."""
    first, last = tree.order[tree.object_starts], tree.order[tree.object_ends - 1]
    is_one = groups.storeys[first] == groups.storeys[last]
    return np.asarray(is_one & (groups.buildings[first] == groups.buildings[last]))


def _building(centers: Float64Array, weights: Float64Array, storeys: Int64Array) -> Quadtree:
    """That of the storeys of a building, by their heights."""
    trees, heights, members = [], [], []
    for number in np.unique(storeys).tolist():
        mine = np.flatnonzero(storeys == number)
        trees.append(below_one(build_quadtree(centers[mine, :2], weights[mine])))
        heights.append((float(centers[mine, 2].mean()), 0.0))
        members.append(mine)
    return _nested(_of_singles(np.array(heights)), trees, members)


def _of_singles(places: Float64Array) -> Quadtree:
    """A tree with one of m things in each leaf."""
    return build_quadtree(places, np.ones(len(places)))


def _nested(outer: Quadtree, trees: Sequence[Quadtree], members: Sequence[Int64Array]) -> Quadtree:
    """The outer tree, in the place of each of its leaves the tree of the thing that it has.

    `members` are the objects of each thing, in the order that its tree counts them.
    """
    things = outer.order.tolist()
    sizes = np.array([len(members[thing]) for thing in things])
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    parents = [outer.parents]
    starts, ends = [offsets[outer.object_starts]], [offsets[outer.object_ends]]
    count = len(outer.parents)
    for leaf in np.flatnonzero(outer.is_leaf).tolist():
        place = int(outer.object_starts[leaf])
        tree = trees[things[place]]
        below = tree.parents[1:]
        parents.append(np.where(below == 0, leaf, below + count - 1))
        starts.append(tree.object_starts[1:] + offsets[place])
        ends.append(tree.object_ends[1:] + offsets[place])
        count += len(below)
    loose = np.concatenate(parents)
    order, ordered = level_order(levels_of(loose), loose)
    objects = np.concatenate([members[thing][trees[thing].order] for thing in things])
    return Quadtree(
        ordered,
        objects.astype(np.int32),
        np.concatenate(starts)[order],
        np.concatenate(ends)[order],
    )
