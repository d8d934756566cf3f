"""The scene that a run replaces or follows: where its frame is, and how far it reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from citiverse_tiling.manifest import SCHEMA, Extent, Origin

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import Float64Array

BEYOND_M = 10_000.0
"""A city that begins no farther than this from the former one may keep its frame."""


class _Manifest(msgspec.Struct):
    schema: str
    origin: Origin
    extent: Extent


class FormerFrame(NamedTuple):
    """Longitude and latitude of the origin, and the box around all in the scene, metres."""

    lon: float
    lat: float
    low: tuple[float, float, float]
    high: tuple[float, float, float]

    def reaches(self, low: Float64Array, high: Float64Array) -> bool:
        """Whether a box (3,) in this frame is in the former scene, or not far from it."""
        apart = np.maximum(np.subtract(self.low, high), np.subtract(low, self.high))[:2]
        return bool((apart <= BEYOND_M).all())


def former_frame(scene: Path) -> FormerFrame | None:
    """That of a scene; None where there is none, or none of ours."""
    try:
        found = msgspec.json.decode((scene / "scene.json").read_bytes(), type=_Manifest)
    except (OSError, msgspec.MsgspecError):
        return None
    if found.schema != SCHEMA:
        return None
    return FormerFrame(found.origin.lon, found.origin.lat, found.extent.min, found.extent.max)
