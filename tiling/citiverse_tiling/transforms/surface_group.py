"""Which material a source face gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import ELEMENTS, Layer, SurfaceType

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
_BY_LAYER = {
    Layer.STRUCTURES: SurfaceGroup.STRUCTURE,
    Layer.FURNITURE: SurfaceGroup.FURNITURE,
    Layer.MESHES: SurfaceGroup.MESH,
}
"""Of one material throughout, but for the windows and doors of structures."""

_OF_BUILDINGS = (Layer.BUILDINGS, *ELEMENTS)

_GROUPS = np.array(
    [[_BY_LAYER.get(layer, _BY_TYPE[surface]) for surface in SurfaceType] for layer in Layer],
    np.uint8,
)
_GROUPS[Layer.LAND, SurfaceType.UNKNOWN] = SurfaceGroup.TERRAIN
_GROUPS[Layer.STRUCTURES, SurfaceType.WINDOW] = SurfaceGroup.WINDOW
_GROUPS[Layer.STRUCTURES, SurfaceType.DOOR] = SurfaceGroup.DOOR


def surface_groups(
    surface_types: UInt8Array, normals: Float64Array, layers: UInt8Array
) -> UInt8Array:
    """The group of each face from its thematic type, unit normal (z up) and layer, (P,) each.

    An UNKNOWN face of a building or its elements is a wall, a roof or a floor by the way it looks.
    """
    groups = _GROUPS[layers, surface_types]
    unknown = (surface_types == SurfaceType.UNKNOWN) & np.isin(layers, _OF_BUILDINGS)
    groups[unknown & (normals[:, 2] > STEEP)] = SurfaceGroup.ROOF
    groups[unknown & (normals[:, 2] < -STEEP)] = SurfaceGroup.GROUND
    return groups
