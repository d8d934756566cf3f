"""The whole of Ellerhaven: which buildings stand where, made from a seed and from nothing else."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from citiverse_assets.houses import Building, house
from citiverse_assets.landmarks import landmarks
from citiverse_assets.plan import Quad, near_line, overlaps
from citiverse_assets.streets import LANES, market_plots, plots

if TYPE_CHECKING:
    from collections.abc import Iterable

SEED = 1742
SQUARE: Quad = ((-32.0, 34.0), (32.0, 34.0), (32.0, 98.0), (-32.0, 98.0))
"""Market Square and its open way down to the quay; nothing else is built here."""


def build(seed: int = SEED) -> tuple[Building, ...]:
    """All buildings. The same seed gives the same town."""
    random = Random(seed)
    buildings = list(landmarks())
    taken = [solid.footprint for building in buildings for solid in building.solids]
    kept_free = [(lane.line, lane.width / 2 - 0.4) for lane in LANES]
    for plot in (*market_plots(), *(plot for lane in LANES for plot in plots(lane, random))):
        built = house(plot, random)
        footprint = built.solids[0].footprint
        if _collides(footprint, (*taken, SQUARE)):
            continue
        if any(near_line(footprint, line, width) for line, width in kept_free):
            continue
        taken.append(footprint)
        buildings.append(built)
    return tuple(buildings)


def _collides(footprint: Quad, others: Iterable[Quad]) -> bool:
    return any(overlaps(footprint, other) for other in others)
