"""Where a proposal stands that is placed by points, on a footprint or on a map."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_tiling.crs import LOCAL, CrsRegistry
from citiverse_tiling.errors import InputError
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.options import LocalPlace
from citiverse_tiling.proposals.placing import (
    OrientedBox,
    Stand,
    fit_points,
    laid_on,
    oriented_box,
    place_of,
    stand_at,
)

FRAME = SceneFrame(13.06, 52.4)
metres = st.floats(-500.0, 500.0)
stands = st.builds(Stand, st.tuples(metres, metres, st.floats(-50.0, 200.0)), st.floats(0.0, 359.0))
CORNERS = np.array([(0.0, 0, 0), (12, 0, 0), (12, 8, 0), (0, 8, 3)])


def apart(one: float, other: float) -> float:
    """Degrees between two headings."""
    return abs((one - other + 180.0) % 360.0 - 180.0)


def test_a_heading_is_where_north_of_the_proposal_points_clockwise() -> None:
    east = Stand((100.0, 50.0, 30.0), 90.0).to_scene(np.array([[0.0, 10.0, 1.0]]))
    assert east == pytest.approx(np.array([[110.0, 50.0, 31.0]]))


@given(stands)
def test_exact_points_give_the_stand_back(stand: Stand) -> None:
    fit = fit_points(CORNERS, stand.to_scene(CORNERS))
    assert fit.stand.position == pytest.approx(stand.position, abs=1e-6)
    assert apart(fit.stand.heading_deg, stand.heading_deg) < 1e-6
    assert max(fit.residuals_m) < 1e-6
    assert fit.scale == pytest.approx(1.0)


def test_residuals_are_metres_on_the_ground_and_no_other_turn_has_less() -> None:
    stand = Stand((10.0, 20.0, 30.0), 33.0)
    seen = stand.to_scene(CORNERS)
    seen[1] += (0.3, 0.0, 5.0)
    fit = fit_points(CORNERS, seen)
    assert 0.05 < max(fit.residuals_m) < 0.3
    least = sum(one**2 for one in fit.residuals_m)
    for turn in (-0.2, 0.2):
        other = Stand(fit.stand.position, fit.stand.heading_deg + turn)
        off = (other.to_scene(CORNERS) - seen)[:, :2]
        assert (off**2).sum() > least


def test_a_model_in_feet_is_told_by_its_scale_and_never_scaled() -> None:
    fit = fit_points(CORNERS / 0.3048, CORNERS)
    assert fit.scale == pytest.approx(0.3048)
    assert max(fit.residuals_m) > 5.0


def test_points_in_one_place_are_refused() -> None:
    with pytest.raises(InputError, match="all lie in one place"):
        fit_points(np.zeros((2, 3)), np.array([(0.0, 0, 0), (5, 0, 0)]))
    with pytest.raises(InputError, match="give 2 to 16"):
        fit_points(CORNERS[:1], CORNERS[:1])


@given(st.floats(0.0, 179.0), metres, metres)
def test_the_box_round_a_turned_house_is_the_house(turn: float, x: float, y: float) -> None:
    there = Stand((x, y, 0.0), turn).to_scene(CORNERS)[:, :2]
    box = oriented_box(there)
    assert (box.long_m, box.short_m) == pytest.approx((12.0, 8.0), abs=1e-6)
    assert apart(2 * box.long_deg, 2 * (turn + 90.0)) < 1e-4
    assert box.middle == pytest.approx(tuple(there.mean(axis=0)), abs=1e-6)


@given(st.floats(0.0, 179.0), st.integers(0, 3))
def test_a_house_is_laid_long_side_on_long_side(turn: float, turns: int) -> None:
    other = OrientedBox((40.0, 50.0), turn, 20.0, 10.0)
    own = oriented_box(CORNERS[:, :2])
    laid = oriented_box(laid_on(own, other, 5.0, turns).to_scene(CORNERS)[:, :2])
    assert laid.middle == pytest.approx(other.middle, abs=1e-6)
    assert apart(2 * laid.long_deg, 2 * turn) < 1e-4


def test_a_wall_seen_from_above_is_no_footprint() -> None:
    with pytest.raises(InputError, match="covers no ground"):
        oriented_box(np.array([(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)]))


@given(stands)
def test_a_stand_as_a_place_on_earth_leads_back(stand: Stand) -> None:
    again = stand_at(place_of(stand, FRAME), FRAME)
    assert again.position == pytest.approx(stand.position, abs=1e-5)
    assert apart(again.heading_deg, stand.heading_deg) < 1e-6


@given(stands)
def test_a_file_is_tiled_where_it_was_placed(stand: Stand) -> None:
    """Far from its own origin, as models on a map are; what is left is the Earth's roundness."""
    anchor = (458_870.5, 5_438_219.25, 110.0)
    place = place_of(stand, FRAME)
    where = LocalPlace(place.lon, place.lat, place.height, place.heading_deg, anchor)
    ecef = CrsRegistry(None, where).to_ecef(LOCAL, CORNERS + anchor)
    off = FRAME.from_ecef(ecef) - stand.to_scene(CORNERS)
    assert np.abs(off).max() < math.hypot(*stand.position[:2]) * 15.0 / 6_371_000 + 1e-6
