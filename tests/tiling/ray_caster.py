"""What rays from an eye meet, triangle by triangle, without cells, lattices and horizons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.check.glb import decode_glb

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.tree.tree_bin import TreeTable

BINS = 2_048
NEAR_M = 0.02
"""A ray ends so far before what it is cast at, so that this doesn't stop it."""


@dataclass(frozen=True)
class Surfaces:
    """All leaves' triangles of a scene: corners (T, 3, 3), the row of the tile, and the feature."""

    corners: np.ndarray
    rows: np.ndarray
    features: np.ndarray

    @property
    def areas(self) -> np.ndarray:
        a, b, c = np.moveaxis(self.corners, 1, 0)
        found: np.ndarray = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
        return found

    def only(self, chosen: np.ndarray) -> Surfaces:
        return Surfaces(self.corners[chosen], self.rows[chosen], self.features[chosen])

    def points(self, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Places (n, 3) on each feature of each tile, and their triangles (n,).

        Every triangle has one at least where it is among the largest `count` of its feature.
        """
        key = self.rows * (int(self.features.max(initial=0)) + 1) + self.features
        order = np.lexsort((-self.areas, key))
        first = np.flatnonzero(np.diff(key[order], prepend=-1))
        rank = np.arange(len(order)) - np.repeat(first, np.diff(first, append=len(order)))
        triangles = np.concatenate([order[rank < count], order[rank < count // 4]])
        weights = rng.dirichlet((0.7, 0.7, 0.7), len(triangles))
        return np.einsum("nk,nkd->nd", weights, self.corners[triangles]), triangles


def surfaces(scene: Path, table: TreeTable, layers: list[str]) -> Surfaces:
    """Those of a scene, in its frame; copies aren't in it."""
    corners, rows, features = [], [], []
    for row in np.flatnonzero(table.child_count == 0).tolist():
        name = f"{table.content_hash[row].tobytes().hex()}.glb"
        content = decode_glb((scene / "tiles" / layers[table.layer[row]] / name).read_bytes())
        for one in content.primitives:
            x, y, z = np.moveaxis(one.positions[one.triangles], 2, 0)
            corners.append(np.stack([x, -z, y], axis=2) + table.translation[row])
            rows.append(np.full(len(one.triangles), row))
            ids = np.zeros(len(one.positions), int) if one.feature_ids is None else one.feature_ids
            features.append(ids[one.triangles[:, 0]])
    return Surfaces(np.concatenate(corners), np.concatenate(rows), np.concatenate(features))


class Eye:
    """Casts rays from one place, at triangles sorted by the direction in which they are."""

    def __init__(self, place: np.ndarray, corners: np.ndarray) -> None:
        """`corners` (T, 3, 3): all that may stop a ray."""
        self.place = place
        self.corners = corners
        flat = corners[:, :, :2] - place[:2]
        angles = np.arctan2(flat[..., 1], flat[..., 0])
        turned = (angles - angles[:, :1] + np.pi) % (2 * np.pi) - np.pi
        low, high = angles[:, 0] + turned.min(axis=1), angles[:, 0] + turned.max(axis=1)
        is_round = (high - low > np.pi * 0.99) | (np.linalg.norm(flat, axis=2).min(axis=1) < 1e-6)
        first = np.where(is_round, 0, np.floor(low / (2 * np.pi) * BINS - 1e-6)).astype(int)
        last = np.where(is_round, BINS - 1, np.floor(high / (2 * np.pi) * BINS + 1e-6)).astype(int)
        counts = last - first + 1
        self._triangles = np.repeat(np.arange(len(corners)), counts)
        within = np.arange(len(self._triangles)) - np.repeat(np.cumsum(counts) - counts, counts)
        bins = (first[self._triangles] + within) % BINS
        order = np.argsort(bins, kind="stable")
        self._triangles = self._triangles[order]
        self._starts = np.searchsorted(bins[order], np.arange(BINS + 1))

    def sees(self, points: np.ndarray) -> np.ndarray:
        """Whether nothing is between the eye and each of the points (n, 3)."""
        rays = points - self.place
        bins = np.floor(np.arctan2(rays[:, 1], rays[:, 0]) / (2 * np.pi) * BINS).astype(int) % BINS
        seen = np.ones(len(points), bool)
        for start in range(0, len(points), 2_000):
            some = np.arange(start, min(start + 2_000, len(points)))
            counts = np.diff(self._starts)[bins[some]]
            ray = np.repeat(some, counts)
            within = np.arange(len(ray)) - np.repeat(np.cumsum(counts) - counts, counts)
            triangle = self._triangles[np.repeat(self._starts[bins[some]], counts) + within]
            seen[ray[self._meets(rays[ray], triangle)]] = False
        return seen

    def _meets(self, rays: np.ndarray, triangles: np.ndarray) -> np.ndarray:
        """Whether each ray meets a triangle before it ends (Möller and Trumbore, 1997)."""
        a, b, c = np.moveaxis(self.corners[triangles], 1, 0)
        one, two, to = b - a, c - a, self.place - a
        across = np.cross(rays, two)
        size = np.einsum("nd,nd->n", one, across)
        with np.errstate(divide="ignore", invalid="ignore"):
            u = np.einsum("nd,nd->n", to, across) / size
            other = np.cross(to, one)
            v = np.einsum("nd,nd->n", rays, other) / size
            t = np.einsum("nd,nd->n", two, other) / size
            ends = 1 - NEAR_M / np.linalg.norm(rays, axis=1)
            met: np.ndarray = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0) & (t < ends)
        return met
