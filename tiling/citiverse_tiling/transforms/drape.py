"""Lay flat pieces of land on the ground, cut finely enough to follow it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.meshes import Meshes, SurfaceGroup

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, Int8Array, Int32Array, Int64Array
    from citiverse_tiling.transforms.ground import HeightField

ABOVE_M = 0.03
FLAT_M = 0.2
HIGHER_M = np.zeros(len(SurfaceGroup))
"""Maps have streets on lawns, and lines on streets: what lies on other land is drawn on it."""

HIGHER_M[[SurfaceGroup.TERRAIN, SurfaceGroup.GREEN, SurfaceGroup.SOIL]] = -0.02, -0.01, -0.01
HIGHER_M[[SurfaceGroup.ROAD, SurfaceGroup.RAIL, SurfaceGroup.MARKING]] = 0.01, 0.02, 0.03
FINEST_M = 6.0
"""Edges up to this length aren't cut: the ground between two of its nodes bends little."""

EVEN_M = 0.05
"""Where the ground under an object is as even as this, nothing is cut."""

MOST_TRIANGLES = 20_000
"""Of one object: where it is so large that it would have more, it is cut more coarsely."""

LEVEL_M = 2.0
LOW_PERCENT, HIGH_PERCENT = 10.0, 75.0
"""Of the ground under water: the lowest may be pits, and the highest are its banks."""

_MOST_CUTS = 16


def drape(meshes: Meshes, field: HeightField) -> Meshes:
    """The meshes, cut where the ground bends, just above it."""
    corners = meshes.positions[meshes.global_triangles]
    if meshes.texture_coordinates is not None:
        places = meshes.texture_coordinates[meshes.global_triangles]
        corners = np.concatenate([corners, places], axis=2)
    owners = meshes.triangle_objects
    first = meshes.global_triangles[:, 0]
    faces = np.column_stack([meshes.normals[first], meshes.groups[first].view(np.int8)])
    looks = None if meshes.looks is None else meshes.looks[first]
    limits = _limits(corners, owners, field, len(meshes))
    for _ in range(_MOST_CUTS):
        corners, parents = _cut(corners, limits[owners])
        if len(parents) == len(owners):
            break
        owners, faces = owners[parents], faces[parents]
        looks = None if looks is None else looks[parents]
        # A spike has next to no area, and yet no end of edges to cut.
        limits[np.bincount(owners, minlength=len(meshes)) > 2 * MOST_TRIANGLES] = np.inf
    return _welded(corners, owners, faces, looks, field, len(meshes))


