"""Where entities have to be: relations, distances, and coordinates that are none."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.standards.ngsi_ld.geo import great_circle_m, holds, parse
from citiverse_server.standards.ngsi_ld.problems import Kind, NgsiError

SQUARE = "[[[13.0,52.0],[13.1,52.0],[13.1,52.1],[13.0,52.1],[13.0,52.0]]]"


def found(georel: str, geometry: str, coordinates: str, lon: float, lat: float) -> bool:
    query = parse(georel, geometry, coordinates)
    return bool(holds(query, np.array([lon]), np.array([lat]))[0])


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates", "there"),
    [
        ("within", "Polygon", SQUARE, True),
        ("intersects", "Polygon", SQUARE, True),
        ("disjoint", "Polygon", SQUARE, False),
        ("disjoint", "Point", "[13.0,52.0]", True),
        ("equals", "Point", "[13.05,52.05]", True),
        ("contains", "Point", "[13.05,52.05]", True),
        ("overlaps", "Polygon", SQUARE, False),
        ("within", "LineString", "[[13.0,52.05],[13.1,52.05]]", True),
        ("near;maxDistance==10", "Point", "[13.05,52.05]", True),
        ("near;maxDistance==1000", "Point", "[13.0,52.0]", False),
        ("near;minDistance==1000", "Point", "[13.0,52.0]", True),
        ("near;maxDistance==1", "Polygon", SQUARE, True),
        ("near;maxDistance==300", "LineString", "[[13.0,52.052],[13.1,52.052]]", True),
        ("near;maxDistance==200", "LineString", "[[13.0,52.052],[13.1,52.052]]", False),
    ],
)
def test_relations(georel: str, geometry: str, coordinates: str, there: bool) -> None:
    assert found(georel, geometry, coordinates, 13.05, 52.05) is there


def test_what_has_no_place_is_nowhere() -> None:
    for georel in ("disjoint", "within", "near;minDistance==1"):
        query = parse(georel, "Point", "[0,0]")
        assert not holds(query, np.array([math.nan]), np.array([math.nan]))[0]


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates"),
    [
        ("near", "Point", "[0,0]"),
        ("near;maxDistance==0", "Point", "[0,0]"),
        ("near;maxDistance==-5", "Point", "[0,0]"),
        ("near;maxDistance==1e9", "Point", "[0,0]"),
        ("beside", "Point", "[0,0]"),
        ("within", "GeometryCollection", "[]"),
        ("within", "Point", "0,0"),
        ("within", "Point", "[0]"),
        ("within", "Point", "[]"),
        ("within", "Point", '["a","b"]'),
        ("within", "Point", "null"),
        ("within", "Point", "{}"),
        ("within", "Point", "[400,0]"),
        ("within", "Point", "[1e999,0]"),
        ("within", "Polygon", "[[[0,0],[1,1]]]"),
        ("within", "Polygon", "[[[0,0],[1,1],[0,1],[1,0],[0,0]]]"),
        ("within", "Polygon", "[" * 5000),
    ],
)
def test_what_is_no_question_is_refused(georel: str, geometry: str, coordinates: str) -> None:
    with pytest.raises(NgsiError) as caught:
        parse(georel, geometry, coordinates)
    assert caught.value.kind is Kind.BAD_REQUEST_DATA


def test_a_geometry_of_many_points_is_too_complex() -> None:
    line = "[" + ",".join("[0,0],[0,1]" for _ in range(600)) + "]"
    with pytest.raises(NgsiError) as caught:
        parse("within", "LineString", line)
    assert caught.value.kind is Kind.TOO_COMPLEX_QUERY


@given(
    st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon"]),
    st.text(alphabet="[]0123456789.,-e{}n", max_size=40),
)
def test_any_coordinates_are_read_or_refused(geometry: str, coordinates: str) -> None:
    try:
        query = parse("within", geometry, coordinates)
    except NgsiError:
        return
    assert holds(query, np.array([1.0]), np.array([1.0])).shape == (1,)


@given(st.floats(-179, 179), st.floats(-80, 80), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
def test_distances_agree_with_the_ellipsoid(
    lon: float, lat: float, east: float, north: float
) -> None:
    other = (max(-180.0, min(180.0, lon + east)), lat + north)
    geodesic = pyproj.Geod(ellps="WGS84").inv(lon, lat, *other)[2]
    columns = (np.array([value]) for value in (lon, lat, *other))
    assert great_circle_m(*columns)[0] == pytest.approx(geodesic, rel=0.006, abs=0.01)
