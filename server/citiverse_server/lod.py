"""Which tiles to show from a point of view, and in which order to send them.

The cut follows the screen-space error by distance alone, as in 3D Tiles 1.1 (7.3, geometric error):
a tile is refined where its error, projected at the distance of its box, exceeds a number of pixels.
Where the viewer looks only orders what is sent, so turning round costs nothing.

Whole levels are worked on at once with numpy: on 100 000 tiles a selection costs about as much as
on 10 000, since only tiles below refined ones are looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .catalog import Floats, Rows, Tiles
    from .protocol import View

# A refined tile stays refined until its error is this much under the target, so that steps to and
# fro across a border don't send the same tiles again.
HYSTERESIS = 0.75
# Closer than this, distances mean nothing to the error on screen.
NEAREST_M = 0.5
# What lies outside the picture still comes, after nearly everything inside.
OUTSIDE_WEIGHT = 0.05


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """An eye in the scene frame: position (3,) m, unit direction (3,), pixels per unit of slope."""

    eye: Floats
    forward: Floats
    half_angle: float
    pixels_per_slope: float


@dataclass(frozen=True, slots=True)
class Cut:
    """Tiles that are replaced by their children: rows (R,) rising, and their errors (R,) in pixels.

    Shown are the roots and the children of `refined` that aren't refined themselves. `degraded`
    says that the budget kept tiles from being refined.
    """

    refined: Rows
    error_px: Floats
    degraded: bool


def viewpoint(view: View) -> Viewpoint:
    """What the selection needs of a `view` message."""
    vertical = view.fov[0]
    width, height = view.viewport
    slope = math.tan(vertical / 2)
    horizontal = math.tan(view.fov[1] / 2) if len(view.fov) == 2 else slope * width / height
    return Viewpoint(
        eye=np.array(view.position),
        forward=_forward(*view.orientation),
        half_angle=math.atan(math.hypot(slope, horizontal)),
        pixels_per_slope=height / (2 * slope),
    )


def select(
    tiles: Tiles, view: Viewpoint, target_px: float, budget_bytes: int, refined_before: Rows
) -> Cut:
    """The cut for a point of view; `refined_before` (rows, rising) are kept a little longer."""
    refined: list[Rows] = []
    errors: list[Floats] = []
    rows = tiles.roots
    parents_px = np.full(len(rows), np.inf)
    while len(rows):
        # Errors and boxes were rounded when they were written; a child is never worse than its
        # parent, or the budget could keep it without.
        error_px = np.minimum(screen_space_error(tiles, rows, view), parents_px)
        limit = np.where(_contains(refined_before, rows), target_px * HYSTERESIS, target_px)
        too_coarse = (tiles.child_count[rows] > 0) & (error_px > limit)
        rows, error_px = rows[too_coarse], error_px[too_coarse]
        refined.append(rows)
        errors.append(error_px)
        parents_px = np.repeat(error_px, tiles.child_count[rows])
        rows = tiles.children(rows)
    return _within_budget(
        tiles, np.concatenate(refined), np.concatenate(errors), budget_bytes, refined_before
    )


def screen_space_error(tiles: Tiles, rows: Rows, view: Viewpoint) -> Floats:
    """Error of showing each tile, in pixels, (R,)."""
    outside = np.maximum(tiles.box_min[rows] - view.eye, view.eye - tiles.box_max[rows])
    distance = np.sqrt(np.square(np.maximum(outside, 0.0)).sum(axis=1))
    scaled = tiles.geometric_error_m[rows].astype(np.float64) * view.pixels_per_slope
    error_px: Floats = scaled / np.maximum(distance, NEAREST_M)
    return error_px


def wanted(tiles: Tiles, cut: Cut) -> Rows:
    """Every tile the client must hold for a cut: the roots and all children of refined tiles."""
    return np.concatenate([tiles.roots, tiles.children(cut.refined)])


def sending_order(tiles: Tiles, cut: Cut, view: Viewpoint) -> Rows:
    """The wanted tiles, most visible gain first: the roots, then refined families one by one.

    A family never comes before the one its parent belongs to, and stays together, because the
    client swaps it in as a whole.
    """
    roots = tiles.roots[np.argsort(-_weight(tiles, tiles.roots, view), kind="stable")]
    if not len(cut.refined):
        return roots
    gain = cut.error_px * _weight(tiles, cut.refined, view)
    above = np.searchsorted(cut.refined, tiles.parent[cut.refined])
    levels = tiles.level[cut.refined]
    for level in range(1, int(levels[-1]) + 1):
        here = levels == level
        gain[here] = np.minimum(gain[here], gain[above[here]])
    children = tiles.children(cut.refined)
    family = np.repeat(np.arange(len(cut.refined)), tiles.child_count[cut.refined])
    order = np.lexsort((-_weight(tiles, children, view), family, -gain[family]))
    return np.concatenate([roots, children[order]])


def _within_budget(
    tiles: Tiles, refined: Rows, error_px: Floats, budget_bytes: int, before: Rows
) -> Cut:
    """Keeps the worst errors that fit; `error_px` is never below that of a child."""
    bonus = np.where(_contains(before, refined), error_px / HYSTERESIS, error_px)
    order = np.lexsort((refined, -bonus))
    held = int(tiles.content_bytes[tiles.roots].sum()) + np.cumsum(
        tiles.children_bytes[refined[order]]
    )
    fitting = int(np.searchsorted(held, budget_bytes, side="right"))
    if fitting == len(refined):
        return Cut(refined, error_px, degraded=False)
    kept = np.sort(order[:fitting])
    return Cut(refined[kept], error_px[kept], degraded=True)


def _contains(rising: Rows, rows: Rows) -> NDArray[np.bool_]:
    if not len(rising):
        return np.zeros(len(rows), dtype=np.bool_)
    at = np.minimum(np.searchsorted(rising, rows), len(rising) - 1)
    found: NDArray[np.bool_] = rising[at] == rows
    return found


def _weight(tiles: Tiles, rows: Rows, view: Viewpoint) -> Floats:
    """How much a tile is looked at: 1 in the middle, falling to the edge, little outside, (R,)."""
    low, high = tiles.box_min[rows], tiles.box_max[rows]
    to_centre = (low + high) / 2 - view.eye
    distance = np.sqrt(np.square(to_centre).sum(axis=1))
    radius = np.sqrt(np.square(high - low).sum(axis=1)) / 2
    away = np.maximum(distance, 1e-9)
    angle = np.arccos(np.clip(to_centre @ view.forward / away, -1.0, 1.0))
    angle = np.maximum(0.0, angle - np.arcsin(np.clip(radius / away, 0.0, 1.0)))
    angle = np.where(distance <= radius, 0.0, angle)
    inside = 1.0 / (1.0 + np.square(angle / view.half_angle))
    weight: Floats = np.where(angle <= view.half_angle, inside, OUTSIDE_WEIGHT)
    return weight


def _forward(x: float, y: float, z: float, w: float) -> Floats:
    """The direction (0, 0, −1) turned by a quaternion of any length, (3,)."""
    turned = np.array(
        [
            -2 * (x * z + w * y),
            -2 * (y * z - w * x),
            2 * (x * x + y * y) - (x * x + y * y + z * z + w * w),
        ]
    )
    unit: Floats = turned / np.linalg.norm(turned)
    return unit
