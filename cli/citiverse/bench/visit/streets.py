"""Where one can stand in a scene: on its ground, and under no roof."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_server.message import Vector
    from citiverse_server.scene import Scene

    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

EYE_HEIGHT_M = 1.65
NEAR_M = 25.0
FLOORS = ("ground", "land")
HOUSES = "buildings"
_HEAD = struct.Struct("<8s2I")


@dataclass(slots=True)
class Streets:
    """The colliders of a scene, read where somebody is about to stand."""

    scene: Scene
    _read: dict[int, Floats] = field(default_factory=dict)

    def eye(self, x: float, y: float) -> Vector | None:
        """The eye of who stands at a place; None where nobody can, or under a roof."""
        floors = [z for layer in FLOORS for z in self._heights(layer, x, y)]
        if not floors or self._heights(HOUSES, x, y):
            return None
        return x, y, max(floors) + EYE_HEIGHT_M

    def points(self, count: int, seed: int) -> list[Vector]:
        """Eyes at random places that have a building within 25 m on two sides at least."""
        random = np.random.default_rng(seed)
        tiles, layers = self.scene.catalog.tiles, [layer.name for layer in self.scene.layers]
        root = int(np.flatnonzero((tiles.parent < 0) & (tiles.layer == layers.index(HOUSES)))[0])
        low, high = tiles.box_min[root, :2], tiles.box_max[root, :2]
        found: list[Vector] = []
        for _ in range(1000 * count):
            x, y = random.uniform(low, high).tolist()
            eye = self.eye(x, y)
            if eye is not None and self._is_between(x, y):
                found.append(eye)
            if len(found) == count:
                break
        return found

    def _is_between(self, x: float, y: float) -> bool:
        steps = np.linspace(5.0, NEAR_M, 5).tolist()
        sides = sum(
            any(self._heights(HOUSES, x + dx * far, y + dy * far) for far in steps)
            for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1))
        )
        return sides >= 2

    def _heights(self, layer: str, x: float, y: float) -> list[float]:
        """Heights at which a vertical line meets a layer's colliders."""
        side = self.scene.catalog.cell_m
        heights: list[float] = []
        for corners in self._colliders(layer, int(x // side), int(y // side)):
            a, b, c = (corners[:, corner, :2] - (x, y) for corner in range(3))
            turns = np.stack([_cross(a, b), _cross(b, c), _cross(c, a)], axis=1)
            inside = ((turns >= 0).all(axis=1) | (turns <= 0).all(axis=1)) & (turns != 0).any(
                axis=1
            )
            area = turns[inside].sum(axis=1)
            shares = turns[inside][:, [1, 2, 0]] / np.where(area == 0, 1.0, area)[:, None]
            heights += (shares * corners[inside, :, 2]).sum(axis=1)[area != 0].tolist()
        return heights

    def _colliders(self, layer: str, i: int, j: int) -> Iterator[Floats]:
        catalog = self.scene.catalog
        names = [one.name for one in self.scene.layers]
        for row in catalog.cells.rows_by_cell.get((i, j), ()):
            if names[int(catalog.cells.cell_layer[row])] == layer:
                if row not in self._read:
                    self._read[row] = self._corners(row)
                yield self._read[row]

    def _corners(self, row: int) -> Floats:
        """Triangles (T, 3, 3) of a collider cell, scene frame."""
        file = self.scene.collider_file(row)
        data = file.path.read_bytes()
        _, vertices, triangles = _HEAD.unpack_from(data)
        positions = np.frombuffer(data, "<f4", 3 * vertices, _HEAD.size).reshape(-1, 3)
        indices = np.frombuffer(data, "<u4", 3 * triangles, _HEAD.size + 12 * vertices)
        placed = positions.astype(np.float64) + self.scene.catalog.cells.cell_translation[row]
        corners: Floats = placed[indices.reshape(-1, 3)]
        return corners


def _cross(a: Floats, b: Floats) -> Floats:
    turned: Floats = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return turned
