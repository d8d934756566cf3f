"""A first look at a city: a small scene of its heart, seconds after its files were named.

The bytes of the files are looked through for buildings (`citygml`, `cityjson`), in pieces that are
spread evenly (`spread`) until time is up. Those around the densest place (`heart`) go into a small
city file (`excerpt`), which then is tiled like any other. So what people see first is a real scene,
and each building in it has the identity that it will keep.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from citiverse_tiling.errors import InputError
from citiverse_tiling.glance import citygml_excerpt, cityjson_excerpt
from citiverse_tiling.inputs import opened
from citiverse_tiling.options import Origin
from citiverse_tiling.pipeline import tile

if TYPE_CHECKING:
    from collections.abc import Callable

    from citiverse_tiling.options import TileOptions

GOAL_S, AFTERWARDS_S = 8.0, 2.5
"""So long after the command people should walk, and so much of it, where a core is free, is for
making the small scene and for a browser to show it."""

LEAST_LOOK_S, MOST_LOOK_S = 0.5, 2.5
"""For looking through the files."""

WORTH_BYTES = 4_000_000
"""Less is tiled in full as fast."""


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


def look_s(elapsed_s: float, cpu_s: float) -> float:
    """How long to look through the files, by how long it took so far to come to it.

    Where `cpu_s` of work took `elapsed_s` because others work too, so will what comes afterwards.
    """
    slowness = max(1.0, elapsed_s / max(cpu_s, 1e-3))
    left = GOAL_S - elapsed_s - slowness * AFTERWARDS_S
    return min(max(left, LEAST_LOOK_S), MOST_LOOK_S)


def glance(
    options: TileOptions, place: Path, clock: Callable[[], float], budget_s: float
) -> Glance | None:
    """Make a small scene of the heart of the inputs at `place`, before `tile` makes the whole.

    Files are looked through for `budget_s` seconds of `clock`. None where the inputs are so small
    that the whole is tiled as fast, or where no buildings are found at a glance; what is wrong with
    a file is left to `pipeline.tile` to say. Raises InputError where an input can't be opened,
    OutputError as `tile` does.
    """
    with (
        opened(options.inputs, options.output, sort_images=False) as inputs,
        TemporaryDirectory(prefix="citiverse-") as temporary,
    ):
        paths = [file.path for file in inputs.files]
        if sum(path.stat().st_size for path in paths) < WORTH_BYTES:
            return None
        folder = Path(temporary)
        seen = citygml_excerpt.excerpt(paths, clock, budget_s, folder) or cityjson_excerpt.excerpt(
            paths, clock, budget_s, folder
        )
        if seen is None:
            return None
        try:
            tile(replace(options, inputs=seen.files, output=place, strict=False, workers=1))
        except InputError:
            return None
    frame = json.loads((place / "scene.json").read_bytes())["origin"]
    origin = Origin(frame["lon"], frame["lat"])
    return Glance(place, seen.buildings, seen.found, seen.share, origin)
