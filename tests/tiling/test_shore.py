"""Walls stand around water, but not within it, and not where a floor crosses."""

from __future__ import annotations

import numpy as np
import pytest

from citiverse_tiling.transforms.ground import HeightField
from citiverse_tiling.transforms.shore import ABOVE_M, BELOW_M, Surroundings, shore_walls

LOW = HeightField(np.zeros(2, np.int64), 64.0, 2.0, np.zeros((65, 65)))
HIGH = HeightField(np.zeros(2, np.int64), 64.0, 2.0, np.full((65, 65), 4.0))


def sheet(x: float, y: float, a: float, b: float, z: float) -> np.ndarray:
    """A level rectangle as two triangles."""
    corners = np.array([[x, y, z], [x + a, y, z], [x + a, y + b, z], [x, y + b, z]])
    return corners[[[0, 1, 2], [0, 2, 3]]]


NOTHING = np.zeros((0, 3, 3))
POND = sheet(20, 20, 40, 30, 1.0)


def walls_around(water: np.ndarray, floors: np.ndarray, ground: HeightField = LOW) -> np.ndarray:
    return shore_walls(water, Surroundings(floors, ground, np.zeros(2), 128.0))


def lengths(walls: np.ndarray) -> float:
    """Metres of shore that have a wall."""
    edges = walls[: len(walls) // 2, 1] - walls[: len(walls) // 2, 0]
    return float(np.linalg.norm(edges, axis=1).sum())


def test_a_wall_goes_round_the_pond_and_not_through_it() -> None:
    walls = walls_around(POND, NOTHING)
    assert lengths(walls) == pytest.approx(2 * (40 + 30))
    assert walls[..., 2].min() == 1.0 - BELOW_M
    assert walls[..., 2].max() == 1.0 + ABOVE_M


def test_two_surfaces_of_one_water_have_no_wall_between_them() -> None:
    both = np.concatenate([POND, sheet(60, 20, 10, 30, 1.0)])
    assert lengths(walls_around(both, NOTHING)) == pytest.approx(2 * (50 + 30))


def test_a_road_that_crosses_opens_the_shore_on_both_sides() -> None:
    road = sheet(36, 0, 6, 80, 1.4)
    walls = walls_around(POND, road)
    assert lengths(walls) == pytest.approx(2 * (40 + 30) - 2 * 6, abs=2.5)


def test_a_quay_beside_the_water_opens_nothing() -> None:
    quay = sheet(20, 0, 40, 20, 2.0)
    walls = walls_around(POND, quay)
    assert lengths(walls) == pytest.approx(2 * (40 + 30))
    at_quay = walls[(walls[..., 1] < 20.1).all(axis=1)]
    assert at_quay[..., 2].max() == 2.0 + ABOVE_M, "nobody walks over it from the quay"
    assert walls[(walls[..., 1] > 25).all(axis=1), :, 2].max() == 1.0 + ABOVE_M


def test_a_bridge_high_above_opens_nothing() -> None:
    bridge = sheet(36, 0, 6, 80, 9.0)
    walls = walls_around(POND, bridge)
    assert lengths(walls) == pytest.approx(2 * (40 + 30))
    under = walls[((walls[..., 0] > 37) & (walls[..., 0] < 41)).all(axis=1)]
    assert len(under)
    assert under[..., 2].max() == 1.0 + ABOVE_M, "nor closes the bridge"


def test_a_wall_is_higher_than_the_bank_beside_it() -> None:
    assert walls_around(POND, NOTHING, HIGH)[..., 2].max() == 4.0 + ABOVE_M
