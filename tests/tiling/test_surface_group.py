"""Faces get the material of what they are, and unknown ones of how they look."""

from __future__ import annotations

import numpy as np
import pytest

from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import Layer, SurfaceType
from citiverse_tiling.transforms.surface_group import surface_groups

UP, DOWN, SIDE, STEEP_ROOF = (0, 0, 1), (0, 0, -1), (1, 0, 0), (0.8, 0, 0.6)


@pytest.mark.parametrize(
    ("surface", "normal", "group"),
    [
        (SurfaceType.WALL, UP, SurfaceGroup.WALL),
        (SurfaceType.CLOSURE, SIDE, SurfaceGroup.WALL),
        (SurfaceType.ROOF, SIDE, SurfaceGroup.ROOF),
        (SurfaceType.GROUND, DOWN, SurfaceGroup.GROUND),
        (SurfaceType.OUTER_FLOOR, UP, SurfaceGroup.GROUND),
        (SurfaceType.OUTER_CEILING, DOWN, SurfaceGroup.GROUND),
        (SurfaceType.WINDOW, SIDE, SurfaceGroup.WINDOW),
        (SurfaceType.DOOR, SIDE, SurfaceGroup.DOOR),
        (SurfaceType.UNKNOWN, SIDE, SurfaceGroup.WALL),
        (SurfaceType.UNKNOWN, UP, SurfaceGroup.ROOF),
        (SurfaceType.UNKNOWN, STEEP_ROOF, SurfaceGroup.ROOF),
        (SurfaceType.UNKNOWN, DOWN, SurfaceGroup.GROUND),
    ],
)
def test_the_group_of_a_face(
    surface: SurfaceType, normal: tuple[float, float, float], group: SurfaceGroup
) -> None:
    assert group_of(surface, normal, Layer.BUILDINGS) is group


def group_of(
    surface: SurfaceType, normal: tuple[float, float, float], layer: Layer
) -> SurfaceGroup:
    found = surface_groups(
        np.array([surface], np.uint8), np.array([normal], np.float64), np.array([layer], np.uint8)
    )
    return SurfaceGroup(found.item())


@pytest.mark.parametrize(
    ("layer", "surface", "group"),
    [
        (Layer.STRUCTURES, SurfaceType.ROOF, SurfaceGroup.STRUCTURE),
        (Layer.STRUCTURES, SurfaceType.UNKNOWN, SurfaceGroup.STRUCTURE),
        (Layer.STRUCTURES, SurfaceType.DOOR, SurfaceGroup.DOOR),
        (Layer.STRUCTURES, SurfaceType.WINDOW, SurfaceGroup.WINDOW),
        (Layer.FURNITURE, SurfaceType.WALL, SurfaceGroup.FURNITURE),
        (Layer.MESHES, SurfaceType.UNKNOWN, SurfaceGroup.MESH),
        (Layer.LAND, SurfaceType.ROAD, SurfaceGroup.ROAD),
    ],
)
def test_bridges_and_furniture_are_of_one_material_whatever_their_faces_are_called(
    layer: Layer, surface: SurfaceType, group: SurfaceGroup
) -> None:
    assert group_of(surface, UP, layer) is group
