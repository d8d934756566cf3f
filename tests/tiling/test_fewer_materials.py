"""What is alike is drawn alike, and only as much as must be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from citiverse_tiling.content.fewer_materials import fold_groups, fold_kinds, least_groups
from citiverse_tiling.content.glb import TileMesh
from citiverse_tiling.content.materials import PALETTE
from citiverse_tiling.content.vertices import colour_sources
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


def pictured(groups: list[Group], pictures: list[int], colours: np.ndarray) -> TileMesh:
    count = len(groups)
    return replace(
        mesh(groups, colours),
        images=np.array(pictures, np.int32),
        texture_coordinates=np.zeros((count, 2), np.float32),
    )


def materials(one: TileMesh) -> list[tuple[int, int]]:
    return sorted(set(zip(colour_sources(one).tolist(), one.groups.tolist(), strict=True)))


def test_what_shows_an_image_is_drawn_alike_and_windows_from_both_sides() -> None:
    groups = [*HOUSE, *HOUSE]
    bare = np.zeros((10, 4), np.uint8)
    folded = fold_groups(pictured(groups, [0] * 5 + [-1] * 5, bare), 7)
    assert set(folded.groups[:5].tolist()) == {Group.WALL, Group.WINDOW}
    assert folded.groups[5:].tolist() == HOUSE


def test_where_much_must_go_colours_stay_and_become_one_with_the_palettes() -> None:
    groups = [*HOUSE, *HOUSE, *HOUSE]
    colours = np.zeros((15, 4), np.uint8)
    colours[5:10] = [9, 8, 7, 255]
    colours[9] = [1, 2, 3, 90]
    folded = fold_groups(pictured(groups, [0] * 5 + [-1] * 10, colours), 4)
    assert len(materials(folded)) <= 4
    assert folded.colours is not None
    assert folded.colours[5:10, :3].tolist() == colours[5:10, :3].tolist()
    assert folded.colours[13, :3].tolist() == np.rint(PALETTE[Group.WINDOW] * 255).tolist()
    assert set(folded.colours[5:, 3].tolist()) == {255}
    assert folded.groups[11] == Group.ROOF


def test_land_in_a_photo_is_bare_ground_where_it_must_be_one() -> None:
    bare = np.zeros((14, 4), np.uint8)
    folded = fold_groups(pictured([*LAND, *LAND], [0] * 7 + [-1] * 7, bare), 5)
    assert set(folded.groups[:7].tolist()) == {Group.TERRAIN}
    assert Group.WATER in folded.groups[7:]


@given(
    st.lists(st.tuples(st.sampled_from(HOUSE), st.integers(-1, 0), st.integers(0, 2)), min_size=1)
)
def test_a_house_of_one_image_always_fits_four(parts: list[tuple[Group, int, int]]) -> None:
    groups, pictures, kinds = zip(*parts, strict=True)
    colours = np.array([[9, 9, 9, (0, 120, 255)[kind]] for kind in kinds], np.uint8)
    assert len(materials(fold_groups(pictured(list(groups), list(pictures), colours), 4))) <= 4


def test_the_materials_left_of_some_groups_are_counted() -> None:
    assert least_groups(np.array(HOUSE, np.uint8)) == 3
    assert least_groups(np.zeros(0, np.uint8)) == 0
