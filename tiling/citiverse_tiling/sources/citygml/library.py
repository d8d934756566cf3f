"""Shapes of implicit geometries in files of their own, beside the model (12-019, clause 8.3).

Any mesh that is read as an input is read here as well: OBJ, glTF, COLLADA, PLY, STL. Nothing is
fetched from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from citiverse_tiling.errors import InputError
from citiverse_tiling.model import Polygons
from citiverse_tiling.sources.image_files import ImageFiles, NoImage
from citiverse_tiling.sources.mesh.loading import load
from citiverse_tiling.sources.mesh.reader import axes_of, form_of

if TYPE_CHECKING:
    from citiverse_tiling.model import Appearance
    from citiverse_tiling.sources.mesh.loading import Triangles

    Shape: TypeAlias = tuple[Polygons, tuple[Appearance, ...]]

MOST_TRIANGLES = 100_000
MOST_FILES = 10_000


class NoShape(ValueError):
    """A library object that can't be used; the message says why."""


@dataclass(slots=True)
class Library:
    """The library objects of one model, each read when it is first asked for."""

    files: ImageFiles
    _shapes: dict[str, Shape | NoShape] = field(default_factory=dict)
    _triangles: int = 0

    def shape(self, name: str) -> Shape:
        """The triangles of a file, metres, z up. Raises NoShape."""
        if name not in self._shapes:
            try:
                self._shapes[name] = self._read(name)
            except NoShape as problem:
                self._shapes[name] = problem
        found = self._shapes[name]
        if isinstance(found, NoShape):
            raise found
        return found

    def _read(self, name: str) -> Shape:
        if len(self._shapes) >= MOST_FILES:
            raise NoShape(f"one of more than {MOST_FILES:,} library objects")
        try:
            path = Path(self.files.find(name))
            form = form_of(path)
            parts, _ = load(path, form)
        except (NoImage, InputError) as error:
            reason = error.problem if isinstance(error, InputError) else str(error)
            raise NoShape(f"the library object {name[:200]}: {reason}") from error
        self._triangles += sum(len(part.corners) for part in parts)
        if not parts or self._triangles > MOST_TRIANGLES:
            why = f"more than {MOST_TRIANGLES:,} with those before" if parts else "none"
            raise NoShape(f"the library object {name[:200]}: its triangles are {why}")
        return _joined(parts, *axes_of(path, form))


def _joined(parts: list[Triangles], up: str, unit_m: float) -> Shape:
    """All parts as one shape."""
    corners = np.concatenate([part.corners for part in parts]).reshape(-1, 3) * unit_m
    if up == "y":
        corners = corners[:, [0, 2, 1]] * [1.0, -1.0, 1.0]
    count = len(corners) // 3
    firsts = np.cumsum([0, *(len(part.looks) for part in parts)])
    rows = [
        np.where(part.appearances < 0, -1, part.appearances + first)
        for part, first in zip(parts, firsts, strict=False)
    ]
    places = [
        np.full((len(part.corners) * 3, 2), np.nan, np.float32)
        if part.places is None
        else part.places.reshape(-1, 2)
        for part in parts
    ]
    looks = tuple(look for part in parts for look in part.looks)
    polygons = Polygons(
        corners,
        np.arange(count + 1) * 3,
        np.arange(count + 1),
        np.zeros(count, np.uint8),
        np.zeros(count, np.int32),
        ("",) * count,
        np.concatenate(rows).astype(np.int32) if looks else None,
        np.concatenate(places) if any(part.places is not None for part in parts) else None,
    )
    return polygons, looks
