"""Implicit geometries: one shape in many places, scaled and turned, wherever in the file it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.report import Reason
from tiling.citygml_documents import local, read
from tiling.town_documents import IDENTITY, cube, furniture, implicit, town

if TYPE_CHECKING:
    from pathlib import Path

LOD2 = "frn:lod2ImplicitRepresentation"
TWICE_AND_TURNED = "0 -2 0 5 2 0 0 0 0 0 2 1 0 0 0 1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "furniture.gml"


def test_a_shape_is_turned_and_scaled_about_its_reference_point(path: Path) -> None:
    lamp = furniture(implicit(LOD2, cube(), (10.0, 20.0, 3.0), TWICE_AND_TURNED))
    geometry = read(path, town(lamp)).geometry("lamp", "2")
    points = local(geometry)
    assert len(geometry.polygons) == 5
    np.testing.assert_allclose(points.min(axis=0), [14, 19, 4], atol=1e-6)
    np.testing.assert_allclose(points.max(axis=0), [16, 21, 6], atol=1e-6)
    assert points[0].tolist() == [16, 19, 4], "(−½, −½) turned left by 90° and doubled"


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_a_shape_is_found_before_and_after_those_that_point_at_it(
    path: Path, order: tuple[int, ...]
) -> None:
    lamps = [
        furniture(implicit(LOD2, cube(), (0.0, 0.0, 0.0)), "a"),
        furniture(implicit(LOD2, "#cube", (5.0, 0.0, 0.0)), "b"),
        furniture(implicit(LOD2, "#cube", (9.0, 0.0, 0.0)), "c"),
    ]
    reading = read(path, town(*(lamps[number] for number in order)))
    for name, x in (("a", 0.0), ("b", 5.0), ("c", 9.0)):
        points = local(reading.geometry(name, "2"))
        assert points[:, 0].min() == pytest.approx(x - 0.5, abs=1e-6)
    assert reading.report.surfaces_read == 15
    assert not reading.report.has_losses


@pytest.mark.parametrize(
    ("geometry", "reason", "words"),
    [
        (implicit(LOD2, "#gone", (0.0, 0.0, 0.0)), Reason.UNRESOLVED_LINK, "#gone"),
        (
            implicit(LOD2, cube(), (0.0, 0.0, 0.0), "1 0 0"),
            Reason.UNSUPPORTED_GEOMETRY,
            "16 numbers",
        ),
        (
            implicit(LOD2, cube(), (0.0, 0.0, 0.0), IDENTITY.replace("1", "nan")),
            Reason.UNSUPPORTED_GEOMETRY,
            "16 numbers",
        ),
        (
            f"<{LOD2}><core:ImplicitGeometry><core:libraryObject>lamp.obj</core:libraryObject>"
            f"</core:ImplicitGeometry></{LOD2}>",
            Reason.UNSUPPORTED_GEOMETRY,
            "without a shape",
        ),
    ],
)
def test_what_cannot_be_placed_is_listed(
    path: Path, geometry: str, reason: Reason, words: str
) -> None:
    report = read(path, town(furniture(geometry))).report
    assert report.surfaces_lost[reason] == report.surfaces_read > 0
    assert words in report.losses[0].detail


def test_a_link_across_objects_that_is_gone_is_one_lost_surface(path: Path) -> None:
    good = furniture(implicit(LOD2, cube(), (0.0, 0.0, 0.0)), "a")
    bad = furniture(implicit(LOD2, "#other", (5.0, 0.0, 0.0)), "b")
    reading = read(path, town(bad, good))
    assert reading.report.surfaces_read == 6
    assert reading.report.surfaces_lost == {Reason.UNRESOLVED_LINK: 1}
    assert {item.source_id for item in reading.objects} == {"a", "b"}


@settings(max_examples=30, deadline=None)
@given(
    st.floats(-80, 80),
    st.floats(-179, 179),
    st.floats(0, 100),
    st.lists(st.tuples(*[st.floats(-100, 100)] * 3), min_size=1, max_size=5),
)
def test_metres_beside_a_place_in_degrees_are_metres(
    lat: float, lon: float, height: float, offsets: list[tuple[float, float, float]]
) -> None:
    registry = CrsRegistry()
    key = registry.resolve("EPSG:4979", None, None)
    metres = np.array(offsets)
    place = np.array([lon, lat, height])
    found = registry.to_ecef(key, registry.beside(key, place, metres))
    origin = registry.to_ecef(key, place[None])
    lengths = np.linalg.norm(found - origin, axis=1)
    np.testing.assert_allclose(lengths, np.linalg.norm(metres, axis=1), atol=0.02)
