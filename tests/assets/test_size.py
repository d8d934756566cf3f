"""The town grows to any size, the same each time, and its quarters fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from citiverse_assets import citygml, heart, quarters
from citiverse_assets.citygml import gml_id
from citiverse_assets.plan import overlaps
from citiverse_assets.town import Town

if TYPE_CHECKING:
    from citiverse_assets.district import District


@pytest.fixture(scope="module")
def two() -> tuple[District, District]:
    """Neighbours, one west of the other."""
    town = Town(buildings=3000)
    first, second = (quarters.district(cell, 1, town._meets) for cell in ((-1, 1), (-2, 1)))
    return first, second


@pytest.mark.parametrize("buildings", [300, 3_000, 30_000])
def test_as_many_quarters_as_the_size_asks_for(buildings: int) -> None:
    count = len(Town(buildings=buildings).quarters)
    assert abs(count * 88 + 300 - buildings) < 90


def test_quarters_keep_off_the_heart_and_the_water() -> None:
    for cell in Town(buildings=30_000).quarters:
        west, south, east, north = quarters.box_of(cell)
        assert south >= 0.0
        apart = (west >= heart.BOX[2], east <= heart.BOX[0], south >= heart.BOX[3])
        assert any((*apart, north <= heart.BOX[1]))


def test_a_bigger_town_has_the_quarters_of_a_smaller_one() -> None:
    assert Town(buildings=3_000).quarters < Town(buildings=30_000).quarters


def test_a_quarter_has_some_eighty_houses_all_within_it(two: tuple[District, District]) -> None:
    for district, cell in zip(two, ((-1, 1), (-2, 1)), strict=True):
        west, south, east, north = quarters.box_of(cell)
        assert 60 <= len(district.buildings) <= 120
        for building in district.buildings:
            for x, y in building.solids[0].footprint:
                assert west < x < east
                assert south < y < north


def test_houses_of_a_quarter_keep_out_of_each_other(two: tuple[District, District]) -> None:
    footprints = [building.solids[0].footprint for building in two[0].buildings]
    for index, one in enumerate(footprints):
        assert not any(overlaps(one, other) for other in footprints[:index])


def test_neighbours_share_the_points_of_their_border(two: tuple[District, District]) -> None:
    west = quarters.box_of((-1, 1))[0]
    sides = [{tuple(p) for p in d.ground.points.tolist() if p[0] == west} for d in two]
    assert len(sides[0]) > 60
    assert sides[0] == sides[1]


def test_streets_go_on_across_the_border(two: tuple[District, District]) -> None:
    west = quarters.box_of((-1, 1))[0]
    for function in ("driving_lane", "footpath"):
        reaches = [
            {
                round(p[1], 2)
                for each in district.surfaces
                if each.function == function
                for ring in each.rings
                for p in ring
                if p[0] == west
            }
            for district in two
        ]
        assert reaches[0]
        assert reaches[0] == reaches[1]


def test_ids_are_unique_across_quarters(two: tuple[District, District]) -> None:
    ids = [gml_id(building) for district in two for building in district.buildings]
    assert len(set(ids)) == len(ids)
    assert citygml.gml_id(two[0].buildings[0]) == ids[0]
