"""Where everyone arrives, and what is seen from there: the first view of who sends none yet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .protocol import View

if TYPE_CHECKING:
    from .manifest import Manifest
    from .protocol import Start, Vector

EYE_HEIGHT_M = 1.65
FIRST_SEQ = 0


def arrival(manifest: Manifest) -> Vector:
    """The eye of who has just come: above the first spawn point, else the middle of the extent."""
    if manifest.spawn_points:
        x, y, z = manifest.spawn_points[0].position
    else:
        low, high = manifest.extent.min, manifest.extent.max
        x, y, z = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]
    return x, y, z + EYE_HEIGHT_M


def first_view(manifest: Manifest, start: Start) -> View:
    """From where everyone arrives, level."""
    spawns = manifest.spawn_points
    heading = math.radians(spawns[0].heading_deg) if spawns else 0.0
    # A quarter turn lifts the viewer's frame, y up and looking along -z, into east-north-up.
    cosine, sine = (
        part * math.sqrt(0.5) for part in (math.cos(heading / 2), -math.sin(heading / 2))
    )
    return View(
        seq=FIRST_SEQ,
        position=arrival(manifest),
        orientation=(cosine, sine, sine, cosine),
        fov=start.fov,
        viewport=start.viewport,
    )
