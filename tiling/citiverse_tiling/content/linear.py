"""Colours as sources have them → linear light, which is what glTF reckons with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array

_LEVELS = np.arange(256) / 255
TO_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)
"""Linear light of an sRGB byte (IEC 61966-2-1), (256,)."""


def linear_colour(colour: tuple[float, float, float, float]) -> Float64Array:
    """Red, green and blue of sRGB in linear light, and the opacity, (4,), all 0 … 1."""
    levels = np.clip(np.nan_to_num(np.array(colour, np.float64)), 0, 1)
    linear: Float64Array = np.append(TO_LINEAR[np.rint(levels[:3] * 255).astype(int)], levels[3])
    return linear
