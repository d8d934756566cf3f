"""What a kind of device can show: limits of tiles, and of all that is seen at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Profile: TypeAlias = Literal["desktop", "headset"]
PROFILES: tuple[Profile, ...] = get_args(Profile)

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class TileLimits:
    """A leaf holds so many buildings and bytes; a tile is drawn in so many primitives, if it can.

    Where `primitives` is None, a tile has one for each of its materials.
    """

    leaf_objects: int
    leaf_bytes: int
    primitives: int | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """What a device shows in one picture, and how it looks at a scene.

    target_px           screen-space error aimed at, as the server does (docs/decisions/0005)
    height_px           of the picture, and the full angles that it spans
    draws, triangles    of what is in view
    gpu_bytes           of all tiles that are held for the picture
    primitives          of a single tile
    """

    target_px: float
    height_px: int
    vertical_deg: float
    horizontal_deg: float
    draws: int
    triangles: int
    gpu_bytes: int
    primitives: int

    @property
    def pixels_per_slope(self) -> float:
        """Pixels of something as large as it is far away."""
        return self.height_px / (2 * math.tan(math.radians(self.vertical_deg / 2)))

    @property
    def half_angle(self) -> float:
        """From the middle of the picture to its corners, radians."""
        slopes = (math.tan(math.radians(angle / 2)) for angle in self._angles)
        return math.atan(math.hypot(*slopes))

    @property
    def _angles(self) -> tuple[float, float]:
        return self.vertical_deg, self.horizontal_deg


TILE_LIMITS: dict[Profile, TileLimits] = {
    "desktop": TileLimits(leaf_objects=64, leaf_bytes=65_536),
    "headset": TileLimits(leaf_objects=64, leaf_bytes=131_072, primitives=4),
}
"""A headset has time for few draws, so its tiles are larger and of fewer materials."""

BUDGETS: dict[Profile, Budget] = {
    "desktop": Budget(16.0, 1_080, 60.0, 91.5, 600, 1_500_000, 1_024 * MEBIBYTE, 16),
    "headset": Budget(24.0, 1_760, 96.0, 104.0, 150, 350_000, 256 * MEBIBYTE, 4),
}
