"""What can't be seen through: closed walls from the ground up, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.visibility.horizon import MARGIN, erode, horizon, surroundings
from citiverse_tiling.visibility.lattice import Lattice
from citiverse_tiling.visibility.solids import Solids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.model import Float32Array, Float64Array

LATTICE = Lattice(0, 0, 81)
"""40 m × 40 m."""

Corner = tuple[float, float, float]
MARGIN_M = 0.25


def block(low: Corner, high: Corner, without: str = "") -> Float64Array:
    """The triangles of a box, counter-clockwise seen from outside, but some sides."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    sides = {
        "south": [(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)],
        "east": [(x1, y0, z0), (x1, y1, z0), (x1, y1, z1), (x1, y0, z1)],
        "north": [(x1, y1, z0), (x0, y1, z0), (x0, y1, z1), (x1, y1, z1)],
        "west": [(x0, y1, z0), (x0, y0, z0), (x0, y0, z1), (x0, y1, z1)],
        "top": [(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)],
        "bottom": [(x0, y1, z0), (x1, y1, z0), (x1, y0, z0), (x0, y0, z0)],
    }
    return np.array(
        [
            [side[a] for a in corners]
            for name, side in sides.items()
            if name not in without.split()
            for corners in ((0, 1, 2), (0, 2, 3))
        ],
        np.float64,
    )


def heights(*features: Float64Array) -> Float32Array:
    """How high the lattice is solid, on level ground at 0."""
    solids = Solids(LATTICE, np.zeros((81, 81), np.float32))
    whose = np.repeat(np.arange(len(features)), [len(one) for one in features])
    solids.add(np.concatenate(features), whose)
    return solids.heights()


def at(found: Float32Array, x: float, y: float) -> float:
    return float(found[round(y * 2), round(x * 2)])


def test_a_house_is_solid_up_to_its_roof_and_nowhere_else() -> None:
    found = heights(block((10, 10, 0), (20, 18, 7)))
    assert at(found, 15, 14) == pytest.approx(7 - MARGIN_M)
    assert np.isfinite(found).sum() == 20 * 16


@pytest.mark.parametrize("side", ["south", "east", "north", "west", "top", "south north"])
def test_a_house_without_a_wall_or_a_roof_hides_nothing(side: str) -> None:
    assert not np.isfinite(heights(block((10, 10, 0), (20, 18, 7), side))).any()


def test_a_house_needs_no_floor() -> None:
    found = heights(block((10, 10, 0), (20, 18, 7), "bottom"))
    assert at(found, 15, 14) == pytest.approx(7 - MARGIN_M)


def test_what_stands_on_stilts_hides_nothing() -> None:
    assert not np.isfinite(heights(block((10, 10, 3), (20, 18, 7)))).any()


def test_above_an_opening_in_the_walls_nothing_is_hidden() -> None:
    lower = block((10, 10, 0), (20, 18, 3), "top")
    upper = block((10, 10, 5), (20, 18, 9), "bottom")
    found = heights(np.concatenate([lower, upper]))
    assert at(found, 15, 14) <= 3.0


def test_walls_that_touch_are_one_and_a_gap_of_a_hand_lets_through() -> None:
    touching = heights(block((10, 10, 0), (15.2, 18, 7)), block((15.2, 10, 0), (20, 18, 7)))
    apart = heights(block((10, 10, 0), (15.1, 18, 7)), block((15.3, 10, 0), (20, 18, 7)))
    assert np.isfinite(touching[20:36, 20:40]).all()
    assert not np.isfinite(apart[20:36, 30:32]).any()
    assert np.isfinite(apart[20:36, 20:30]).all()
    turned = heights(block((10, 10, 0), (18, 15.1, 7)), block((10, 15.3, 0), (18, 20, 7)))
    assert not np.isfinite(turned[30:32, 20:36]).any()


def test_on_a_slope_a_house_is_solid_where_its_walls_reach_the_ground_all_round() -> None:
    ground = np.tile(np.linspace(0, 8, 81, dtype=np.float32), (81, 1))
    solids = Solids(LATTICE, ground)
    house = block((10, 10, 1), (20, 18, 9))
    solids.add(house, np.zeros(len(house), np.int64))
    assert at(solids.heights(), 15, 14) == pytest.approx(9 - MARGIN_M)


def test_eroded_heights_are_the_lowest_around() -> None:
    rng = np.random.default_rng(3)
    given = rng.random((12, 15)).astype(np.float32)
    padded = np.pad(given, 3, constant_values=-np.inf)
    expected = [[padded[y : y + 7, x : x + 7].min() for x in range(15)] for y in range(12)]
    assert np.array_equal(erode(given, 3), expected)


def _with_wall(holes: Sequence[slice] = ()) -> Float32Array:
    """A cell amid level ground, with a wall 5 m thick and 10 m high 20 m to its east."""
    solid = np.zeros((8 + 2 * MARGIN, 8 + 2 * MARGIN), np.float32)
    middle = MARGIN + 4
    solid[:, middle + 40 : middle + 50] = 10.0
    for hole in holes:
        solid[hole, middle + 40 : middle + 50] = 0.0
    return solid


def test_behind_a_wall_the_horizon_is_that_of_the_eyes_farthest_back() -> None:
    rising = horizon(surroundings(_with_wall()), 0, 0, eye_m=2.0)
    east, west = rising[-1, 0], rising[-1, rising.shape[1] // 2]
    # From the far corner of the cell, 2.8 m behind its middle, to the wall's far edge at most.
    assert 8 / (25 + 2.83) < east <= 8 / (20 + 2.83)
    assert west < 0


def test_a_gap_in_the_wall_opens_the_horizon_behind_it() -> None:
    middle = MARGIN + 4
    rising = horizon(surroundings(_with_wall([slice(middle - 1, middle + 2)])), 0, 0, eye_m=2.0)
    assert rising[-1, 0] < 0
    assert rising[-1, rising.shape[1] // 8] > 0
