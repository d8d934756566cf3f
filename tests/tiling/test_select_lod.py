"""Which level of detail of an object is tiled, and what becomes of the others."""

from __future__ import annotations

import numpy as np
import pytest

from citiverse_tiling.model import CityObject, Geometry, Place, Polygons
from citiverse_tiling.report import Reason, Report
from citiverse_tiling.transforms.select_lod import select_lod


def geometry(lod: str, polygons: int = 2, crs: str = "EPSG:25832") -> Geometry:
    offsets = np.arange(polygons + 1)
    table = Polygons(
        np.zeros((3 * polygons, 3)),
        3 * offsets,
        offsets,
        np.zeros(polygons, np.uint8),
        np.ones(polygons, np.int32),
        ("",) * polygons,
    )
    return Geometry(lod, crs, table)


def house(*geometries: Geometry) -> CityObject:
    return CityObject("b1", "Building", Place("a.gml", 3), geometries=geometries)


@pytest.mark.parametrize(
    ("lods", "chosen"),
    [
        ("1", "1"),
        ("012", "2"),
        ("0123", "2"),
        ("34", "3"),
        ("04", "4"),
        ("13", "1"),
        (("1.2", "1.3", "2.2"), "2.2"),
    ],
)
def test_the_finest_below_three_is_taken_else_the_coarsest(lods: str, chosen: str) -> None:
    report = Report()
    geometries = [geometry(lod, polygons=n + 1) for n, lod in enumerate(lods)]
    selected = select_lod(house(*geometries), report)
    assert selected is not None
    assert selected.lod == chosen
    others = sum(len(g.polygons) for g in geometries if g.lod != chosen)
    assert report.surfaces_not_selected == others
    assert not report.surfaces_lost


def test_an_outline_alone_is_listed() -> None:
    report = Report()
    assert select_lod(house(geometry("0")), report) is None
    assert report.surfaces_lost == {Reason.UNSUPPORTED_GEOMETRY: 2}
    assert report.examples[0].object_id == "b1"


def test_a_second_crs_in_the_chosen_lod_is_listed() -> None:
    report = Report()
    first, second = geometry("2"), geometry("2", polygons=5, crs="EPSG:25833")
    assert select_lod(house(first, second, geometry("1")), report) is first
    assert report.surfaces_lost == {Reason.UNSUPPORTED_GEOMETRY: 5}
    assert report.surfaces_not_selected == 2


def test_an_object_without_geometry_has_none_to_select() -> None:
    report = Report()
    assert select_lod(house(), report) is None
    assert not report.has_losses
