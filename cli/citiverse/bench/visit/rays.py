"""What is seen from a place by brute force: rays against every triangle of a scene's leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.check.glb import decode_glb

if TYPE_CHECKING:
    from citiverse_server.message import Vector
    from citiverse_server.scene import Scene

    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

LAYERS = ("ground", "land", "buildings")
LEAST_M = 1e-3


class Leaves:
    """The triangles of a scene's ground, land and buildings, as they are drawn from near."""

    def __init__(self, scene: Scene) -> None:
        tiles, names = scene.catalog.tiles, [layer.name for layer in scene.layers]
        wanted = [names.index(layer) for layer in LAYERS if layer in names]
        rows = np.flatnonzero((tiles.child_count == 0) & np.isin(tiles.layer, wanted))
        self._rows = rows.tolist()
        self._boxes = np.stack([tiles.box_min[rows], tiles.box_max[rows]], axis=1)
        self._corners = [_triangles(scene, row) for row in self._rows]

    def seen_from(self, eye: Vector, rays: int, seed: int) -> set[int]:
        """Rows of the tiles that rays hit first, in random directions about level."""
        random = np.random.default_rng(seed)
        around = random.uniform(0.0, 2.0 * np.pi, rays)
        up = np.tan(random.uniform(-0.3, 0.5, rays))
        towards = np.stack([np.sin(around), np.cos(around), up], axis=1)
        hits = (self._first(np.array(eye), direction) for direction in towards)
        return {row for row in hits if row is not None}

    def _first(self, eye: Floats, towards: Floats) -> int | None:
        """The tile that a ray meets first."""
        with np.errstate(divide="ignore", invalid="ignore"):
            slabs = np.sort((self._boxes - eye) / towards, axis=1)
        begins, ends = slabs[:, 0].max(axis=1), slabs[:, 1].min(axis=1)
        met = np.flatnonzero((begins <= ends) & (ends > 0))
        nearest, found = np.inf, None
        for at in met[np.argsort(begins[met])].tolist():
            if begins[at] > nearest:
                break
            far = _distance(self._corners[at], eye, towards)
            if far < nearest:
                nearest, found = far, self._rows[at]
        return found


def _distance(corners: Floats, eye: Floats, towards: Floats) -> float:
    """Along a ray to the nearest of triangles (T, 3, 3): Möller and Trumbore's test of each."""
    if not len(corners):
        return float("inf")
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    to_eye = eye - corners[:, 0]
    across, turned = np.cross(towards, second), np.cross(to_eye, first)
    scale = (first * across).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        u = (to_eye * across).sum(axis=1) / scale
        v = turned @ towards / scale
        far = (turned * second).sum(axis=1) / scale
        inside = (u >= 0) & (v >= 0) & (u + v <= 1) & (far > LEAST_M)
    return float(far[inside].min(initial=np.inf))


def _triangles(scene: Scene, row: int) -> Floats:
    """Corners (T, 3, 3) of a tile's triangles, scene frame."""
    corners = [np.empty((0, 3, 3))]
    for primitive in decode_glb(scene.tile_file(row).path.read_bytes()).primitives:
        drawn = primitive.positions[primitive.triangles]
        # From glTF's y up to the scene's z up.
        corners.append(np.stack([drawn[..., 0], -drawn[..., 2], drawn[..., 1]], axis=-1))
    placed: Floats = np.concatenate(corners) + scene.catalog.tiles.translation[row]
    return placed
