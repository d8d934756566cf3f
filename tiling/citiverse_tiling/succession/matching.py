"""Old and new things by the ground that they cover and their height: pure geometry.

Sure is only what covers most of the other and has no rival; everything else is `unsure`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array

ALIKE = 0.8
"""Each covers at least this share of the other: the same thing, whatever lies around."""

MOST = 0.6
"""A share that makes one thing most of another."""

SURE = 0.7
"""What a thing and its successors must cover of each other."""

SOME = 0.2
"""A smaller share is a neighbour's edge, moved by half a metre."""

HALF = 0.5
"""At least this share of a piece lies in what it is a piece of, exactly as it is drawn."""

PIECE = 0.02
"""A smaller share is no piece of a thing."""

LITTLE = 0.05
"""A smaller share is nothing."""

MARGIN = 0.15
"""What the best must be better by than the second best."""

ONCE = 1.1
"""Shares of things that lie beside each other add up to no more."""

SLACK_M = 0.5
"""How far heights of the same thing may be from each other."""

THIN_M = 3.0
"""What is narrower than this can't be compared by what it covers alone."""

LEAST_M2 = 0.05


@dataclass(frozen=True, slots=True)
class Things:
    """Footprints (n,) of shapely, lowest and highest z (n, 2) in metres, and kinds (n,)."""

    shapes: np.ndarray
    heights: Float64Array
    kinds: np.ndarray


@dataclass(frozen=True, slots=True)
class Match:
    """Old and new things that belong together, by number; `sure` or only candidates."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    score: float
    sure: bool


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Overlaps (m,): which old, which new, and the share of each that the other covers.

    `plain` is the larger of the shares without any allowance for what is narrow.
    """

    old: Int64Array
    new: Int64Array
    of_old: Float64Array
    of_new: Float64Array
    plain: Float64Array

    def keep(self, which: BoolArray) -> _Pairs:
        return _Pairs(
            self.old[which],
            self.new[which],
            self.of_old[which],
            self.of_new[which],
            self.plain[which],
        )

    @property
    def both(self) -> Float64Array:
        """The smaller of the two shares."""
        return np.minimum(self.of_old, self.of_new)


def footprints(owners: Int64Array, corners: Float64Array, count: int) -> np.ndarray:
    """The ground below triangles (t, 3, 3) of owners 0 … count − 1, as one shape each (count,).

    A pole or a wall, which covers nothing, is given 10 cm on each side.
    """
    flat = np.round(corners[..., :2], 3)
    (ax, ay), (bx, by) = (flat[:, 1] - flat[:, 0]).T, (flat[:, 2] - flat[:, 0]).T
    facing_up = ax * by - ay * bx
    seen = facing_up > 1e-4
    # What has no face upward, as its faces are turned round, is seen from below.
    from_below = ~np.isin(owners, owners[seen])
    seen |= from_below & (facing_up < -1e-4)
    shapes = np.full(count, shapely.Polygon())
    who, at = _ranks(owners[seen])
    if len(who):
        order = np.argsort(owners[seen], kind="stable")
        many = shapely.multipolygons(shapely.polygons(flat[seen][order]), indices=at)
        shapes[who] = shapely.union_all(many[:, None], axis=1)
    # Nothing but walls: what lies between their corners.
    bare = shapely.is_empty(shapes)[owners]
    who, at = _ranks(np.repeat(owners[bare], 3))
    if len(who):
        order = np.argsort(np.repeat(owners[bare], 3), kind="stable")
        points = shapely.points(flat[bare].reshape(-1, 2)[order])
        shapes[who] = shapely.convex_hull(shapely.multipoints(points, indices=at))
    flat_out = (shapely.area(shapes) < LEAST_M2) & ~shapely.is_empty(shapes)
    shapes[flat_out] = shapely.buffer(shapes[flat_out], 0.1)
    return shapes


def _ranks(owners: Int64Array) -> tuple[Int64Array, Int64Array]:
    """The owners there are, and of each item in their order the number of its owner."""
    return np.unique(np.sort(owners, kind="stable"), return_inverse=True)


