"""Variant A: Warehouse 3 keeps its walls; a library moves in, with a balcony over the quay."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from citiverse_assets.library import inside_a, lift, openings, stairs, walls
from citiverse_assets.library.draft import begin
from citiverse_assets.library.items import Form, Ground, Item, Place, Room, Sets
from citiverse_assets.library.matter import (
    BRICK,
    BRICK_DARK,
    GREEN_PAINT,
    LARCH,
    OAK,
    PLASTER,
    SPRUCE,
    STEEL,
    STONE,
    TERRAZZO,
)
from citiverse_assets.library.openings import Hole
from citiverse_assets.library.roof_a import DEEP, EAVES, MIDDLE, RIDGE, THICK, WIDE, roof
from citiverse_assets.library.shapes import Prism, box, circle, rectangle
from citiverse_assets.library.walls import Build, Slab, Wall, slab, wall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_assets.library.draft import Draft
    from citiverse_assets.library.shapes import Outline

STOREY = 4.2
IN = THICK
FAR = DEEP - THICK
RIGHT = WIDE - THICK
AXES = (2.2, 4.8, 10.2, 12.8)
OLD = Build(BRICK, THICK, fire="REI 120", u_value=0.24)
PARTITION = Build(PLASTER, 0.12, is_external=False, is_bearing=False, fire="EI 30", u_value=1.4)
LINED = replace(OLD, lining=PLASTER)
"""The long walls are plastered inside, the gables show their brick."""


STAIR = (14.55, 7.0)
STAIR_VOID = rectangle(11.55, 7.0, 3.0, 4.6)
LIFT = (12.45, 12.2)
HALL_VOID = rectangle(5.3, 3.6, 4.4, 7.2)
"""Two storeys of air above the reading room."""


def draw(ground: Ground) -> Draft:
    """The whole building."""
    draft = begin("a", "Harbour Library, A: the warehouse opens", ground)
    draft.begin_storey("Ground floor", 0.0)
    _ground_floor(draft)
    draft.begin_storey("First floor", STOREY)
    _first_floor(draft)
    draft.begin_storey("Second floor", 2 * STOREY)
    _second_floor(draft)
    roof(draft)
    return draft


def _ground_floor(draft: Draft) -> None:
    floor = Slab("Ground slab", rectangle(0, 0, WIDE, DEEP), 0.4, TERRAZZO, predefined="BASESLAB")
    slab(draft, floor)
    for room in (
        Room("Café", rectangle(IN, IN, 4.6, 8.5), 3.5),
        Room("Entrance hall", rectangle(5.05, IN, 6.35, 8.5), 3.5),
        Room("Newspaper corner", rectangle(11.4, IN, 3.15, 6.4), 3.5),
        Room("Children's corner", rectangle(IN, 9.07, 10.5, FAR - 9.07), 3.5),
        Room("Washrooms", rectangle(11.1, 15.1, RIGHT - 11.1, FAR - 15.1), 3.5, is_public=False),
    ):
        draft.room(room)
    entrance = openings.glass_door(2.4, 2.7, GREEN_PAINT)
    tall = openings.window(1.6, 2.7, GREEN_PAINT, (3, 4))
    front = (
        *(Hole(x - 0.8, 0.5, 1.6, 2.7, tall) for x in AXES),
        Hole(MIDDLE - 1.2, 0.0, 2.4, 2.7, entrance, 0.2),
    )
    _shell(draft, "ground floor", front, openings.window(1.2, 1.8, GREEN_PAINT, (2, 3)), below=0.4)
    _partitions(draft)
    _carriers(draft)
    _stairs_and_lift(draft)
    inside_a.ground_floor(draft)


def _partitions(draft: Draft) -> None:
    """Walls between rooms of the ground floor."""
    plain = openings.door(1.05, 2.3, LARCH)
    wide = Hole(1.3, 0.0, 1.8, 2.6)
    wall(draft, Wall("Café, back wall", (5.0, 8.95), (IN, 8.95), 3.8, PARTITION, (wide,)))
    wash = Hole(1.6, 0.0, 1.05, 2.3, plain, 0.01)
    wall(draft, Wall("Washrooms, front", (RIGHT, 15.0), (11.0, 15.0), 3.8, PARTITION, (wash,)))
    wall(draft, Wall("Washrooms, side", (11.0, 15.0), (11.0, FAR), 3.8, PARTITION))


def _first_floor(draft: Draft) -> None:
    _floor(draft, "First floor", (STAIR_VOID, lift.void(LIFT)))
    for room in (
        Room("Reading room", rectangle(IN, IN, 10.9, 11.0), 3.5),
        Room("Window seats", rectangle(11.4, IN, 3.15, 6.5), 3.5),
        Room("Maker space", rectangle(IN, 11.6, 10.4, FAR - 11.6), 3.5),
        Room("Lift lobby", rectangle(11.0, 11.7, RIGHT - 11.0, FAR - 11.7), 3.5),
    ):
        draft.room(room)
    french = openings.glass_door(1.8, 2.7, GREEN_PAINT)
    side = openings.glass_door(1.6, 2.7, GREEN_PAINT)
    seat = openings.window(1.6, 2.2, GREEN_PAINT, (3, 3))
    front = (
        *(Hole(x - 0.8, 0.5, 1.6, 2.2, seat) for x in (AXES[0], AXES[3])),
        *(Hole(x - 0.8, 0.0, 1.6, 2.7, side) for x in AXES[1:3]),
        Hole(MIDDLE - 0.9, 0.0, 1.8, 2.7, french),
    )
    _shell(draft, "first floor", front, openings.window(1.2, 1.8, GREEN_PAINT, (2, 3)))
    ways = (Hole(4.6, 0.0, 1.6, 2.6), *(Hole(x, 0.9, 1.7, 1.7) for x in (0.9, 7.2)))
    wall(draft, Wall("Maker space, front", (10.9, 11.5), (IN, 11.5), 3.8, PARTITION, ways))
    _carriers(draft)
    _stairs_and_lift(draft)
    _stair_rails(draft)
    _balcony(draft)
    inside_a.first_floor(draft)


def _second_floor(draft: Draft) -> None:
    _floor(draft, "Second floor", (STAIR_VOID, lift.void(LIFT), HALL_VOID))
    for room in (
        Room("Gallery", rectangle(IN, IN, 10.9, 11.0), EAVES),
        Room("Quiet study", rectangle(IN, 11.6, 10.4, FAR - 11.6), EAVES),
        Room("Town archive", rectangle(11.0, 11.7, RIGHT - 11.0, FAR - 11.7), EAVES),
    ):
        draft.room(room)
    hoist = openings.window(1.8, 3.1, GREEN_PAINT, (3, 4))
    plain = openings.window(1.6, 2.2, GREEN_PAINT, (3, 3))
    small = openings.window(1.2, 1.8, GREEN_PAINT, (2, 3))
    light = 0.8
    front = (
        *(Hole(x - 0.8, 0.9, 1.6, 2.2, plain) for x in AXES),
        Hole(MIDDLE - 0.9, 0.2, 1.8, 3.1, hoist),
        *(Hole(x - 0.6, 5.2, 1.2, 1.8, small) for x in AXES[1:3]),
        Hole(MIDDLE - 0.6, 5.2, 1.2, 1.8, small),
        Hole(
            MIDDLE - light, 8.3, 2 * light, 2 * light, openings.round_window(light, GREEN_PAINT),
            outline=circle(light, light, light, 24),
        ),
    )  # fmt: skip
    gable = ((0, 0), (WIDE, 0), (WIDE, EAVES), (MIDDLE, RIDGE), (0, EAVES))
    _shell(draft, "second floor", front, small, gable=gable)
    _stairs_and_lift(draft, is_top=True)
    _stair_rails(draft)
    stairs.guard(draft, "Gallery rail", (*HALL_VOID, HALL_VOID[0]))
    stairs.guard(draft, "Stair head rail", ((13.1, 7.0), (14.5, 7.0)))
    inside_a.second_floor(draft)


def _shell(
    draft: Draft,
    where: str,
    front: tuple[Hole, ...],
    other: Form,
    *,
    below: float = 0.0,
    gable: Outline | None = None,
) -> None:
    """The four old walls of a storey with what is cut into them."""
    height = EAVES if gable else STOREY
    sill = 1.0
    sides = tuple(Hole(y, sill, 1.2, 1.8, other) for y in (2.0, 5.4, 13.2, 16.4))
    back = tuple(Hole(x - 0.6, sill, 1.2, 1.8, other) for x in (2.2, 4.8, 7.5, 10.2))
    corners = ((0.0, 0.0), (WIDE, 0.0), (WIDE, DEEP), (0.0, DEEP))
    named = (
        ("South", 0, front, gable),
        ("East", 1, sides[:2], None),
        ("North", 2, back, gable),
        ("West", 3, sides, None),
    )
    for name, side, holes, outline in named:
        start, end = corners[side], corners[(side + 1) % 4]
        build = OLD
        if name in ("East", "West"):
            build = LINED
            step = IN if name == "East" else -IN
            start, end = (start[0], start[1] + step), (end[0], end[1] - step)
        spec = Wall(f"{name} wall, {where}", start, end, height, build, holes, outline, below)
        wall(draft, spec)
        if name in ("South", "North"):
            _trim(draft, spec, Place(*start, draft.floor, 0.0 if name == "South" else 180.0))


def _trim(draft: Draft, spec: Wall, at: Place) -> None:
    """Sills of sandstone and lintels of clinker, piers between the axes, a course at the floor."""
    parts: list[Prism] = []
    for hole in spec.holes:
        if hole.outline is None:
            wide = hole.width + 0.3
            parts.append(
                box((hole.at - 0.15, -0.04, hole.sill + hole.height), (wide, 0.04, 0.3), BRICK_DARK)
            )
            if hole.sill > 0.3:
                parts.append(
                    box((hole.at - 0.15, -0.09, hole.sill - 0.12), (wide, 0.21, 0.12), STONE)
                )
    for x in (0.0, 3.25, 11.25, WIDE - 0.5):
        parts.append(
            box(
                (x, -0.1, 0.0 if draft.floor else -0.4),
                (0.5, 0.1, spec.height + 0.02 + (0.0 if draft.floor else 0.4)),
                BRICK,
            )
        )
    if draft.floor:
        parts.append(box((0.0, -0.13, -0.18), (WIDE, 0.13, 0.22), STONE))
    sets = (Sets("Pset_CoveringCommon", (("IsExternal", True),)),)
    name = f"{spec.name}, sills, lintels and piers"
    draft.add(Item("IfcCovering", name, tuple(parts), at, sets, "CLADDING"))


def _floor(draft: Draft, name: str, voids: tuple[Outline, ...]) -> None:
    outline = rectangle(IN, IN, WIDE - 2 * IN, DEEP - 2 * IN)
    slab(draft, Slab(f"{name}, boards", outline, 0.2, OAK, voids, below=SPRUCE))


def _carriers(draft: Draft) -> None:
    """Iron columns in two rows, beams on them, and joists."""
    high = STOREY - 0.4
    places = [(x, y) for x in (5.0, 10.0) for y in (3.4, 6.9, 11.3, 15.0)]
    walls.columns(draft, places, Prism(circle(0, 0, 0.09, 12), 0.0, high - 0.3, STEEL))
    for x in (5.0, 10.0):
        beam = box((x - 0.12, IN, high - 0.3), (0.24, FAR - IN, 0.3), SPRUCE)
        walls.bar(draft, "IfcBeam", f"Beam at {x:.0f}", beam)
    is_below_hall = draft.floor > 0.0
    joists = tuple(_joists(is_below_hall=is_below_hall))
    sets = (Sets("Pset_BeamCommon", (("LoadBearing", True), ("IsExternal", False))),)
    draft.add(Item("IfcBeam", "Joists", joists, Place(z=draft.floor), sets, "JOIST"))


def _joists(*, is_below_hall: bool) -> Iterator[Prism]:
    low = STOREY - 0.4
    count = 19
    for i in range(count):
        y = 0.9 + i * (DEEP - 1.8) / (count - 1)
        pieces = [(IN, 4.9), (4.9, 10.1), (10.1, RIGHT)]
        if is_below_hall and 3.5 < y < 10.9:
            pieces.remove((4.9, 10.1))
        if 6.9 < y < 11.7 or 12.4 < y < 14.6:
            pieces.remove((10.1, RIGHT))
            pieces.append((10.1, 11.5))
        for start, end in pieces:
            yield box((start, y - 0.05, low), (end - start, 0.1, 0.2), SPRUCE)


def _stairs_and_lift(draft: Draft, *, is_top: bool = False) -> None:
    """The stair and the lift up from this storey, and the shaft beside them."""
    at = Place(*STAIR, draft.floor, 90.0)
    if not is_top:
        up = {0.0: "Stair to the first floor"}.get(draft.floor, "Stair to the second floor")
        stairs.dogleg(draft, stairs.Dogleg(up, at, 1.45, 24))
    if draft.floor == 0.0:
        lift.car(draft, LIFT)
    lift.shaft(draft, LIFT, 2.8 if is_top else STOREY - 0.2)


def _stair_rails(draft: Draft) -> None:
    stairs.guard(draft, "Stairwell rail", ((11.5, 7.0), (11.5, 11.65), (14.5, 11.65)))


def _balcony(draft: Draft) -> None:
    """Over the quay, on steel brackets, with a rail that one can lean on."""
    west, east, out = 3.4, 11.6, 2.3
    floor = Slab("Balcony", rectangle(west, -out, east - west, out), 0.14, LARCH, is_external=True)
    slab(draft, floor)
    frame = [box((west, -out, -0.26), (east - west, 0.12, 0.12), STEEL)]
    for x in (west, 5.9, 8.9, east - 0.12):
        frame.append(box((x, -out, -0.26), (0.12, out, 0.12), STEEL))
        brace = ((-out + 0.5, -0.26), (-out + 0.3, -0.26), (-0.1, -1.6), (0.0, -1.6), (0.0, -1.45))
        frame.append(Prism(tuple(reversed(brace)), x + 0.02, 0.08, STEEL, "x"))
    at = Place(z=draft.floor)
    sets = (Sets("Pset_MemberCommon", (("IsExternal", True), ("LoadBearing", True))),)
    draft.add(Item("IfcMember", "Balcony, brackets", tuple(frame), at, sets, "BRACE"))
    west, east, south = west + 0.06, east - 0.06, -out + 0.06
    stairs.guard(draft, "Balcony rail", ((west, 0.0), (west, south), (east, south), (east, 0.0)))
