"""Textured faces of a tile → patches: the regions of images that they show, and how finely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.content.images import resized
from citiverse_tiling.model import Wrap

if TYPE_CHECKING:
    from citiverse_tiling.model import (
        Float64Array,
        Int64Array,
        UInt8Array,
    )

FINEST_TEXEL_M = 0.02
"""A walker sees no more: finer images are scaled down."""

LARGEST_PATCH = 1_016
"""Pixels a side: with the room around it, a patch fills half of the largest atlas."""

LARGEST_BAKED = 256
"""Pixels a side: a region that goes beyond its image is a patch if it is no larger than this."""

_TOLERANCE = 1e-3
"""Texture coordinates that are beyond an edge of the image by less are on it."""

_MARGIN = 1
"""Pixels of the image around what a face shows, which are smoothed into its edge."""

_WORTH_JOINING = 1.1


@dataclass(frozen=True, slots=True)
class Faces:
    """F faces of one image; `t` is 1 − v, so that both axes go as the image's rows and columns do.

    rows      int64 (F,): which faces of the tile
    low, high float64 (F, 2): least and greatest u and t
    finest    float64 (F,): pixels of the image for one that a walker can see, linear; ≥ 1
    """

    rows: Int64Array
    low: Float64Array
    high: Float64Array
    finest: Float64Array


class Patch(NamedTuple):
    """A region of an image, in its pixels, perhaps beyond it; and its size in the atlas.

    `bases` (F, 2) are the whole images that are between a face's u and t and the region.
    """

    region: tuple[int, int, int, int]
    size: tuple[int, int]
    faces: Int64Array
    bases: Float64Array


class Patches(NamedTuple):
    """The patches of one image, and the faces left to the whole image, with their bases."""

    patches: list[Patch]
    rest: Int64Array
    rest_bases: Float64Array


def face_numbers(triangles: Int64Array, count: int) -> Int64Array:
    """A number for each of `count` vertices, (V,): alike where triangles connect them.

    The vertices of a face must follow each other.
    """
    spans = np.bincount(triangles.min(axis=1) + 1, minlength=count + 1)
    spans -= np.bincount(triangles.max(axis=1) + 1, minlength=count + 1)
    begins = np.cumsum(spans)[:count] == 0
    return np.cumsum(begins) - 1


def faces_of(
    places: Float64Array, corners: Float64Array, owners: Int64Array, pixels: tuple[int, int]
) -> Faces:
    """The faces of triangles, given u and t (T, 3, 2), positions (T, 3, 3) and faces (T,)."""
    rows, local = np.unique(owners, return_inverse=True)
    low, high = np.full((len(rows), 2), np.inf), np.full((len(rows), 2), -np.inf)
    np.minimum.at(low, local, places.min(axis=1))
    np.maximum.at(high, local, places.max(axis=1))
    one, two = places[:, 1] - places[:, 0], places[:, 2] - places[:, 0]
    shown = np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]) * pixels[0] * pixels[1]
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.bincount(local, np.sqrt(np.einsum("ij,ij->i", crosses, crosses)))
    seen = areas / FINEST_TEXEL_M**2
    finest = np.sqrt(np.bincount(local, shown) / np.maximum(seen, 1e-9))
    return Faces(rows, low, high, np.maximum(finest, 1.0))


def patches_of(
    faces: Faces, pixels: tuple[int, int], wrap: Wrap, *, bakes_all: bool = False
) -> Patches:
    """The regions of an image of `pixels` (width, height) that faces show.

    With `bakes_all`, what repeats too often for a patch is made so small that it is one.
    """
    bases = _bases(faces, wrap)
    low, high = faces.low - bases, faces.high - bases
    size = np.array(pixels)
    begin = np.floor(low * size + _TOLERANCE).astype(np.int64) - _MARGIN
    end = np.ceil(high * size - _TOLERANCE).astype(np.int64) + _MARGIN
    is_inside = ((low >= -_TOLERANCE) & (high <= 1 + _TOLERANCE)).all(axis=1)
    begin[is_inside] = np.maximum(begin[is_inside], 0)
    end[is_inside] = np.minimum(end[is_inside], size)
    end = np.maximum(end, begin + 1)
    finest = np.maximum(faces.finest, (end - begin).max(axis=1) / LARGEST_PATCH)
    sides = (end - begin).max(axis=1)
    is_small = sides <= LARGEST_BAKED * faces.finest
    rest = ~(is_inside | is_small)
    if bakes_all:
        finest[rest] = np.maximum(finest, sides / LARGEST_BAKED)[rest]
        rest[:] = False
    chosen = np.flatnonzero(~rest)
    regions = np.concatenate([begin, end], axis=1)[chosen]
    patches = _patches(regions, finest[chosen], faces.rows[chosen], bases[chosen])
    return Patches(patches, faces.rows[rest], bases[rest])


def _bases(faces: Faces, wrap: Wrap) -> Float64Array:
    """The whole images that lie before each face's region, (F, 2): what repeats is the same."""
    if wrap is Wrap.CLAMP:
        return np.zeros_like(faces.low)
    period = 2 if wrap is Wrap.MIRROR else 1
    bases: Float64Array = np.floor((faces.low + _TOLERANCE) / period) * period
    return bases


