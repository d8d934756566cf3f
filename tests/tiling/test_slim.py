"""What is slim below is a post for a walker; what is wide there, or hollow, stays as it is."""

from __future__ import annotations

import numpy as np
import pytest

from citiverse_tiling.transforms.slim import POST_TRIANGLES, REACH_M, SLIM_M, posts


def points(*given: tuple[float, float, float]) -> np.ndarray:
    return np.array(given)


POLE = [(0.0, 0, 0), (0.2, 0, 0), (0.2, 0.2, 6), (3.0, 0.2, 6), (0, 0.2, 0)]
BENCH = [(0.0, 0, 0), (1.8, 0, 0), (1.8, 0.5, 0.9), (0, 0.5, 0.9)]
SHELTER = [(x, y, z) for x in (0.0, 3.0) for y in (0.0, 1.0) for z in (0.0, 2.6)]


def test_a_pole_with_an_arm_is_a_post_up_to_where_one_passes_below() -> None:
    found = posts(points(*POLE), np.zeros(5, np.int64), 1)
    assert found.is_slim.tolist() == [True]
    np.testing.assert_allclose(found.boxes[0], np.array([[0, 0, 0], [0.2, 0.2, REACH_M]]))


@pytest.mark.parametrize("thing", [BENCH, SHELTER], ids=["bench", "shelter"])
def test_what_is_wide_below_is_none(thing: list[tuple[float, float, float]]) -> None:
    found = posts(points(*thing), np.zeros(len(thing), np.int64), 1)
    assert not found.is_slim.any()
    assert found.corners.shape == (0, 8, 3)


def test_things_are_told_apart_and_a_low_one_is_no_higher_than_it_is() -> None:
    bollard = [(9.0, 9, 5), (9.3, 9, 5), (9.3, 9.3, 5.9), (9, 9.3, 5.9)]
    owners = np.array([0] * 4 + [2] * 4)
    found = posts(points(*BENCH, *bollard), owners, 3)
    assert found.is_slim.tolist() == [False, False, True]
    (corners,) = found.corners
    assert (corners[:, 2].min(), corners[:, 2].max()) == (5, 5.9)
    assert np.ptp(corners[:, :2], axis=0).max() <= SLIM_M


def test_a_post_is_closed_but_for_its_foot_and_seen_from_outside() -> None:
    (corners,) = posts(points(*POLE), np.zeros(5, np.int64), 1).corners
    a, b, c = (corners[POST_TRIANGLES[:, corner]] for corner in range(3))
    outward = (a + b + c) / 3 - corners.mean(axis=0)
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), outward) > 0).all()
    assert len(POST_TRIANGLES) == 10
