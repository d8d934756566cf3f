"""A visitor starts on free ground, 3 m from any wall, where there is something to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.transforms.spawn import AROUND_THINGS_M, CLEARANCE_M, find_view
from tiling.cities import boxes

if TYPE_CHECKING:
    from citiverse_tiling.transforms.block import Blocks


def distance_to_walls(blocks: Blocks, x: float, y: float) -> float:
    away = np.array([x, y]) - blocks.centers
    along = np.abs(np.sum(away * blocks.axes, axis=1)) - blocks.half_sizes[:, 0]
    across = np.abs(away[:, 1] * blocks.axes[:, 0] - away[:, 0] * blocks.axes[:, 1])
    across -= blocks.half_sizes[:, 1]
    return float(np.hypot(np.maximum(along, 0), np.maximum(across, 0)).min())


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_the_start_is_clear_of_walls(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    corners = [(float(x), float(y), 0.0) for x, y in random.uniform(-150, 150, (count, 2))]
    blocks = boxes(corners, (random.uniform(3, 30), random.uniform(3, 30), 10))
    view = find_view(blocks)
    assert distance_to_walls(blocks, view.x, view.y) >= CLEARANCE_M
    assert 0 <= view.heading_deg < 360


def test_the_view_is_along_the_street() -> None:
    sides = [(x * 12.0, y, 0.0) for x in range(12) for y in (0.0, 28.0)]
    view = find_view(boxes([*sides, (200.0, 14.0, 0.0), (-60.0, 14.0, 0.0)], (11.8, 12.0, 10.0)))
    assert 12 + CLEARANCE_M <= view.y <= 28 - CLEARANCE_M
    assert min(abs(view.heading_deg - east_or_west) for east_or_west in (90, 270)) <= 10


def test_a_city_without_free_ground_is_seen_from_outside() -> None:
    blocks = boxes([(-500.0, -500.0, 0.0)], (1_000, 1_000, 20))
    view = find_view(blocks)
    assert view.y < -500 - CLEARANCE_M
    assert view.heading_deg == 0


def test_a_stall_right_before_the_eyes_spoils_a_view() -> None:
    street = boxes([(x * 12.0, y, 0.0) for x in range(12) for y in (0.0, 40.0)], (11.8, 12.0, 10.0))
    stalls = boxes([(x * 6.0, 24.0, 0.0) for x in range(14)], (4.0, 4.0, 3.0))
    view = find_view(street, stalls)
    assert distance_to_walls(stalls, view.x, view.y) >= AROUND_THINGS_M
    ahead = np.radians(view.heading_deg)
    for metres in range(10):
        x, y = view.x + np.sin(ahead) * metres, view.y + np.cos(ahead) * metres
        assert distance_to_walls(stalls, x, y) > 0


def test_a_lone_house_is_in_the_picture() -> None:
    house = boxes([(0.0, 0.0, 0.0)], (16.0, 12.0, 10.0))
    view = find_view(house)
    ahead = np.radians(view.heading_deg + np.array([-20, -10, 0, 10, 20]))
    away = np.arange(1, 40)[:, None, None] * np.stack([np.sin(ahead), np.cos(ahead)], axis=1)
    line = np.array([view.x, view.y]) + away.reshape(-1, 2)
    assert min(distance_to_walls(house, x, y) for x, y in line) == 0
