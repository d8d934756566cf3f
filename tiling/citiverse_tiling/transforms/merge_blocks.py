"""Blocks that stand together become one, so that far tiles show a whole city in few triangles.

In each group, neighbours are merged two by two, those first that differ least: row houses, then
streets of them, then quarters. What is small beside the others and has no like neighbour is left
out. What each merged block is off from those that it stands for is measured at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.transforms.block import (
    FLAT_TRIANGLES,
    GABLED_TRIANGLES,
    Blocks,
    block_around,
)

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array

NEIGHBOURS = 3
"""Looked at before and after each block along each of the two curves through its group."""

_MOST_BITS = 16
_ROUNDS = 64


@dataclass(frozen=True, slots=True)
class Room:
    """How many triangles and bytes each of k groups may have, (k,) each."""

    triangles: Float64Array
    bytes: Float64Array


@dataclass(frozen=True, slots=True)
class Merged:
    """What m blocks have become.

    clusters   int64 (m,): which block of `blocks` stands for each, −1 for none
    blocks     c blocks; their errors are against those that they stand for
    largest    int64 (c,): the largest of the given blocks in each
    groups     int64 (c,): the group of each, rising
    """

    clusters: Int64Array
    blocks: Blocks
    largest: Int64Array
    groups: Int64Array


@dataclass(frozen=True, slots=True)
class _Standing:
    """What stands at some moment, one row each: upright boxes along `axes`, and what they cost.

    low, high   float64 (c, 2): lowest and highest z, (c,) each
    largest     the largest of the given blocks in it
    """

    centers: Float64Array
    axes: Float64Array
    half_sizes: Float64Array
    low: Float64Array
    high: Float64Array
    is_gabled: BoolArray
    bytes: Float64Array
    groups: Int64Array
    largest: Int64Array

    def take(self, rows: Int64Array | BoolArray) -> _Standing:
        return _Standing(*(getattr(self, name)[rows] for name in self.__slots__))

    def __len__(self) -> int:
        return len(self.low)

    @property
    def sizes_m(self) -> Float64Array:
        sizes: Float64Array = np.sqrt(
            4 * np.sum(self.half_sizes**2, axis=1) + (self.high - self.low) ** 2
        )
        return sizes

    @property
    def areas(self) -> Float64Array:
        areas: Float64Array = 4 * self.half_sizes.prod(axis=1)
        return areas

    @property
    def triangles(self) -> Float64Array:
        return np.where(self.is_gabled, GABLED_TRIANGLES, FLAT_TRIANGLES).astype(np.float64)


def merge_blocks(blocks: Blocks, groups: Int64Array, sizes_bytes: Int64Array, room: Room) -> Merged:
    """Merge m blocks of the groups (m,), each of `sizes_bytes` (m,), until each group has room.

    A group keeps one block at least.
    """
    standing = _Standing(
        blocks.centers,
        blocks.axes,
        blocks.half_sizes,
        blocks.heights[:, 0],
        blocks.heights[:, 1],
        blocks.is_gabled,
        sizes_bytes.astype(np.float64),
        groups,
        np.arange(len(groups)),
    )
    clusters = np.arange(len(groups))
    for _ in range(_ROUNDS):
        needed = _needed(standing, room)
        if not needed.any():
            break
        standing, moved = _round(standing, needed)
        clusters = np.where(clusters < 0, -1, moved[clusters])
    order = np.argsort(standing.groups, kind="stable")
    standing = standing.take(order)
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    clusters = np.where(clusters < 0, -1, places[clusters])
    return Merged(
        clusters, _measured(blocks, clusters, standing), standing.largest, standing.groups
    )


def _needed(standing: _Standing, room: Room) -> Int64Array:
    """How many blocks less each group must have, (k,)."""
    count = len(room.triangles)
    blocks = np.bincount(standing.groups, minlength=count)
    triangles = np.bincount(standing.groups, standing.triangles, count) - room.triangles
    each = np.bincount(standing.groups, standing.bytes, count) / np.maximum(blocks, 1)
    over = (each * blocks - room.bytes) / np.maximum(each, 1)
    excess = np.ceil(np.maximum(triangles / FLAT_TRIANGLES, over) - 1e-9)
    return np.clip(excess, 0, np.maximum(blocks - 1, 0)).astype(np.int64)


def _round(standing: _Standing, needed: Int64Array) -> tuple[_Standing, Int64Array]:
    """Merge or leave out about half of what must go, the cheapest first.

    Also tells where each row has gone, −1 where it is left out.
    """
    active = np.flatnonzero(needed[standing.groups] > 0)
    some = standing.take(active)
    first, second = _neighbours(some)
    joined, costs = _joined(some, first, second)
    partner, cheapest = _cheapest(first, second, costs, len(some))
    leaving = _leaving_costs(some)
    leaves = leaving < cheapest
    pairs = np.flatnonzero((partner[first] == second) & (partner[second] == first))
    pairs = pairs[~leaves[first[pairs]] & ~leaves[second[pairs]]]
    _, once = np.unique(first[pairs] * len(some) + second[pairs], return_index=True)
    pairs = pairs[once]
    gone = np.flatnonzero(leaves)
    price = np.concatenate([costs[pairs], leaving[gone]])
    where = np.concatenate([some.groups[first[pairs]], some.groups[gone]])
    chosen = _first_of_each(where, price, (needed + 1) // 2)
    pairs, gone = pairs[chosen[: len(pairs)]], gone[chosen[len(pairs) :]]
    kept = np.ones(len(standing), np.bool_)
    kept[active[first[pairs]]] = kept[active[second[pairs]]] = kept[active[gone]] = False
    moved = np.cumsum(kept) - 1
    new = int(kept.sum()) + np.arange(len(pairs))
    moved[active[first[pairs]]] = moved[active[second[pairs]]] = new
    moved[active[gone]] = -1
    return _appended(standing.take(kept), joined.take(pairs)), moved


def _first_of_each(groups: Int64Array, prices: Float64Array, counts: Int64Array) -> BoolArray:
    """Which rows are among the `counts` (k,) cheapest of their group."""
    order = np.lexsort((prices, groups))
    begins = np.searchsorted(groups[order], groups[order])
    chosen = np.zeros(len(groups), np.bool_)
    chosen[order] = np.arange(len(order)) - begins < counts[groups[order]]
    return chosen


def _appended(one: _Standing, other: _Standing) -> _Standing:
    return _Standing(
        *(np.concatenate([getattr(one, name), getattr(other, name)]) for name in one.__slots__)
    )


def _leaving_costs(standing: _Standing) -> Float64Array:
    """How wrong it is to leave each out: more than its size where it is like the others."""
    sizes = standing.sizes_m
    mean = np.bincount(standing.groups, sizes) / np.maximum(np.bincount(standing.groups), 1)
    costs: Float64Array = sizes * np.clip(2 * sizes / mean[standing.groups], 1.0, 4.0)
    return costs


def _cheapest(
    first: Int64Array, second: Int64Array, costs: Float64Array, count: int
) -> tuple[Int64Array, Float64Array]:
    """The cheapest partner of each of `count` rows, −1 where there is none, and its cost.

    Of equals, the first row: so one pair at least is each other's cheapest.
    """
    cheapest = np.full(count, np.inf)
    np.minimum.at(cheapest, first, costs)
    np.minimum.at(cheapest, second, costs)
    partner = np.full(count, count)
    for end, other in ((first, second), (second, first)):
        best = costs == cheapest[end]
        np.minimum.at(partner, end[best], other[best])
    return np.where(partner < count, partner, -1), cheapest


def _neighbours(standing: _Standing) -> tuple[Int64Array, Int64Array]:
    """Pairs of rows of one group that lie near each other: neighbours along two Z-curves.

    One curve has borders where the other has none. Each group has curves of its own, so that what
    becomes of it has nothing to do with the others.
    """
    centers, groups = standing.centers, standing.groups
    low = np.full((int(groups.max()) + 1, 2), np.inf)
    high = -low
    np.minimum.at(low, groups, centers)
    np.maximum.at(high, groups, centers)
    steps = np.maximum((high - low).max(axis=1) * 1.5 / 2**_MOST_BITS, 1e-3)
    firsts, seconds = [], []
    for shift in (0.0, 1 / 3):
        cells = (centers - low[groups]) / steps[groups, None] + shift * 2**_MOST_BITS
        cells = cells.astype(np.int64)
        order = np.lexsort((_spread(cells[:, 0]) | _spread(cells[:, 1]) << 1, standing.groups))
        for offset in range(1, NEIGHBOURS + 1):
            one, other = order[:-offset], order[offset:]
            same = standing.groups[one] == standing.groups[other]
            firsts.append(one[same])
            seconds.append(other[same])
    return np.concatenate(firsts), np.concatenate(seconds)


def _spread(numbers: Int64Array) -> Int64Array:
    """Each bit of numbers below 2³¹ moved to twice its place (Morton 1966)."""
    spread = numbers & 0x7FFF_FFFF
    for shift, mask in (
        (16, 0x0000_FFFF_0000_FFFF),
        (8, 0x00FF_00FF_00FF_00FF),
        (4, 0x0F0F_0F0F_0F0F_0F0F),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ):
        spread = (spread | spread << shift) & mask
    return spread


def _joined(
    standing: _Standing, first: Int64Array, second: Int64Array
) -> tuple[_Standing, Float64Array]:
    """The box around each pair, along the walls of the larger one, and about how wrong it is."""
    swap = standing.areas[first] < standing.areas[second]
    large = standing.take(np.where(swap, second, first))
    small = standing.take(np.where(swap, first, second))
    axes = large.axes
    between = small.centers - large.centers
    along = np.einsum("ij,ij->i", between, axes)
    across = between[:, 1] * axes[:, 0] - between[:, 0] * axes[:, 1]
    place = np.stack([along, across], axis=1)
    cosine = np.abs(np.einsum("ij,ij->i", axes, small.axes))[:, None]
    sine = np.sqrt(np.maximum(1 - cosine**2, 0.0))
    reach = small.half_sizes * cosine + small.half_sizes[:, ::-1] * sine
    low, high = place - reach, place + reach
    own = large.half_sizes
    all_low, all_high = np.minimum(low, -own), np.maximum(high, own)
    middle = (all_low + all_high) / 2
    turned = np.stack([-axes[:, 1], axes[:, 0]], axis=1)
    mismatch = np.maximum(np.abs(low + own), np.abs(high - own))
    gap = np.maximum(np.maximum(low - own, -own - high), 0.0) / 2
    beside = np.minimum(
        np.maximum(mismatch[:, 1], gap[:, 0]), np.maximum(mismatch[:, 0], gap[:, 1])
    )
    growth = np.hypot(*(all_high - all_low - 2 * own).T)
    askew = 2 * (sine * cosine)[:, 0] * small.half_sizes.min(axis=1)
    costs = np.maximum(
        np.abs(large.high - small.high), np.maximum(askew, np.minimum(beside, growth))
    )
    sizes = standing.sizes_m
    larger = np.where(sizes[first] >= sizes[second], first, second)
    joined = _Standing(
        large.centers + axes * middle[:, :1] + turned * middle[:, 1:],
        axes,
        (all_high - all_low) / 2,
        np.minimum(large.low, small.low),
        np.maximum(large.high, small.high),
        large.is_gabled,
        standing.bytes[larger],
        large.groups,
        standing.largest[larger],
    )
    return joined, costs


def _measured(blocks: Blocks, clusters: Int64Array, standing: _Standing) -> Blocks:
    """The tight block around all that each cluster stands for, and how far it is off them."""
    members = np.flatnonzero(clusters >= 0)
    members = members[np.argsort(clusters[members], kind="stable")]
    owners = clusters[members]
    counts = np.bincount(owners, minlength=len(standing))
    given = blocks.take(members)
    worst = np.zeros(len(standing))
    np.maximum.at(worst, owners, given.errors_m)
    alone = counts == 1
    outline = given.outline
    points = counts * outline.shape[1]
    made = block_around(outline.reshape(-1, 3), points, standing.axes, standing.is_gabled)
    single = given.take(np.flatnonzero(alone[owners]))
    result = replace(made, errors_m=made.errors_m + worst)
    for name in Blocks.__slots__:
        getattr(result, name)[alone] = getattr(single, name)
    return result
