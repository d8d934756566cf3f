"""From two deliveries to links between identities: by id, then by ground and height, then alias."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array
    from citiverse_tiling.report import Relation
    from citiverse_tiling.succession.delivery import Delivery
    from citiverse_tiling.succession.matching import Match, Things

MOVED_M = 0.6
"""With the same id, a box whose sides moved by no more is the same thing."""

SAME_HEIGHT = 0.7
"""Or one over the same ground, of whose height both have at least this share."""

_ALIAS = re.compile(r"(?=.*\d)[\w{}./:-]{6,128}")


@dataclass(frozen=True, slots=True)
class Link:
    """One row of the table `succession`; `old` is None for `new`, `new` for `demolished`."""

    old: str | None
    relation: Relation
    new: str | None
    score: float


def links_between(old: Delivery, new: Delivery) -> list[Link]:
    """What became of every feature that has a place, and which are new.

    Things are compared as wholes, with all their parts, and parts once more among each other.
    """
    stayed_old, stayed_new = _stayed(old, new)
    kept = np.flatnonzero(stayed_old & ~np.isnan(old.boxes[:, 0, 0])).tolist()
    links = [Link(old.ids[number], "same", old.ids[number], 1.0) for number in kept]
    for as_wholes in (True, False):
        left, right = _members(old, stayed_old, as_wholes), _members(new, stayed_new, as_wholes)
        links += _matched(_Side.of(old, new, left, as_wholes), _Side.of(new, new, right, as_wholes))
    return links


def sure_links_between(old: Delivery, new: Delivery) -> list[Link] | None:
    """The same between what differs in two deliveries, where ids tell it all; else None.

    That is so where nothing but what is gone, or nothing but what is new, is left over.
    """
    stayed_old, stayed_new = _stayed(old, new)
    has_place = [~np.isnan(one.boxes[:, 0, 0]) for one in (old, new)]
    gone = np.flatnonzero(~stayed_old & has_place[0]).tolist()
    came = np.flatnonzero(~stayed_new & has_place[1]).tolist()
    if gone and came:
        return None
    kept = np.flatnonzero(stayed_old & has_place[0]).tolist()
    return [
        *(Link(old.ids[number], "same", old.ids[number], 1.0) for number in kept),
        *(Link(old.ids[number], "demolished", None, 1.0) for number in gone),
        *(Link(None, "new", new.ids[number], 1.0) for number in came),
    ]


def _stayed(old: Delivery, new: Delivery) -> tuple[BoolArray, BoolArray]:
    """Features with the same id, class and, but for some decimetres, place in both."""
    is_old, is_new = np.zeros(old.count, np.bool_), np.zeros(new.count, np.bool_)
    pairs = [(at, new.index[one]) for at, one in enumerate(old.ids) if one in new.index]
    if pairs:
        left, right = np.array(pairs).T
        before, after = old.boxes_in(new.place.frame)[left], new.boxes[right]
        # Two without geometry are the same by their id.
        same = (np.abs(before - after) <= MOVED_M) | (np.isnan(before) & np.isnan(after))
        classes = np.array([old.classes[a] == new.classes[b] for a, b in pairs])
        same[..., 2] |= (_shared_height(before, after) >= SAME_HEIGHT)[:, None]
        stayed = same.all(axis=(1, 2)) & classes
        is_old[left[stayed]] = is_new[right[stayed]] = True
    return is_old, is_new


def _shared_height(old: Float64Array, new: Float64Array) -> Float64Array:
    """How much of the taller one's height two boxes (n, 2, 3) have in common, (n,)."""
    both = np.minimum(old[:, 1, 2], new[:, 1, 2]) - np.maximum(old[:, 0, 2], new[:, 0, 2])
    tallest = np.maximum(np.ptp(old[..., 2], axis=1), np.ptp(new[..., 2], axis=1))
    shared: Float64Array = np.divide(both, tallest, out=np.zeros(len(old)), where=tallest > 0)
    return shared


def _members(delivery: Delivery, stayed: BoolArray, as_wholes: bool) -> Int64Array:
    """Features to compare: wholes, or parts, that have geometry and changed."""
    is_whole = delivery.parents < 0
    has_geometry = ~np.isnan(delivery.boxes[:, 0, 0])
    return np.flatnonzero((is_whole == as_wholes) & has_geometry & ~stayed)


