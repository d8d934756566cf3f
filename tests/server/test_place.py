"""Places on Earth in the frame of a scene, and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.overlays.place import frame_at


def test_the_origin_is_the_middle_and_its_axes_lead_east_north_and_up() -> None:
    frame = frame_at(13.0, 52.0)
    points = frame.to_scene([13.0, 13.001, 13.0], [52.0, 52.0, 52.001], [30.0, 0.0, 0.0])
    assert points[0] == pytest.approx([0.0, 0.0, 30.0], abs=1e-6)
    assert points[1] == pytest.approx([68.68, 0.0, 0.0], abs=0.01)
    assert points[2] == pytest.approx([0.0, 111.26, 0.0], abs=0.01)


def test_it_agrees_with_proj() -> None:
    pyproj = pytest.importorskip("pyproj")
    pipeline = (
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart"
        " +ellps=WGS84 +step +proj=topocentric +ellps=WGS84 +lon_0=139.7 +lat_0=35.7 +h_0=0"
    )
    transform = pyproj.Transformer.from_pipeline(pipeline)
    lon, lat, height = [139.75, 139.6, 140.0], [35.68, 35.9, 35.0], [40.0, -5.0, 3776.0]
    expected = np.stack(transform.transform(lon, lat, height), axis=1)
    assert frame_at(139.7, 35.7).to_scene(lon, lat, height) == pytest.approx(expected, abs=1e-4)


@given(
    st.tuples(st.floats(-180, 180), st.floats(-89.9, 89.9)),
    st.lists(
        st.tuples(st.floats(-5e4, 5e4), st.floats(-5e4, 5e4), st.floats(-500, 9000)),
        min_size=1,
        max_size=5,
    ),
)
def test_there_and_back_is_the_same_point(
    origin: tuple[float, float], points: list[tuple[float, float, float]]
) -> None:
    frame = frame_at(*origin)
    lon, lat, height = frame.to_earth(points).T
    assert frame.to_scene(lon, lat, height) == pytest.approx(np.array(points), abs=1e-4)


def test_an_unknown_height_is_an_unknown_point() -> None:
    assert np.isnan(frame_at(13.0, 52.0).to_scene(13.0, 52.0, np.nan)).all()
