"""The roofs of variant B: zinc on the outer houses, glass on the middle one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_assets.library import walls
from citiverse_assets.library.items import Item, Place, Sets
from citiverse_assets.library.matter import BIRCH, GLASS, SPRUCE, STEEL, ZINC
from citiverse_assets.library.shapes import Prism, Sheet, box

if TYPE_CHECKING:
    from citiverse_assets.library.draft import Draft
    from citiverse_assets.library.shapes import Outline

HOUSE = 10.2
"""Width of each of the three houses, metres: x along the quay, y away from the water."""

DEEP = 19.0
EAVES, RIDGE = 2.9, 8.25
"""Above the second floor."""

SLOPE = (RIDGE - EAVES) / (HOUSE / 2)
BACK = 5.0
"""The middle house stands so far behind the others on the second floor: there is the terrace."""


def roofs(draft: Draft) -> None:
    """Zinc on the outer houses, glass on the middle one."""
    roof = draft.add(Item("IfcRoof", "Roof", (), Place(z=draft.floor), (), "FREEFORM"))
    at = Place(z=draft.floor)
    sets = (Sets("Pset_SlabCommon", (("IsExternal", True), ("FireRating", "REI 30"))),)
    for name, x in (("west house", 0.0), ("east house", 2 * HOUSE)):
        for side, outline in (("west", _slope(x, 0.28)), ("east", _slope(x, 0.28, is_east=True))):
            outer = Prism(_lifted(outline, 0.03), -0.25, DEEP + 0.5, ZINC, "y")
            inner = Prism(_thin(outline), 0.0, DEEP, BIRCH, "y")
            piece = Item("IfcSlab", f"Roof, {name}, {side}", (outer, inner), at, sets, "ROOF")
            draft.add(piece, roof)
        _rafters(draft, name, x)
    length = DEEP - BACK + 0.2
    for side, is_east in (("west", False), ("east", True)):
        (a, at_a), (b, at_b), *_ = _slope(HOUSE, 0.03, is_east=is_east)
        south, north = BACK - 0.2, BACK - 0.2 + length
        corners = ((a, south, at_a), (b, south, at_b), (b, north, at_b), (a, north, at_a))
        bars = [
            Prism(
                _lowered(_slope(HOUSE, 0.2, is_east=is_east), 0.2),
                BACK + 0.9 + 1.4 * i,
                0.1,
                SPRUCE,
                "y",
            )
            for i in range(10)
        ]
        said = (Sets("Pset_WindowCommon", (("IsExternal", True), ("FireRating", "E 30"))),)
        name = f"Glass roof, {side}"
        draft.add(
            Item("IfcWindow", name, (Sheet(corners, GLASS), *bars), at, said, "SKYLIGHT"), roof
        )
    ridge = box((1.5 * HOUSE - 0.08, BACK - 0.2, RIDGE - 0.05), (0.16, length, 0.14), STEEL)
    walls.bar(draft, "IfcMember", "Ridge of the glass roof", ridge)


def _rafters(draft: Draft, name: str, x: float) -> None:
    parts = [
        Prism(_lowered(_slope(x, 0.22, is_east=is_east), 0.22), 1.4 + 2.3 * i, 0.12, SPRUCE, "y")
        for i in range(8)
        for is_east in (False, True)
    ]
    parts += [
        box((x + 2.2, 1.4 + 2.3 * i, 5.0), (HOUSE - 4.4, 0.12, 0.2), SPRUCE) for i in range(8)
    ]
    sets = (Sets("Pset_MemberCommon", (("LoadBearing", True), ("IsExternal", False))),)
    at = Place(z=draft.floor)
    draft.add(Item("IfcMember", f"Rafters, {name}", tuple(parts), at, sets, "RAFTER"))


def _slope(x: float, thick: float, *, is_east: bool = False) -> Outline:
    """One side of a roof over the house that begins at x, as thick upright."""
    half = HOUSE / 2
    if is_east:
        return (
            (x + half, RIDGE), (x + HOUSE, EAVES), (x + HOUSE, EAVES + thick),
            (x + half, RIDGE + thick),
        )  # fmt: skip
    return ((x, EAVES), (x + half, RIDGE), (x + half, RIDGE + thick), (x, EAVES + thick))


def _lifted(outline: Outline, by: float) -> Outline:
    """Its lower side so much higher."""
    a, b, c, d = outline
    return ((a[0], a[1] + by), (b[0], b[1] + by), c, d)


def _thin(outline: Outline) -> Outline:
    """What `_lifted` leaves, two centimetres of lining."""
    a, b, _, _ = outline
    return (a, b, (b[0], b[1] + 0.03), (a[0], a[1] + 0.03))


def _lowered(outline: Outline, by: float) -> Outline:
    return tuple((x, z - by) for x, z in outline)
