"""Variant B: three gables of timber and glass in the place of Warehouses 3 and 4."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from citiverse_assets.library import inside_b, lift, openings, stairs, walls
from citiverse_assets.library.draft import begin
from citiverse_assets.library.items import Form, Item, Place, Room, Sets
from citiverse_assets.library.matter import (
    BIRCH,
    LARCH,
    OAK,
    SPRUCE,
    TERRAZZO,
)
from citiverse_assets.library.openings import Hole
from citiverse_assets.library.roof_b import BACK, DEEP, EAVES, HOUSE, RIDGE, SLOPE, roofs
from citiverse_assets.library.shapes import Prism, box, rectangle
from citiverse_assets.library.walls import Build, Slab, Wall, slab, wall

if TYPE_CHECKING:
    from citiverse_assets.library.draft import Draft
    from citiverse_assets.library.items import Ground
    from citiverse_assets.library.shapes import Outline

WIDE = 3 * HOUSE
STOREY = 4.2
IN = 0.3
SKIN = Build(LARCH, IN, fire="REI 60", u_value=0.12, lining=BIRCH)
PARTITION = Build(BIRCH, 0.12, is_external=False, is_bearing=False, fire="EI 30", u_value=1.2)

STAIR = (17.2, 8.2)
STAIR_WIDE = 1.8
ATRIUM = rectangle(11.4, 8.2, 7.8, 4.8)
HALL = rectangle(11.4, 1.4, 7.8, 4.6)
"""Air above the entrance, up to the terrace."""

LIFT = (14.25, 14.2)
COLUMNS_X = (0.44, 5.1, 10.2, 20.4, 25.5, WIDE - 0.44)
COLUMNS_Y = (0.44, 5.0, 9.5, 14.0, DEEP - 0.44)


def draw(ground: Ground) -> Draft:
    """The whole building."""
    draft = begin("b", "Harbour Library, B: three gables of timber", ground)
    draft.begin_storey("Ground floor", 0.0)
    _ground_floor(draft)
    draft.begin_storey("First floor", STOREY)
    _first_floor(draft)
    draft.begin_storey("Second floor", 2 * STOREY)
    _second_floor(draft)
    roofs(draft)
    return draft


def _ground_floor(draft: Draft) -> None:
    base = Slab("Ground slab", rectangle(0, 0, WIDE, DEEP), 0.4, TERRAZZO, predefined="BASESLAB")
    slab(draft, base)
    east = 2 * HOUSE + 0.1
    wide = WIDE - IN - east
    for room in (
        Room("Café", rectangle(IN, IN, 9.8, 9.1), 3.9),
        Room("Children's corner", rectangle(IN, 9.5, 9.8, 9.2), 3.9),
        Room("Entrance hall", rectangle(10.3, IN, 10.0, 7.7), 3.9),
        Room("Atrium", rectangle(10.3, 8.1, 10.0, 10.6), 3.9),
        Room("Maker space", rectangle(east, IN, wide, 9.1), 3.9),
        Room("Harbour room", rectangle(east, 9.6, wide, 5.4), 3.9),
        Room("Washrooms", rectangle(east, 15.2, wide, 3.5), 3.9, is_public=False),
    ):
        draft.room(room)
    bay, beside = openings.window(4.4, 3.4, SPRUCE, (4, 2)), openings.window(2.6, 3.4, SPRUCE)
    door = openings.glass_door(2.6, 2.8, SPRUCE)
    front = (
        *(Hole(x - 2.2, 0.2, 4.4, 3.4, bay) for x in (2.55, 7.65, 22.95, 28.05)),
        Hole(10.75, 0.2, 2.6, 3.4, beside),
        Hole(14.0, 0.0, 2.6, 2.8, door),
        Hole(17.25, 0.2, 2.6, 3.4, beside),
    )
    _skin(draft, "ground floor", front, below=0.4)
    ways = (Hole(1.2, 0.0, 1.8, 2.6), *(Hole(y, 0.9, 1.8, 1.7) for y in (3.6, 6.4)))
    line = (2 * HOUSE + 0.06, 9.4)
    wall(draft, Wall("Maker space, side", (line[0], IN), line, 4.0, PARTITION, ways))
    side = Hole(3.0, 0.0, 1.6, 2.6)
    wall(draft, Wall("Harbour room, front", (WIDE - IN, 9.4), line, 4.0, PARTITION, (side,)))
    into = Hole(1.4, 0.0, 1.05, 2.3, openings.door(1.05, 2.3, LARCH), 0.01)
    corner = (line[0], 15.05)
    wall(draft, Wall("Washrooms, front", (WIDE - IN, 15.05), corner, 4.0, PARTITION))
    wall(draft, Wall("Washrooms, side", (line[0], DEEP - IN), corner, 4.0, PARTITION, (into,)))
    _frame(draft)
    _stair_and_lift(draft)
    inside_b.ground_floor(draft)


def _first_floor(draft: Draft) -> None:
    outline = rectangle(IN, IN, WIDE - 2 * IN, DEEP - 2 * IN)
    floor = Slab("First floor, boards", outline, 0.22, OAK, (ATRIUM, HALL, lift.void(LIFT)))
    slab(draft, _wooden(floor))
    east = 2 * HOUSE + 0.1
    wide = WIDE - IN - east
    for room in (
        Room("Reading room", rectangle(IN, IN, 9.8, DEEP - 2 * IN), 3.9),
        Room("Bridge", rectangle(10.3, IN, 10.0, 7.7), 3.9),
        Room("Study tables", rectangle(east, IN, wide, 11.0), 3.9),
        Room("Music room", rectangle(east, 11.6, wide, 7.1), 3.9),
    ):
        draft.room(room)
    bay = openings.window(4.4, 3.4, SPRUCE, (4, 2))
    narrow = openings.window(2.6, 3.4, SPRUCE)
    front = (
        *(Hole(x - 2.2, 0.3, 4.4, 3.4, bay) for x in (2.55, 7.65, 22.95, 28.05)),
        *(Hole(x, 0.3, 2.6, 3.4, narrow) for x in (10.75, 14.0, 17.25)),
    )
    _skin(draft, "first floor", front)
    way = Hole(3.0, 0.0, 1.6, 2.6)
    start, end = (WIDE - IN, 11.4), (2 * HOUSE + 0.06, 11.4)
    wall(draft, Wall("Music room, front", start, end, 3.98, PARTITION, (way,)))
    side = (end[0], DEEP - IN), (end[0], 11.4)
    hatches = tuple(Hole(x, 0.9, 2.0, 1.7) for x in (0.9, 4.2))
    wall(draft, Wall("Music room, side", *side, 3.98, PARTITION, hatches))
    fin = Form(
        "IfcShadingDevice", "Fin of larch", (box((-0.03, -0.34, 0.0), (0.06, 0.3, 4.1), LARCH),)
    )
    xs = [0.3 + 0.8 * i for i in range(13)]
    draft.stand(fin, [Place(x + by, 0.0, draft.floor) for by in (0.0, 2 * HOUSE) for x in xs])
    _frame(draft)
    _stair_and_lift(draft)
    _atrium_rails(draft)
    stairs.guard(draft, "Hall rail", (*HALL, HALL[0]))
    inside_b.first_floor(draft)


def _second_floor(draft: Draft) -> None:
    outline: Outline = (
        (IN, IN), (HOUSE, IN), (HOUSE, BACK), (2 * HOUSE, BACK), (2 * HOUSE, IN),
        (WIDE - IN, IN), (WIDE - IN, DEEP - IN), (IN, DEEP - IN),
    )  # fmt: skip
    slab(
        draft, _wooden(Slab("Second floor, boards", outline, 0.22, OAK, (ATRIUM, lift.void(LIFT))))
    )
    deck = rectangle(HOUSE, 0.0, HOUSE, BACK)
    slab(draft, _wooden(Slab("Roof terrace, deck", deck, 0.22, LARCH, is_external=True)))
    for room in (
        Room("Reading loft", rectangle(IN, IN, 9.8, DEEP - 2 * IN), EAVES),
        Room("Sky lobby", rectangle(10.3, BACK + 0.3, 10.0, 2.8), EAVES),
        Room("Town archive", rectangle(20.5, IN, 9.8, DEEP - 2 * IN), EAVES),
        Room("Roof terrace", rectangle(10.5, 0.1, 9.6, BACK - 0.2), 3.0, is_outdoors=True),
    ):
        draft.room(room)
    house: Outline = ((0, 0), (HOUSE, 0), (HOUSE, EAVES), (HOUSE / 2, RIDGE), (0, EAVES))
    glazed: Outline = ((0, 0), (7.0, 0), (7.0, 2.8), (3.5, 2.8 + 3.5 * SLOPE), (0, 2.8))
    gable = openings.shaped("Gable window", glazed, SPRUCE, (1.0, 2.25, 3.5, 4.75, 6.0))
    wide = Hole(1.6, 0.25, 7.0, 2.8, gable, outline=glazed)
    for name, x, y, holes in (
        ("west", 0.0, 0.0, (wide,)),
        ("middle", HOUSE, BACK, _terrace_holes()),
        ("east", 2 * HOUSE, 0.0, (wide,)),
    ):
        front = Wall(f"South gable, {name}", (x, y), (x + HOUSE, y), EAVES, SKIN, holes, house)
        wall(draft, front)
        back = Wall(f"North gable, {name}", (x + HOUSE, DEEP), (x, DEEP), EAVES, SKIN, (), house)
        wall(draft, back)
    small = openings.window(1.4, 1.7, SPRUCE, (1, 2))
    outer = tuple(Hole(y, 0.8, 1.4, 1.7, small) for y in (1.6, 5.4, 9.2, 13.0, 16.0))
    inner = (Hole(1.4, 0.6, 1.4, 1.7, small),)
    wall(draft, Wall("East wall, loft", (WIDE, IN), (WIDE, DEEP - IN), EAVES, SKIN, outer))
    wall(draft, Wall("West wall, loft", (0, DEEP - IN), (0, IN), EAVES, SKIN, outer))
    wall(draft, Wall("Terrace, west", (HOUSE, IN), (HOUSE, BACK), EAVES, SKIN, inner))
    wall(draft, Wall("Terrace, east", (2 * HOUSE, BACK), (2 * HOUSE, IN), EAVES, SKIN, inner))
    stairs.guard(draft, "Terrace rail", ((HOUSE + 0.05, 0.1), (2 * HOUSE - 0.05, 0.1)))
    _atrium_rails(draft)
    stairs.guard(draft, "Stair head rail", ((15.4, 8.2), (17.2, 8.2)))
    lift.shaft(draft, LIFT, 2.8)
    for x in (HOUSE, 2 * HOUSE):
        beam = box((x - 0.14, BACK, EAVES - 0.3), (0.28, DEEP - BACK - IN, 0.3), SPRUCE)
        walls.bar(draft, "IfcBeam", f"Valley beam at {x:.1f}", beam)
    places = [(x, y) for x in (HOUSE, 2 * HOUSE) for y in COLUMNS_Y[2:4]]
    walls.columns(draft, places, _post(0.24, EAVES - 0.3))
    inside_b.second_floor(draft)


def _terrace_holes() -> tuple[Hole, ...]:
    """From the sky lobby to the terrace: a door between windows, and glass up to the ridge."""
    door, pane = openings.glass_door(2.0, 2.6, SPRUCE), openings.window(2.6, 2.5, SPRUCE)
    top: Outline = ((0, 0), (6.4, 0), (6.4, 0.5), (3.2, 0.5 + 3.2 * SLOPE), (0, 0.5))
    above = openings.shaped("Gable window over the terrace", top, SPRUCE, (1.6, 3.2, 4.8))
    return (
        Hole(1.0, 0.1, 2.6, 2.5, pane),
        Hole(4.1, 0.0, 2.0, 2.6, door),
        Hole(6.6, 0.1, 2.6, 2.5, pane),
        Hole(1.9, 3.1, 6.4, 0.5, above, outline=top),
    )


def _skin(draft: Draft, where: str, front: tuple[Hole, ...], below: float = 0.0) -> None:
    """The four outer walls of a storey."""
    tall = openings.window(1.4, 2.4, SPRUCE, (1, 2))
    sides = tuple(Hole(y, 0.8, 1.4, 2.4, tall) for y in (1.6, 5.4, 9.2, 13.0, 16.0))
    back = tuple(Hole(1.8 + 3.8 * i, 0.8, 1.4, 2.4, tall) for i in range(8))
    for name, start, end, holes in (
        ("South", (0.0, 0.0), (WIDE, 0.0), front),
        ("East", (WIDE, IN), (WIDE, DEEP - IN), sides),
        ("North", (WIDE, DEEP), (0.0, DEEP), back),
        ("West", (0.0, DEEP - IN), (0.0, IN), sides),
    ):
        spec = Wall(f"{name} wall, {where}", start, end, STOREY, SKIN, holes, below=below)
        wall(draft, spec)


def _wooden(spec: Slab) -> Slab:
    return replace(spec, below=SPRUCE)


def _frame(draft: Draft) -> None:
    """Columns and beams of glued spruce."""
    high = STOREY - 0.22
    places = [(x, y) for x in COLUMNS_X for y in COLUMNS_Y]
    walls.columns(draft, places, _post(0.26, high - 0.36))
    for x in COLUMNS_X:
        beam = box((x - 0.13, IN, high - 0.36), (0.26, DEEP - 2 * IN, 0.36), SPRUCE)
        walls.bar(draft, "IfcBeam", f"Beam at {x:.1f}", beam)
    sets = (Sets("Pset_BeamCommon", (("LoadBearing", True), ("IsExternal", False))),)
    joists = tuple(
        box((x, 0.9 + 1.23 * i - 0.06, high - 0.2), (HOUSE / 2 - 0.4, 0.12, 0.2), SPRUCE)
        for x in (0.57, 5.23, 20.6, 25.63)
        for i in range(15)
    )
    draft.add(Item("IfcBeam", "Joists", joists, Place(z=draft.floor), sets, "JOIST"))


def _post(side: float, height: float) -> Prism:
    return Prism(rectangle(-side / 2, -side / 2, side, side), 0.0, height, SPRUCE)


def _stair_and_lift(draft: Draft) -> None:
    up = "Stair to the first floor" if draft.floor == 0.0 else "Stair to the second floor"
    at = Place(*STAIR, draft.floor, 90.0)
    stairs.dogleg(draft, stairs.Dogleg(up, at, STAIR_WIDE, 24, landing=1.6, gap=0.2))
    if draft.floor == 0.0:
        lift.car(draft, LIFT)
    lift.shaft(draft, LIFT, STOREY - 0.22)


def _atrium_rails(draft: Draft) -> None:
    """Round the atrium, but where the stair comes up."""
    (west, south), (east, _), (_, north), _ = ATRIUM
    around = ((13.35, south), (west, south), (west, north), (east, north), (east, south))
    stairs.guard(draft, "Atrium rail", (*around, (17.25, south)))
