"""Tiles of few materials, for devices with time for few draws: what is alike is drawn alike."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.content.materials import PALETTE
from citiverse_tiling.content.plant_glb import unit_plant
from citiverse_tiling.content.vertices import colour_sources
from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.transforms.plants import PlantKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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

_LAST_FOLDS = (
    (SurfaceGroup.TERRAIN, SurfaceGroup.GREEN),
    (SurfaceGroup.WINDOW, SurfaceGroup.WALL),
    (SurfaceGroup.STRUCTURE, SurfaceGroup.WALL),
)
"""What looks like another only where it has the same colours."""

_GROUP_COUNT = len(SurfaceGroup)
_FIRST_OF_LAND, _LAST_OF_LAND = SurfaceGroup.TERRAIN, SurfaceGroup.MARKING


def fold_groups(mesh: TileMesh, most: int) -> TileMesh:
    """The mesh with as many groups as must be drawn like another, so that it has `most` materials.

    Images, colours of the source and the palette's are different materials of one group. First,
    what shows an image is taken for a wall, or for bare ground; where all else isn't enough, the
    palette's colours are written to vertices, and what lets light through doesn't any more.
    """
    for fold in _folds():
        if _count(mesh) <= most:
            break
        mesh = fold(mesh)
    return mesh


def of_own_colours(mesh: TileMesh) -> TileMesh:
    """The mesh in two materials at most, opaque as structures and see-through as windows.

    Colours are all in the vertices, those of the palette too, so that it looks the same. Walls
    would get façades of a viewer's own, beside the windows that they have.
    """
    colours = np.zeros((len(mesh.groups), 4), np.uint8) if mesh.colours is None else mesh.colours
    mesh = _palette_as_colours(replace(mesh, colours=colours))
    assert mesh.colours is not None
    is_clear = mesh.colours[:, 3] < 255
    groups = np.where(is_clear, np.uint8(SurfaceGroup.WINDOW), np.uint8(SurfaceGroup.STRUCTURE))
    return replace(mesh, groups=groups)


def least_groups(groups: UInt8Array) -> int:
    """How many materials are left of some groups of one source, folded as far as looks allow."""
    for old, new in _FOLDS:
        groups = np.where(groups == old, np.uint8(new), groups)
    return len(np.unique(groups))


def _count(mesh: TileMesh) -> int:
    return len(np.unique(colour_sources(mesh) * _GROUP_COUNT + mesh.groups))


def _folds() -> Iterator[Callable[[TileMesh], TileMesh]]:
    yield partial(_pictured_alike, windows=False)
    for old, new in _FOLDS:
        yield partial(_fold, old=old, new=new)
    yield _palette_as_colours
    yield _opaque
    yield partial(_pictured_alike, windows=True)
    for old, new in _LAST_FOLDS:
        yield partial(_fold, old=old, new=new)


def _fold(mesh: TileMesh, old: SurfaceGroup, new: SurfaceGroup) -> TileMesh:
    return replace(mesh, groups=np.where(mesh.groups == old, np.uint8(new), mesh.groups))


def _pictured_alike(mesh: TileMesh, *, windows: bool) -> TileMesh:
    """What shows an image as one group; windows, which are drawn from both sides, if wanted."""
    if mesh.images is None:
        return mesh
    is_land = (mesh.groups >= _FIRST_OF_LAND) & (mesh.groups <= _LAST_OF_LAND)
    group = np.where(is_land, np.uint8(SurfaceGroup.TERRAIN), np.uint8(SurfaceGroup.WALL))
    chosen = (mesh.images >= 0) & (windows | (mesh.groups != SurfaceGroup.WINDOW))
    return replace(mesh, groups=np.where(chosen, group, mesh.groups))


def _palette_as_colours(mesh: TileMesh) -> TileMesh:
    """Where some vertices have colours of their own: all have, the others those of the palette."""
    if mesh.colours is None:
        return mesh
    palette = np.full((_GROUP_COUNT, 4), 255, np.uint8)
    palette[:, :3] = np.rint(PALETTE * 255)
    bare = mesh.colours[:, 3:] == 0
    return replace(mesh, colours=np.where(bare, palette[mesh.groups], mesh.colours))


def _opaque(mesh: TileMesh) -> TileMesh:
    if mesh.colours is None:
        return mesh
    colours = mesh.colours.copy()
    colours[colours[:, 3] > 0, 3] = 255
    return replace(mesh, colours=colours)


def fold_kinds(kinds: UInt8Array, most: int) -> UInt8Array:
    """The kinds of plants (n,), the rarest of them made the commonest until `most` parts do."""
    parts = np.array([len(unit_plant(kind)) for kind in PlantKind])
    kinds = kinds.copy()
    while True:
        found, counts = np.unique(kinds, return_counts=True)
        if parts[found].sum() <= most or len(found) == 1:
            return kinds
        kinds[kinds == found[counts.argmin()]] = found[counts.argmax()]
