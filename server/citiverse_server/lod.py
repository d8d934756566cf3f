"""Which tiles to show from a point of view, and in which order to send them.

The cut follows the screen-space error by distance alone, as in 3D Tiles 1.1 (7.3, geometric error):
a tile is refined where its error, projected at the distance of its box, exceeds a number of pixels.
Where the viewer looks only orders what is sent, so turning round costs little.

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

    from .catalog import Bools, Floats, Ints, Rows, Tiles
    from .message import Vector
    from .protocol import View

# A refined tile stays refined until its error is this much under the target, so that steps to and
# fro across a border don't send the same tiles again.
HYSTERESIS = 0.75
# Closer than this, distances mean nothing to the error on screen.
NEAREST_M = 0.5
# What lies outside the picture still comes, after nearly everything inside.
OUTSIDE_WEIGHT = 0.05
# What can't be seen goes before anything that can, where a device has no room.
UNSEEN_WEIGHT = 1e-6
# A walker's tiles are chosen for where she will be by the time that they have come, too.
LOOK_AHEAD_S = 4.0
MOST_AHEAD_M = 30.0
UNLIMITED = 2**62
# What has to be told apart counts as if it missed the target by so much.
APART = 2.0


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """An eye in the scene frame: position (3,) m, unit direction (3,), pixels per unit of slope.

    `sides` (4, 3) are the unit normals of the picture's edges, pointing into the picture. `way`
    (3,) m is how far a walker will soon have come: what she needs there is chosen now.
    """

    eye: Floats
    way: Floats
    forward: Floats
    sides: Floats
    half_angle: float
    pixels_per_slope: float


@dataclass(frozen=True, slots=True)
class Order:
    """Rows in the order in which they are sent; the first `seen` make the picture whole."""

    rows: Rows
    seen: int


@dataclass(frozen=True, slots=True)
class Aim:
    """The error aimed at, and the most that a device holds (bytes) and shows all around (the rest).

    One tile is one draw.
    """

    target_px: float
    budget_bytes: int
    triangles: int = UNLIMITED
    draws: int = UNLIMITED


@dataclass(frozen=True, slots=True)
class Scope:
    """What a walker's surroundings leave to choose from, (N,) each.

    `seen` may be refined; other tiles are only kept as they are. Of those, only what is `held`
    counts: the rest isn't sent. Tiles in `apart` are refined from however far away.
    """

    seen: Bools
    held: Bools
    apart: Bools | None = None


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
    right, up, back = _axes(*view.orientation)
    edges = (
        right - back * horizontal,
        -right - back * horizontal,
        up - back * slope,
        -up - back * slope,
    )
    sides = np.array(edges)
    return Viewpoint(
        eye=np.array(view.position),
        way=_way(view.velocity),
        forward=-back,
        sides=sides / np.linalg.norm(sides, axis=1, keepdims=True),
        half_angle=math.atan(math.hypot(slope, horizontal)),
        pixels_per_slope=height / (2 * slope),
    )


def select(
    tiles: Tiles, view: Viewpoint, aim: Aim, refined_before: Rows, scope: Scope | None = None
) -> Cut:
    """The cut for a point of view; `refined_before` (rows, rising) are kept a little longer.

    Where there is a `scope`, what can't be seen isn't refined, but stays so where it is.
    """
    refined: list[Rows] = []
    errors: list[Floats] = []
    rows = tiles.roots
    parents_px = np.full(len(rows), np.inf)
    while len(rows):
        # Errors and boxes were rounded when they were written; a child is never worse than its
        # parent, or the budget could keep it without.
        error_px = np.minimum(screen_space_error(tiles, rows, view), parents_px)
        if scope is not None and scope.apart is not None:
            least = np.where(scope.apart[rows], APART * aim.target_px, 0.0)
            error_px = np.maximum(error_px, least)
        is_refined = contains(refined_before, rows)
        limit = np.where(is_refined, aim.target_px * HYSTERESIS, aim.target_px)
        too_coarse = (tiles.child_count[rows] > 0) & (error_px > limit)
        if scope is not None:
            too_coarse &= scope.seen[rows] | is_refined
        rows, error_px = rows[too_coarse], error_px[too_coarse]
        refined.append(rows)
        errors.append(error_px)
        parents_px = np.repeat(error_px, tiles.child_count[rows])
        rows = tiles.children(rows)
    cut = Cut(np.concatenate(refined), np.concatenate(errors), degraded=False)
    return _within_aim(tiles, cut, aim, refined_before, scope)


def kept(tiles: Tiles, cut: Cut, former: Cut, rows: Rows) -> Cut:
    """The cut with `rows` refined as well, which `former` refines, and so what they are below."""
    also = np.zeros(tiles.count, dtype=np.bool_)
    while len(rows):
        also[rows] = True
        above = tiles.parent[rows].astype(np.intp)
        rows = above[above >= 0]
    also[cut.refined] = False
    extra = former.refined[also[former.refined]]
    refined = np.concatenate([cut.refined, extra])
    order = np.argsort(refined)
    error_px = np.concatenate([cut.error_px, np.zeros(len(extra))])
    return Cut(refined[order], error_px[order], cut.degraded)


def screen_space_error(tiles: Tiles, rows: Rows, view: Viewpoint) -> Floats:
    """Error of showing each tile, in pixels, (R,)."""
    distance = _distance(tiles, rows, view.eye)
    if view.way.any():
        distance = np.minimum(distance, _distance(tiles, rows, view.eye + view.way))
    scaled = tiles.geometric_error_m[rows].astype(np.float64) * view.pixels_per_slope
    error_px: Floats = scaled / np.maximum(distance, NEAREST_M)
    return error_px


def wanted(tiles: Tiles, cut: Cut) -> Rows:
    """Every tile the client must hold for a cut: the roots and all children of refined tiles."""
    return np.concatenate([tiles.roots, tiles.children(cut.refined)])


def in_view(tiles: Tiles, rows: Rows, view: Viewpoint) -> Bools:
    """Which tiles may be in the picture: boxes with a corner inside of each of its edges, (R,)."""
    low, high = tiles.box_min[rows] - view.eye, tiles.box_max[rows] - view.eye
    inside = np.ones(len(rows), dtype=np.bool_)
    for side in view.sides:
        inside &= np.where(side > 0, high, low) @ side >= 0
    return inside


def sending_order(tiles: Tiles, cut: Cut, view: Viewpoint, now: Rows | None = None) -> Order:
    """The wanted tiles: the roots, then refined families one by one, most visible gain first.

    Families of which nothing is in the picture come last; of `now` (rows, rising) alone something
    can be seen, where that is known. A family never comes before the one its
    parent belongs to, and stays together, because the client swaps it in as a whole.
    """
    roots = tiles.roots[np.argsort(-_weight(tiles, tiles.roots, view), kind="stable")]
    if not len(cut.refined):
        return Order(roots, len(roots))
    gain = cut.error_px * _weight(tiles, cut.refined, view)
    above = np.searchsorted(cut.refined, tiles.parent[cut.refined])
    levels = tiles.level[cut.refined]
    children = tiles.children(cut.refined)
    sizes = tiles.child_count[cut.refined]
    in_picture = in_view(tiles, children, view)
    if now is not None:
        in_picture &= contains(now, children)
    seen = np.logical_or.reduceat(in_picture, np.cumsum(sizes) - sizes)
    for level in range(1, int(levels[-1]) + 1):
        here = levels == level
        gain[here] = np.minimum(gain[here], gain[above[here]])
    for level in range(int(levels[-1]), 0, -1):
        here = above[(levels == level) & seen]
        seen[here] = True
    family = np.repeat(np.arange(len(cut.refined)), sizes)
    order = np.lexsort((-_weight(tiles, children, view), family, -gain[family], ~seen[family]))
    return Order(np.concatenate([roots, children[order]]), len(roots) + int(sizes[seen].sum()))


def _distance(tiles: Tiles, rows: Rows, eye: Floats) -> Floats:
    """From an eye to the tiles' boxes, (R,)."""
    outside = np.maximum(tiles.box_min[rows] - eye, eye - tiles.box_max[rows])
    distance: Floats = np.sqrt(np.square(np.maximum(outside, 0.0)).sum(axis=1))
    return distance


