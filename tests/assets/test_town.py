"""The town is the same for the same seed, is a town, and stands where its lanes are."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from citiverse_assets import terrain
from citiverse_assets.citygml import gml_id
from citiverse_assets.plan import facing_deg, mix, overlaps
from citiverse_assets.shapes import Roof
from citiverse_assets.streets import LANES
from citiverse_assets.town import SEED, build

if TYPE_CHECKING:
    from citiverse_assets.houses import Building


@pytest.fixture(scope="module")
def town() -> tuple[Building, ...]:
    return build()


def test_the_same_seed_gives_the_same_town_and_another_seed_another() -> None:
    assert build(SEED) == build(SEED)
    assert build(SEED) != build(SEED + 1)


def test_it_has_houses_and_one_of_each_landmark(town: tuple[Building, ...]) -> None:
    functions = Counter(building.function for building in town)
    assert functions["home"] >= 120
    assert functions["warehouse"] == 6
    assert [functions[name] for name in ("town hall", "church", "school", "flats")] == [1, 1, 1, 1]


def test_ids_are_unique(town: tuple[Building, ...]) -> None:
    assert len({gml_id(building) for building in town}) == len(town)


def test_no_two_buildings_stand_in_each_other(town: tuple[Building, ...]) -> None:
    placed = [(gml_id(b), solid.footprint) for b in town for solid in b.solids]
    for index, (name, footprint) in enumerate(placed):
        for other_name, other in placed[:index]:
            assert name == other_name or not overlaps(footprint, other), (name, other_name)


def test_many_neighbours_share_a_party_wall(town: tuple[Building, ...]) -> None:
    fronts = Counter(
        tuple(round(value, 2) for value in corner)
        for building in town
        for corner in building.solids[0].footprint[:2]
    )
    assert sum(count == 2 for count in fronts.values()) > 60


def test_houses_look_at_their_lane_from_its_edge(town: tuple[Building, ...]) -> None:
    lanes = {lane.name: lane for lane in LANES}
    for building in town:
        if building.function != "home":
            continue
        lane = lanes[building.street]
        quad = building.solids[0].footprint
        front = mix(quad[0], quad[1], 0.5)
        nearest = min(lane.line, key=lambda point: math.dist(point, front))
        assert math.dist(nearest, front) < lane.width / 2 + 2.5, building
        towards = math.degrees(math.atan2(nearest[0] - front[0], nearest[1] - front[1]))
        assert abs((facing_deg(quad) - towards + 180.0) % 360.0 - 180.0) < 60.0, building


def test_every_building_touches_the_ground_and_none_hovers(town: tuple[Building, ...]) -> None:
    for building in town:
        base = min(solid.base for solid in building.solids)
        lowest = min(terrain.height_m(*p) for s in building.solids for p in s.footprint)
        assert base <= lowest + 0.01, building
        assert base > lowest - 4.0, building


def test_the_town_climbs_a_hill(town: tuple[Building, ...]) -> None:
    bases = [building.solids[0].base for building in town]
    assert max(bases) - min(bases) > 8.0


def test_roofs_sizes_and_directions_vary(town: tuple[Building, ...]) -> None:
    roofs = Counter(solid.roof for building in town for solid in building.solids)
    assert set(roofs) == set(Roof)
    assert len({round(facing_deg(b.solids[0].footprint) / 10) for b in town}) > 20
