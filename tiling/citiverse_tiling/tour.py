"""A walk through a finished scene, on which its tiles are held against the budget of a device.

From where visitors start, at eye height, to the fullest tile of each part of the city, always on
to the nearest that is left: through the streets and squares between; at last into the rooms of
buildings that say where they are. The same scene is walked in the same way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.budget import BudgetFigure, BudgetReport
from citiverse_tiling.profiles import BUDGETS
from citiverse_tiling.tile_load import TileLoad, load_of
from citiverse_tiling.tree.cut import cut, in_view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from citiverse_tiling.buildings import Building
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.profiles import Budget, Profile
    from citiverse_tiling.start import Start
    from citiverse_tiling.transforms.ground import HeightField
    from citiverse_tiling.tree.tree_bin import TreeTable

EYE_M = 1.7
POINTS = 48
PARTS = 4
"""The city is walked in so many parts from west to east, and from south to north."""


def tour(table: TreeTable, layer: int, start: Start, ground: HeightField) -> Iterator[_Look]:
    """Eyes along the walk, scene frame; `layer` is that whose fullest leaves are walked to."""
    stops = [start.feet[:2], *_stops(table, layer, start.feet[:2])]
    legs = np.diff(stops, axis=0)
    lengths = np.linalg.norm(legs, axis=1)
    heading = math.radians(start.heading_deg)
    yield _look(start.feet[:2], np.array([math.sin(heading), math.cos(heading)]), ground)
    whole = float(lengths.sum())
    for number in range(1, POINTS if whole else 1):
        along = whole * number / (POINTS - 1)
        leg = min(int(np.searchsorted(np.cumsum(lengths), along)), len(legs) - 1)
        into = along - float(lengths[:leg].sum())
        forward = legs[leg] / max(lengths[leg], 1e-9)
        yield _look(stops[leg] + forward * into, forward, ground)


def indoors(buildings: Sequence[Building]) -> Iterator[_Look]:
    """Eyes in the middles of rooms, looking to the middle of the building."""
    rooms = [(building, room) for building in buildings for room in building.rooms if room.outline]
    step = max(-(-len(rooms) // POINTS), 1)
    for building, room in rooms[::step]:
        eye = np.append(np.array(room.outline).mean(axis=0), room.floor + EYE_M)
        towards = np.array(building.box).mean(axis=0)[:2] - eye[:2]
        far = float(np.linalg.norm(towards))
        forward = towards / far if far > 1e-6 else np.array([0.0, 1.0])
        yield _Look(eye, np.append(forward, 0.0))


def keep_budget(
    table: TreeTable, looks: Iterator[_Look], profile: Profile, read: Callable[[int], bytes]
) -> BudgetReport:
    """The worst of each figure on a walk; `read` gives the GLB of a row of the table."""
    walk = _Walk(table, BUDGETS[profile], read)
    points = 0
    for look in looks:
        walk.stand(look)
        points += 1
    budget = walk.budget
    return BudgetReport(
        profile,
        budget.target_px,
        points,
        walk.figure("draws", budget.draws),
        walk.figure("triangles", budget.triangles),
        walk.figure("gpu_bytes", budget.gpu_bytes),
        walk.figure("primitives", budget.primitives),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """An eye (3,) and the unit vector (3,) that it looks along, scene frame."""

    eye: Float64Array
    forward: Float64Array


def _look(place: Float64Array, forward: Float64Array, ground: HeightField) -> _Look:
    height = float(ground.at(place[None])[0]) + EYE_M
    return _Look(np.append(place, height), np.append(forward, 0.0))


def _stops(table: TreeTable, layer: int, start: Float64Array) -> list[Float64Array]:
    """The middle of the leaf with most triangles in each part of the city, nearest first."""
    leaves = np.flatnonzero((table.layer == layer) & (table.child_count == 0))
    middles = (table.box_min[leaves, :2] + table.box_max[leaves, :2]) / 2
    low, size = middles.min(axis=0), np.maximum(np.ptp(middles, axis=0), 1e-9)
    cells = np.minimum((PARTS * (middles - low) / size).astype(np.int64), PARTS - 1)
    part = cells[:, 0] * PARTS + cells[:, 1]
    order = np.lexsort((leaves, -table.triangles[leaves], part))
    _, first = np.unique(part[order], return_index=True)
    left = middles[order[first]]
    here, stops = start, []
    while len(left):
        nearest = int(np.linalg.norm(left - here, axis=1).argmin())
        here = left[nearest]
        stops.append(here)
        left = np.delete(left, nearest, axis=0)
    return stops


@dataclass(slots=True)
class _Walk:
    """Collects the worst so far."""

    table: TreeTable
    budget: Budget
    read: Callable[[int], bytes]
    _loads: dict[int, TileLoad] = field(default_factory=dict)
    _worst: dict[str, tuple[int, Float64Array]] = field(default_factory=dict)

    def stand(self, look: _Look) -> None:
        """Look from one point."""
        budget, table = self.budget, self.table
        found = cut(table, look.eye, budget.pixels_per_slope, budget.target_px)
        held = np.concatenate([found.refined, found.shown])
        seen = in_view(table, found.shown, look.eye, look.forward, budget.half_angle)
        drawn = [self._load(row).primitives for row in seen.tolist()]
        self._meet("draws", sum(drawn), look)
        self._meet("triangles", int(table.triangles[seen].sum()), look)
        self._meet("gpu_bytes", sum(self._load(row).gpu_bytes for row in held.tolist()), look)
        self._meet("primitives", max(drawn, default=0), look)

    def figure(self, name: str, limit: int) -> BudgetFigure:
        """The worst of a figure, and where it was met."""
        most, eye = self._worst[name]
        x, y, z = np.round(eye, 3).tolist()
        return BudgetFigure(most, limit, (x, y, z))

    def _meet(self, name: str, value: int, look: _Look) -> None:
        if name not in self._worst or value > self._worst[name][0]:
            self._worst[name] = value, look.eye

    def _load(self, row: int) -> TileLoad:
        if row not in self._loads:
            self._loads[row] = load_of(self.read(row))
        return self._loads[row]


def fullest_layer(table: TreeTable) -> int:
    """The layer with most triangles in its leaves, but the ground where there is another."""
    leaves = table.child_count == 0
    sums = np.bincount(table.layer[leaves], table.triangles[leaves], table.layer_count)
    return int(sums[1:].argmax()) + 1 if len(sums) > 1 else 0
