"""Where something lands that is placed by hand, and what is said of that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from citiverse_tiling.errors import InputError
from citiverse_tiling.mesher import FARTHEST_M
from citiverse_tiling.proposals.placing import Stand, fit_points, laid_on, oriented_box

if TYPE_CHECKING:
    import shapely

    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.proposals.site import Covered, Site

MOST_COVERED = 50
MOST_SAMPLES = 400
NEAR_M = 0.3
"""A floor that is no farther from the ground than this stands on it."""

POOR_M = 0.5
"""Control points that are farther off were not the same points."""

_SCALE = 0.01


@dataclass(frozen=True, slots=True)
class Landing:
    """How a stand fits its place; gaps are those of the ground floor above the ground, metres.

    They are None where there is no ground.
    """

    stand: Stand
    residuals_m: tuple[float, ...]
    scale: float
    lowest_gap_m: float | None
    highest_gap_m: float | None
    collides: tuple[Covered, ...]
    said: tuple[str, ...]


def on_footprint(ring: Float64Array, site: Site, identity: str, turns: int) -> Stand:
    """A proposal's footprint (N, 2) laid on a feature's. Raises InputError."""
    import shapely

    other = oriented_box(shapely.get_coordinates(site.footprint_of(identity)))
    return laid_on(oriented_box(ring), other, 0.0, turns)


def by_points(
    model: Float64Array, scene: Float64Array
) -> tuple[Stand, tuple[float, ...], float, tuple[str, ...]]:
    """A stand by pairs of points (N, 3), what each is off, the scale, and what to say of it."""
    fit = fit_points(model, scene)
    said = []
    worst = max(fit.residuals_m)
    if worst > POOR_M:
        said.append(f"The points don't fit: the worst is {worst:.2f} m off. Choose them again.")
    if abs(fit.scale - 1) > _SCALE:
        said.append(
            f"The model would have to be {fit.scale:.3f} times as large to fit."
            " Is its unit of length right?"
        )
    return fit.stand, fit.residuals_m, fit.scale, tuple(said)


class Surroundings(Protocol):
    """What a proposal comes to stand in, metres of the scene frame."""

    def ground_under(self, points: Float64Array, /) -> Float64Array:
        """Heights of the ground at points (N, 2), NaN where there is none, (N,)."""

    def covered_by(self, shape: shapely.Geometry, /) -> list[Covered]:
        """What stands where a shape lies, the largest share first."""


def landed(stand: Stand, ring: Float64Array, site: Surroundings, *, on_ground: bool) -> Landing:
    """Look at the ground below a footprint (N, 2), and at what stands there.

    With `on_ground` the stand's height becomes that of the lowest ground. Raises InputError where
    it is too far from the scene.
    """
    import shapely

    if max(abs(one) for one in stand.position[:2]) > FARTHEST_M:
        raise InputError(f"this is more than {FARTHEST_M / 1000:.0f} km from this city")
    there = stand.to_scene(np.column_stack([ring, np.zeros(len(ring))]))[:, :2]
    shape = shapely.polygons(there)
    if not shape.is_valid:
        shape = shapely.convex_hull(shape)
    heights = site.ground_under(_samples(shape))
    heights = heights[np.isfinite(heights)]
    x, y, z = stand.position
    if on_ground and len(heights):
        z = round(float(heights.min()), 3)
        stand = replace(stand, position=(x, y, z))
    lowest = highest = None
    if len(heights):
        lowest, highest = round(z - float(heights.max()), 3), round(z - float(heights.min()), 3)
    covered = tuple(site.covered_by(shape)[:MOST_COVERED])
    said = (*_of_ground(lowest, highest), *_of_covered(covered))
    return Landing(stand, (), 1.0, lowest, highest, covered, said)


def _samples(shape: object) -> Float64Array:
    """Points on the rim of a shape and in it, (N, 2)."""
    import shapely

    rim = shapely.get_coordinates(shapely.segmentize(shape, 1.0))
    west, south, east, north = shapely.bounds(shape)
    steps = [np.linspace(low, high, 12)[1:-1] for low, high in ((west, east), (south, north))]
    grid = np.stack(np.meshgrid(*steps), axis=-1).reshape(-1, 2)
    within = grid[shapely.contains_xy(shape, grid[:, 0], grid[:, 1])]
    step = max(1, -(-len(rim) // (MOST_SAMPLES - len(within))))
    return np.concatenate([rim[::step], within])


def _of_ground(lowest: float | None, highest: float | None) -> tuple[str, ...]:
    if lowest is None or highest is None:
        return ("There is no ground below it.",)
    if lowest > NEAR_M:
        return (f"It floats: its ground floor is at least {lowest:.2f} m above the ground.",)
    if highest < -NEAR_M:
        return (f"It is buried: its ground floor is at least {-highest:.2f} m below the ground.",)
    if highest - lowest > 2 * NEAR_M:
        return (
            "It stands on the ground, which slopes:"
            f" it rises by {highest - lowest:.2f} m below the house.",
        )
    return ("It stands on the ground.",)


def _of_covered(covered: tuple[Covered, ...]) -> tuple[str, ...]:
    if not covered:
        return ()
    names = [one.name for one in covered if one.name][:3]
    more = len(covered) - len(names)
    if not names:
        what = "something of this city stands" if more == 1 else f"{more} things stand"
        return (f"It stands where {what} now.",)
    others = f" and {more} more" if more else ""
    return (f"It stands in the place of {', '.join(names)}{others}.",)
