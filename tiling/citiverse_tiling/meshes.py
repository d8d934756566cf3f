"""Triangle meshes of many city objects, columnar: what passes between the writing steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.model import (
        BoolArray,
        Float32Array,
        Float64Array,
        Int8Array,
        Int32Array,
        Int64Array,
        UInt8Array,
        UInt32Array,
    )
    from citiverse_tiling.transforms.place import Placements


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


def put_in_place(meshes: Meshes, copies: BoolArray, placements: Placements) -> Meshes:
    """The meshes with those that are `copies` (n,) of a template in their places, one for each."""
    rows = np.flatnonzero(copies[meshes.vertex_objects])
    owners = (np.cumsum(copies) - 1)[meshes.vertex_objects[rows]]
    positions, normals = meshes.positions.copy(), meshes.normals.copy()
    positions[rows] = placements.points(positions[rows], owners)
    turned = placements.normals(normals[rows].astype(np.float64), owners)
    normals[rows] = np.rint(turned * 127).astype(np.int8)
    return replace(meshes, positions=positions, normals=normals)


def join_meshes(pieces: Sequence[Meshes]) -> Meshes:
    """Meshes one after the other."""
    looks = places = None
    if any(piece.looks is not None for piece in pieces):
        looks = np.concatenate(
            [
                np.full(len(one.positions), -1, np.int32) if one.looks is None else one.looks
                for one in pieces
            ]
        )
        places = np.concatenate(
            [
                np.full((len(one.positions), 2), np.nan, np.float32)
                if one.texture_coordinates is None
                else one.texture_coordinates
                for one in pieces
            ]
        )
    return Meshes(
        np.concatenate([one.positions for one in pieces]),
        np.concatenate([one.normals for one in pieces]),
        np.concatenate([one.groups for one in pieces]),
        np.concatenate([one.triangles for one in pieces]),
        _offsets([np.diff(one.vertex_offsets) for one in pieces]),
        _offsets([np.diff(one.triangle_offsets) for one in pieces]),
        looks,
        places,
    )


def _offsets(counts: Sequence[Int64Array]) -> Int64Array:
    return np.concatenate([np.zeros(1, np.int64), *counts]).cumsum()
