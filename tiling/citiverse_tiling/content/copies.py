"""What of a tile is drawn as copies of one mesh: where that takes so much less that it pays.

EXT_mesh_gpu_instancing and EXT_instance_features. Each template is a draw more, so a tile has as
many of them as pay for it, those first that spare most; all other copies are meshes in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.content import gltf_document as gltf
from citiverse_tiling.content.vertices import STEP_M, in_steps
from citiverse_tiling.transforms.place import Placements

if TYPE_CHECKING:
    from citiverse_tiling.content.buffer import BufferBuilder
    from citiverse_tiling.model import Float64Array, Int64Array

LEAST_SPARED_BYTES = 4_096
"""Of a tile, so that a draw more is worth it."""

COPY_BYTES = 16
VERTEX_BYTES, TRIANGLE_BYTES = 6, 2
_NODE_BYTES = 600
"""Of JSON: a node, a mesh with its primitive, and accessors."""

_OFF_M = 0.0005
"""So far may rounding move a point of a copy, by its turn and by its size each."""

_PLACE_STEP_M = STEP_M / 8
"""The points of its mesh are rounded as well: together they stay within 1 cm."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Features of a tile that are drawn as copies of the mesh of the first of them.

    The mesh is in the template's frame, as large as the largest copy along each axis.

    features    int64 (n,): rows of the property table; the first has the mesh
    placements  of each, z up, relative to the tile's translation
    radius_m    of the mesh, about its own origin
    """

    features: Int64Array
    placements: Placements
    radius_m: float


def worth_copying(
    templates: Int64Array, vertices: Int64Array, triangles: Int64Array, most: int | None
) -> list[Int64Array]:
    """Groups of k copies that are drawn as such, as rows of `templates`.

    All (k,): which template each is, and what its mesh has. `most` groups at most.
    """
    found: list[tuple[int, Int64Array]] = []
    for template in np.unique(templates).tolist():
        rows = np.flatnonzero(templates == template)
        first = rows[0]
        mesh = int(vertices[first]) * VERTEX_BYTES + int(triangles[first]) * TRIANGLE_BYTES
        spared = (len(rows) - 1) * mesh - len(rows) * COPY_BYTES - _NODE_BYTES
        if spared >= LEAST_SPARED_BYTES:
            found.append((spared, rows))
    found.sort(key=lambda one: (-one[0], one[1][0]))
    chosen = [rows for _, rows in found[:most]]
    return sorted(chosen, key=lambda rows: int(rows[0]))


def copies_of(
    features: Int64Array, placements: Placements, translation: Float64Array, local: Float64Array
) -> tuple[Copies, Float64Array]:
    """The copies of a template whose points are `local` (V, 3), and the points of their mesh."""
    largest = placements.sizes.max(axis=0)
    points = local * largest
    radius = float(np.sqrt(np.einsum("ij,ij->i", points, points).max()))
    own = Placements(placements.places - translation, placements.turns, placements.sizes / largest)
    return Copies(features, own, radius), points


def add_instances(
    copies: Copies, unit_m: float, accessors: list[gltf.Accessor], buffer: BufferBuilder
) -> gltf.NodeExtensions:
    """Places, turns, sizes and feature ids of copies in a node of `unit_m` metres a unit; y up."""
    own, count = copies.placements, len(copies.features)
    step = 2.0 ** np.floor(np.log2(_OFF_M / max(copies.radius_m, _OFF_M)))
    places = own.places[:, [0, 2, 1]] * np.array([1.0, 1.0, -1.0]) / unit_m
    turns = own.turns[:, [0, 2, 1, 3]] * np.array([1.0, 1.0, -1.0, 1.0])
    columns: dict[str, int] = {}
    for name, values, steps, usual in (
        ("translation", places, _PLACE_STEP_M / unit_m, None),
        ("rotation", turns, step, (0, 0, 0, 1)),
        ("scale", own.sizes[:, [0, 2, 1]], step, (1, 1, 1)),
    ):
        if usual is not None and np.abs(values - usual).max() < step:
            continue
        columns[name] = len(accessors)
        if buffer.compress:
            view = buffer.add_floats(*in_steps(values, steps), target=None)
        else:
            view = buffer.add(values.astype("<f4").tobytes())
        kind = "VEC4" if name == "rotation" else "VEC3"
        accessors.append(gltf.Accessor(view, gltf.FLOAT, count, kind))
    columns["feature_id"] = len(accessors)
    view = buffer.add(copies.features.astype("<u2").tobytes())
    accessors.append(gltf.Accessor(view, gltf.UNSIGNED_SHORT, count, "SCALAR"))
    features = gltf.MeshFeatures((gltf.FeatureIds(count, 0, 0),))
    return gltf.NodeExtensions(gltf.Instancing(gltf.InstanceAttributes(**columns)), features)
