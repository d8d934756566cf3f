"""A first look at a city: a small scene of its heart, seconds after its files were named.

The bytes of the files are looked through for outlines of buildings (`citygml`), in pieces that are
spread evenly (`spread`) until time is up. The buildings around the densest place (`heart`) go into
a small city file (`excerpt`), the nearest as they are and the others as blocks, which then is tiled
like any other. So what people see first is a real scene, and each building in it has the identity
that it will keep.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from citiverse_tiling.errors import InputError
from citiverse_tiling.glance.excerpt import write_excerpts
from citiverse_tiling.glance.heart import heart_of
from citiverse_tiling.glance.look import look_through
from citiverse_tiling.inputs import opened
from citiverse_tiling.options import Origin, silent
from citiverse_tiling.pipeline import tile

if TYPE_CHECKING:
    from collections.abc import Callable

    from citiverse_tiling.options import Progress, TileOptions

BUDGET_S = 2.5
"""For looking through the files; making the small scene takes about as long again."""

WORTH_BYTES = 4_000_000
"""Less is tiled in full as fast."""

MOST_BUILDINGS, LEAST_BUILDINGS = 2_500, 300
"""The first are tiled in about two seconds where bytes are looked through at `FULL_PACE`; where a
machine is slower, or busy, there are fewer."""

FULL_PACE = 150e6
"""Bytes a second."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A first look: its scene, how many buildings are in it of those found, and its origin.

    `share` of the bytes of all files that can be looked through has been, 0 to 1.
    """

    scene: Path
    buildings: int
    found: int
    share: float
    origin: Origin


def glance(
    options: TileOptions, clock: Callable[[], float], progress: Progress = silent
) -> Glance | None:
    """Make a small scene of the heart of the inputs at `options.output`, in a few seconds.

    `clock` gives seconds. None where the inputs are so small that the whole is tiled as fast, or
    where no buildings are found at a glance; what is wrong with a file is left to `pipeline.tile`
    to say. Raises InputError where an input can't be opened, OutputError as `tile` does.
    """
    with (
        opened(options.inputs, leave_out=options.output) as inputs,
        TemporaryDirectory(prefix="citiverse-") as temporary,
    ):
        paths = [file.path for file in inputs.files]
        if sum(path.stat().st_size for path in paths) < WORTH_BYTES:
            return None
        progress("looking through the files", 0, 0)
        seen = look_through(paths, clock, BUDGET_S)
        if not len(seen.outlines):
            return None
        chosen = heart_of(seen.outlines, _affordable(seen.pace))
        excerpts = write_excerpts(seen, chosen, Path(temporary))
        if not excerpts:
            return None
        try:
            tile(replace(options, inputs=tuple(excerpts), strict=False), progress)
        except InputError:
            return None
    place = json.loads((options.output / "scene.json").read_bytes())["origin"]
    origin = Origin(place["lon"], place["lat"])
    return Glance(options.output, len(chosen), len(seen.outlines), seen.share, origin)


def _affordable(pace: float) -> int:
    """How many buildings a machine of this pace tiles in about two seconds."""
    return max(LEAST_BUILDINGS, int(MOST_BUILDINGS * min(pace / FULL_PACE, 1.0)))
