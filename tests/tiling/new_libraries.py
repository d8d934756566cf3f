"""Two buildings that would take the place of warehouses: one of one of them, one of two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_assets.houses import Building, stand
from citiverse_assets.plan import Point, mix, rectangle
from citiverse_assets.shapes import Roof, Solid

if TYPE_CHECKING:
    from citiverse_assets.shapes import Footprint

ONE_FRONT: Point = (-129.3, 12.0)
"""The middle of the front of Warehouse 3."""

BOTH_FRONTS: Point = (-121.0, 12.0)
"""The middle of the fronts of Warehouses 3 and 4 together."""


def gabled() -> Building:
    """As wide and as deep as Warehouse 3."""
    plan = rectangle(ONE_FRONT, 180.0, 15.0, 19.0)
    return _library(4, (stand(plan, 15.6, Roof.GABLE_ACROSS, 1.05),))


def hall() -> Building:
    """Over Warehouses 3 and 4, with a tower."""
    low = stand(rectangle(BOTH_FRONTS, 180.0, 31.0, 19.0), 7.2, Roof.FLAT, 0.0)
    corner = mix(low.footprint[0], low.footprint[1], 0.5)
    plan: Footprint = rectangle(mix(corner, low.footprint[2], 0.2), 180.0, 9.0, 9.0)
    high = low.eaves + 14.0
    return _library(2, (low, Solid(plan, low.eaves, high, high, Roof.FLAT)))


def _library(storeys: int, solids: tuple[Solid, ...]) -> Building:
    return Building(
        "Harbour Library", "library", 2029, storeys, "The Quay", "3", solids, detailed=True
    )
