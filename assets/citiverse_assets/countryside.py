"""What lies around the town: fields, woods, the fjord and its far shore, and the roads out."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from citiverse_assets import heart, plants
from citiverse_assets.district import District, land_of
from citiverse_assets.fields import Box, meet, ribbon
from citiverse_assets.land import DRIVING_LANE, Area
from citiverse_assets.planting import Site, rows, scattered

if TYPE_CHECKING:
    from citiverse_assets.plan import Point

ROADS: tuple[tuple[str, tuple[Point, Point], float], ...] = (
    ("Flensburg Road", ((-384.0, 96.0), (-288.0, 96.0)), 6.0),
    ("Eckern Road", ((288.0, 96.0), (384.0, 96.0)), 5.0),
    ("Hill Road", ((0.0, 384.0), (0.0, 480.0)), 4.0),
)
"""They go on where a street of the heart ends, as wide as it."""

TREES_PER_HA = 9.0
FAR_SHORE_TREES_PER_HA = 40.0


def district(name: str, box: Box, seed: int, roads: bool) -> District:
    """An open district; with `roads` those that reach into it."""
    random = Random(f"{seed} {name}")
    out = tuple(
        Area(name, DRIVING_LANE, ribbon(line, width / 2))
        for name, line, width in ROADS
        if roads and meet(ribbon(line, 0.0).box, box, -1.0)
    )
    areas = (*heart.water(), *out, heart.beach())
    land, on_it = land_of(box, areas)
    site = Site(areas, ())
    density = FAR_SHORE_TREES_PER_HA if box[3] <= heart.BOX[1] else TREES_PER_HA
    count = round((box[2] - box[0]) * (box[3] - box[1]) / 10_000 * density)
    inside = (box[0] + 4, box[1] + 4, box[2] - 4, box[3] - 4)
    kinds = (plants.BEECH, plants.OAK, plants.BIRCH, plants.PINE, plants.PINE, plants.SPRUCE)
    avenues = (rows(site, plants.POPLAR, line, 14.0, 7.0, random) for _, line, _ in ROADS if roads)
    along = tuple(plant for avenue in avenues for plant in avenue)
    planted = tuple(p for p in along if box[0] < p.x < box[2] and box[1] < p.y < box[3])
    free = scattered(site, kinds, inside, count, 7.0, random)
    return District(name, land, on_it, plants=(*planted, *free))