@dataclass(frozen=True, slots=True)
class _Side:
    """The things of one delivery that are compared: numbers of features, and their geometry."""

    delivery: Delivery
    members: Int64Array
    things: Things

    @staticmethod
    def of(delivery: Delivery, new: Delivery, members: Int64Array, as_wholes: bool) -> _Side:
        """Things in the new scene's frame; a whole has the geometry of its parts too."""
        from citiverse_tiling.succession.matching import Things, footprints  # shapely takes time

        frame = new.place.frame
        owner = delivery.roots if as_wholes else np.arange(delivery.count)
        place_of = np.full(delivery.count, -1)
        place_of[members] = np.arange(len(members))
        wanted = np.flatnonzero(place_of[owner] >= 0)
        owners, corners = delivery.triangles(wanted, frame)
        shapes = footprints(place_of[owner[owners]], corners, len(members))
        heights = delivery.boxes_in(frame)[members][..., 2]
        kinds = np.array([delivery.classes[number] for number in members.tolist()])
        return _Side(delivery, members, Things(shapes, heights, kinds))

    def id_of(self, number: int) -> str:
        return self.delivery.ids[int(self.members[number])]

    def attributes_of(self, number: int) -> str:
        return self.delivery.attributes[int(self.members[number])]


def _matched(old: _Side, new: _Side) -> list[Link]:
    if not len(old.members) and not len(new.members):
        return []
    from citiverse_tiling.succession.matching import match

    matches = match(old.things, new.things)
    matches = _with_aliases(old, new, matches)
    links = [link for one in matches for link in _links(old, new, one)]
    known_old = {number for one in matches for number in one.old}
    known_new = {number for one in matches for number in one.new}
    gone = (number for number in range(len(old.members)) if number not in known_old)
    came = (number for number in range(len(new.members)) if number not in known_new)
    links += [Link(old.id_of(number), "demolished", None, 1.0) for number in gone]
    links += [Link(None, "new", new.id_of(number), 1.0) for number in came]
    return links


def _links(old: _Side, new: _Side, one: Match) -> Iterator[Link]:
    for left in one.old:
        for right in one.new:
            before, after = old.id_of(left), new.id_of(right)
            yield Link(before, _relation(one, before, after), after, round(one.score, 4))


def _relation(one: Match, before: str, after: str) -> Relation:
    if not one.sure:
        return "unsure"
    if len(one.new) > 1:
        return "split"
    if len(one.old) > 1:
        return "merged"
    return "same" if before == after else "renamed"


def _with_aliases(old: _Side, new: _Side, matches: Sequence[Match]) -> list[Match]:
    """Unsure ones settled where exactly one candidate has an attribute that only they two have."""
    doubted = [one for one in matches if not one.sure]
    settled = [one for one in matches if one.sure]
    if not doubted:
        return settled
    left, right = _aliases(old), _aliases(new)
    who: dict[int, set[int]] = {}
    for alias, number in left.items():
        other = right.get(alias)
        if other is not None and any(number in m.old and other in m.new for m in doubted):
            who.setdefault(number, set()).add(other)
    targets = Counter(other for others in who.values() for other in others)
    sure = {
        number: next(iter(others))
        for number, others in who.items()
        if len(others) == 1 and targets[next(iter(others))] == 1
    }
    from citiverse_tiling.succession.matching import Match

    settled += [Match((number,), (other,), 1.0, sure=True) for number, other in sure.items()]
    for one in doubted:
        olds = tuple(number for number in one.old if number not in sure)
        news = tuple(number for number in one.new if number not in sure.values())
        if olds and news:
            settled.append(Match(olds, news, one.score, sure=False))
    return settled


def _aliases(side: _Side) -> dict[tuple[str, str], int]:
    """(attribute, value) that looks like an identifier and that only one of all things has."""
    found: dict[tuple[str, str], int] = {}
    twice: set[tuple[str, str]] = set()
    for number in range(len(side.members)):
        values: dict[str, Any] = msgspec.json.decode(side.attributes_of(number) or "{}")
        for name, value in values.items():
            if isinstance(value, str) and _ALIAS.fullmatch(value):
                key = (name, value)
                twice.update([key] if key in found else [])
                found[key] = number
    return {key: number for key, number in found.items() if key not in twice}
