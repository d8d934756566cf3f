"""Where everyone arrives, and what is seen from there: the first view of who sends none yet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .protocol import View

if TYPE_CHECKING:
    from .manifest import Manifest
    from .protocol import Start

EYE_HEIGHT_M = 1.65
FIRST_SEQ = 0


def first_view(manifest: Manifest, start: Start) -> View:
    """From the first spawn point at eye height, level; else from the middle of the extent."""
    if manifest.spawn_points:
        point = manifest.spawn_points[0]
        (x, y, z), heading = point.position, math.radians(point.heading_deg)
    else:
        low, high = manifest.extent.min, manifest.extent.max
        x, y, z, heading = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2], 0.0
    # A quarter turn lifts the viewer's frame, y up and looking along -z, into east-north-up.
    cosine, sine = (
        part * math.sqrt(0.5) for part in (math.cos(heading / 2), -math.sin(heading / 2))
    )
    return View(
        seq=FIRST_SEQ,
        position=(x, y, z + EYE_HEIGHT_M),
        orientation=(cosine, sine, sine, cosine),
        fov=start.fov,
        viewport=start.viewport,
    )
