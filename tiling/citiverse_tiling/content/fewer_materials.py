"""Tiles of few materials, for devices with time for few draws: what is alike is drawn alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.content.plant_glb import unit_plant
from citiverse_tiling.content.vertices import colour_sources
from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.transforms.plants import PlantKind

if TYPE_CHECKING:
    from citiverse_tiling.content.glb import TileMesh
    from citiverse_tiling.model import UInt8Array

_FOLDS = (
    (SurfaceGroup.GROUND, SurfaceGroup.WALL),
    (SurfaceGroup.DOOR, SurfaceGroup.WALL),
    (SurfaceGroup.RAIL, SurfaceGroup.PAVING),
    (SurfaceGroup.SOIL, SurfaceGroup.GREEN),
    (SurfaceGroup.MARKING, SurfaceGroup.ROAD),
    (SurfaceGroup.PAVING, SurfaceGroup.ROAD),
)
"""What looks most like what, those first that one would miss least."""


def fold_groups(mesh: TileMesh, most: int) -> TileMesh:
    """The mesh with as many groups as must be drawn like another, so that it has `most` materials.

    Images, colours of the source and the palette's are different materials of one group.
    """
    sources = colour_sources(mesh)
    groups = mesh.groups.astype(np.int64)
    for old, new in _FOLDS:
        if len(np.unique(sources * len(SurfaceGroup) + groups)) <= most:
            break
        groups = np.where(groups == old, new, groups)
    return replace(mesh, groups=groups.astype(np.uint8))


def fold_kinds(kinds: UInt8Array, most: int) -> UInt8Array:
    """The kinds of plants (n,), the rarest of them made the commonest until `most` parts do."""
    parts = np.array([len(unit_plant(kind)) for kind in PlantKind])
    kinds = kinds.copy()
    while True:
        found, counts = np.unique(kinds, return_counts=True)
        if parts[found].sum() <= most or len(found) == 1:
            return kinds
        kinds[kinds == found[counts.argmin()]] = found[counts.argmax()]
