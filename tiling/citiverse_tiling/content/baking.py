"""Far blocks in the images of what they stand for: each side as it is seen from straight before it.

All surfaces are sampled on a lattice, each sample is laid onto the side of its block that looks
most the same way, and what lies farthest out is seen (a depth buffer for each side).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.content import atlas
from citiverse_tiling.content.materials import palette_colour
from citiverse_tiling.content.patches import face_numbers, within
from citiverse_tiling.meshes import SurfaceGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.content.glb import TileMesh
    from citiverse_tiling.content.texturing import Pixels
    from citiverse_tiling.model import (
        Appearance,
        Float32Array,
        Float64Array,
        Int32Array,
        Int64Array,
        UInt8Array,
    )

LARGEST_TEXELS = 128
"""Along a side of a block."""

_SAMPLES_PER_TEXEL = 1.5
"""Along an edge."""

_MOST_SAMPLES = 2_000_000
"""Of a tile: where there would be more, they are spread more thinly."""

_SPREAD = 1.4
_NEAR_M = 1.0
"""What lies so far behind the outermost is seen with it: balconies, panes in their reveals."""

_LEAST_TURN = 0.3
"""Cosine: what is turned farther away from every side of its block isn't seen."""

_TINY = 1e-9
_GROUP_COLOURS = np.array([palette_colour(group) for group in SurfaceGroup], np.uint8)


@dataclass(frozen=True, slots=True)
class Surfaces:
    """What blocks stand for, relative to the tile's translation.

    positions float64 (V, 3); triangles int64 (T, 3); groups uint8 (V,); looks int32 (V,): −1 for
    none; places float32 (V, 2): texture coordinates; owners int64 (T,): the block of each triangle
    """

    positions: Float64Array
    triangles: Int64Array
    groups: UInt8Array
    looks: Int32Array
    places: Float32Array
    owners: Int64Array


class Palette(NamedTuple):
    """Where colours come from: the looks of a city, and their images."""

    looks: Sequence[Appearance]
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class _Sides:
    """The F sides of blocks, each a rectangle in a frame of its own, and its texels.

    owners int64 (F,); origins, along, up, normals float64 (F, 3); low, sizes float64 (F, 2);
    spans int64 (F, 2): texels along and up, none where nothing is to be seen; groups uint8 (F,)
    """

    owners: Int64Array
    origins: Float64Array
    along: Float64Array
    up: Float64Array
    normals: Float64Array
    low: Float64Array
    sizes: Float64Array
    spans: Int64Array
    groups: UInt8Array

    def place(self, points: Float64Array, sides: Int64Array) -> Float64Array:
        """Points (n, 3) on the side given for each: 0 … 1 from its upper left corner, (n, 2)."""
        there = points - self.origins[sides]
        flat = np.column_stack([_dots(there, axes[sides]) for axes in (self.along, self.up)])
        part: Float64Array = (flat - self.low[sides]) / self.sizes[sides]
        return part * [1.0, -1.0] + [0.0, 1.0]

    @property
    def starts(self) -> Int64Array:
        """The number of the first texel of each side, and of all, (F + 1,)."""
        return np.concatenate([[0], np.cumsum(self.spans.prod(axis=1))])


def bake(
    mesh: TileMesh, behind: Surfaces, palette: Palette, texel_m: float, most: int
) -> tuple[TileMesh, UInt8Array] | None:
    """Blocks with one image of what is behind them, (h, w, 3), of `most` pixels a side at most.

    Those behind which there is no image stay as they are, and so do the smallest sides of more than
    such an image may have; None where there is no image behind any.
    """
    if mesh.feature_ids is None:
        return None
    has_image = np.array([*(bool(look.image) for look in palette.looks), False])
    baked = np.zeros(int(mesh.feature_ids.max()) + 1, np.bool_)
    baked[behind.owners[has_image[behind.looks[behind.triangles[:, 0]]]]] = True
    if not baked.any():
        return None
    numbers = face_numbers(mesh.triangles, len(mesh.positions))
    sides = _sides(mesh, mesh.feature_ids, numbers)
    largest = np.argsort(-sides.sizes.prod(axis=1), kind="stable")
    shown = largest[baked[sides.owners[largest]]][: atlas.most_patches(most)]
    layout = atlas.pack(np.clip(sides.sizes[shown] / texel_m, 1, LARGEST_TEXELS), most)
    corners = np.zeros_like(sides.spans)
    sides.spans[shown], corners[shown] = layout.sizes, layout.corners
    texels = _texels(sides, behind, palette, texel_m)
    pieces = [
        texels[start : start + width * height].reshape(height, width, 3)
        for start, (width, height) in zip(sides.starts[shown].tolist(), layout.sizes, strict=True)
    ]
    places = sides.place(mesh.positions, numbers)
    coordinates = (corners[numbers] + places * sides.spans[numbers]) / layout.shape
    is_shown = sides.spans[numbers, 0] > 0
    dressed = replace(
        mesh,
        images=np.where(is_shown, 0, -1).astype(np.int32),
        texture_coordinates=np.where(is_shown[:, None], coordinates, 0.0).astype(np.float32),
    )
    return dressed, atlas.compose(layout, pieces)


