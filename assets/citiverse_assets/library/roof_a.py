"""The old roof of variant A: tiles, a strip of glass on both sides of the ridge, trusses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_assets.library import walls
from citiverse_assets.library.items import Item, Place, Sets
from citiverse_assets.library.matter import GLASS, OAK, SPRUCE, STEEL, TILE
from citiverse_assets.library.shapes import Prism, Sheet, box, rectangle

if TYPE_CHECKING:
    from citiverse_assets.library.draft import Draft
    from citiverse_assets.library.shapes import Outline, Part

WIDE, DEEP = 15.0, 19.0
"""Metres, as the warehouse: x along the quay, y away from the water."""

THICK = 0.45
"""Of the old walls."""

EAVES, RIDGE = 4.88, 12.75
"""Above the second floor."""

SLOPE = (RIDGE - EAVES) / (WIDE / 2)
MIDDLE = WIDE / 2


def roof(draft: Draft) -> None:
    """Tiles on both slopes, a strip of glass along the ridge, trusses below."""
    roof = draft.add(Item("IfcRoof", "Roof", (), Place(z=draft.floor), (), "GABLE_ROOF"))
    out, thick = 0.35, 0.34
    low, top = EAVES - out * SLOPE, RIDGE
    sets = (Sets("Pset_SlabCommon", (("IsExternal", True), ("FireRating", "REI 30"))),)
    at = Place(z=draft.floor)
    west: Outline = ((-out, low), (MIDDLE, top), (MIDDLE, top + thick), (-out, low + thick))
    for name, outline in (("west", west), ("east", _mirrored(west))):
        body = Prism(outline, -0.12, DEEP + 0.24, TILE, "y")
        made = draft.add(Item("IfcSlab", f"Roof, {name}", (body,), at, sets, "ROOF"), roof)
        x = 4.6 if name == "west" else WIDE - 6.9
        hole = Prism(rectangle(x, 3.0, 2.3, 13.0), EAVES, RIDGE, TILE)
        draft.cut(made, f"Roof, {name}, opening", hole, at)
    for name in ("west", "east"):
        _rooflight(draft, name)
    for number, y in enumerate((1.2, 3.4, 6.9, 11.3, 15.0, 17.8), 1):
        _truss(draft, number, y)
    hoist = box((MIDDLE - 0.12, -1.3, 10.25), (0.24, 2.6, 0.3), OAK)
    walls.bar(draft, "IfcBeam", "Hoist beam, of 1874", hoist)


def _rooflight(draft: Draft, name: str) -> None:
    """Glass in the slope, and the rafters that hold it."""

    def height(x: float) -> float:
        return EAVES + x * SLOPE + 0.2

    def strip(low: float, high: float) -> Outline:
        made: Outline = ((4.6, height(4.6) + low), (6.9, height(6.9) + low),
                (6.9, height(6.9) + high), (4.6, height(4.6) + high))  # fmt: skip
        return made if name == "west" else _mirrored(made)

    bars = tuple(
        Prism(strip(-0.1, 0.04), 3.0 + i * 1.3 - 0.03, 0.06, STEEL, "y") for i in range(11)
    )
    low, high = (4.6, 6.9) if name == "west" else (WIDE - 6.9, WIDE - 4.6)
    ends = [(x, height(x if name == "west" else WIDE - x)) for x in (low, high)]
    (a, at_a), (b, at_b) = ends
    glass = Sheet(((a, 3.0, at_a), (b, 3.0, at_b), (b, 16.0, at_b), (a, 16.0, at_a)), GLASS)
    parts: tuple[Part, ...] = (glass, *bars)
    sets = (Sets("Pset_WindowCommon", (("IsExternal", True), ("ThermalTransmittance", 1.1))),)
    at = Place(z=draft.floor)
    draft.add(Item("IfcWindow", f"Rooflight, {name}", parts, at, sets, "SKYLIGHT"))


def _truss(draft: Draft, number: int, y: float) -> None:
    low, thick = EAVES - 0.02, 0.28
    rafter: Outline = (
        (0.2, low + 0.2 * SLOPE - thick), (MIDDLE, RIDGE - thick - 0.02),
        (MIDDLE, RIDGE - 0.02), (0.2, low + 0.2 * SLOPE),
    )  # fmt: skip
    strut: Outline = ((7.3, 5.3), (7.4, 5.05), (10.9, 8.6), (10.75, 8.85))
    parts = [Prism(rafter, y - 0.09, 0.18, SPRUCE, "y")]
    parts.append(Prism(_mirrored(rafter), y - 0.09, 0.18, SPRUCE, "y"))
    parts.append(box((THICK - 0.1, y - 0.1, 4.75), (WIDE - 2 * THICK + 0.2, 0.2, 0.3), SPRUCE))
    parts.append(box((MIDDLE - 0.09, y - 0.09, 5.05), (0.18, 0.18, RIDGE - 5.3), SPRUCE))
    for outline in (strut, _mirrored(strut)):
        parts.append(Prism(outline, y - 0.06, 0.12, SPRUCE, "y"))
    sets = (Sets("Pset_MemberCommon", (("LoadBearing", True), ("IsExternal", False))),)
    item = Item("IfcMember", f"Truss {number}", tuple(parts), Place(z=draft.floor), sets, "MEMBER")
    draft.add(item)


def _mirrored(outline: Outline) -> Outline:
    """West to east, still counter-clockwise."""
    return tuple((WIDE - x, z) for x, z in reversed(outline))
