"""Fewer triangles for far tiles: vertices of a feature that lie in one cell of a grid become one.

Vertex clustering (Rossignac and Borrel 1993, "Multi-resolution 3D approximations for rendering
complex scenes"): no vertex moves farther than across its cell, so no point of a surface is farther
from what is drawn than that, and what vanishes is no wider. It needs no clean topology, which city
models don't have, and never mixes features.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.content.glb import TileMesh
from citiverse_tiling.content.vertices import colour_sources

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, Int64Array

STEPS = 5
"""Cells are tried from a sixteenth of the largest on, each twice as large as the one before."""

_FACINGS = 1.5
"""Faces that look about the same way share vertices: normals are told apart in thirds."""


def drawn_triangles(mesh: TileMesh, times: Int64Array | None = None) -> int:
    """The triangles that are drawn where the mesh of feature i is drawn `times[i]` times."""
    if times is None or mesh.feature_ids is None:
        return len(mesh.triangles)
    return int(times[mesh.feature_ids[mesh.triangles[:, 0]]].sum())


def simplify(
    mesh: TileMesh, most_triangles: float, most_m: float, times: Int64Array | None = None
) -> TileMesh:
    """The mesh with at most so many triangles, if no vertex must move by more than `most_m`.

    Where it would, it has the triangles that are left at `most_m`. Every feature keeps one.
    Triangles are counted as `drawn_triangles` does.
    """
    largest = most_m / sqrt(3)
    found = mesh
    for step in range(STEPS - 1, -1, -1):
        if drawn_triangles(found, times) <= most_triangles or largest <= 0:
            break
        found = _clustered(mesh, largest / 2**step)
    return found


def _clustered(mesh: TileMesh, cell_m: float) -> TileMesh:
    """The mesh on a grid of cells of this size, each feature for itself."""
    features = np.zeros(len(mesh.groups), np.int64)
    if mesh.feature_ids is not None:
        features = mesh.feature_ids
    cells = np.floor(mesh.positions / cell_m).astype(np.int64)
    first, places = _distinct(np.column_stack([features, cells]))
    facing = np.rint(mesh.normals / 127 * _FACINGS).astype(np.int64)
    kept, corners = _distinct(np.column_stack([places, mesh.groups, colour_sources(mesh), facing]))
    drawn = places[mesh.triangles]
    chosen = _once(drawn, (drawn != np.roll(drawn, 1, axis=1)).all(axis=1))
    alone = mesh.triangles[_largest_of_lost(mesh, features, chosen)].ravel()
    vertices = np.concatenate([kept, alone])
    positions = np.concatenate([mesh.positions[first[places[kept]]], mesh.positions[alone]])
    own = (len(kept) + np.arange(len(alone))).reshape(-1, 3)
    triangles = np.concatenate([corners[mesh.triangles[chosen]], own])
    used, renumbered = np.unique(triangles, return_inverse=True)
    vertices = vertices[used]
    return TileMesh(
        positions[used],
        mesh.normals[vertices],
        mesh.groups[vertices],
        None if mesh.feature_ids is None else mesh.feature_ids[vertices],
        renumbered.reshape(-1, 3),
        colours=None if mesh.colours is None else mesh.colours[vertices],
    )


def _distinct(rows: Int64Array) -> tuple[Int64Array, Int64Array]:
    """The first of each kind of rows (n, k), and which of these each row is like, (n,)."""
    order = np.lexsort(rows.T[::-1])
    ordered = rows[order]
    is_new = np.ones(len(order), np.bool_)
    is_new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    kinds = np.empty(len(order), np.int64)
    kinds[order] = np.cumsum(is_new) - 1
    return order[is_new], kinds


def _once(triangles: Int64Array, wanted: BoolArray) -> BoolArray:
    """Those of the wanted triangles that are the first over their corners, seen from one side."""
    rows = np.flatnonzero(wanted)
    lowest = triangles[rows].argmin(axis=1)
    turned = np.take_along_axis(triangles[rows], (lowest[:, None] + np.arange(3)) % 3, axis=1)
    chosen = np.zeros(len(triangles), np.bool_)
    if len(rows):
        chosen[rows[_distinct(turned)[0]]] = True
    return chosen


def _largest_of_lost(mesh: TileMesh, features: Int64Array, chosen: BoolArray) -> Int64Array:
    """The largest triangle of each feature that has none among the chosen."""
    owners = features[mesh.triangles[:, 0]]
    has = np.zeros(int(owners.max()) + 1, np.bool_)
    has[owners[chosen]] = True
    lost = np.flatnonzero(~has[owners])
    corners = mesh.positions[mesh.triangles[lost]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    order = np.lexsort((-np.einsum("ij,ij->i", normals, normals), owners[lost]))
    lost = lost[order]
    return lost[np.flatnonzero(np.diff(owners[lost], prepend=-1))]
