"""Triangle meshes of many city objects, columnar: what passes between the writing steps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import (
        Float32Array,
        Float64Array,
        Int8Array,
        Int32Array,
        Int64Array,
        UInt8Array,
        UInt32Array,
    )


class SurfaceGroup(IntEnum):
    """What is drawn with one material; the lower-case name is the material's."""

    WALL = 0
    ROOF = 1
    GROUND = 2
    WINDOW = 3
    DOOR = 4
    TERRAIN = 5
    ROAD = 6
    PAVING = 7
    RAIL = 8
    GREEN = 9
    SOIL = 10
    WATER = 11
    MARKING = 12
    FURNITURE = 13
    FOLIAGE = 14
    TRUNK = 15
    STRUCTURE = 16
    MESH = 17


@dataclass(frozen=True, slots=True)
class Meshes:
    """Meshes of n objects in the scene frame, one after the other.

    positions         float64 (V, 3)
    normals           int8 (V, 3): unit normals × 127, flat (a vertex belongs to one face) but
                      for land, whose faces share vertices
    groups            uint8 (V,): SurfaceGroup
    triangles         uint32 (T, 3): indices into the object's own vertices
    vertex_offsets    int64 (n + 1,)
    triangle_offsets  int64 (n + 1,)
    looks             int32 (V,): number of a look of `looks.LookTable`, −1 for none; None where no
                      vertex has one
    texture_coordinates  float32 (V, 2): as in `model.Polygons`; None with `looks`
    """

    positions: Float64Array
    normals: Int8Array
    groups: UInt8Array
    triangles: UInt32Array
    vertex_offsets: Int64Array
    triangle_offsets: Int64Array
    looks: Int32Array | None = None
    texture_coordinates: Float32Array | None = None

    def __len__(self) -> int:
        return len(self.vertex_offsets) - 1

    @property
    def vertex_objects(self) -> Int64Array:
        """Object of each vertex, (V,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.vertex_offsets))

    @property
    def triangle_objects(self) -> Int64Array:
        """Object of each triangle, (T,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.triangle_offsets))

    @property
    def global_triangles(self) -> Int64Array:
        """Triangles as indices into `positions`, (T, 3)."""
        first = np.repeat(self.vertex_offsets[:-1], np.diff(self.triangle_offsets))
        return self.triangles.astype(np.int64) + first[:, None]