def _sides(mesh: TileMesh, features: Int64Array, numbers: Int64Array) -> _Sides:
    """The faces of blocks, by the numbers of their vertices, without texels."""
    first = np.flatnonzero(np.diff(numbers, prepend=-1))
    origins, second, third = (mesh.positions[first + step] for step in range(3))
    along = _unit(second - origins)
    normals = _unit(np.cross(along, third - origins))
    up = np.cross(normals, along)
    there = mesh.positions - origins[numbers]
    flat = np.column_stack([_dots(there, axes[numbers]) for axes in (along, up)])
    low, high = np.minimum.reduceat(flat, first), np.maximum.reduceat(flat, first)
    sizes = np.maximum(high - low, _TINY)
    spans = np.zeros((len(first), 2), np.int64)
    groups = mesh.groups[first]
    return _Sides(features[first], origins, along, up, normals, low, sizes, spans, groups)


def _texels(sides: _Sides, behind: Surfaces, palette: Palette, texel_m: float) -> UInt8Array:
    """The colours of all texels of all sides, (n, 3), each side row by row from above.

    Where nothing is behind, it is the mean of the side, or of the block, or the palette's colour.
    """
    starts = sides.starts
    sums, counts = _seen(sides, behind, palette, texel_m)
    side_of = np.repeat(np.arange(len(sides.owners)), np.diff(starts))
    filled = sums / np.maximum(counts, 1)[:, None]
    of_side, some = _means(filled, counts > 0, side_of, len(sides.owners))
    of_block, any_ = _means(of_side, some, sides.owners, int(sides.owners.max()) + 1)
    of_block = np.where(
        any_[sides.owners, None], of_block[sides.owners], _GROUP_COLOURS[sides.groups]
    )
    of_side = np.where(some[:, None], of_side, of_block)
    colours = np.where((counts > 0)[:, None], filled, of_side[side_of])
    return np.rint(colours).astype(np.uint8)


def _means(
    values: Float64Array, known: np.ndarray, owners: Int64Array, count: int
) -> tuple[Float64Array, np.ndarray]:
    """The means of the known values (n, 3) by owner, (count, 3), and which owners have one."""
    weights = known.astype(np.float64)
    total = np.bincount(owners, weights, count)
    sums = [np.bincount(owners, weights * values[:, channel], count) for channel in range(3)]
    return np.stack(sums, axis=1) / np.maximum(total, 1)[:, None], total > 0


def _seen(
    sides: _Sides, behind: Surfaces, palette: Palette, texel_m: float
) -> tuple[Float64Array, Int64Array]:
    """The sums of the colours that are seen at each texel, (n, 3), and how many there are."""
    triangles = _longest_edge_last(behind.positions, behind.triangles)
    chosen = _sides_of(sides, behind.positions[triangles], behind.owners)
    kept = np.flatnonzero(chosen >= 0)
    triangles, chosen = triangles[kept], chosen[kept]
    which, weights = _lattice(behind.positions[triangles], texel_m / _SAMPLES_PER_TEXEL)
    points = np.einsum("sk,skx->sx", weights, behind.positions[triangles][which])
    side = chosen[which]
    spans, starts = sides.spans[side], sides.starts
    column, row = np.clip((sides.place(points, side) * spans).astype(np.int64), 0, spans - 1).T
    texel = starts[side] + row * spans[:, 0] + column
    out = _dots(points - sides.origins[side], sides.normals[side])
    outermost = np.full(int(starts[-1]), -np.inf)
    np.maximum.at(outermost, texel, out)
    near = np.flatnonzero(out >= outermost[texel] - _NEAR_M)
    colours = _colours(behind, triangles[which[near]], weights[near], palette)
    sums = [np.bincount(texel[near], colours[:, c], int(starts[-1])) for c in range(3)]
    return np.stack(sums, axis=1), np.bincount(texel[near], minlength=int(starts[-1]))


