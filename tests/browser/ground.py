"""The ground under a point, read from the scene's colliders as docs/contract/scene.md says."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

TILE_COLUMN_BYTES = (24, 24, 24, 4, 4, 4, 4, 4, 4, 16, 4, 4, 4)


@dataclass(frozen=True)
class Ground:
    """All triangles of the ground layer: (T, 3, 3), scene frame, metres."""

    triangles: Array

    def height(self, x: float, y: float) -> float:
        """Height of the highest ground at (x, y); raises ValueError where there is none."""
        a, b, c = self.triangles[:, 0], self.triangles[:, 1], self.triangles[:, 2]
        area = _cross(b - a, c - a)
        with np.errstate(divide="ignore", invalid="ignore"):
            u = _cross(b - a, np.array((x, y, 0.0)) - a) / area
            v = _cross(np.array((x, y, 0.0)) - a, c - a) / area
        inside = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9)
        heights = a[:, 2] + v * (b - a)[:, 2] + u * (c - a)[:, 2]
        if not inside.any():
            raise ValueError(f"no ground at {x}, {y}")
        return float(heights[inside].max())


def read_ground(scene: Path) -> Ground:
    """Reads every ground collider of a scene."""
    layers = json.loads((scene / "scene.json").read_text())["layers"]
    ground = next(index for index, layer in enumerate(layers) if layer["kind"] == "ground")
    tree = (scene / "tree.bin").read_bytes()
    tiles, cells = struct.unpack_from("<II", tree, 8)
    start = 24 + sum(_padded(width * tiles) for width in TILE_COLUMN_BYTES)
    layer_at = start + _padded(8 * cells)
    translation_at = layer_at + _padded(4 * cells)
    hash_at = translation_at + _padded(24 * cells)
    triangles = []
    for cell in range(cells):
        if struct.unpack_from("<i", tree, layer_at + 4 * cell)[0] != ground:
            continue
        name = tree[hash_at + 16 * cell : hash_at + 16 * (cell + 1)].hex()
        translation = struct.unpack_from("<3d", tree, translation_at + 24 * cell)
        content = (scene / "colliders" / layers[ground]["name"] / f"{name}.bin").read_bytes()
        triangles.append(_triangles(content) + np.array(translation))
    return Ground(np.concatenate(triangles))


def _triangles(content: bytes) -> Array:
    vertices, triangles = struct.unpack_from("<II", content, 8)
    positions = np.frombuffer(content, "<f4", 3 * vertices, 16).reshape(-1, 3)
    indices = np.frombuffer(content, "<u4", 3 * triangles, 16 + 12 * vertices).reshape(-1, 3)
    corners: Array = positions[indices].astype(np.float64)
    return corners


def _cross(left: Array, right: Array) -> Array:
    return np.asarray(left[:, 0] * right[:, 1] - left[:, 1] * right[:, 0])


def _padded(size: int) -> int:
    return -(-size // 8) * 8
