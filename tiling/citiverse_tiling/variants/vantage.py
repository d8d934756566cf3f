"""Where to stand to see what a variant adds: before its entrance, and with nothing in between."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.manifest import SpawnPoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.proposals.landing import Surroundings
    from citiverse_tiling.succession.delivery import Delivery

NAME = "view"
_ENTRANCE = "ExteriorDoor"
_DISTANCES_M = (24.0, 19.0, 14.0, 10.0, 7.0, 5.0)
_BESIDE_M = 0.5
_SIGHT_M = 0.8
"""How wide what one looks along has to be free."""

_SAME_GROUND_M = 1.5
_SAME_STOREY_M = 0.5
_THIN = 1.5
_SIDES = 16


class _Front(NamedTuple):
    """A point at the foot of what is looked at, and the way out from there, of length 1."""

    at: Float64Array
    out: Float64Array


def view_of(added: Delivery, around: Surroundings) -> SpawnPoint | None:
    """Feet and heading, scene frame; None where nothing is added, or it stands hidden all round.

    `around` is the scene without what makes room. Both have the same frame.
    """
    is_there = ~np.isnan(added.boxes).any(axis=(1, 2))
    if not is_there.any():
        return None
    low, high = added.boxes[is_there, 0].min(axis=0), added.boxes[is_there, 1].max(axis=0)
    doors = added.boxes[is_there & (np.array(added.classes) == _ENTRANCE)]
    for front in (*_entrances(doors, (low + high) / 2), *_sides(low, high)):
        for distance in _DISTANCES_M:
            feet = front.at[:2] + front.out * distance
            (ground,) = around.ground_under(feet[None])
            # Not a number is neither.
            if abs(ground - front.at[2]) <= _SAME_GROUND_M and _is_free(front, feet, around):
                heading = math.degrees(math.atan2(*(-front.out).tolist())) % 360
                x, y, z = np.round([*feet, ground], 3).tolist()
                return SpawnPoint(NAME, (x, y, z), round(heading, 1))
    return None


def _entrances(doors: Float64Array, middle: Float64Array) -> Iterator[_Front]:
    """Doors (N, 2, 3) on the lowest floor that has any, the widest first."""
    if not len(doors):
        return
    doors = doors[doors[:, 0, 2] < doors[:, 0, 2].min() + _SAME_STOREY_M]
    reach = doors[:, 1, :2] - doors[:, 0, :2]
    for number in np.argsort(-reach.max(axis=1), kind="stable").tolist():
        at = doors[number].mean(axis=0)
        away = at[:2] - middle[:2]
        wide = reach[number]
        if wide.max() > _THIN * wide.min():
            # It looks the thin way; of a door askew the box doesn't tell which.
            away = np.where(wide == wide.min(), away, 0.0)
        length = float(np.hypot(*away))
        if length > 0:
            yield _Front(np.array([at[0], at[1], doors[number, 0, 2]]), away / length)


def _sides(low: Float64Array, high: Float64Array) -> Iterator[_Front]:
    """The box from all round, from the south first."""
    for side in range(_SIDES):
        angle = 2 * math.pi * side / _SIDES
        out = np.array([math.sin(angle), -math.cos(angle)])
        half = (high - low)[:2] / 2
        reach = float((half / np.maximum(np.abs(out), 1e-9)).min())
        at = (low + high)[:2] / 2 + out * reach
        yield _Front(np.array([*at, low[2]]), out)


def _is_free(front: _Front, feet: Float64Array, around: Surroundings) -> bool:
    import shapely  # rare, and it takes its time

    begin = front.at[:2] + front.out * _BESIDE_M
    sight = shapely.LineString([begin, feet]).buffer(_SIGHT_M / 2, cap_style="square")
    return not around.covered_by(sight)
