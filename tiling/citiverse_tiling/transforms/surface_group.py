"""Which material a source face gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import SurfaceType

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, UInt8Array

STEEP = 0.17
"""A face is vertical where |z| of its unit normal is below this (within 10° of upright)."""

_BY_TYPE = {
    SurfaceType.UNKNOWN: SurfaceGroup.WALL,
    SurfaceType.WALL: SurfaceGroup.WALL,
    SurfaceType.ROOF: SurfaceGroup.ROOF,
    SurfaceType.GROUND: SurfaceGroup.GROUND,
    SurfaceType.OUTER_CEILING: SurfaceGroup.GROUND,
    SurfaceType.OUTER_FLOOR: SurfaceGroup.GROUND,
    SurfaceType.CLOSURE: SurfaceGroup.WALL,
    SurfaceType.WINDOW: SurfaceGroup.WINDOW,
    SurfaceType.DOOR: SurfaceGroup.DOOR,
    SurfaceType.ROAD: SurfaceGroup.ROAD,
    SurfaceType.PAVING: SurfaceGroup.PAVING,
    SurfaceType.RAIL: SurfaceGroup.RAIL,
    SurfaceType.GREEN: SurfaceGroup.GREEN,
    SurfaceType.SOIL: SurfaceGroup.SOIL,
    SurfaceType.WATER: SurfaceGroup.WATER,
    SurfaceType.MARKING: SurfaceGroup.MARKING,
    SurfaceType.TERRAIN: SurfaceGroup.TERRAIN,
    SurfaceType.FURNITURE: SurfaceGroup.FURNITURE,
    SurfaceType.PLANT: SurfaceGroup.FOLIAGE,
    SurfaceType.STRUCTURE: SurfaceGroup.STRUCTURE,
    SurfaceType.MESH: SurfaceGroup.MESH,
}
_GROUPS = np.array([_BY_TYPE[surface] for surface in SurfaceType], np.uint8)


def surface_groups(surface_types: UInt8Array, normals: Float64Array) -> UInt8Array:
    """The group of each face from its thematic type and unit normal (z up), (P,).

    An UNKNOWN face is a wall, a roof or a floor by the way it looks.
    """
    groups = _GROUPS[surface_types]
    unknown = surface_types == SurfaceType.UNKNOWN
    groups[unknown & (normals[:, 2] > STEEP)] = SurfaceGroup.ROOF
    groups[unknown & (normals[:, 2] < -STEEP)] = SurfaceGroup.GROUND
    return groups
