"""What is alike is drawn alike, and only as much as must be."""

from __future__ import annotations

import numpy as np

from citiverse_tiling.content.fewer_materials import fold_groups, fold_kinds
from citiverse_tiling.content.glb import TileMesh
from citiverse_tiling.meshes import SurfaceGroup as Group
from citiverse_tiling.transforms.plants import PlantKind as Kind

HOUSE = [Group.WALL, Group.ROOF, Group.GROUND, Group.WINDOW, Group.DOOR]
LAND = [Group.ROAD, Group.PAVING, Group.RAIL, Group.GREEN, Group.SOIL, Group.WATER, Group.MARKING]


def mesh(groups: list[Group], colours: np.ndarray | None = None) -> TileMesh:
    count = len(groups)
    return TileMesh(
        np.zeros((count, 3)),
        np.zeros((count, 3), np.int8),
        np.array(groups, np.uint8),
        np.zeros(count, np.int64),
        np.arange(count // 3 * 3).reshape(-1, 3),
        colours=colours,
    )


def test_a_tile_with_few_materials_stays_as_it_is() -> None:
    assert fold_groups(mesh(HOUSE[:4]), 4).groups.tolist() == HOUSE[:4]
    assert fold_groups(mesh(LAND), 7).groups.tolist() == LAND


def test_floors_go_before_doors_and_windows_stay() -> None:
    folded = fold_groups(mesh(HOUSE), 4).groups.tolist()
    assert folded == [Group.WALL, Group.ROOF, Group.WALL, Group.WINDOW, Group.DOOR]
    folded = fold_groups(mesh(HOUSE), 3).groups.tolist()
    assert folded == [Group.WALL, Group.ROOF, Group.WALL, Group.WINDOW, Group.WALL]


def test_land_keeps_roads_green_and_water() -> None:
    found = set(fold_groups(mesh(LAND), 4).groups.tolist())
    assert found == {Group.ROAD, Group.PAVING, Group.GREEN, Group.WATER}


def test_colours_of_the_source_are_materials_of_their_own() -> None:
    colours = np.zeros((4, 4), np.uint8)
    colours[2:] = 255
    folded = fold_groups(mesh([Group.WALL, Group.GROUND] * 2, colours), 2)
    assert folded.groups.tolist() == [Group.WALL] * 4


def test_the_rarest_plants_are_drawn_as_the_commonest() -> None:
    wood = np.array([Kind.TREE_CONIFER] * 5 + [Kind.TREE_COLUMNAR] + [Kind.TREE_BROADLEAF] * 2)
    wood = wood.astype(np.uint8)
    assert fold_kinds(wood, 6).tolist() == wood.tolist()
    folded = fold_kinds(wood, 4).tolist()
    assert folded == [Kind.TREE_CONIFER] * 6 + [Kind.TREE_BROADLEAF] * 2
    assert set(fold_kinds(wood, 1).tolist()) == {Kind.TREE_CONIFER}
