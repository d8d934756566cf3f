"""From a plot to a house: storeys, roof, age and name, drawn from what the lane is like."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_assets import terrain
from citiverse_assets.plan import Quad, facing_deg, mix, rectangle
from citiverse_assets.shapes import ACROSS, Roof, Solid

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
    """A building of one solid, or of several that become its building parts.

    `open_walls` are the walls of the first solid that windows can look out of, by their number
    (0 is the front); a building is `detailed` where it also has an LoD3.
    """

    name: str
    function: str
    year: int
    storeys: int
    street: str
    number: str
    solids: tuple[Solid, ...]
    story: str = ""
    detailed: bool = False
    open_walls: tuple[int, ...] = (0, 1, 2, 3)


def house(plot: Plot, random: Random) -> Building:
    """The house on a plot. In a row it has its eaves to the lane, else often its gable."""
    merchant = plot.lane.name in MERCHANTS
    year = random.randint(1640, 1790) if merchant else random.randint(1720, 1910)
    storeys = random.choice((3, 3, 4) if merchant else (1, 2, 2, 2, 3))
    roof = _roof(plot, merchant, random)
    if roof is Roof.FLAT:
        year, storeys = random.randint(1955, 1974), random.choice((2, 3))
    across = roof in ACROSS
    footprint = _between_passages(plot.footprint) if across else plot.footprint
    rise = random.uniform(0.95, 1.25) if across else random.uniform(0.8, 1.1)
    if roof is Roof.MANSARD:
        rise *= 0.85
    solid = stand(footprint, storeys * random.uniform(2.6, 3.0) + 0.5, roof, rise)
    return Building(
        name=random.choice(NAMES) if random.random() < 0.07 else "",
        function="shop and home" if merchant else "home",
        year=year,
        storeys=storeys,
        street=plot.lane.name,
        number=str(plot.number),
        solids=(solid,),
        detailed=merchant,
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
    if roof not in (*ACROSS, Roof.TENTED):
        span = math.dist(mix(footprint[0], footprint[1], 0.5), mix(footprint[2], footprint[3], 0.5))
    ridge = eaves if roof is Roof.FLAT else eaves + rise * span / 2
    return Solid(footprint, round(base, 2), round(eaves, 2), round(ridge, 2), roof)


def _roof(plot: Plot, merchant: bool, random: Random) -> Roof:
    """Merchants show their gables; in rows the eaves run on; here and there something newer."""
    draw = random.random()
    if plot.lane.name == "Market Square":
        return Roof.STEPPED if plot.number % 4 in (1, 2) else Roof.GABLE_ACROSS
    if merchant:
        shares = ((Roof.STEPPED, 0.3), (Roof.GABLE_ACROSS, 0.6), (Roof.MANSARD, 0.82))
    elif plot.in_row:
        shares = ((Roof.GABLE_ALONG, 0.74), (Roof.MANSARD, 0.93), (Roof.FLAT, 0.96))
    else:
        shares = ((Roof.GABLE_ACROSS, 0.5), (Roof.HALF_HIPPED, 0.78), (Roof.HIPPED, 0.86))
    for roof, share in shares:
        if draw < share:
            return roof
    return Roof.GABLE_ALONG


def _between_passages(quad: Quad) -> Quad:
    """A rectangle on the same front, so that both eaves are level and a passage is left."""
    front, back = mix(quad[0], quad[1], 0.5), mix(quad[2], quad[3], 0.5)
    width = min(math.dist(quad[0], quad[1]), math.dist(quad[2], quad[3])) - 0.6
    return rectangle(front, facing_deg(quad), width, math.dist(front, back))
