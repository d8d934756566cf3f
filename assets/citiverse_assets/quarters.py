"""More of the town for load tests: quarters of one size, each with its own streets and houses.

A quarter is a square of a lattice around the heart. Its two main streets cross in its middle and
meet those of its neighbours in the middle of each side; two lanes run beside the one from west to
east. Names, bends and houses are drawn from the seed and the quarter's place.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from citiverse_assets import heart, pieces
from citiverse_assets.crowding import Taken
from citiverse_assets.district import District, land_of
from citiverse_assets.houses import Building, house
from citiverse_assets.planting import Site, gardens
from citiverse_assets.streets import Lane, plots

if TYPE_CHECKING:
    from collections.abc import Callable

    from citiverse_assets.fields import Box
    from citiverse_assets.plan import Point

SIDE_M = 192.0
"""Side of a quarter."""

Cell = tuple[int, int]
"""Column and row of the lattice; the heart is (0, 0) to (2, 2)."""

TREES = ("Alder", "Ash", "Birch", "Elm", "Hawthorn", "Hazel", "Juniper", "Larch", "Maple", "Rowan")


def box_of(cell: Cell) -> Box:
    """The square of a cell."""
    west, south = heart.BOX[0] + SIDE_M * cell[0], heart.BOX[1] + SIDE_M * cell[1]
    return (west, south, west + SIDE_M, south + SIDE_M)


def district(cell: Cell, seed: int, meets: Callable[[Cell, Cell], bool]) -> District:
    """The quarter of a cell; `meets` says whether its streets go on in a neighbour."""
    random = Random(f"{seed} quarter {cell}")
    lanes = _lanes(cell, random, meets)
    areas = (
        *heart.water(),
        *(heart.lane_area(lane) for lane in lanes),
        *(heart.footpath(lane) for lane in lanes),
        heart.beach(),
    )
    land, on_it = land_of(box_of(cell), areas)
    buildings = _houses(cell, lanes, random)
    site = Site(areas, buildings)
    return District(
        name=f"quarter {cell[0]} {cell[1]}".replace("-", "west "),
        ground=land,
        surfaces=on_it,
        buildings=buildings,
        plants=tuple(gardens(site, buildings, random)),
        pieces=tuple(lamp for lane in lanes[:2] for lamp in pieces.lamps(lane, 32.0)),
    )


def _lanes(cell: Cell, random: Random, meets: Callable[[Cell, Cell], bool]) -> tuple[Lane, ...]:
    west, south, east, north = box_of(cell)
    x, y = (west + east) / 2, (south + north) / 2
    column, row = cell

    def reach(side: float, inwards: float, neighbour: Cell) -> float:
        return side if meets(cell, neighbour) else side + inwards

    along: tuple[Point, ...] = (
        (reach(west, 14.0, (column - 1, row)), y),
        (west + 18.0, y),
        (x - 30.0, y + random.uniform(-9.0, 9.0)),
        (x + 30.0, y + random.uniform(-9.0, 9.0)),
        (east - 18.0, y),
        (reach(east, -14.0, (column + 1, row)), y),
    )
    up: tuple[Point, ...] = (
        (x, reach(south, 14.0, (column, row - 1))),
        (x, south + 18.0),
        (x + random.uniform(-8.0, 8.0), y - 30.0),
        (x + random.uniform(-8.0, 8.0), y + 30.0),
        (x, north - 18.0),
        (x, reach(north, -14.0, (column, row + 1))),
    )
    names = random.sample(TREES, 4)
    place = f"{column + 100}-{row + 100}"
    made = [
        Lane(f"{names[0]} Street {place}", along, 10.0, 6.0, 0.1),
        Lane(f"{names[1]} Road {place}", up, 10.0, 6.0, left=False, right=False),
    ]
    for number, off in ((2, -52.0), (3, 52.0)):
        bend = random.uniform(-6.0, 6.0)
        side: tuple[Point, ...] = (
            (west + 12.0, y + off),
            (x - 40.0, y + off + bend),
            (x + 40.0, y + off - bend),
            (east - 12.0, y + off),
        )
        made.append(Lane(f"{names[number]} Lane {place}", side, 7.0, 3.6, 0.12))
    return tuple(made)


def _houses(cell: Cell, lanes: tuple[Lane, ...], random: Random) -> tuple[Building, ...]:
    west, south, east, north = box_of(cell)
    taken = Taken((lane.line, lane.width / 2 - 0.4) for lane in lanes)
    buildings = []
    for plot in (plot for lane in lanes for plot in plots(lane, random)):
        built = house(plot, random)
        footprint = built.solids[0].footprint
        inside = all(west + 1 < x < east - 1 and south + 1 < y < north - 1 for x, y in footprint)
        on_land = min(built.solids[0].base, built.solids[0].eaves) > 1.2
        if inside and on_land and taken.has_room(footprint):
            taken.add(footprint)
            buildings.append(built)
    return tuple(buildings)
