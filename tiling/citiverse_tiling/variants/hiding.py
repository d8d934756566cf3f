"""What makes room for a variant: features by their ids, or by the ground that it covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.errors import SceneError
from citiverse_tiling.model import Layer, layer_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    import shapely

    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array
    from citiverse_tiling.succession.delivery import Delivery

LEAST_SHARE = 0.25
"""Of the ground of a feature that a variant stands on, so that it makes room."""

LEAST_GROUND_M2 = 0.01
_STAYS = frozenset({Layer.GROUND, Layer.LAND})
"""What is walked on: a variant stands on it."""

_STANDS = frozenset({Layer.BUILDINGS, Layer.STRUCTURES, Layer.MESHES, Layer.SHELLS})
"""What of a variant takes the place of something else."""


class Covered(NamedTuple):
    """A feature that a variant stands on, and on how much of its ground, 0 to 1."""

    id: str
    share: float


@dataclass(frozen=True, slots=True)
class Footprints:
    """What makes room, with identities of all its parts, and what is touched and stays."""

    covered: tuple[Covered, ...] = ()
    hidden: tuple[str, ...] = ()
    touched: tuple[Covered, ...] = ()


def with_parts(city: Delivery, identities: Iterable[str]) -> tuple[str, ...]:
    """These features and all their parts, in the order of the scene.

    An id is an identity, or the id in the source where only one feature has it. Raises SceneError.
    """
    wanted = {_upright(city, identity) for identity in identities}
    return parts_of(city, wanted)


def parts_of(city: Delivery, wanted: AbstractSet[int]) -> tuple[str, ...]:
    """Features by their numbers, and all their parts, in the order of the scene."""
    parents = city.parents.tolist()
    found = []
    for number in range(city.count):
        above, steps = number, 0
        while above >= 0 and above not in wanted and steps < 16:
            above, steps = parents[above], steps + 1
        if above in wanted:
            found.append(city.ids[number])
    return tuple(found)


def under(city: Delivery, variant: Delivery, keeps: Iterable[str] = ()) -> Footprints:
    """What stands where the variant stands: of its own ground at least `LEAST_SHARE`.

    What is in `keeps`, an id as in `with_parts`, only counts as touched. Raises SceneError.
    """
    import shapely  # rare, and it takes its time

    staying = {int(city.roots[number_of(city, identity)]) for identity in keeps}
    ground = _ground(variant, np.flatnonzero(_is_in(variant, _STANDS)))
    if ground is None or shapely.is_empty(ground):
        return Footprints()
    west, south, east, north = ground.bounds
    low, high = city.boxes[:, 0, :2], city.boxes[:, 1, :2]
    near = (low < (east, north)).all(axis=1) & (high > (west, south)).all(axis=1)
    stays = _is_in(city, _STAYS)
    wholes = np.unique(city.roots[np.flatnonzero(near & ~stays)])
    covered, touched = [], []
    for whole in wholes.tolist():
        own = _ground(city, np.flatnonzero(city.roots == whole))
        if own is None or own.area < LEAST_GROUND_M2:
            continue
        share = float(own.intersection(ground).area / own.area)
        if share >= LEAST_SHARE and whole not in staying:
            covered.append(Covered(city.ids[whole], share))
        elif share * own.area >= LEAST_GROUND_M2:
            touched.append(Covered(city.ids[whole], share))
    hidden = parts_of(city, {city.index[one.id] for one in covered})
    return Footprints(tuple(covered), hidden, tuple(touched))


def number_of(city: Delivery, identity: str) -> int:
    """Which feature an identity, or an id that only one feature has in its source, means.

    Raises SceneError.
    """
    number = city.index.get(identity)
    if number is None:
        same = [at for at, one in enumerate(city.ids) if one.partition("/")[2] == identity]
        if len(same) != 1:
            count = "no feature" if not same else f"{len(same)} features"
            raise SceneError(
                f"the scene has {count} {identity!r}",
                city.folder,
                remedy="click the building in the city: its identity is under “All details”",
            )
        number = same[0]
    return number


def _upright(city: Delivery, identity: str) -> int:
    number = number_of(city, identity)
    if layer_of(city.classes[number]) in _STAYS:
        raise SceneError(
            f"{city.ids[number]!r} is ground to walk on, and can't be taken away", city.folder
        )
    return number


def _is_in(delivery: Delivery, layers: frozenset[Layer]) -> BoolArray:
    return np.array([layer_of(name) in layers for name in delivery.classes], np.bool_)


def _ground(delivery: Delivery, features: Int64Array) -> shapely.Geometry | None:
    """The ground that some features cover, metres in the scene frame; None where they aren't drawn.

    Upright walls cover none.
    """
    import shapely

    _, corners = delivery.triangles(features, delivery.place.frame)
    plan: Float64Array = corners[..., :2]
    ahead, aside = plan[:, 1] - plan[:, 0], plan[:, 2] - plan[:, 0]
    areas = np.abs(ahead[:, 0] * aside[:, 1] - ahead[:, 1] * aside[:, 0]) / 2
    level = plan[areas > LEAST_GROUND_M2 / 100]
    if not len(level):
        return None
    return shapely.union_all(shapely.polygons(level))
