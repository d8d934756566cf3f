"""Each object as an upright block: what a coarse tile shows of it, and how wrong that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array, Rows

_ALONG, _ACROSS, _NO_RIDGE = 0, 1, 2
NEAR_SIDE = 0.8
"""Eaves are where a vertex is at least so far out, in halves of the width: they may overhang."""

MARGIN_FOR_FLAT_M = 0.25
"""A gabled roof is worth its extra triangles where it is this much nearer to the truth."""

FLAT_TRIANGLES, GABLED_TRIANGLES = 10, 14
"""Of a block without a floor."""

_SIGNS = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
"""Corners of a footprint, counter-clockwise, in units of the half sizes."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """One upright block per object, n of them, scene frame.

    centers     float64 (n, 2): of the footprint
    axes        float64 (n, 2): unit vector along the walls' dominant direction
    half_sizes  float64 (n, 2): along that vector, and across
    heights     float64 (n, 2): lowest and highest z
    eaves       float64 (n,): height of the eaves of a gabled roof whose ridge runs along `axes`;
                the highest z where the roof is flat
    errors_m    float64 (n,): symmetric Hausdorff distance between the block's surface and the
                object's vertices: how far the picture is off when the block stands for the object
    """

    centers: Float64Array
    axes: Float64Array
    half_sizes: Float64Array
    heights: Float64Array
    eaves: Float64Array
    errors_m: Float64Array

    def __len__(self) -> int:
        return len(self.centers)

    @property
    def bases(self) -> Float64Array:
        """Lowest z of each, (n,)."""
        return self.heights[:, 0]

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
    def outline(self) -> Float64Array:
        """What a block is the hull of, (n, 10, 3): its corners at foot and eaves, its ridge."""
        result = np.empty((len(self.centers), 10, 3))
        result[:, :8] = self.corners
        result[:, 4:8, 2] = self.eaves[:, None]
        result[:, 8:, :2] = self.footprint(np.array([[-1.0, 0.0], [1.0, 0.0]]))
        result[:, 8:, 2] = self.heights[:, 1:]
        return result

    @property
    def boxes(self) -> tuple[Float64Array, Float64Array]:
        """Lowest and highest corner of the upright box around each block, (n, 3) each."""
        across = np.abs(self.axes[:, ::-1])
        reach = np.abs(self.axes) * self.half_sizes[:, :1] + across * self.half_sizes[:, 1:]
        low = np.concatenate([self.centers - reach, self.heights[:, :1]], axis=1)
        high = np.concatenate([self.centers + reach, self.heights[:, 1:]], axis=1)
        return low, high

    @property
    def is_gabled(self) -> BoolArray:
        """Which blocks have a gabled roof, (n,)."""
        gabled: BoolArray = self.eaves < self.heights[:, 1]
        return gabled

    def pieces(self) -> Iterator[tuple[int, Blocks]]:
        """All of them at once, as those are told that have too many for it."""
        if len(self):
            yield 0, self

    def take(self, rows: Rows) -> Blocks:
        """The blocks of some objects, in that order."""
        return Blocks(
            self.centers[rows],
            self.axes[rows],
            self.half_sizes[rows],
            self.heights[rows],
            self.eaves[rows],
            self.errors_m[rows],
        )


def join_blocks(given: Sequence[Blocks]) -> Blocks:
    """The blocks of all pieces, one after the other."""
    empty = np.zeros((0, 3))
    pieces = given or [upright_blocks(empty, empty)]
    return Blocks(
        np.concatenate([piece.centers for piece in pieces]),
        np.concatenate([piece.axes for piece in pieces]),
        np.concatenate([piece.half_sizes for piece in pieces]),
        np.concatenate([piece.heights for piece in pieces]),
        np.concatenate([piece.eaves for piece in pieces]),
        np.concatenate([piece.errors_m for piece in pieces]),
    )


def upright_blocks(feet: Float64Array, sizes: Float64Array) -> Blocks:
    """Blocks along the axes over n feet (n, 3) in the middle of their bases; sizes (n, 3) in m."""
    top = feet[:, 2] + sizes[:, 2]
    return Blocks(
        feet[:, :2],
        np.tile([1.0, 0.0], (len(feet), 1)),
        sizes[:, :2] / 2,
        np.stack([feet[:, 2], top], axis=1),
        top,
        np.zeros(len(feet)),
    )


def blocks_of(meshes: Meshes) -> Blocks:
    """The tight block of each object along its walls; every object must have vertices."""
    counts = np.diff(meshes.vertex_offsets)
    may_be_gabled = np.ones(len(counts), np.bool_)
    return block_around(meshes.positions, counts, _wall_directions(meshes), may_be_gabled)


def block_around(
    points: Float64Array, counts: Int64Array, axes: Float64Array, may_be_gabled: BoolArray
) -> Blocks:
    """The tight block around each of n runs of points (V, 3), `counts` (n,) of them, each ≥ 1.

    Walls are along the unit vectors `axes` (n, 2) and across.
    """
    starts = np.cumsum(counts) - counts
    owners = np.repeat(np.arange(len(counts)), counts)
    flat = points[:, :2]
    along = np.einsum("ij,ij->i", flat, axes[owners])
    across = flat[:, 1] * axes[owners, 0] - flat[:, 0] * axes[owners, 1]
    frame = np.stack([along, across, points[:, 2]], axis=1)
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
    eaves, errors, ridges = _best_roofs(_Boxed(frame, low, high, counts), may_be_gabled)
    turned = (ridges == _ACROSS)[:, None]
    half_sizes = (high - low)[:, :2] / 2
    return Blocks(
        centers,
        np.where(turned, np.stack([-axes[:, 1], axes[:, 0]], axis=1), axes),
        np.where(turned, half_sizes[:, ::-1], half_sizes),
        np.stack([low[:, 2], high[:, 2]], axis=1),
        eaves,
        errors,
    )


@dataclass(frozen=True, slots=True)
class _Boxed:
    """Vertices (V, 3) of n objects along, across and up; lowest and highest (n, 3); counts (n,)."""

    frame: Float64Array
    low: Float64Array
    high: Float64Array
    counts: Int64Array

    def only(self, kept: BoolArray) -> _Boxed:
        """Some of the objects."""
        rows = np.repeat(kept, self.counts)
        return _Boxed(self.frame[rows], self.low[kept], self.high[kept], self.counts[kept])


def _best_roofs(
    objects: _Boxed, may_be_gabled: BoolArray
) -> tuple[Float64Array, Float64Array, Int64Array]:
    """Eaves, errors and ridges, (n,) each: gabled where that is clearly nearer to the truth."""
    eaves, errors = _roof(objects, _NO_RIDGE)
    ridges = np.full(len(eaves), _NO_RIDGE)
    rough = (errors > MARGIN_FOR_FLAT_M) & may_be_gabled
    if rough.any():
        some = objects.only(rough)
        for ridge in (_ALONG, _ACROSS):
            other_eaves, other_errors = _roof(some, ridge)
            margin = np.where(ridges[rough] == _NO_RIDGE, MARGIN_FOR_FLAT_M, 0.0)
            chosen = other_errors < errors[rough] - margin
            better = np.flatnonzero(rough)[chosen]
            eaves[better], errors[better] = other_eaves[chosen], other_errors[chosen]
            ridges[better] = ridge
    return eaves, errors, ridges


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


def _roof(objects: _Boxed, ridge: int) -> tuple[Float64Array, Float64Array]:
    """Eaves and errors of blocks with a ridge along an axis of their frame, or with flat roofs.

    Eaves are as high as the highest vertex near the sides that run along the ridge. The error is
    the symmetric Hausdorff distance between vertices and block: of each vertex from the block's
    surface, and of each of the block's corners from its nearest vertex.
    """
    frame, low, high = objects.frame, objects.low, objects.high
    owners = np.repeat(np.arange(len(low)), objects.counts)
    starts = np.cumsum(objects.counts) - objects.counts
    below, above = frame - low[owners], high[owners] - frame
    depth = np.minimum(below, above).min(axis=1)
    top = high[:, 2].copy()
    if ridge == _NO_RIDGE:
        eaves, ends = top, [(along, across, 2) for along in (0, 2) for across in (0, 2)]
    else:
        side = 1 - ridge
        half = np.maximum((high - low)[:, side] / 2, 1e-9)
        out = np.abs(below[:, side] - half[owners]) / half[owners]
        at_side = np.where(out > NEAR_SIDE, frame[:, 2], low[owners, 2])
        eaves = np.maximum.reduceat(at_side, starts)
        rise = top - eaves
        slant = half / np.hypot(half, rise)
        gap = (above[:, 2] - rise[owners] * out) * slant[owners]
        sides = np.minimum(np.minimum(below, above)[:, :2].min(axis=1), below[:, 2])
        depth = np.where(gap < 0, -gap, np.minimum(gap, sides))
        ends = [(along, across, 1) for along in (0, 2) for across in (0, 2)]
        ends += [(end, 1, 2) if ridge == _ALONG else (1, end, 2) for end in (0, 2)]
    errors = np.maximum.reduceat(depth, starts)
    levels = np.stack([low[:, 2], eaves, top])
    for x, y, z in [*((x, y, 0) for x in (0, 2) for y in (0, 2)), *ends]:
        corner = low + (high - low) * np.array([x / 2, y / 2, 0.0])
        corner[:, 2] = levels[z]
        gaps = frame - corner[owners]
        distance = np.sqrt(np.einsum("ij,ij->i", gaps, gaps))
        errors = np.maximum(errors, np.minimum.reduceat(distance, starts))
    return eaves, errors
