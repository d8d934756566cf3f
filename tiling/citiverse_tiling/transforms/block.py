"""Each object as an upright block: what a coarse tile shows of it, and how wrong that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import Float64Array, Int64Array

_SIGNS = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
"""Corners of a footprint, counter-clockwise, in units of the half sizes."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """One upright block per object, n of them, scene frame.

    centers     float64 (n, 2): of the footprint
    axes        float64 (n, 2): unit vector along the walls' dominant direction
    half_sizes  float64 (n, 2): along that vector, and across
    heights     float64 (n, 2): lowest and highest z
    errors_m    float64 (n,): symmetric Hausdorff distance between the block's surface and the
                object's vertices: how far the picture is off when the block stands for the object
    """

    centers: Float64Array
    axes: Float64Array
    half_sizes: Float64Array
    heights: Float64Array
    errors_m: Float64Array

    @property
    def sizes_m(self) -> Float64Array:
        """Diagonal of each block, (n,): how wrong it is to leave the object out."""
        height = np.diff(self.heights, axis=1)[:, 0]
        sizes: Float64Array = np.sqrt(4 * np.sum(self.half_sizes**2, axis=1) + height**2)
        return sizes

    def footprint(self, signs: Float64Array) -> Float64Array:
        """Points of every footprint, (n, k, 2); `signs` (k, 2) are −1 … 1 along its sides."""
        offsets = self.half_sizes[:, None, :] * signs
        across = np.stack([-self.axes[:, 1], self.axes[:, 0]], axis=1)
        along = offsets[..., :1] * self.axes[:, None] + offsets[..., 1:] * across[:, None]
        return self.centers[:, None] + along

    @property
    def corners(self) -> Float64Array:
        """The four lower corners, counter-clockwise, then the four upper ones, (n, 8, 3)."""
        footprint = self.footprint(_SIGNS.astype(np.float64))
        result = np.empty((len(footprint), 8, 3))
        result[:, :4, :2] = result[:, 4:, :2] = footprint
        result[:, :4, 2] = self.heights[:, :1]
        result[:, 4:, 2] = self.heights[:, 1:]
        return result

    @property
    def boxes(self) -> tuple[Float64Array, Float64Array]:
        """Lowest and highest corner of the upright box around each block, (n, 3) each."""
        across = np.abs(self.axes[:, ::-1])
        reach = np.abs(self.axes) * self.half_sizes[:, :1] + across * self.half_sizes[:, 1:]
        low = np.concatenate([self.centers - reach, self.heights[:, :1]], axis=1)
        high = np.concatenate([self.centers + reach, self.heights[:, 1:]], axis=1)
        return low, high

    def take(self, rows: Int64Array) -> Blocks:
        """The blocks of some objects, in that order."""
        return Blocks(
            self.centers[rows],
            self.axes[rows],
            self.half_sizes[rows],
            self.heights[rows],
            self.errors_m[rows],
        )


def join_blocks(pieces: Sequence[Blocks]) -> Blocks:
    """The blocks of all pieces, one after the other."""
    return Blocks(
        np.concatenate([piece.centers for piece in pieces]),
        np.concatenate([piece.axes for piece in pieces]),
        np.concatenate([piece.half_sizes for piece in pieces]),
        np.concatenate([piece.heights for piece in pieces]),
        np.concatenate([piece.errors_m for piece in pieces]),
    )


def upright_blocks(feet: Float64Array, sizes: Float64Array) -> Blocks:
    """Blocks along the axes over n feet (n, 3) in the middle of their bases; sizes (n, 3) in m."""
    return Blocks(
        feet[:, :2],
        np.tile([1.0, 0.0], (len(feet), 1)),
        sizes[:, :2] / 2,
        np.stack([feet[:, 2], feet[:, 2] + sizes[:, 2]], axis=1),
        np.zeros(len(feet)),
    )


def blocks_of(meshes: Meshes) -> Blocks:
    """The tight block of each object along its walls; every object must have vertices."""
    starts = meshes.vertex_offsets[:-1]
    owners = meshes.vertex_objects
    flat = meshes.positions[:, :2]
    axes = _wall_directions(meshes)
    along = np.einsum("ij,ij->i", flat, axes[owners])
    across = flat[:, 1] * axes[owners, 0] - flat[:, 0] * axes[owners, 1]
    frame = np.stack([along, across, meshes.positions[:, 2]], axis=1)
    low = np.minimum.reduceat(frame, starts, axis=0)
    high = np.maximum.reduceat(frame, starts, axis=0)
    middle = (low + high) / 2
    centers = np.stack(
        [
            middle[:, 0] * axes[:, 0] - middle[:, 1] * axes[:, 1],
            middle[:, 0] * axes[:, 1] + middle[:, 1] * axes[:, 0],
        ],
        axis=1,
    )
    errors = _errors(frame, low, high, starts, owners)
    return Blocks(
        centers, axes, (high - low)[:, :2] / 2, np.stack([low[:, 2], high[:, 2]], axis=1), errors
    )


def _wall_directions(meshes: Meshes) -> Float64Array:
    """Dominant horizontal direction of each object's edges modulo 90°, as unit vectors (n, 2).

    The mean of exp(4iθ) weighted by length²: walls at right angles agree. Vertices are in the
    order of their rings, so an edge between two that don't follow each other is a cut through
    a face (or closes a ring) and has no vote.
    """
    triangles = meshes.global_triangles
    following = np.roll(triangles, -1, axis=1)
    flat = meshes.positions[:, 0] + 1j * meshes.positions[:, 1]
    edges = np.where(np.abs(following - triangles) == 1, flat[following] - flat[triangles], 0)
    square = edges**2
    length = np.abs(square)
    votes = np.divide(square**2, length, out=np.zeros_like(square), where=length > 0).sum(axis=1)
    owners = meshes.triangle_objects
    count = len(meshes)
    real = np.bincount(owners, weights=votes.real, minlength=count)
    imaginary = np.bincount(owners, weights=votes.imag, minlength=count)
    angle = np.arctan2(imaginary, real) / 4
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _errors(
    frame: Float64Array,
    low: Float64Array,
    high: Float64Array,
    starts: Int64Array,
    owners: Int64Array,
) -> Float64Array:
    """Symmetric Hausdorff distance of vertices and block per object, (n,)."""
    below, above = frame - low[owners], high[owners] - frame
    depth = np.minimum(below, above).min(axis=1)
    errors = np.maximum.reduceat(depth, starts)
    for corner in range(8):
        upper = [bool(corner >> axis & 1) for axis in range(3)]
        gap = np.where(upper, above, below)
        distance = np.sqrt(np.einsum("ij,ij->i", gap, gap))
        errors = np.maximum(errors, np.minimum.reduceat(distance, starts))
    return errors