def _patches(
    regions: Int64Array, finest: Float64Array, rows: Int64Array, bases: Float64Array
) -> list[Patch]:
    """One patch for equal regions, or one for all where that is hardly larger."""
    if not len(regions):
        return []
    different, which = np.unique(regions, axis=0, return_inverse=True)
    which = which.ravel()
    best = np.full(len(different), np.inf)
    np.minimum.at(best, which, finest)
    areas = np.prod((different[:, 2:] - different[:, :2]) / best[:, None], axis=1)
    around = np.concatenate([different[:, :2].min(axis=0), different[:, 2:].max(axis=0)])
    sharpest = max(float(best.min()), float((around[2:] - around[:2]).max()) / LARGEST_PATCH)
    joined = np.prod((around[2:] - around[:2]) / sharpest)
    if sharpest <= best.min() * _WORTH_JOINING and joined <= areas.sum() * _WORTH_JOINING:
        different, best, which = around[None], np.array([sharpest]), np.zeros_like(which)
    sizes = np.maximum(np.ceil((different[:, 2:] - different[:, :2]) / best[:, None]), 1)
    order = np.argsort(which, kind="stable")
    ends = np.searchsorted(which[order], np.arange(len(different)), side="right")
    starts = np.concatenate([[0], ends[:-1]])
    return [
        Patch(_four(region), (int(size[0]), int(size[1])), rows[own], bases[own])
        for region, size, own in (
            (different[number].tolist(), sizes[number], order[start:end])
            for number, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True))
        )
    ]


def _four(region: list[int]) -> tuple[int, int, int, int]:
    x, y, right, bottom = region
    return x, y, right, bottom


def cut(
    pixels: UInt8Array, region: tuple[int, int, int, int], size: tuple[int, int], wrap: Wrap
) -> UInt8Array:
    """A region of an image, scaled to `size`; beyond the edges it goes on as `wrap` says."""
    height, width = pixels.shape[:2]
    x, y, right, bottom = region
    if is_within(pixels, region):
        return resized(pixels[y:bottom, x:right], size)
    # What repeats many times is made small first: the region may be far larger than the image.
    whole = width * size[0] / (right - x), height * size[1] / (bottom - y)
    small = resized(pixels, (max(round(whole[0]), 1), max(round(whole[1]), 1)))
    across = np.linspace(x, right, 2 * size[0] + 1)[1::2]
    down = np.linspace(y, bottom, 2 * size[1] + 1)[1::2]
    columns = _indices(across, width, small.shape[1], wrap)
    rows = _indices(down, height, small.shape[0], wrap)
    found: UInt8Array = small[np.ix_(rows, columns)]
    return found


def is_within(pixels: UInt8Array, region: tuple[int, int, int, int]) -> bool:
    """Whether a region is nowhere beyond the image."""
    height, width = pixels.shape[:2]
    x, y, right, bottom = region
    return x >= 0 and y >= 0 and right <= width and bottom <= height


def _indices(places: Float64Array, length: int, count: int, wrap: Wrap) -> Int64Array:
    """Which of `count` pixels, which make up `length`, is at each place."""
    inside = within(places / length, wrap)
    return np.clip((inside * count).astype(np.int64), 0, count - 1)


def within(places: Float64Array, wrap: Wrap) -> Float64Array:
    """Places along an image, which is from 0 to 1, as those in it that look the same."""
    if wrap is Wrap.CLAMP:
        return np.clip(places, 0, 1)
    if wrap is Wrap.MIRROR:
        return 1 - np.abs(places % 2 - 1)
    return np.asarray(places % 1)
