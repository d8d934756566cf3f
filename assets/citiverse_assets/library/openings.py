"""Windows and doors, as forms that stand in openings: x along the wall, y into it, z up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_assets.library.items import Form, Sets
from citiverse_assets.library.matter import BRASS, GLASS
from citiverse_assets.library.shapes import Prism, box, circle, pane, rectangle

if TYPE_CHECKING:
    from citiverse_assets.library.matter import Matter
    from citiverse_assets.library.shapes import Outline, Part

DEEP = 0.1
"""Of frames, metres."""

GAP = 0.003
"""Between a leaf and the middle, so that each swings by itself."""


@dataclass(frozen=True, slots=True)
class Hole:
    """An opening in a wall: where it begins along the wall, how high its sill is, and its size.

    What stands in it stands `inset` behind the wall's face. Without a form it stays open.
    """

    at: float
    sill: float
    width: float
    height: float
    form: Form | None = None
    inset: float = 0.12
    outline: Outline | None = None


def window(width: float, height: float, frame: Matter, panes: tuple[int, int] = (2, 3)) -> Form:
    """A frame with so many panes across and up."""
    glass = pane(rectangle(0.06, 0.06, width - 0.12, height - 0.12), 0.05, GLASS)
    parts: tuple[Part, ...] = (*bars(width, height, frame, panes), glass)
    name = f"Window {width:.2f} × {height:.2f} m, {panes[0]} × {panes[1]} panes, {frame.name}"
    return Form("IfcWindow", name, parts, (_said("Window", "EI 30"),), "WINDOW")


def bars(
    width: float, height: float, frame: Matter, panes: tuple[int, int], edge: float = 0.07
) -> tuple[Prism, ...]:
    """A frame and its glazing bars."""
    across, up = panes
    thin = 0.04
    return (
        box((0, 0, 0), (edge, DEEP, height), frame),
        box((width - edge, 0, 0), (edge, DEEP, height), frame),
        box((edge, 0, 0), (width - 2 * edge, DEEP, edge), frame),
        box((edge, 0, height - edge), (width - 2 * edge, DEEP, edge), frame),
        *(
            box((width * i / across - thin / 2, 0.02, edge), (thin, 0.06, height - 2 * edge), frame)
            for i in range(1, across)
        ),
        *(
            box((edge, 0.02, height * i / up - thin / 2), (width - 2 * edge, 0.06, thin), frame)
            for i in range(1, up)
        ),
    )


def shaped(name: str, outline: Outline, frame: Matter, bars_at: tuple[float, ...] = ()) -> Form:
    """A window of any convex shape, with upright bars at some of its x."""
    x, y = (sum(values) / len(outline) for values in zip(*outline, strict=True))
    reach = max(math.dist((x, y), corner) for corner in outline)
    share = 1.0 - 0.1 / reach
    inner = tuple((x + (u - x) * share, y + (v - y) * share) for u, v in outline)
    pairs = zip(outline, (*outline[1:], outline[0]), inner, (*inner[1:], inner[0]), strict=True)
    parts: list[Part] = [Prism((a, b, d, c), 0.0, DEEP, frame, "y") for a, b, c, d in pairs]
    parts.append(pane(inner, 0.05, GLASS))
    for at in bars_at:
        low, high = _crossed(inner, at)
        parts.append(box((at - 0.025, 0.02, low), (0.05, 0.06, high - low), frame))
    return Form("IfcWindow", name, tuple(parts), (_said("Window", "EI 30"),), "WINDOW")


def _crossed(outline: Outline, x: float) -> tuple[float, float]:
    """Where an upright line enters and leaves a convex outline."""
    found = [
        ay + (x - ax) / (bx - ax) * (by - ay)
        for (ax, ay), (bx, by) in zip(outline, (*outline[1:], outline[0]), strict=True)
        if (ax > x) != (bx > x)
    ]
    return min(found), max(found)


def round_window(radius: float, frame: Matter) -> Form:
    """Its corner is left of it and below, as that of others."""
    outline = circle(radius, radius, radius, 24)
    return shaped(f"Round window {2 * radius:.2f} m", outline, frame, (radius,))


def glass_door(width: float, height: float, frame: Matter) -> Form:
    """Two leaves of glass in frames, with bars to pull."""
    half = width / 2
    parts: list[Part] = [
        box((0, 0, 0), (0.05, DEEP, height), frame),
        box((width - 0.05, 0, 0), (0.05, DEEP, height), frame),
        box((0.05, 0, height - 0.05), (width - 0.1, DEEP, 0.05), frame),
    ]
    wide = half - 0.05 - GAP
    for left in (0.05, half + GAP):
        parts += [
            box((left, 0.03, 0.01), (0.07, 0.05, height - 0.06), frame),
            box((left + wide - 0.07, 0.03, 0.01), (0.07, 0.05, height - 0.06), frame),
            box((left + 0.07, 0.03, 0.01), (wide - 0.14, 0.05, 0.16), frame),
            box((left + 0.07, 0.03, height - 0.12), (wide - 0.14, 0.05, 0.07), frame),
            pane(rectangle(left + 0.07, 0.17, wide - 0.14, height - 0.29), 0.055, GLASS),
        ]
    parts += [box((half + side, -0.02, 0.8), (0.03, 0.03, 0.6), BRASS) for side in (-0.1, 0.07)]
    name = f"Glass door {width:.2f} × {height:.2f} m, {frame.name}"
    sets = (_said("Door", "EI 30"),)
    return Form("IfcDoor", name, tuple(parts), sets, "DOOR")


def door(width: float, height: float, leaf: Matter, *, is_external: bool = False) -> Form:
    """One leaf of wood in a frame."""
    parts = (
        box((0, 0, 0), (0.05, DEEP, height), leaf),
        box((width - 0.05, 0, 0), (0.05, DEEP, height), leaf),
        box((0.05, 0, height - 0.05), (width - 0.1, DEEP, 0.05), leaf),
        box((0.05, 0.03, 0.01), (width - 0.1, 0.045, height - 0.06), leaf),
        box((0.12, 0.0, 1.0), (0.13, 0.03, 0.03), BRASS),
    )
    said = _said("Door", "EI 30", is_external=is_external)
    return Form(
        "IfcDoor", f"Door {width:.2f} × {height:.2f} m, {leaf.name}", parts, (said,), "DOOR"
    )


def _said(kind: str, fire: str, *, is_external: bool = True) -> Sets:
    about = (("IsExternal", is_external), ("FireRating", fire))
    wheels = (("HandicapAccessible", True),) if kind == "Door" else ()
    return Sets(f"Pset_{kind}Common", (*about, ("ThermalTransmittance", 0.9), *wheels))
