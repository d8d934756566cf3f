"""What the source has for a tile: meshes in their places, and those of which there are copies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.content.copies import copies_of, worth_copying
from citiverse_tiling.content.tile_meshes import source_mesh

if TYPE_CHECKING:
    from citiverse_tiling.city import City
    from citiverse_tiling.content.copies import Copies
    from citiverse_tiling.content.glb import TileMesh
    from citiverse_tiling.model import (
        BoolArray,
        Float32Array,
        Float64Array,
        Int32Array,
        Int64Array,
        Rows,
    )
    from citiverse_tiling.spool import Spool


@dataclass(frozen=True, slots=True)
class TileSource:
    """A tile's mesh, the looks of its vertices, and what of it is drawn in several places.

    looks                int32 (V,): as in `meshes.Meshes`, None where no vertex has one
    texture_coordinates  float32 (V, 2): likewise
    copies               whose first features' meshes are in their templates' frames
    """

    mesh: TileMesh
    looks: Int32Array | None
    texture_coordinates: Float32Array | None
    copies: tuple[Copies, ...]

    @property
    def times(self) -> Int64Array | None:
        """How often each feature's mesh is drawn, (n,); None where each is drawn once."""
        if not self.copies or self.mesh.feature_ids is None:
            return None
        count = 1 + max(
            [int(self.mesh.feature_ids.max()), *(int(one.features.max()) for one in self.copies)]
        )
        times = np.ones(count, np.int64)
        for one in self.copies:
            times[one.features[0]] = len(one.features)
        return times


def tile_source(
    city: City,
    spool: Spool,
    shapes: Rows,
    translation: Float64Array,
    most_copied: int | None,
) -> TileSource:
    """The faces of some shapes, rows of `city.shapes`; feature i is the i-th of them.

    Of copies of one template only the first has a mesh where that spares enough bytes; of
    `most_copied` templates at most.
    """
    objects = city.shapes.objects[shapes]
    groups = _groups(city, objects, most_copied)
    is_meshed, is_template = np.ones(len(objects), np.bool_), np.zeros(len(objects), np.bool_)
    for rows in groups:
        is_meshed[rows] = False
        is_template[rows[0]] = True
    is_meshed |= is_template
    kept = np.flatnonzero(is_meshed)
    meshes = spool.meshes(city.index, objects[kept], in_place=~is_template[kept])
    mesh = source_mesh(meshes, translation)
    features = kept[meshes.vertex_objects]
    positions, copies = mesh.positions, []
    for rows in groups:
        own = features == rows[0]
        placements = spool.placements(city.index, city.index.copies.find(objects[rows]))
        found, positions[own] = copies_of(rows, placements, translation, meshes.positions[own])
        copies.append(found)
    mesh = replace(mesh, positions=positions, feature_ids=features)
    return TileSource(mesh, meshes.looks, meshes.texture_coordinates, tuple(copies))


def _groups(city: City, objects: Rows, most: int | None) -> list[Int64Array]:
    """The copies that are drawn as such, as rows of `objects`, template by template."""
    index = city.index
    found = index.copies.find(objects)
    rows = np.flatnonzero(found >= 0)
    if not len(rows):
        return []
    templates = index.copies.templates[found[rows]]
    plain = ~_has_images(city, rows, objects)
    rows, templates = rows[plain], templates[plain]
    places = index.take(objects[rows])
    worth = worth_copying(templates, places["vertices"], places["triangles"], most)
    return [rows[some] for some in worth]


def _has_images(city: City, rows: Int64Array, objects: Rows) -> BoolArray:
    """Which of some rows of `objects` show images: those are parts of the tile's own images."""
    shown = np.searchsorted(city.shapes.objects, objects[rows])
    return city.shapes.take(shown).texels > 0
