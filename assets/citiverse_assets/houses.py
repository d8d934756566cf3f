"""From a plot to a house: storeys, roof, age and name, drawn from what the lane is like."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_assets import terrain
from citiverse_assets.plan import Quad, facing_deg, mix, rectangle
from citiverse_assets.shapes import Roof, Solid

if TYPE_CHECKING:
    from random import Random

    from citiverse_assets.streets import Plot

MERCHANTS = ("Harbour Street", "Market Square")
NAMES = (
    "The Blue Anchor",
    "Rope Maker's House",
    "The Old Bakery",
    "Pilot's House",
    "The Herring Smokehouse",
    "Lamplighter's Cottage",
    "The Net Loft",
    "Captain Ahlers' House",
)


@dataclass(frozen=True, slots=True)
class Building:
    """A building of one solid, or of several that become its building parts."""

    name: str
    function: str
    year: int
    storeys: int
    street: str
    number: str
    solids: tuple[Solid, ...]


def house(plot: Plot, random: Random) -> Building:
    """The house on a plot. In a row it has its eaves to the lane, else often its gable."""
    merchant = plot.lane.name in MERCHANTS
    gable = merchant or (not plot.in_row and random.random() < 0.75)
    storeys = random.choice((3, 3, 4) if merchant else (1, 2, 2, 2, 3))
    footprint = _between_passages(plot.footprint) if gable else plot.footprint
    rise = random.uniform(0.95, 1.25) if gable else random.uniform(0.8, 1.1)
    roof = Roof.GABLE_ACROSS if gable else Roof.GABLE_ALONG
    solid = stand(footprint, storeys * random.uniform(2.6, 3.0) + 0.5, roof, rise)
    return Building(
        name=random.choice(NAMES) if random.random() < 0.07 else "",
        function="shop and home" if merchant else "home",
        year=random.randint(1640, 1790) if merchant else random.randint(1720, 1910),
        storeys=storeys,
        street=plot.lane.name,
        number=str(plot.number),
        solids=(solid,),
    )


def stand(footprint: Quad, wall_m: float, roof: Roof, rise: float) -> Solid:
    """A solid whose lowest corner touches the ground.

    `wall_m` is the height of the eaves above the middle of the front, `rise` the slope of the roof
    (its height over half of what it spans; for a tented roof, over half of the width).
    """
    base = min(terrain.height_m(x, y) for x, y in footprint)
    front = mix(footprint[0], footprint[1], 0.5)
    eaves = max(terrain.height_m(*front), base) + wall_m
    span = math.dist(footprint[0], footprint[1])
    if roof in (Roof.GABLE_ALONG, Roof.HIPPED):
        span = math.dist(mix(footprint[0], footprint[1], 0.5), mix(footprint[2], footprint[3], 0.5))
    ridge = eaves if roof is Roof.FLAT else eaves + rise * span / 2
    return Solid(footprint, round(base, 2), round(eaves, 2), round(ridge, 2), roof)


def _between_passages(quad: Quad) -> Quad:
    """A rectangle on the same front, so that both eaves are level and a passage is left."""
    front, back = mix(quad[0], quad[1], 0.5), mix(quad[2], quad[3], 0.5)
    width = min(math.dist(quad[0], quad[1]), math.dist(quad[2], quad[3])) - 0.6
    return rectangle(front, facing_deg(quad), width, math.dist(front, back))
