"""How far a viewer has moved or turned between two points of view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .lod import Viewpoint

# Less movement than this changes no tile worth a selection: about a step.
MOVED_M = 0.9
TURNED_COSINE = 0.99996  # about 0.5°
ZOOMED = 0.01
# Who has moved farther at once, not by walking, may see what was hidden before it has come.
JUMPED_M = 25.0


def has_moved(before: Viewpoint, now: Viewpoint) -> bool:
    """Whether tiles are to be chosen anew."""
    zoom = now.pixels_per_slope / before.pixels_per_slope
    return _distance_m(before, now) > MOVED_M or abs(zoom - 1.0) > ZOOMED


def has_jumped(before: Viewpoint, now: Viewpoint) -> bool:
    """Whether nobody can have walked so far."""
    return _distance_m(before, now) > JUMPED_M


def has_turned(before: Viewpoint, now: Viewpoint) -> bool:
    """Whether tiles are to be sent in another order."""
    return float(before.forward @ now.forward) < TURNED_COSINE


def _distance_m(before: Viewpoint, now: Viewpoint) -> float:
    return float(np.linalg.norm(now.eye - before.eye))
