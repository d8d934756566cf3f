"""Where copies of one shape stand: turned, scaled along its own axes, and moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array

OFF_M = 0.001
"""So far from where an affine map puts it may a point be that is turned, scaled and moved."""

_LEAST_SIZE = 1e-6
_CORNERS = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1]), axis=-1).reshape(-1, 3)


@dataclass(frozen=True, slots=True)
class Placements:
    """Of k copies: a point goes to place + turn (size · point).

    places  float64 (k, 3): metres
    turns   float64 (k, 4): unit quaternions x, y, z, w, w never negative
    sizes   float64 (k, 3): positive
    """

    places: Float64Array
    turns: Float64Array
    sizes: Float64Array

    def __len__(self) -> int:
        return len(self.places)

    def take(self, rows: Int64Array | BoolArray | slice) -> Placements:
        """Some of them."""
        return Placements(self.places[rows], self.turns[rows], self.sizes[rows])

    @property
    def columns(self) -> Float64Array:
        """All side by side, (k, 10)."""
        return np.concatenate([self.places, self.turns, self.sizes], axis=1)

    @staticmethod
    def of_columns(columns: Float64Array) -> Placements:
        """The inverse of `columns`."""
        return Placements(columns[:, :3], columns[:, 3:7], columns[:, 7:])

    @property
    def rotations(self) -> Float64Array:
        """The turns as matrices, (k, 3, 3)."""
        x, y, z, w = self.turns.T
        rows = [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
        return np.moveaxis(np.array(rows), -1, 0)

    def points(self, points: Float64Array, owners: Int64Array) -> Float64Array:
        """Where points (V, 3) come to lie, each of the copy that `owners` (V,) says."""
        matrices = self.rotations * self.sizes[:, None, :]
        turned = np.einsum("vij,vj->vi", matrices[owners], points)
        placed: Float64Array = turned + self.places[owners]
        return placed

    def normals(self, normals: Float64Array, owners: Int64Array) -> Float64Array:
        """Where normals (V, 3) of those points look, of length 1."""
        matrices = self.rotations / self.sizes[:, None, :]
        turned = np.einsum("vij,vj->vi", matrices[owners], normals)
        lengths = np.sqrt(np.einsum("ij,ij->i", turned, turned))
        unit: Float64Array = turned / np.maximum(lengths, 1e-9)[:, None]
        return unit


def placements_of(
    affines: Float64Array, low: Float64Array, high: Float64Array
) -> tuple[Placements, BoolArray]:
    """The placements that k affine maps (k, 3, 4) are, and which of them are none, (k,).

    None are shears, mirrors and projections: those that put a point of the boxes `low` … `high`,
    (k, 3) each, elsewhere than turning, scaling and moving do.
    """
    linear, places = affines[:, :, :3], affines[:, :, 3]
    sizes = np.sqrt(np.einsum("kij,kij->kj", linear, linear))
    bad = (sizes < _LEAST_SIZE).any(axis=1) | ~np.isfinite(affines).all(axis=(1, 2))
    safe = np.where(bad[:, None, None], np.eye(3), linear)
    sizes = np.where(bad[:, None], 1.0, sizes)
    left, _, right = np.linalg.svd(safe / sizes[:, None, :])
    turns = _quaternions(left @ right)
    bad |= np.linalg.det(safe) <= 0
    found = Placements(places, turns, sizes)
    corners = low[:, None] + _CORNERS * (high - low)[:, None]
    off = found.rotations * sizes[:, None, :] - linear
    moved = np.einsum("kij,kcj->kci", np.where(bad[:, None, None], 0.0, off), corners)
    bad |= (np.einsum("kci,kci->kc", moved, moved) > OFF_M**2).any(axis=1)
    return found, bad


def _quaternions(rotations: Float64Array) -> Float64Array:
    """Of rotation matrices (k, 3, 3): from the largest of the four parts, so that none is lost.

    (S. W. Shepperd, "Quaternion from rotation matrix", Journal of Guidance and Control 1978.)
    """
    m = np.moveaxis(rotations, 0, -1)
    xx, yy, zz = m[0, 0], m[1, 1], m[2, 2]
    xy, xz, yz = m[0, 1] + m[1, 0], m[0, 2] + m[2, 0], m[1, 2] + m[2, 1]
    wx, wy, wz = m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]
    rows = np.array(
        [
            [1 + xx - yy - zz, xy, xz, wx],
            [xy, 1 - xx + yy - zz, yz, wy],
            [xz, yz, 1 - xx - yy + zz, wz],
            [wx, wy, wz, 1 + xx + yy + zz],
        ]
    )
    largest = np.einsum("iik->ik", rows).argmax(axis=0)
    chosen = rows[largest, :, np.arange(len(largest))]
    chosen *= np.where(chosen[:, 3:] < 0, -1.0, 1.0)
    unit: Float64Array = chosen / np.linalg.norm(chosen, axis=1, keepdims=True)
    return unit
