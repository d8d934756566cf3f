"""The hill that the town stands on.

Town coordinates: metres, x east, y north, (0, 0) on the quay's edge; the water lies at y < 0.
Heights are metres above the sea.
"""

from __future__ import annotations

import math

QUAY_HEIGHT_M = 1.9
HILL_HEIGHT_M = 15.0
HILL_FOOT_M = 45.0
HILL_TOP_M = 330.0


def height_m(x: float, y: float) -> float:
    """Height of the ground: a level quay, then a gentle hill, a little higher in the west."""
    rise = (y - HILL_FOOT_M) / (HILL_TOP_M - HILL_FOOT_M)
    rise = min(max(rise, 0.0), 1.0)
    smooth = rise * rise * (3.0 - 2.0 * rise)
    roll = 1.2 * math.sin(x / 95.0 + 0.6) * smooth
    return QUAY_HEIGHT_M + HILL_HEIGHT_M * smooth * (1.0 - x / 1600.0) + roll
