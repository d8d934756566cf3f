"""Two proposals for the empty Warehouse 3: a library in its place, or in that of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_assets.houses import Building, stand
from citiverse_assets.plan import Point, mix, rectangle
from citiverse_assets.shapes import Roof, Solid

if TYPE_CHECKING:
    from collections.abc import Iterator

YEAR = 2029
WAREHOUSE_FRONT: Point = (-129.3, 12.0)
"""The middle of the front of Warehouse 3, on the quay."""

BOTH_FRONTS: Point = (-121.0, 12.0)
"""The middle of the fronts of Warehouses 3 and 4 together."""


@dataclass(frozen=True)
class Proposal:
    """A variant of the town: its name in links, what people call it, and what would be built."""

    name: str
    title: str
    description: str
    buildings: tuple[Building, ...]


def proposals() -> Iterator[Proposal]:
    """All of them; each replaces what stands where it stands."""
    yield Proposal(
        "a",
        "A: a gable among gables",
        "A library of four storeys in the place of Warehouse 3, as wide as that and a little"
        " higher.",
        (_gabled(),),
    )
    yield Proposal(
        "b",
        "B: a hall and a tower",
        "A library in the place of Warehouses 3 and 4: a low hall for reading, and a tower for the"
        " books.",
        (_hall(),),
    )


def _gabled() -> Building:
    solid = stand(rectangle(WAREHOUSE_FRONT, 180.0, 15.0, 19.0), 15.6, Roof.GABLE_ACROSS, 1.05)
    return _library(4, (solid,))


def _hall() -> Building:
    hall = stand(rectangle(BOTH_FRONTS, 180.0, 31.0, 19.0), 7.2, Roof.FLAT, 0.0)
    corner = mix(hall.footprint[0], hall.footprint[1], 0.5)
    plan = rectangle(mix(corner, hall.footprint[2], 0.2), 180.0, 9.0, 9.0)
    tower = Solid(plan, hall.eaves, hall.eaves + 14.0, hall.eaves + 14.0, Roof.FLAT)
    return _library(2, (hall, tower))


def _library(storeys: int, solids: tuple[Solid, ...]) -> Building:
    return Building(
        "Harbour Library",
        "library",
        YEAR,
        storeys,
        "The Quay",
        "3",
        solids,
        detailed=True,
        story="Proposed. The town is asking what you think of it.",
    )
