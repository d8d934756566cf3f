"""Streets, squares, green and sand lie on the ground, beside each other and never in each other."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_assets import heart, terrain
from citiverse_assets.fields import polygon
from citiverse_assets.ground import ground
from citiverse_assets.land import (
    DRIVING_LANE,
    FOOTPATH,
    GREEN,
    KERB,
    MARKING,
    SAND,
    TRAM,
    WATER,
    Area,
    surfaces,
)

if TYPE_CHECKING:
    from citiverse_assets.district import District
    from citiverse_assets.shapes import Ring

FLAT = (DRIVING_LANE, FOOTPATH, GREEN, SAND)


def rings(district: District, *functions: str) -> list[Ring]:
    return [r for each in district.surfaces if each.function in functions for r in each.rings]


def test_the_first_area_wins_and_nothing_is_left_out_or_covered_twice() -> None:
    box = (0.0, 192.0, 96.0, 288.0)
    below = Area("square", FOOTPATH, polygon(((10, 200), (80, 200), (80, 270), (10, 270))))
    above = Area("street", DRIVING_LANE, polygon(((5, 230), (90, 240), (90, 246), (5, 236))))
    cut = {
        s.function: s.rings
        for s in surfaces(ground(box, (above.region, below.region)), (above, below))
    }
    assert sum(map(area, cut[DRIVING_LANE])) == pytest.approx(85.0 * 6.0, rel=0.02)
    covered = sum(map(area, (*cut[DRIVING_LANE], *cut[FOOTPATH])))
    assert covered == pytest.approx(70.0 * 70.0 + 15.0 * 6.0, rel=0.02)


def test_a_kerb_stands_between_carriageway_and_pavement() -> None:
    box = (0.0, 192.0, 96.0, 288.0)
    lane = Area("street", DRIVING_LANE, polygon(((0, 236.3), (96, 236.3), (96, 243.4), (0, 243.4))))
    path = Area("street", FOOTPATH, polygon(((0, 230), (96, 230), (96, 250), (0, 250))))
    (kerb,) = (s.rings for s in surfaces(ground(box, ()), (lane, path)) if s.function == KERB)
    for ring in kerb:
        heights = [z - terrain.height_m(x, y) for x, y, z in ring]
        assert max(heights) - min(heights) == pytest.approx(0.06, abs=0.03)
        assert area(ring) == pytest.approx(0.0, abs=1e-6)
    lengths = sum(np.hypot(*np.subtract(ring[1][:2], ring[0][:2])) for ring in kerb)
    assert lengths == pytest.approx(2 * 96.0, rel=0.02)


def test_everything_lies_on_the_terrain(heart_district: District) -> None:
    for function in (*FLAT, MARKING, TRAM):
        points = np.array([p for ring in rings(heart_district, function) for p in ring])
        assert len(points) > 50, function
        above = points[:, 2] - terrain.heights(points[:, 0], points[:, 1])
        # The quay's paving meets its wall: there the ground falls away.
        above = above[points[:, 1] > 1.6]
        assert above.min() > -0.1, function
        assert above.max() < 0.2, function


def test_surfaces_look_up_and_none_is_a_sliver(heart_district: District) -> None:
    for ring in rings(heart_district, *FLAT, WATER, MARKING, TRAM):
        assert len(ring) >= 3
        assert area(ring) > 0.0


def test_no_two_surfaces_of_the_ground_cover_the_same_place(heart_district: District) -> None:
    found = rings(heart_district, *FLAT)
    boxes = np.array([(*np.min(r, axis=0)[:2], *np.max(r, axis=0)[:2]) for r in found])
    random = Random(3)
    hit = 0
    for _ in range(1500):
        x, y = random.uniform(-200.0, 200.0), random.uniform(2.0, 330.0)
        near = (boxes[:, 0] < x) & (boxes[:, 1] < y) & (boxes[:, 2] > x) & (boxes[:, 3] > y)
        inside = sum(holds(found[i], x, y) for i in np.flatnonzero(near))
        assert inside <= 1, (x, y)
        hit += inside
    assert hit > 300


def test_paint_and_rails_are_on_carriageways(heart_district: District) -> None:
    lanes = [a.region for a in heart.areas() if a.function == DRIVING_LANE]
    points = np.array([p for ring in rings(heart_district, MARKING, TRAM) for p in ring])
    best = np.max([r.field(points[:, 0], points[:, 1]) for r in lanes], axis=0)
    assert best.min() > 0.0


def test_water_is_level_and_reaches_its_shores(heart_district: District) -> None:
    levels = {
        each.owner: {p[2] for ring in each.rings for p in ring}
        for each in heart_district.surfaces
        if each.function == WATER
    }
    assert levels[heart.HARBOUR] == {0.0}
    assert levels[heart.POND] == {round(terrain.pond_level_m(), 3)}
    sea = [r for e in heart_district.surfaces if e.owner == heart.HARBOUR for r in e.rings]
    assert any(holds(ring, 0.4, -1.3) for ring in sea)
    assert not any(holds(ring, 0.4, 3.1) for ring in sea)


def area(ring: Ring) -> float:
    """Signed area of a ring seen from above."""
    x, y = np.array(ring)[:, 0], np.array(ring)[:, 1]
    x, y = x - x[0], y - y[0]
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def holds(ring: Ring, x: float, y: float) -> bool:
    """True inside of a convex ring, but for a millimetre along its border."""
    return all(
        (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) > 1e-3
        for a, b in zip(ring, (*ring[1:], ring[0]), strict=True)
    )
