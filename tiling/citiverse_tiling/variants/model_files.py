"""Which files a variant was made of: so that what is said of them can be led back to them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.manifest import ModelFile, Origin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from citiverse_tiling.report import InputDescription


def model_files(
    paths: Sequence[Path], inputs: Sequence[InputDescription], origin: Origin
) -> tuple[ModelFile, ...]:
    """Of each input that is one file its name, its hash, and the way from its frame to the scene's.

    Folders and what is in them have none.
    """
    frame = SceneFrame(origin.lon, origin.lat)
    ways = {one.file: _to_scene(one.to_ecef, frame) for one in inputs}
    files = [path for path in paths if path.is_file()]
    return tuple(ModelFile(path.name, _digest(path), ways.get(path.name, ())) for path in files)


def _to_scene(to_ecef: tuple[float, ...], frame: SceneFrame) -> tuple[float, ...]:
    """A matrix (3, 4) to ECEF, row by row, as one to the scene frame; () as ()."""
    if not to_ecef:
        return ()
    matrix = np.array(to_ecef).reshape(3, 4)
    # The way from ECEF is rigid: it turns directions, and turns and shifts places.
    turned = frame.axes @ matrix[:, :3]
    shift = frame.from_ecef(matrix[:, 3][None])[0]
    return tuple(np.column_stack([turned, shift]).ravel().tolist())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
