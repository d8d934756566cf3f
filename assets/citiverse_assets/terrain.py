"""The ground of Ellerhaven: quay, hill, park, mole, beaches, the bottom of the fjord.

Town coordinates: metres, x east, y north, (0, 0) on the quay's edge, 1.9 m above the water.
Heights are metres above the sea. All is one continuous function of x and y.
"""

from __future__ import annotations

import numpy as np

from citiverse_assets.fields import Array, around, ribbon_distance, without_middles
from citiverse_assets.plan import Point, smooth

SEA_M = 0.0
QUAY_HEIGHT_M = 1.9
QUAY_WEST, QUAY_EAST = -204.0, 214.0
"""Between these the shore is a wall along y = 0; beyond them it is a beach."""

BED_M = -4.6
HILL_HEIGHT_M = 19.0
HILL_FOOT_M = 45.0
HILL_TOP_M = 345.0
FAR_SHORE_Y = -318.0

POND: Point = (176.0, 188.0)
POND_RADII = (21.0, 13.0)
PARK_RADII = (44.0, 34.0)
POND_BELOW_LAWN_M = 0.45

MOLE: tuple[Point, ...] = without_middles(
    smooth(((204.0, 8.0), (221.0, -34.0), (210.0, -84.0), (168.0, -122.0)))
)
MOLE_HALF_WIDTH_M = 3.4
MOLE_HEIGHT_M = 2.2
MOLE_BOX = around(MOLE, 16.0)
"""Beyond this its slopes are below the bottom of the fjord."""


def height_m(x: float, y: float) -> float:
    """Height of the ground at a point."""
    return float(heights(np.array([x]), np.array([y]))[0])


def heights(x: Array, y: Array) -> Array:
    """Heights of the ground at points, metres; x and y of one shape."""
    north = _town_side(x, y)
    south = _beach(_far_shore(x) - y) + 17.0 * _smooth((_far_shore(x) - 8.0 - y) / 90.0) * (
        0.75 + 0.25 * np.sin(x / 71.0)
    )
    ground = np.where(y > FAR_SHORE_Y / 2, north, south)
    return np.maximum(ground, _mole(x, y))


def _town_side(x: Array, y: Array) -> Array:
    inland = y - _shore(x)
    # The wall stands over this drop: its face is at y = 0, its coping ends at y = 1.5.
    wall = np.interp(inland, (-40.0, 0.0, 1.5), (BED_M, -3.2, QUAY_HEIGHT_M))
    beach = _beach(inland)
    natural = _smooth((QUAY_WEST - x) / 22.0) + _smooth((x - QUAY_EAST) / 22.0)
    hill = _hill(x, y)
    pond_level = _hill(np.array(POND[0]), np.array(POND[1]))
    reach = np.hypot((x - POND[0]) / PARK_RADII[0], (y - POND[1]) / PARK_RADII[1])
    hill = hill + (pond_level - hill) * (1.0 - _smooth((reach - 0.8) / 0.75))
    basin = np.hypot((x - POND[0]) / POND_RADII[0], (y - POND[1]) / POND_RADII[1])
    hill = hill - 1.5 * (1.0 - _smooth((basin - 0.72) / 0.46))
    return wall + (beach - wall) * natural + hill


def pond_level_m() -> float:
    """The height of the pond's water."""
    return float(_hill(np.array(POND[0]), np.array(POND[1]))) + QUAY_HEIGHT_M - POND_BELOW_LAWN_M


def _hill(x: Array, y: Array) -> Array:
    """What stands above the level of the quay: a slope, and gentle rolls far from the town."""
    climb = _smooth((y - HILL_FOOT_M) / (HILL_TOP_M - HILL_FOOT_M))
    lean = 1.0 - 0.35 * np.tanh(x / 700.0)
    roll = 1.2 * np.sin(x / 95.0 + 0.6)
    far = _smooth((np.hypot(x, y - 150.0) - 330.0) / 400.0)
    hills = 7.0 * far * np.sin(x / 210.0 + 1.0) * np.sin(y / 170.0)
    return climb * (HILL_HEIGHT_M * lean + roll + hills)


def _shore(x: Array) -> Array:
    """Where the northern shore runs: along the quay y = 0, then in bays."""
    away = np.maximum(np.maximum(QUAY_WEST - x, x - QUAY_EAST), 0.0)
    return _smooth(away / 120.0) * (9.0 * np.sin(x / 83.0) + 4.0 * np.sin(x / 31.0 + 2.0))


def _far_shore(x: Array) -> Array:
    return FAR_SHORE_Y + 16.0 * np.sin(x / 120.0 + 1.0) + 6.0 * np.sin(x / 41.0)


def _beach(inland: Array) -> Array:
    """Profile across a beach: from the bottom up through the water's edge to the level land."""
    return np.interp(inland, (-60.0, -22.0, 0.0, 9.0, 20.0), (BED_M, -2.1, 0.0, 1.1, QUAY_HEIGHT_M))


def _mole(x: Array, y: Array) -> Array:
    """A dam of boulders with a level top, and nothing at all away from it."""
    west, south, east, north = MOLE_BOX
    near = (x > west) & (x < east) & (y > south) & (y < north)
    top = np.full(np.shape(x), 2 * BED_M)
    if near.any():
        out = ribbon_distance(MOLE, x[near], y[near]) - MOLE_HALF_WIDTH_M
        top[near] = MOLE_HEIGHT_M - 0.9 * np.maximum(out, 0.0)
    return top


def _smooth(share: Array) -> Array:
    """0 below 0, 1 above 1, and a soft step between."""
    t = np.minimum(np.maximum(share, 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)