def _longest_edge_last(positions: Float64Array, triangles: Int64Array) -> Int64Array:
    """The triangles, each from the corner that lies opposite its longest edge."""
    corners = positions[triangles]
    opposite = np.roll(corners, -1, axis=1) - np.roll(corners, 1, axis=1)
    first = np.einsum("tkx,tkx->tk", opposite, opposite).argmax(axis=1)
    return np.take_along_axis(triangles, (first[:, None] + np.arange(3)) % 3, axis=1)


def _sides_of(sides: _Sides, corners: Float64Array, owners: Int64Array) -> Int64Array:
    """The side of its block on which each triangle (T, 3, 3) is seen, −1 for none."""
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = _unit(crosses)
    has_texels = np.flatnonzero(sides.spans[:, 0] > 0)
    order = has_texels[np.argsort(sides.owners[has_texels], kind="stable")]
    first = np.searchsorted(sides.owners[order], owners)
    counts = np.searchsorted(sides.owners[order], owners, side="right") - first
    best, turn = np.full(len(owners), -1), np.full(len(owners), _LEAST_TURN)
    for step in range(int(counts.max(initial=0))):
        side = order[np.minimum(first + step, len(order) - 1)]
        dot = np.where(step < counts, _dots(normals, sides.normals[side]), -1.0)
        best, turn = np.where(dot > turn, side, best), np.maximum(dot, turn)
    return best


def _lattice(corners: Float64Array, step_m: float) -> tuple[Int64Array, Float64Array]:
    """Samples of triangles (T, 3, 3): the triangle of each, and the weights of its corners."""
    edges = np.linalg.norm(corners[:, 1:] - corners[:, :1], axis=2)
    while True:
        counts = np.maximum(np.ceil(edges / step_m), 1).astype(np.int64)
        each = counts.prod(axis=1)
        if int(each.sum()) <= _MOST_SAMPLES:
            break
        step_m *= _SPREAD
    which = np.repeat(np.arange(len(each)), each)
    number = np.arange(len(which)) - np.repeat(np.cumsum(each) - each, each)
    along, across = number // counts[which, 1], number % counts[which, 1]
    one, two = (along + 0.5) / counts[which, 0], (across + 0.5) / counts[which, 1]
    inside = np.flatnonzero(one + two <= 1)
    weights = np.column_stack([1 - one - two, one, two])[inside]
    return which[inside], weights


def _colours(
    behind: Surfaces, triangles: Int64Array, weights: Float64Array, palette: Palette
) -> UInt8Array:
    """The colours of samples, by the triangle (S, 3) and the weights of its corners, (S, 3)."""
    looks = behind.looks[triangles[:, 0]]
    colours = _GROUP_COLOURS[behind.groups[triangles[:, 0]]]
    for number in np.unique(looks[looks >= 0]).tolist():
        rows, look = np.flatnonzero(looks == number), palette.looks[number]
        if look.image:
            pixels = palette.pixels.small(look.image)
            places = behind.places[triangles[rows]].astype(np.float64)
            at = np.nan_to_num(np.einsum("sk,skx->sx", weights[rows], places))
            inside = within(at * [1.0, -1.0] + [0.0, 1.0], look.wrap)
            height, width = pixels.shape[:2]
            column, row = (inside * [width, height]).astype(np.int64).T
            colours[rows] = pixels[np.minimum(row, height - 1), np.minimum(column, width - 1), :3]
        elif look.colour is not None:
            colours[rows] = np.rint(np.clip(look.colour[:3], 0, 1) * 255).astype(np.uint8)
    return colours


def _unit(vectors: Float64Array) -> Float64Array:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, _TINY))


def _dots(one: Float64Array, two: Float64Array) -> Float64Array:
    return np.asarray(np.einsum("ij,ij->i", one, two))