def match(old: Things, new: Things) -> list[Match]:
    """What became of the old things. Whoever is in no match has no counterpart."""
    pairs = _pairs(old, new)
    settled = _Settled(np.zeros(len(old.kinds), np.bool_), np.zeros(len(new.kinds), np.bool_))
    twins = [twin for least in (ALIKE, SURE) for twin in _twins(pairs, least, settled)]
    groups = _groups(pairs.keep(~settled.either(pairs)))
    for group in groups:
        settled.take(group)
    twins = _with_pieces(twins, pairs, settled)
    # What overlaps and was not settled may be the same, and nobody can tell.
    overlap = np.maximum(pairs.of_old, pairs.of_new)
    likely = (pairs.plain >= SOME) | (~settled.new[pairs.new] & (overlap >= LITTLE))
    rest = pairs.keep(~settled.old[pairs.old] & likely)
    candidates = [
        Match((one,), (other,), score, sure=False)
        for one, other, score in zip(
            rest.old.tolist(), rest.new.tolist(), rest.both.tolist(), strict=True
        )
    ]
    return [*twins, *groups, *candidates]


@dataclass(frozen=True, slots=True)
class _Settled:
    """Which things are in a match already; the arrays are written to."""

    old: BoolArray
    new: BoolArray

    def either(self, pairs: _Pairs) -> BoolArray:
        return self.old[pairs.old] | self.new[pairs.new]

    def take(self, one: Match) -> None:
        self.old[list(one.old)] = True
        self.new[list(one.new)] = True


def _pairs(old: Things, new: Things) -> _Pairs:
    """All that overlap, and how much of each other they cover, in plan and in height.

    Something narrow may be elsewhere after half a metre: it counts as covered by what is so near.
    """
    tree = shapely.STRtree(new.shapes)
    left, right = tree.query(old.shapes, predicate="dwithin", distance=SLACK_M)
    alike = old.kinds[left] == new.kinds[right]
    left, right = left[alike], right[alike]
    before, after = old.shapes[left], new.shapes[right]
    common = shapely.area(shapely.intersection(before, after))
    of_old, of_new = common / shapely.area(before), common / shapely.area(after)
    plain = np.maximum(of_old, of_new)
    for share, one, other in ((of_old, before, after), (of_new, after, before)):
        thin = 4 * shapely.area(one) < THIN_M * shapely.length(one)
        near = shapely.intersection(one[thin], shapely.buffer(other[thin], SLACK_M))
        share[thin] = shapely.area(near) / shapely.area(one[thin])
    tall = _shared_height(old.heights[left], new.heights[right])
    pairs = _Pairs(left, right, of_old * tall, of_new * tall, plain * tall)
    return pairs.keep(np.maximum(pairs.of_old, pairs.of_new) > 0)


def _shared_height(old: Float64Array, new: Float64Array) -> Float64Array:
    """How much of the lower one's height both have, 0 … 1, (m,)."""
    low = np.maximum(old[:, 0], new[:, 0]) - SLACK_M
    high = np.minimum(old[:, 1], new[:, 1]) + SLACK_M
    least = np.minimum(np.ptp(old, axis=1), np.ptp(new, axis=1)) + 2 * SLACK_M
    shared: Float64Array = np.clip((high - low) / least, 0.0, 1.0)
    return shared


def _twins(pairs: _Pairs, least: float, settled: _Settled) -> list[Match]:
    """Free things that cover each other and have no rival as good; they are settled by this."""
    free = pairs.keep(~settled.either(pairs))
    both = free.both
    best = _is_best(free.old, both) & _is_best(free.new, both)
    good = free.keep((both >= least) & best)
    matches = [
        Match((one,), (other,), score, sure=True)
        for one, other, score in zip(
            good.old.tolist(), good.new.tolist(), good.both.tolist(), strict=True
        )
    ]
    for one in matches:
        settled.take(one)
    return matches


