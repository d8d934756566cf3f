"""The scene frame is rigid, east-north-up, and where it says on Earth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from citiverse_tiling.frame import SceneFrame, frame_at

places = st.tuples(st.floats(-180, 180), st.floats(-89, 89))
points = st.lists(st.tuples(*[st.floats(-20_000, 20_000)] * 3), min_size=1, max_size=5)


@given(places, points)
def test_there_and_back_is_the_same_point(place: tuple[float, float], found: list[object]) -> None:
    frame, original = SceneFrame(*place), np.array(found, np.float64)
    assert np.allclose(frame.from_ecef(frame.to_ecef(original)), original, atol=1e-6)


@given(places, points)
def test_distances_are_kept(place: tuple[float, float], found: list[object]) -> None:
    original = np.array(found, np.float64)
    ecef = SceneFrame(*place).to_ecef(original)
    assert np.allclose(
        np.linalg.norm(ecef - ecef[0], axis=1), np.linalg.norm(original - original[0], axis=1)
    )


def test_the_axes_are_east_north_and_up() -> None:
    frame = SceneFrame(13.06, 52.4)
    lon, lat, height = frame.to_geodetic(
        np.array([[0, 0, 0], [100, 0, 0], [0, 100, 0], [0, 0, 9.0]])
    ).T
    assert lon[1] > lon[0]
    assert lat[1] == pytest.approx(lat[0], abs=1e-7)
    assert lat[2] > lat[0]
    assert lon[2] == pytest.approx(lon[0])
    assert height[3] == pytest.approx(9.0)
    assert height[0] == pytest.approx(0.0, abs=1e-8)


def test_the_origin_is_where_proj_puts_it() -> None:
    expected = Transformer.from_crs(4979, 4978, always_xy=True).transform(8.5, 47.4, 0.0)
    assert np.allclose(SceneFrame(8.5, 47.4).origin_ecef, expected, atol=1e-6)


def test_the_transform_is_column_major_and_moved() -> None:
    frame, moved = SceneFrame(8.5, 47.4), np.array([10.0, 20.0, 30.0])
    matrix = np.array(frame.transform(moved)).reshape(4, 4).T
    point = np.array([1.0, 2.0, 3.0])
    assert np.allclose((matrix @ [*point, 1])[:3], frame.to_ecef((moved + point)[None])[0])


def test_a_scene_begins_at_a_round_place_near_its_first_point() -> None:
    frame = frame_at(SceneFrame(13.0604, 52.4006).to_ecef(np.array([[0.0, 0.0, 40.0]]))[0])
    assert frame == SceneFrame(13.06, 52.401)
