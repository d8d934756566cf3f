"""What a first look shows: a part of a city, as small files of their own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MOST_BUILDINGS, LEAST_BUILDINGS = 2_500, 300
MOST_REACH_M, LEAST_REACH_M = 750.0, 350.0
"""So many around the densest place, and so far from it: beyond, a sparse place would be mostly
ground to make. The most are tiled in about two seconds where bytes are looked through at
`FULL_PACE`; where a machine is slower, or busy, there are fewer."""

FULL_PACE = 150e6
"""Bytes a second."""

COPIED_BYTES, LONGEST_COPIED = 2_000_000, 200_000
"""So much is read in a fifth of a second; one large building mustn't take it all."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Files with `buildings` of the `found` ones; `share` of all bytes has been looked through."""

    files: tuple[Path, ...]
    buildings: int
    found: int
    share: float


def affordable(pace: float) -> tuple[int, float]:
    """How many buildings, and how far around, a machine of this pace tiles in two seconds.

    `pace` is the bytes that it looks through in a second.
    """
    share = min(pace / FULL_PACE, 1.0)
    reach_m = max(LEAST_REACH_M, MOST_REACH_M * math.sqrt(share))
    return max(LEAST_BUILDINGS, int(MOST_BUILDINGS * share)), reach_m
