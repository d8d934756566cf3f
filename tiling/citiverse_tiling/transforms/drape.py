"""Lay flat pieces of land on the ground, cut finely enough to follow it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.meshes import Meshes

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.transforms.ground import HeightField

ABOVE_M = 0.03
FINEST_M = 6.0
"""Edges up to this length aren't cut: the ground between two of its nodes bends little."""

EVEN_M = 0.05
"""Where the ground under an object is as even as this, nothing is cut."""

MOST_TRIANGLES = 20_000
"""Of one object: where it is so large that it would have more, it is cut more coarsely."""

_MOST_CUTS = 16


def drape(meshes: Meshes, field: HeightField) -> Meshes:
    """The meshes, all corners of each triangle its own, just above the ground."""
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
    order = np.argsort(owners, kind="stable")
    points = corners[order].reshape(-1, corners.shape[2])
    positions = np.ascontiguousarray(points[:, :3])
    positions[:, 2] = field.at(positions[:, :2]) + ABOVE_M
    faces = np.repeat(faces[order], 3, axis=0)
    counts = np.bincount(owners, minlength=len(meshes))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    starts = np.repeat(offsets[:-1], counts)
    triangles = (np.arange(len(order)) - starts)[:, None] * 3 + np.arange(3)
    return Meshes(
        positions,
        faces[:, :3],
        faces[:, 3].view(np.uint8),
        triangles.astype(np.uint32),
        offsets * 3,
        offsets,
        None if looks is None else np.repeat(looks[order], 3),
        None if looks is None else points[:, 3:].astype(np.float32),
    )


def stand(meshes: Meshes, field: HeightField) -> Meshes:
    """The meshes, each raised as a whole: their heights count from the lowest ground under them."""
    ground = field.at(meshes.positions[:, :2])
    starts = meshes.vertex_offsets[:-1]
    lowest = np.minimum.reduceat(ground, starts)
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
    heights = field.at(samples.reshape(-1, 2)).reshape(len(flat), -1)
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
