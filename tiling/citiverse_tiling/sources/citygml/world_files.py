"""Where the image of a georeferenced texture lies (CityGML 2.0, 12-019, clause 9.5)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.sources.citygml.surface_data import Georeference

_LONGEST = 4_096


def projection_of(
    given: Georeference, image: str, pixels: tuple[int, int]
) -> tuple[tuple[float, ...], bool] | None:
    """From x, y, z, 1 to u, v, 1: 3 × 4, row by row; and whether x is always east in it.

    `pixels` are the image's width and height. None where nothing places the image.
    """
    world = _world_file(Path(image))
    own = None
    if given.point is not None and given.steps is not None:
        own = np.array(
            [
                [given.steps[0], given.steps[1], given.point[0]],
                [given.steps[2], given.steps[3], given.point[1]],
            ]
        )
    is_world = world is not None and (given.prefers_world_file or own is None)
    matrix = world if is_world else own
    if matrix is None or not np.isfinite(matrix).all():
        return None
    try:
        to_pixels = np.linalg.inv(np.vstack([matrix, [0.0, 0.0, 1.0]]))
    except np.linalg.LinAlgError:
        return None
    width, height = pixels
    column, row = to_pixels[0] / width, -to_pixels[1] / height
    u = (column[0], column[1], 0.0, column[2] + 0.5 / width)
    v = (row[0], row[1], 0.0, row[2] + 1 - 0.5 / height)
    return tuple(float(number) for number in (*u, *v, 0.0, 0.0, 0.0, 1.0)), is_world


def _world_file(image: Path) -> np.ndarray | None:
    """Steps and origin, (2, 3), of the world file beside an image; None where there is none."""
    ending = image.suffix[1:]
    short = ending[:1] + ending[-1:] + "w"
    for suffix in (short, ending + "w", "wld"):
        for spelling in (suffix, suffix.upper()):
            path = image.with_suffix("." + spelling)
            try:
                with path.open("rb") as file:
                    words = file.read(_LONGEST).split()
                a, d, b, e, c, f = (float(word) for word in words[:6])
            except (OSError, ValueError):
                continue
            return np.array([[a, b, c], [d, e, f]])
    return None
