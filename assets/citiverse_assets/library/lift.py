"""The lift: a car of birch, and a shaft of concrete that it goes up in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_assets.library.items import Item, Place
from citiverse_assets.library.matter import BIRCH, CONCRETE, STEEL
from citiverse_assets.library.openings import Hole
from citiverse_assets.library.shapes import box, rectangle
from citiverse_assets.library.walls import Build, Wall, wall

if TYPE_CHECKING:
    from citiverse_assets.library.draft import Draft
    from citiverse_assets.library.shapes import Flat, Outline

WIDE, DEEP = 2.1, 2.3
"""Of the shaft, outside: x and y, metres. Its doors are in the west."""

DOOR_M, DOOR_HEIGHT_M = 1.1, 2.3

_THICK = 0.15
_WALL = Build(CONCRETE, _THICK, is_external=False, fire="REI 90", u_value=1.4)


def void(corner: Flat) -> Outline:
    """What to cut out of a floor; the corner is that of the shaft, in the south-west."""
    x, y = corner
    return rectangle(x + _THICK, y + _THICK, WIDE - 2 * _THICK, DEEP - 2 * _THICK)


def car(draft: Draft, corner: Flat) -> None:
    """It stands at the storey that is being drawn."""
    parts = (
        box((0.0, 0.0, 0.0), (1.7, 1.9, 0.06), STEEL),
        box((0.0, 0.0, 2.35), (1.7, 1.9, 0.08), STEEL),
        box((0.0, 0.0, 0.06), (1.7, 0.03, 2.29), BIRCH),
        box((0.0, 1.87, 0.06), (1.7, 0.03, 2.29), BIRCH),
        box((1.67, 0.03, 0.06), (0.03, 1.84, 2.29), BIRCH),
        box((0.1, 1.8, 0.95), (1.5, 0.04, 0.05), STEEL),
    )
    at = Place(corner[0] + _THICK + 0.05, corner[1] + _THICK + 0.05, draft.floor)
    draft.add(Item("IfcTransportElement", "Lift", parts, at, (), "ELEVATOR"))


def shaft(draft: Draft, corner: Flat, height: float) -> None:
    """Its four walls in the storey that is being drawn."""
    x, y = corner
    east, north = x + WIDE, y + DEEP
    way = Hole((DEEP - DOOR_M) / 2, 0.0, DOOR_M, DOOR_HEIGHT_M)
    sides = (
        ("west", (x, north), (x, y), (way,)),
        ("south", (x + _THICK, y), (east - _THICK, y), ()),
        ("east", (east, y), (east, north), ()),
        ("north", (east - _THICK, north), (x + _THICK, north), ()),
    )
    for name, start, end, holes in sides:
        wall(draft, Wall(f"Lift shaft, {name}", start, end, height, _WALL, holes))