def _way(velocity: Vector) -> Floats:
    """How far a walker will soon have come, (3,)."""
    way = np.array(velocity) * LOOK_AHEAD_S
    return way * min(1.0, MOST_AHEAD_M / max(float(np.linalg.norm(way)), 1e-9))


def _within_aim(tiles: Tiles, cut: Cut, aim: Aim, before: Rows, scope: Scope | None) -> Cut:
    """Keeps the worst errors that fit, what can't be seen last; no child's error is worse."""
    refined, error_px = cut.refined, cut.error_px
    bonus = np.where(contains(before, refined), error_px / HYSTERESIS, error_px)
    if scope is not None:
        bonus = np.where(scope.seen[refined], bonus, bonus * UNSEEN_WEIGHT)
    order = np.lexsort((refined, -bonus))
    families = refined[order]
    counts = None if scope is None else scope.seen | scope.held
    fitting = len(refined)
    for most, held, shown_instead in (
        (aim.budget_bytes, tiles.content_bytes, False),
        (aim.triangles, tiles.triangles, True),
        (aim.draws, np.ones(tiles.count, dtype=np.int32), True),
    ):
        gains = _of_children(tiles, families, held, counts)
        if shown_instead:
            gains -= held[families]
        over = int(held[tiles.roots].sum()) + np.cumsum(gains) > most
        fitting = min(fitting, int(np.argmax(over)) if over.any() else len(refined))
    if fitting == len(refined):
        return cut
    kept = np.sort(order[:fitting])
    return Cut(refined[kept], error_px[kept], degraded=True)


def _of_children(tiles: Tiles, rows: Rows, column: Ints, counts: Bools | None) -> NDArray[np.int64]:
    """Sums of a column (N,) over the children of inner tiles that count, (R,)."""
    children = tiles.children(rows)
    values = column[children].astype(np.int64)
    if counts is not None:
        values *= counts[children]
    sizes = tiles.child_count[rows]
    return np.add.reduceat(values, np.cumsum(sizes) - sizes) if len(rows) else values


def contains(rising: Rows, rows: Rows) -> Bools:
    """Which of `rows` are among others that rise, (R,)."""
    if not len(rising):
        return np.zeros(len(rows), dtype=np.bool_)
    at = np.minimum(np.searchsorted(rising, rows), len(rising) - 1)
    found: Bools = rising[at] == rows
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


def _axes(x: float, y: float, z: float, w: float) -> tuple[Floats, Floats, Floats]:
    """Right, up and back of a viewer turned by a quaternion of any length: unit vectors (3,)."""
    square = x * x + y * y + z * z + w * w
    columns = np.array(
        [
            [square - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)],
            [2 * (x * y - w * z), square - 2 * (x * x + z * z), 2 * (y * z + w * x)],
            [2 * (x * z + w * y), 2 * (y * z - w * x), square - 2 * (x * x + y * y)],
        ]
    )
    right, up, back = columns / square
    return right, up, back
