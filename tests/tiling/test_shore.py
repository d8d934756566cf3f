"""Walls stand around water, but not within it, and not where a floor crosses."""

from __future__ import annotations

import numpy as np
import pytest

from citiverse_tiling.transforms.shore import ABOVE_M, BELOW_M, shore_walls

ORIGIN = np.zeros(2)
SIDE = 128.0


def sheet(x: float, y: float, a: float, b: float, z: float) -> np.ndarray:
    """A level rectangle as two triangles."""
    corners = np.array([[x, y, z], [x + a, y, z], [x + a, y + b, z], [x, y + b, z]])
    return corners[[[0, 1, 2], [0, 2, 3]]]


NOTHING = np.zeros((0, 3, 3))
POND = sheet(20, 20, 40, 30, 1.0)


def lengths(walls: np.ndarray) -> float:
    """Metres of shore that have a wall."""
    crosses = np.cross(walls[:, 1] - walls[:, 0], walls[:, 2] - walls[:, 0])
    return float(np.linalg.norm(crosses, axis=1).sum() / 2 / (BELOW_M + ABOVE_M))


def test_a_wall_goes_round_the_pond_and_not_through_it() -> None:
    walls = shore_walls(POND, NOTHING, ORIGIN, SIDE)
    assert lengths(walls) == pytest.approx(2 * (40 + 30))
    assert walls[..., 2].min() == 1.0 - BELOW_M
    assert walls[..., 2].max() == 1.0 + ABOVE_M


def test_two_surfaces_of_one_water_have_no_wall_between_them() -> None:
    both = np.concatenate([POND, sheet(60, 20, 10, 30, 1.0)])
    assert lengths(shore_walls(both, NOTHING, ORIGIN, SIDE)) == pytest.approx(2 * (50 + 30))


def test_a_road_that_crosses_opens_the_shore_on_both_sides() -> None:
    road = sheet(36, 0, 6, 80, 1.4)
    walls = shore_walls(POND, road, ORIGIN, SIDE)
    assert lengths(walls) == pytest.approx(2 * (40 + 30) - 2 * 6, abs=2.5)


def test_a_quay_beside_the_water_opens_nothing() -> None:
    quay = sheet(20, 0, 40, 20, 2.0)
    walls = shore_walls(POND, quay, ORIGIN, SIDE)
    assert lengths(walls) == pytest.approx(2 * (40 + 30))


def test_a_bridge_high_above_opens_nothing() -> None:
    bridge = sheet(36, 0, 6, 80, 9.0)
    assert lengths(shore_walls(POND, bridge, ORIGIN, SIDE)) == pytest.approx(2 * (40 + 30))
