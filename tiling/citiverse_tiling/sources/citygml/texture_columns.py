"""Texts and projections of a batch of drafts → texture coordinates, an array beside the points."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.model import Wrap
from citiverse_tiling.sources.citygml.rings import parse_rings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.model import (
        Appearance,
        Float32Array,
        Float64Array,
        Int64Array,
        Polygons,
    )
    from citiverse_tiling.sources.citygml.drafts import GeometryDraft

MOST_REPEATS = 100_000.0
"""Texture coordinates beyond this are no numbers that single precision can tell apart."""


@dataclass(frozen=True, slots=True)
class Points:
    """The points of a batch: coordinates (N, 3), east first; offsets of rings (R + 1,).

    `written_sizes` (R,) are the points of each ring as the file has them, closed or not.
    """

    coordinates: Float64Array
    ring_offsets: Int64Array
    written_sizes: Int64Array


def texture_coordinates(
    geometries: Sequence[GeometryDraft], points: Points, north_first: Sequence[bool]
) -> Float32Array | None:
    """Texture coordinates (N, 2) of all points, NaN where there are none; None without any.

    `north_first` tells for each geometry whether its file writes north before east.
    """
    if not any(one.looks and one.looks.rows for one in geometries):
        return None
    places = np.full((len(points.coordinates), 2), np.nan, np.float32)
    texts: list[str] = []
    rings: list[int] = []
    first_ring = 0
    for geometry, is_north_first in zip(geometries, north_first, strict=True):
        looks = geometry.looks
        if looks is not None:
            texts += looks.coordinates.values()
            rings += [first_ring + ring for ring in looks.coordinates]
            bounds = [*geometry.first_rings, len(geometry.rings)]
            for polygon, (matrix, is_east_first) in looks.projections.items():
                start, end = points.ring_offsets[
                    [first_ring + bounds[polygon], first_ring + bounds[polygon + 1]]
                ].tolist()
                is_swapped = is_north_first and not is_east_first
                found = _projected(points.coordinates[start:end], matrix, is_swapped)
                places[start:end] = np.clip(found, -MOST_REPEATS, MOST_REPEATS)
        first_ring += len(geometry.rings)
    if texts:
        _spread(places, points, np.array(rings, np.int64), texts)
    places[~(np.abs(places) < MOST_REPEATS).all(axis=1)] = np.nan
    return places


def _projected(points: Float64Array, matrix: tuple[float, ...], is_swapped: bool) -> Float64Array:
    rows = np.array(matrix).reshape(3, 4)
    if is_swapped:
        rows = rows[:, [1, 0, 2, 3]]
    with np.errstate(all="ignore"):
        u, v, q = np.einsum("ij,nj->in", rows[:, :3], points) + rows[:, 3:]
        found: Float64Array = np.stack([u / q, v / q], axis=1)
    return found


def _spread(places: Float32Array, points: Points, rings: Int64Array, texts: list[str]) -> None:
    """Give the points of `rings` the coordinates in `texts`, where they are as many."""
    values, offsets = parse_rings(texts, 2)
    given = np.diff(offsets)
    sizes = np.diff(points.ring_offsets)[rings]
    written = points.written_sizes[rings]
    fits = ((given == written) | (given == sizes)) & (given >= sizes)
    counts = np.where(fits, sizes, 0)
    step = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    target = np.repeat(points.ring_offsets[rings], counts) + step
    with np.errstate(over="ignore"):
        places[target] = values[np.repeat(offsets[:-1], counts) + step]


def dressed(
    polygons: Polygons, geometry: GeometryDraft, places: Float32Array | None
) -> tuple[Polygons, tuple[Appearance, ...], int]:
    """A geometry's polygons with their looks, these, and how many have no place in their image.

    `places` (N, 2) are the texture coordinates of the polygons' points. Those without a place get
    the plain colour of their appearance.
    """
    looks = geometry.looks
    if looks is None or not looks.rows:
        return polygons, (), 0
    appearances = dict(looks.appearances)
    rows = np.full(len(polygons), -1, np.int32)
    rows[list(looks.rows)] = list(looks.rows.values())
    amiss = 0
    if places is not None:
        owners = np.repeat(
            np.arange(len(polygons)), np.diff(polygons.ring_offsets[polygons.polygon_offsets])
        )
        gaps = np.bincount(owners[np.isnan(places[:, 0])], minlength=len(polygons)) > 0
        has_image = np.array([bool(one.image) for one in appearances] + [False])
        for polygon in np.flatnonzero(gaps & has_image[rows]).tolist():
            amiss += 1
            plain = replace(list(appearances)[rows[polygon]], image="", wrap=Wrap.REPEAT)
            is_coloured = plain.colour is not None
            rows[polygon] = appearances.setdefault(plain, len(appearances)) if is_coloured else -1
        places = np.where((rows >= 0)[owners, None], places, np.float32(np.nan))
    if (rows < 0).all():
        return polygons, (), amiss
    changed = replace(polygons, appearances=rows, texture_coordinates=places)
    return changed, tuple(appearances), amiss
