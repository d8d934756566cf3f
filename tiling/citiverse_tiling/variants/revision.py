"""A revised file of a variant: which element of the former one is which of the new one.

Elements are told apart more finely than buildings (`succession`): a door is above another. An
element with the same GlobalId and class is the same, wherever it is now. Of the rest, those are the
same that have one class and, within some centimetres, one box, and no rival. What became of all is
written as the table `succession` of features.sqlite (scene.md).
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.model import LAYER_OF_ROLE
from citiverse_tiling.succession.delivery import open_delivery
from citiverse_tiling.succession.links import Link
from citiverse_tiling.succession.table import write_table

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence
    from pathlib import Path

    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.succession.delivery import Delivery

NEAR_M = 0.3
"""No side of the box of the same element has moved by more."""

MARGIN_M = 0.15
"""What the best candidate must be nearer by than the second."""

_ROLES = tuple(LAYER_OF_ROLE)


@dataclass(frozen=True, slots=True)
class Revised:
    """How many elements have the same identity, another, or none any more; how many are new."""

    same: int
    renamed: int
    gone: int
    new: int


def lead_on(former: Path, made: Path) -> Revised:
    """Write what became of the elements of a variant's former folder into that of the new one.

    Both are folders of scenes. Raises SceneError.
    """
    old, new = open_delivery(former), open_delivery(made)
    links = links_between(old, new)
    features = made / "features.sqlite"
    write_table(features, former / "features.sqlite", links, old, new.place.frame)
    counts = Counter(link.relation for link in links)
    return Revised(counts["same"], counts["renamed"], counts["demolished"], counts["new"])


def links_between(old: Delivery, new: Delivery) -> list[Link]:
    """What became of each element; nothing is unsure: what can't be told is gone."""
    kinds = _kinds(old), _kinds(new)
    same = [
        (at, new.index[one])
        for at, one in enumerate(old.ids)
        if one in new.index and kinds[0][at] == kinds[1][new.index[one]]
    ]
    left = sorted(set(range(old.count)) - {at for at, _ in same})
    right = sorted(set(range(new.count)) - {at for _, at in same})
    pairs = [*_by_box(old, new, left, right, same), *_by_name(old, new, left, right)]
    renamed = {one: other for one, other, _ in pairs}
    known = set(renamed.values())
    return [
        *(Link(old.ids[one], "same", new.ids[other], 1.0) for one, other in same),
        *(Link(old.ids[one], "renamed", new.ids[other], score) for one, other, score in pairs),
        *(Link(old.ids[one], "demolished", None, 1.0) for one in left if one not in renamed),
        *(Link(None, "new", new.ids[one], 1.0) for one in right if one not in known),
    ]


def _kinds(delivery: Delivery) -> list[str]:
    """Classes without the role, which depends on what stands around."""
    return [_plain(name) for name in delivery.classes]


def _plain(class_name: str) -> str:
    for role in _ROLES:
        if class_name.startswith(role):
            return class_name.removeprefix(role)
    return class_name


def _by_box(
    old: Delivery,
    new: Delivery,
    left: Sequence[int],
    right: Sequence[int],
    same: Sequence[tuple[int, int]],
) -> Iterator[tuple[int, int, float]]:
    """Pairs of one class, and one box after the shift that those with the same id made."""
    import shapely  # rare, and it takes its time

    before, after = old.boxes_in(new.place.frame), new.boxes
    shift = _shift(before, after, same)
    ones = np.array([at for at in left if not np.isnan(before[at]).any()], np.int64)
    others = np.array([at for at in right if not np.isnan(after[at]).any()], np.int64)
    if not len(ones) or not len(others):
        return
    before = before + shift
    middles = shapely.points(after[others].mean(axis=1)[:, :2])
    tree = shapely.STRtree(middles)
    found, near = tree.query(
        shapely.points(before[ones].mean(axis=1)[:, :2]), predicate="dwithin", distance=NEAR_M
    )
    one, other = ones[found], others[near]
    kinds = np.array(_kinds(old))[one] == np.array(_kinds(new))[other]
    off = np.abs(before[one] - after[other]).max(axis=(1, 2), initial=0.0)
    good = kinds & (off <= NEAR_M)
    one, other, off = one[good], other[good], off[good]
    # Of two in one place, what is said of them tells them apart.
    differs = [
        old.attributes[a] != new.attributes[b]
        for a, b in zip(one.tolist(), other.tolist(), strict=True)
    ]
    cost = off + np.array(differs, np.float64) * 2 * MARGIN_M
    sure = _has_no_rival(one, cost) & _has_no_rival(other, cost)
    for a, b, away in zip(one[sure].tolist(), other[sure].tolist(), off[sure], strict=True):
        yield a, b, round(1.0 - float(away), 4)


def _shift(
    before: Float64Array, after: Float64Array, same: Sequence[tuple[int, int]]
) -> Float64Array:
    """How far most elements with the same id have moved, (3,): the whole may stand elsewhere."""
    pairs = np.array(same, np.int64).reshape(-1, 2)
    moved = after[pairs[:, 1]].mean(axis=1) - before[pairs[:, 0]].mean(axis=1)
    moved = moved[np.isfinite(moved).all(axis=1)]
    if not len(moved):
        return np.zeros(3)
    middle = np.median(moved, axis=0)
    agree = np.abs(moved - middle).max(axis=1) <= NEAR_M
    return middle if agree.mean() > 0.5 else np.zeros(3)


def _has_no_rival(who: Int64Array, cost: Float64Array) -> np.ndarray:
    """Whether each pair is the best of its element by the margin."""
    order = np.lexsort((cost, who))
    sorted_who, sorted_cost = who[order], cost[order]
    first = np.ones(len(who), np.bool_)
    first[1:] = sorted_who[1:] != sorted_who[:-1]
    following = np.full(len(who), np.inf)
    following[:-1] = np.where(first[1:], np.inf, sorted_cost[1:])
    best = np.zeros(len(who), np.bool_)
    best[order] = first & (following - sorted_cost >= MARGIN_M)
    return best


def _by_name(
    old: Delivery, new: Delivery, left: Sequence[int], right: Sequence[int]
) -> Iterator[tuple[int, int, float]]:
    """Pairs without a box, such as storeys, of which only one has this class and name."""
    ones, others = _only(old, left), _only(new, right)
    for key in sorted(ones.keys() & others.keys()):
        yield ones[key], others[key], 1.0


def _only(delivery: Delivery, numbers: Sequence[int]) -> dict[tuple[str, str], int]:
    with closing(sqlite3.connect(delivery.folder / "features.sqlite")) as connection:
        names = dict(connection.execute("SELECT id, name FROM feature WHERE min_x IS NULL"))
    keys = {
        at: (_plain(delivery.classes[at]), str(names.get(delivery.ids[at]) or ""))
        for at in numbers
        if np.isnan(delivery.boxes[at]).any()
    }
    count: Counter[Hashable] = Counter(keys.values())
    return {key: at for at, key in keys.items() if count[key] == 1 and key[1]}
