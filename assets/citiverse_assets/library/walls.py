"""Walls with their openings, slabs with theirs, columns and beams."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_assets.library.items import Form, Item, Place, Sets
from citiverse_assets.library.shapes import Prism, rectangle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ifcopenshell import entity_instance

    from citiverse_assets.library.draft import Draft
    from citiverse_assets.library.matter import Matter
    from citiverse_assets.library.openings import Hole
    from citiverse_assets.library.shapes import Flat, Outline

CUT_M = 0.05
"""An opening goes so far beyond what it is cut through."""


LINING_M = 0.05
BOARDS_M = 0.03


@dataclass(frozen=True, slots=True)
class Build:
    """How a wall is built: what of, how thick, and what it has to do."""

    matter: Matter
    thick: float
    is_external: bool = True
    is_bearing: bool = True
    fire: str = "REI 90"
    u_value: float = 0.18
    lining: Matter | None = None
    """What its inner face is of, where that is something else."""


@dataclass(frozen=True, slots=True)
class Wall:
    """A wall from a point to another, thick to its left; `outline` (along, up) may be a gable."""

    name: str
    start: Flat
    end: Flat
    height: float
    build: Build
    holes: tuple[Hole, ...] = ()
    outline: Outline | None = None
    below: float = 0.0
    """So far the wall goes below the floor of its storey."""


def wall(draft: Draft, spec: Wall) -> entity_instance:
    """Draw a wall of the storey."""
    (ax, ay), (bx, by) = spec.start, spec.end
    length = math.hypot(bx - ax, by - ay)
    turn = round(math.degrees(math.atan2(by - ay, bx - ax)), 6)
    at = Place(ax, ay, draft.floor, turn)
    elevation = spec.outline or rectangle(0.0, -spec.below, length, spec.height + spec.below)
    item = Item("IfcWall", spec.name, _body(spec, elevation), at, _said(spec, length), "SOLIDWALL")
    made = draft.add(item)
    for number, hole in enumerate(spec.holes, 1):
        _open(draft, made, f"{spec.name}, opening {number}", spec, hole, at)
    return made


def _body(spec: Wall, elevation: Outline) -> tuple[Prism, ...]:
    build = spec.build
    if build.lining is None:
        return (Prism(elevation, 0.0, build.thick, build.matter, "y"),)
    core = build.thick - LINING_M
    return (
        Prism(elevation, 0.0, core, build.matter, "y"),
        Prism(elevation, core, LINING_M, build.lining, "y"),
    )


def _open(
    draft: Draft, made: entity_instance, name: str, spec: Wall, hole: Hole, at: Place
) -> None:
    outline = hole.outline or rectangle(0.0, 0.0, hole.width, hole.height)
    thick = spec.build.thick + 2 * CUT_M
    there = at.beyond(hole.at, 0.0, hole.sill)
    opening = draft.cut(made, name, Prism(outline, -CUT_M, thick, spec.build.matter, "y"), there)
    if hole.form is not None:
        draft.fill(opening, hole.form, at.beyond(hole.at, hole.inset, hole.sill))


def _said(spec: Wall, length: float) -> tuple[Sets, ...]:
    build = spec.build
    return (
        Sets(
            "Pset_WallCommon",
            (
                ("Reference", f"{build.matter.name}, {build.thick * 100:.0f} cm"),
                ("IsExternal", build.is_external),
                ("LoadBearing", build.is_bearing),
                ("FireRating", build.fire),
                ("ThermalTransmittance", build.u_value),
            ),
        ),
        Sets(
            "Qto_WallBaseQuantities",
            (("Length", round(length, 3)), ("Width", build.thick), ("Height", spec.height)),
        ),
    )


@dataclass(frozen=True, slots=True)
class Slab:
    """A floor: its top is `top` above the floor of the storey."""

    name: str
    outline: Outline
    thick: float
    matter: Matter
    voids: tuple[Outline, ...] = ()
    top: float = 0.0
    predefined: str = "FLOOR"
    is_external: bool = False
    below: Matter | None = None
    """What its lower side is of, where that is something else."""


def slab(draft: Draft, spec: Slab, whole: entity_instance | None = None) -> entity_instance:
    """Draw a slab of the storey, or as a part of a whole."""
    at = Place(z=round(draft.floor + spec.top, 4))
    body: tuple[Prism, ...] = (Prism(spec.outline, -spec.thick, spec.thick, spec.matter),)
    if spec.below is not None:
        core = spec.thick - BOARDS_M
        body = (
            Prism(spec.outline, -BOARDS_M, BOARDS_M, spec.matter),
            Prism(spec.outline, -spec.thick, core, spec.below),
        )
    about = (("IsExternal", spec.is_external), ("LoadBearing", True), ("FireRating", "REI 90"))
    depth = (("Depth", spec.thick),)
    sets = (Sets("Pset_SlabCommon", about), Sets("Qto_SlabBaseQuantities", depth))
    made = draft.add(Item("IfcSlab", spec.name, body, at, sets, spec.predefined), whole)
    for number, outline in enumerate(spec.voids, 1):
        hole = Prism(outline, -spec.thick - CUT_M, spec.thick + 2 * CUT_M, spec.matter)
        draft.cut(made, f"{spec.name}, opening {number}", hole, at)
    return made


def bar(draft: Draft, kind: str, name: str, piece: Prism, matter_fire: str = "R 60") -> None:
    """A beam or member of one piece, in the frame of the building."""
    about = (("IsExternal", False), ("LoadBearing", True), ("FireRating", matter_fire))
    sets = Sets(f"Pset_{kind.removeprefix('Ifc')}Common", about)
    draft.add(Item(kind, name, (piece,), Place(z=draft.floor), (sets,)))


def columns(draft: Draft, places: Iterable[Flat], piece: Prism) -> None:
    """Columns of one form on the floor of the storey; the middle of its foot is at (0, 0)."""
    height = round(piece.depth, 3)
    about = (("IsExternal", False), ("LoadBearing", True), ("FireRating", "R 60"))
    sets = (Sets("Pset_ColumnCommon", about),)
    name = f"Column of {height:.2f} m, {piece.matter.name}"
    form = Form("IfcColumn", name, (piece,), sets, "COLUMN")
    draft.stand(form, [Place(x, y, draft.floor) for x, y in places])