def _welded(
    corners: Float64Array,
    owners: Int64Array,
    faces: Int8Array,
    looks: Int32Array | None,
    field: HeightField,
    count: int,
) -> Meshes:
    """Triangles (T, 3, 3 or 5) on the ground; corners of one object that are alike are one vertex.

    `faces` (T, 4) are normals and groups, `looks` (T,) as in `Meshes`.
    """
    order = np.argsort(owners, kind="stable")
    points = corners[order].reshape(-1, corners.shape[2])
    looked = np.full(len(order), -1) if looks is None else looks[order]
    flat = np.column_stack([points[:, :2], points[:, 3:]]).T
    keys = np.stack([*flat, *np.repeat(np.column_stack([faces[order], looked]), 3, axis=0).T])
    owner = np.repeat(owners[order], 3)
    alike = np.lexsort((*keys, owner))
    differs = (np.diff(keys[:, alike], axis=1) != 0).any(axis=0) | (np.diff(owner[alike]) != 0)
    numbers = np.concatenate([[0], np.cumsum(differs)])
    vertices = np.empty(len(alike), np.int64)
    vertices[alike] = numbers
    kept = alike[np.concatenate([[0], np.flatnonzero(differs) + 1])]
    positions = np.ascontiguousarray(points[kept, :3])
    groups = faces[order[kept // 3], 3]
    positions[:, 2] = field.at(positions[:, :2]) + ABOVE_M + HIGHER_M[groups]
    triangle_offsets = _offsets(owners, count)
    vertex_offsets = _offsets(owner[kept], count)
    local = vertices.reshape(-1, 3) - vertex_offsets[owners[order]][:, None]
    face = order[kept // 3]
    return Meshes(
        positions,
        faces[face, :3],
        faces[face, 3].view(np.uint8),
        local.astype(np.uint32),
        vertex_offsets,
        triangle_offsets,
        None if looks is None else looks[face],
        None if looks is None else points[kept, 3:].astype(np.float32),
    )


def _offsets(owners: Int64Array, count: int) -> Int64Array:
    counts = np.bincount(owners, minlength=count)
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])


def water_levels(meshes: Meshes, field: HeightField) -> Float64Array:
    """The height of each piece of water (n,), NaN where the ground is too steep for a level one."""
    corners = meshes.positions[meshes.global_triangles][..., :2]
    places = np.concatenate([corners, (corners + np.roll(corners, 1, axis=1)) / 2], axis=1)
    ground = field.at(places.reshape(-1, 2)).reshape(len(places), -1)
    levels = np.full(len(meshes), np.nan)
    for number in np.flatnonzero(np.diff(meshes.triangle_offsets)).tolist():
        under = ground[meshes.triangle_offsets[number] : meshes.triangle_offsets[number + 1]]
        low, high = np.percentile(under, (LOW_PERCENT, HIGH_PERCENT))
        if high - low <= LEVEL_M:
            levels[number] = low
    return levels


def flood(meshes: Meshes, field: HeightField) -> Meshes:
    """The meshes of water, each at its level."""
    positions = meshes.positions.copy()
    positions[:, 2] = water_levels(meshes, field)[meshes.vertex_objects]
    return replace(meshes, positions=positions)


def stand(meshes: Meshes, field: HeightField) -> Meshes:
    """The meshes, each raised as a whole: their heights count from the lowest ground under them.

    What is flat, such as a zone of a plan, lies between it and the land on it, lest they flicker.
    """
    ground = field.at(meshes.positions[:, :2])
    starts = meshes.vertex_offsets[:-1]
    lowest = np.minimum.reduceat(ground, starts)
    z = meshes.positions[:, 2]
    spans = np.maximum.reduceat(z, starts) - np.minimum.reduceat(z, starts)
    lowest[spans < FLAT_M] += ABOVE_M / 2
    positions = meshes.positions.copy()
    positions[:, 2] += np.repeat(lowest, np.diff(meshes.vertex_offsets))
    return replace(meshes, positions=positions)


def _limits(
    corners: Float64Array, owners: Int64Array, field: HeightField, count: int
) -> Float64Array:
    """The longest edge that each object may keep, (count,); endless where the ground is even."""
    flat = corners[..., :2]
    one, two = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    areas = np.bincount(owners, np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]) / 2, count)
    samples = np.concatenate([flat, (flat + np.roll(flat, 1, axis=1)) / 2], axis=1)
    heights = field.at(samples.reshape(-1, 2)).reshape(samples.shape[:2])
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, owners, heights.min(axis=1))
    np.maximum.at(high, owners, heights.max(axis=1))
    limits = np.maximum(FINEST_M, 2 * np.sqrt(areas / MOST_TRIANGLES))
    return np.where(high - low > EVEN_M, limits, np.inf)


def _cut(corners: Float64Array, limits: Float64Array) -> tuple[Float64Array, Int64Array]:
    """Halve each edge that is too long, in all triangles at it alike; returns them and whose.

    An edge's length decides alone, so that neighbours are cut in the same points.
    """
    following = np.roll(corners, -1, axis=1)
    edges = (following - corners)[..., :2]
    long = np.sqrt(np.einsum("ijk,ijk->ij", edges, edges)) > limits[:, None]
    if not long.any():
        return corners, np.arange(len(corners))
    cuts = long.sum(axis=1)
    # Turned so that a single cut is on the first edge, and a single whole edge is the last.
    turn = np.where(cuts == 2, long.argmin(axis=1) + 1, long.argmax(axis=1)) % 3
    place = (turn[:, None] + np.arange(3)) % 3
    turned = np.take_along_axis(corners, place[..., None], axis=1)
    a, b, c = turned[:, 0], turned[:, 1], turned[:, 2]
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    patterns = (
        ((a, b, c),),
        ((a, ab, c), (ab, b, c)),
        ((a, ab, c), (ab, bc, c), (ab, b, bc)),
        ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)),
    )
    made, parents = [], []
    for number, pattern in enumerate(patterns):
        rows = np.flatnonzero(cuts == number)
        for triangle in pattern:
            made.append(np.stack([corner[rows] for corner in triangle], axis=1))
            parents.append(rows)
    return np.concatenate(made), np.concatenate(parents)
