"""Trees stand where trees can stand, in their kinds and sizes."""

from __future__ import annotations

import math
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_assets import heart, plants, terrain
from citiverse_assets.fields import polygon
from citiverse_assets.land import DRIVING_LANE, FOOTPATH, KERB, WATER, Area
from citiverse_assets.planting import OAK_AT, Site
from citiverse_assets.plants import grown

if TYPE_CHECKING:
    from citiverse_assets.district import District
    from citiverse_assets.fields import Field

STREET = Area("street", DRIVING_LANE, polygon(((0, 0), (20, 0), (20, 4), (0, 4))))
SQUARE = Area("square", FOOTPATH, polygon(((0, 4), (20, 4), (20, 20), (0, 20))))


def test_a_street_has_no_trees_and_a_square_only_planned_ones() -> None:
    site = Site((STREET, SQUARE), ())
    assert not site.take((10.0, 2.0), 5.0, paved=True)
    assert not site.take((10.0, 4.5), 5.0, paved=True)
    assert not site.take((10.0, 12.0), 5.0)
    assert site.take((10.0, 12.0), 5.0, paved=True)
    assert site.take((10.0, 40.0), 5.0)


def test_a_tree_keeps_its_distance_from_the_next() -> None:
    site = Site((), ())
    assert site.take((0.0, 0.0), 5.0)
    assert not site.take((3.0, 3.0), 5.0)
    assert site.take((5.0, 3.0), 5.0)


def test_the_town_has_many_trees_of_many_kinds(heart_district: District) -> None:
    species = Counter(plant.kind.species for plant in heart_district.plants)
    assert 300 <= len(heart_district.plants) <= 600
    assert len(species) >= 12
    assert {plant.kind.form for plant in heart_district.plants} == {
        plants.BROADLEAF,
        plants.CONIFER,
        plants.COLUMNAR,
        plants.SHRUB,
    }


def test_no_tree_of_the_town_is_in_a_road_a_wall_or_the_water(heart_district: District) -> None:
    site = Site(heart.areas(), heart_district.buildings)
    walls = [polygon(s.footprint) for b in heart_district.buildings for s in b.solids]
    for plant in heart_district.plants:
        at = (plant.x, plant.y)
        assert site.function_at(at, margin=0.3) not in (DRIVING_LANE, KERB, WATER), plant
        for wall in walls:
            west, south, east, north = wall.box
            outside = max(west - at[0], at[0] - east, south - at[1], at[1] - north)
            assert outside > 0.0 or not inside(wall.field, at), plant
        assert abs(plant.z - terrain.height_m(*at)) < 0.1


def test_the_oak_is_there_and_no_other_trunk_near(heart_district: District) -> None:
    oak = heart_district.plants[0]
    assert (oak.x, oak.y) == OAK_AT
    assert oak.name
    others = heart_district.plants[1:]
    assert min(math.dist((p.x, p.y), OAK_AT) for p in others) > 3.0


@pytest.mark.parametrize("kind", [plants.LINDEN, plants.POPLAR, plants.ROSE])
def test_sizes_vary_around_the_kind(kind: plants.Kind) -> None:
    random = Random(1)
    made = [grown(kind, (0.0, 0.0), 1.0, random) for _ in range(200)]
    heights = [plant.height for plant in made]
    assert min(heights) < kind.height * 0.85 < kind.height < max(heights)
    assert all(0.5 < plant.crown / kind.crown < 1.4 for plant in made)


def inside(field: Field, at: tuple[float, float]) -> bool:
    return float(field(np.array([at[0]]), np.array([at[1]]))[0]) > 0.0