def _with_pieces(twins: list[Match], pairs: _Pairs, settled: _Settled) -> list[Match]:
    """Twins together with the smaller pieces that were cut off the old or put to the new thing.

    A piece lies in the thing and not on its twin: all of them together cover it once.
    """
    inside = pairs.plain >= HALF
    cut = inside & settled.old[pairs.old] & ~settled.new[pairs.new] & (pairs.of_new >= MOST)
    put = inside & settled.new[pairs.new] & ~settled.old[pairs.old] & (pairs.of_old >= MOST)
    pieces = _by_first(pairs.keep(cut & (pairs.of_old >= PIECE)), of_new=False)
    parts = _by_first(pairs.keep(put & (pairs.of_new >= PIECE)), of_new=True)
    share = _shares(pairs)
    result: list[Match] = []
    for twin in twins:
        (one,), (other,) = twin.old, twin.new
        news, olds = (other, *pieces[one]), (one, *parts[other])
        covered_old = sum(share[one, piece][0] for piece in news)
        covered_new = sum(share[part, other][1] for part in olds)
        if len(news) > 1 and len(olds) == 1 and covered_old <= ONCE:
            twin = Match((one,), tuple(sorted(news)), min(1.0, covered_old), sure=True)
        elif len(olds) > 1 and len(news) == 1 and covered_new <= ONCE:
            twin = Match(tuple(sorted(olds)), (other,), min(1.0, covered_new), sure=True)
        settled.take(twin)
        result.append(twin)
    return result


def _by_first(pairs: _Pairs, *, of_new: bool) -> defaultdict[int, list[int]]:
    """Of each old thing its new ones, or of each new thing its old ones."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for one, other in zip(pairs.old.tolist(), pairs.new.tolist(), strict=True):
        found[other if of_new else one].append(one if of_new else other)
    return found


def _shares(pairs: _Pairs) -> dict[tuple[int, int], tuple[float, float]]:
    """The shares of each pair, of the old and of the new."""
    columns = (pairs.old, pairs.new, pairs.of_old, pairs.of_new)
    return {
        (one, other): (of_old, of_new)
        for one, other, of_old, of_new in zip(*(column.tolist() for column in columns), strict=True)
    }


def _is_best(who: Int64Array, score: Float64Array) -> BoolArray:
    """Whether each score is the best of its thing, by a margin."""
    order = np.lexsort((-score, who))
    sorted_who, sorted_score = who[order], score[order]
    first = np.ones(len(who), np.bool_)
    first[1:] = sorted_who[1:] != sorted_who[:-1]
    following = np.full(len(who), -1.0)
    following[:-1] = np.where(first[1:], -1.0, sorted_score[1:])
    best = np.zeros(len(who), np.bool_)
    best[order] = first & (sorted_score - following >= MARGIN)
    return best


def _groups(pairs: _Pairs) -> list[Match]:
    """Things of which one is most of another, gathered: one to one, split, merged, or unsure."""
    strong = pairs.keep(np.maximum(pairs.of_old, pairs.of_new) >= MOST)
    share = _shares(strong)
    result = []
    for olds, news in _components(share):
        sums_old = [sum(share.get((one, other), (0, 0))[0] for other in news) for one in olds]
        sums_new = [sum(share.get((one, other), (0, 0))[1] for one in olds) for other in news]
        score = min(1.0, *sums_old, *sums_new)
        simple = len(olds) == 1 or len(news) == 1
        simple &= max(*sums_old, *sums_new) <= ONCE
        result.append(Match(olds, news, score, sure=simple and score >= SURE))
    return result


def _components(
    edges: Iterable[tuple[int, int]],
) -> Iterable[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Old and new that hang together, each group once, in the order of the old."""
    of_old: defaultdict[int, list[int]] = defaultdict(list)
    of_new: defaultdict[int, list[int]] = defaultdict(list)
    for one, other in edges:
        of_old[one].append(other)
        of_new[other].append(one)
    done: set[int] = set()
    for start in sorted(of_old):
        if start in done:
            continue
        olds, news, waiting = {start}, set[int](), [start]
        while waiting:
            for other in of_old[waiting.pop()]:
                news.add(other)
                waiting += [one for one in of_new[other] if one not in olds]
                olds.update(of_new[other])
        done |= olds
        yield tuple(sorted(olds)), tuple(sorted(news))
