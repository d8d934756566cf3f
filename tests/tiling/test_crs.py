"""CRS names that real files write, axis order, and the way to ECEF and back."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import BadCoordinates, UnknownCrs
from citiverse_tiling.options import Heights, LocalPlace

NAMES = [
    ("EPSG:25832", "EPSG:25832"),
    ("epsg:25832", "EPSG:25832"),
    ("EPSG:25833+5783", "EPSG:25833+5783"),
    ("urn:ogc:def:crs:EPSG::7415", "EPSG:7415"),
    ("urn:ogc:def:crs:EPSG:6.12:3068", "EPSG:3068"),
    ("urn:ogc:def:crs,crs:EPSG:6.12:25833,crs:EPSG:6.12:5783", "EPSG:25833+5783"),
    ("urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783", "EPSG:25832+5783"),
    ("http://www.opengis.net/def/crs/EPSG/0/6697", "EPSG:6697"),
    ("http://www.opengis.net/gml/srs/epsg.xml#31467", "EPSG:31467"),
    (
        "http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/25832"
        "&2=http://www.opengis.net/def/crs/EPSG/0/7837",
        "EPSG:25832+7837",
    ),
    ("urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016", "EPSG:25832+7837"),
    ("urn:adv:crs:ETRS89_UTM32*DE_DHHN92_NH", "EPSG:25832+5783"),
    ("urn:adv:crs:ETRS89_UTM33*DE_DHN92_NH", "EPSG:25833+5783"),
    ("urn:adv:crs:DE_DHDN_3GK4*DE_DHHN92_NH", "EPSG:31468+5783"),
    ("urn:adv:crs:ETRS89_UTM32", "EPSG:25832"),
    ("CH1903", "EPSG:21781"),
    ("CH1903+ / LV95", "EPSG:2056"),
    (" OGC:CRS84 ", "OGC:CRS84h"),
]

PLACES = [
    ("EPSG:25833+5783", (367_186.4, 5_808_056.3, 41.98)),
    ("EPSG:21781", (682_000.0, 247_000.0, 410.0)),
    ("EPSG:31468", (4_468_000.0, 5_333_000.0, 520.0)),
    ("EPSG:7415", (85_000.0, 446_000.0, 2.0)),
    ("EPSG:3946", (1_842_000.0, 5_175_000.0, 170.0)),
    ("EPSG:6697", (139.76, 35.68, 3.0)),
    ("EPSG:4979", (-77.0, 38.9, 20.0)),
    ("EPSG:3068", (200.0, 240.0, 10.0)),
    ("EPSG:27700", (530_000.0, 180_000.0, 20.0)),
]


@pytest.mark.parametrize(("name", "key"), NAMES)
def test_names_that_files_write_are_understood(name: str, key: str) -> None:
    assert CrsRegistry().resolve(name, None, None) == key


@pytest.mark.parametrize(
    "name",
    [None, "", "#local-CRS-1", "http://www.opengis.net/def/crs/EPSG/0/669", "EPSG:4978",
     "EPSG:5783", "EPSG:25832+4326", "+proj=utm +zone=32", "EPSG:1+2+3", "ETRS89" * 99],
)  # fmt: skip
def test_other_names_are_asked_for_with_file_line_and_remedy(name: str | None) -> None:
    with pytest.raises(UnknownCrs, match=r"--crs.*--place") as caught:
        CrsRegistry().resolve(name, Path("a.gml"), 7)
    assert str(caught.value).startswith("a.gml:7: ")
    assert len(str(caught.value)) < 300


def test_an_override_replaces_every_name() -> None:
    registry = CrsRegistry(override="EPSG:3946")
    assert {registry.resolve(name, None, None) for name in (None, "#x", "EPSG:25832")} == {
        "EPSG:3946"
    }


def test_an_override_that_is_unknown_is_refused_at_once() -> None:
    with pytest.raises(UnknownCrs, match="--crs"):
        CrsRegistry(override="EPSG:999999")


@pytest.mark.parametrize(("key", "point"), PLACES)
def test_ecef_and_back_is_the_same_place_within_a_centimetre(
    key: str, point: tuple[float, float, float]
) -> None:
    registry = CrsRegistry()
    registry.resolve(key, None, None)
    steps = 1e-5 if abs(point[1]) < 90 else 1.0
    grid = np.array(point) + steps * np.random.default_rng(1).uniform(-500, 500, (200, 3))
    grid[:, 2] = point[2]
    back = registry.from_ecef(key, registry.to_ecef(key, grid))
    assert np.abs(back - grid).max() < 0.01 * steps


def test_heights_are_kept_as_ellipsoidal_ones() -> None:
    registry = CrsRegistry()
    key = registry.resolve("EPSG:25832+7837", None, None)
    ecef = registry.to_ecef(key, np.array([[457_000.0, 5_439_000.0, 110.0]]))
    registry.resolve("EPSG:4979", None, None)
    assert registry.from_ecef("EPSG:4979", ecef)[0, 2] == pytest.approx(110.0, abs=1e-6)
    assert "ellipsoidal" in registry.describe(key).vertical_datum
    assert registry.describe(key).horizontal_name == "ETRS89 / UTM zone 32N"


def test_a_known_point_lands_where_the_standard_formula_puts_it() -> None:
    registry = CrsRegistry()
    key = registry.resolve("EPSG:4979", None, None)
    ecef = registry.to_ecef(key, np.array([[0.0, 0.0, 0.0], [90.0, 0.0, 100.0]]))
    np.testing.assert_allclose(ecef, [[6378137.0, 0, 0], [0, 6378237.0, 0]], atol=1e-6)


def test_local_coordinates_turn_about_their_anchor() -> None:
    registry = CrsRegistry(place=LocalPlace(lon=0.0, lat=0.0, height=5.0, heading_deg=90.0))
    key = registry.resolve("#local-CRS-1", None, None)
    ecef = registry.to_ecef(key, np.array([[0.0, 0.0, 0.0], [0.0, 10.0, 0.0], [0.0, 0.0, 3.0]]))
    # Local north points east: at 0° N 0° E east is +Y and up is +X.
    np.testing.assert_allclose(
        ecef, [[6378142.0, 0, 0], [6378142.0, 10, 0], [6378145.0, 0, 0]], atol=1e-6
    )


@settings(derandomize=True)
@given(
    st.tuples(*[st.floats(-5e4, 5e4)] * 2, st.floats(-100, 1000)),
    st.tuples(st.floats(-180, 180), st.floats(-89, 89), st.floats(0, 360)),
)
def test_local_coordinates_come_back(
    point: tuple[float, float, float], place: tuple[float, float, float]
) -> None:
    lon, lat, heading = place
    registry = CrsRegistry(place=LocalPlace(lon, lat, 12.0, heading))
    key = registry.resolve(None, None, None)
    back = registry.from_ecef(key, registry.to_ecef(key, np.array([point])))
    np.testing.assert_allclose(back, [point], atol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_points_that_are_nowhere_are_refused(bad: float, axis: int) -> None:
    registry = CrsRegistry(place=LocalPlace(13.0, 52.0))
    for name, point in (*PLACES, (None, (0.0, 0.0, 0.0))):
        key = registry.resolve(name, None, None)
        points = np.array([point, point])
        points[1, axis] = bad
        with pytest.raises(BadCoordinates):
            registry.to_ecef(key, points)
        assert registry.on_earth(key, points).tolist() == [True, False]


@pytest.mark.parametrize(
    ("name", "point", "north_first"),
    [
        ("EPSG:6697", (35.68, 139.76, 3.0), True),
        ("EPSG:4979", (-77.0, 38.9, 20.0), False),
        ("EPSG:4979", (52.4, 13.06, 20.0), True),
        ("OGC:CRS84h", (13.06, 52.4, 20.0), False),
        ("EPSG:31468", (4_468_000.0, 5_333_000.0, 520.0), False),
        ("EPSG:31468", (5_333_000.0, 4_468_000.0, 520.0), True),
        ("EPSG:25832", (457_000.0, 5_439_000.0, 110.0), False),
    ],
)
def test_axis_order_is_that_of_real_files(
    name: str, point: tuple[float, float, float], north_first: bool
) -> None:
    registry = CrsRegistry()
    key = registry.resolve(name, None, None)
    assert registry.written_north_first(key, np.array([point])) is north_first


# Heights


@pytest.fixture
def geoid(tmp_path: Path) -> Path:
    """A grid of PROJ's (GTX) around 13° east and 52° north: the geoid is 40 m up, plus 1 m a degree
    north of 51."""
    path = tmp_path / "geoid.gtx"
    rows = np.repeat(40.0 + np.arange(3.0), 3).astype(">f4")
    path.write_bytes(struct.pack(">4d2i", 51.0, 12.0, 1.0, 1.0, 3, 3) + rows.tobytes())
    return path


def height(registry: CrsRegistry, name: str, point: tuple[float, float, float]) -> float:
    """Above the ellipsoid, of a point."""
    key = registry.resolve(name, None, None)
    registry.resolve("EPSG:4979", None, None)
    placed = registry.to_ecef(key, np.array([point]))
    np.testing.assert_allclose(registry.from_ecef(key, placed), [point], atol=1e-6)
    return float(CrsRegistry("EPSG:4979").from_ecef("EPSG:4979", placed)[0, 2])


def test_row_08_an_offset_moves_all_heights() -> None:
    registry = CrsRegistry(heights=Heights(offset_m=-46.5))
    assert height(registry, "EPSG:25832", (500_000.0, 5_400_000.0, 413.0)) == pytest.approx(366.5)
    described = registry.describe(registry.resolve("EPSG:25832", None, None)).vertical_datum
    assert described.endswith("used as ellipsoidal heights, plus -46.5 m")


def test_a_geoid_makes_heights_ellipsoidal_and_leaves_those_that_are(geoid: Path) -> None:
    registry = CrsRegistry(heights=Heights(geoid=geoid))
    place = (13.0, 52.0, 30.0)
    assert height(registry, "EPSG:4258+5783", place) == pytest.approx(71.0)
    assert height(registry, "EPSG:4979", place) == pytest.approx(30.0)
    described = registry.describe(registry.resolve("EPSG:4258+5783", None, None)).vertical_datum
    assert described == "EPSG:5783 (DHHN92 height), made ellipsoidal with geoid.gtx"


def test_outside_of_the_geoid_there_is_no_place(geoid: Path) -> None:
    registry = CrsRegistry(heights=Heights(geoid=geoid))
    key = registry.resolve("EPSG:4258", None, None)
    assert registry.on_earth(key, np.array([[13.0, 52.0, 0], [2.0, 48.0, 0]])).tolist() == [
        True,
        False,
    ]


def test_a_geoid_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "no.gtx").write_text("no grid")
    for name in ("no.gtx", "gone.gtx"):
        with pytest.raises(UnknownCrs, match="--geoid"):
            CrsRegistry(heights=Heights(geoid=tmp_path / name))


def test_row_05_the_user_may_say_what_a_name_means() -> None:
    registry = CrsRegistry(names={"City Grid_1": "EPSG:31468", "CH1903": "EPSG:2056"})
    assert registry.resolve("city grid 1", None, None) == "EPSG:31468"
    assert registry.resolve("CH1903", None, None) == "EPSG:2056"
    assert registry.resolve("LV03", None, None) == "EPSG:21781"
    with pytest.raises(UnknownCrs):
        registry.resolve("", None, None)


def test_row_04_the_user_may_say_what_files_are_in_that_name_no_crs() -> None:
    registry = CrsRegistry(names={"": "EPSG:3946"})
    assert registry.resolve(None, None, None) == "EPSG:3946"
    assert registry.resolve("EPSG:25832", None, None) == "EPSG:25832"
