"""Reads a scene as a stranger would: through tileset.json, with numpy and the standards only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from citiverse_tiling.check.glb import decode_glb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.check.glb import Glb

Y_UP_TO_Z_UP = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1.0]])
"""3D Tiles 1.1, clause on glTF: content is turned so that its y points up along the tile's z."""


@dataclass(frozen=True)
class Tile:
    """A tile met on the way down: its content's file, its matrix to ECEF, and where it is."""

    content: Path
    matrix: np.ndarray
    level: int
    leaf: bool
    error: float

    def glb(self) -> Glb:
        return decode_glb(self.content.read_bytes())

    def to_ecef(self, positions: np.ndarray) -> np.ndarray:
        """Content frame (N, 3) to ECEF (N, 3)."""
        matrix = self.matrix @ Y_UP_TO_Z_UP
        result: np.ndarray = positions @ matrix[:3, :3].T + matrix[:3, 3]
        return result


def tiles(scene: Path, layer: str) -> Iterator[Tile]:
    """All tiles of a layer, found from the scene's tileset.json."""
    top = json.loads((scene / "tileset.json").read_bytes())
    uris = [child["content"]["uri"] for child in top["root"]["children"]]
    file = scene / next(uri for uri in uris if f"/{layer}/" in uri)
    yield from _walk(json.loads(file.read_bytes())["root"], np.eye(4), file.parent, 0)


def _walk(tile: dict[str, Any], above: np.ndarray, folder: Path, level: int) -> Iterator[Tile]:
    if tile["content"]["uri"].endswith(".json"):
        below = json.loads((folder / tile["content"]["uri"]).read_bytes())["root"]
        yield from _walk(below, above, folder, level)
        return
    matrix = above @ np.array(tile.get("transform", np.eye(4).ravel())).reshape(4, 4).T
    children = tile.get("children", [])
    content = folder / tile["content"]["uri"]
    yield Tile(content, matrix, level, not children, tile["geometricError"])
    for child in children:
        yield from _walk(child, matrix, folder, level + 1)
