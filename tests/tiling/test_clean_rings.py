"""What is taken out of rings, what is listed as lost, and that clean ones are left alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.model import CityObject, Place, Polygons
from citiverse_tiling.report import Reason, Report
from citiverse_tiling.transforms.clean_rings import clean_rings

A, B, C, D = (0.0, 0.0, 0.0), (4.0, 0.0, 0.0), (4.0, 4.0, 0.0), (0.0, 4.0, 1.0)
NAN = (0.0, float("nan"), 0.0)
HOUSE = CityObject("b1", "Building", Place("a.gml", 3))

Ring = list[tuple[float, float, float]]


def table(*polygons: list[Ring]) -> Polygons:
    rings = [ring for polygon in polygons for ring in polygon]
    points = [point for ring in rings for point in ring]
    return Polygons(
        np.array(points, dtype=float).reshape(-1, 3),
        np.cumsum([0, *map(len, rings)]),
        np.cumsum([0, *map(len, polygons)]),
        np.arange(len(polygons), dtype=np.uint8),
        np.arange(10, 10 + len(polygons), dtype=np.int32),
        tuple(f"p{index}" for index in range(len(polygons))),
    )


def rings_of(polygons: Polygons) -> list[list[Ring]]:
    points = [tuple(point) for point in polygons.coordinates.tolist()]
    rings = [points[a:b] for a, b in pairwise(polygons.ring_offsets)]
    return [rings[a:b] for a, b in pairwise(polygons.polygon_offsets)]


def test_clean_polygons_are_returned_as_they_are() -> None:
    report = Report()
    polygons = table([[A, B, C], [D, B, C]], [[C, D, A]])
    assert clean_rings(polygons, HOUSE, report) is polygons
    assert not report.repaired


def test_repeated_points_are_taken_out_and_counted() -> None:
    report = Report()
    clean = clean_rings(table([[A, A, B, C, C, C, A]], [[A, B, C]]), HOUSE, report)
    assert rings_of(clean) in ([[[A, B, C]], [[A, B, C]]], [[[B, C, A]], [[A, B, C]]])
    assert report.repaired == {"repeated points": 4}


def test_rings_that_meet_only_at_their_ends_are_not_taken_for_repeats() -> None:
    polygons = table([[A, B, C]], [[C, D, A]], [[A, D, B]])
    assert clean_rings(polygons, HOUSE, Report()) is polygons


def test_a_polygon_of_too_few_points_is_dropped_and_listed() -> None:
    report = Report()
    clean = clean_rings(table([[A, B, C]], [], [[A, A, B]], [[D]]), HOUSE, report)
    assert rings_of(clean) == [[[A, B, C]]]
    assert report.surfaces_lost == {Reason.TOO_FEW_POINTS: 3}
    assert [(loss.line, loss.detail) for loss in report.losses][-1] == (13, "polygon p3")


def test_a_hole_of_too_few_points_is_dropped_but_not_its_polygon() -> None:
    report = Report()
    clean = clean_rings(table([[A, B, C], [D, D, D], [A, C, D]]), HOUSE, report)
    assert rings_of(clean) == [[[A, B, C], [A, C, D]]]
    assert report.repaired["holes of fewer than three points"] == 1
    assert not report.surfaces_lost


def test_a_polygon_with_a_coordinate_that_is_no_number_is_dropped_and_listed() -> None:
    report = Report()
    clean = clean_rings(table([[A, B, NAN]], [[A, B, C], [A, NAN, C]], [[B, C, D]]), HOUSE, report)
    assert rings_of(clean) == [[[B, C, D]]]
    assert report.surfaces_lost == {Reason.BAD_COORDINATES: 2}
    assert clean.lines.tolist() == [12]
    assert clean.surface_types.tolist() == [2]
    assert clean.ids == ("p2",)


def test_nothing_stays_nothing() -> None:
    assert len(clean_rings(table(), HOUSE, Report())) == 0
    report = Report()
    assert len(clean_rings(table([[A, A]], [[NAN]]), HOUSE, report)) == 0
    assert report.surfaces_lost.total() == 2


points = st.sampled_from([A, B, C, D, NAN])


def opened(ring: Ring) -> Ring:
    """The ring without what repeats its first point at its end, as every reader gives it."""
    while len(ring) > 1 and ring[-1] == ring[0]:
        ring = ring[:-1]
    return ring


open_rings = st.lists(points, max_size=6).map(opened)
polygon_lists = st.lists(st.lists(open_rings, max_size=3), max_size=6)


@settings(derandomize=True)
@given(polygon_lists)
def test_whatever_comes_in_is_kept_clean_or_listed(polygons: list[list[Ring]]) -> None:
    report = Report()
    clean = clean_rings(table(*polygons), HOUSE, report)
    assert len(clean) + report.surfaces_lost.total() == len(polygons)
    for rings in rings_of(clean):
        assert rings
        for ring in rings:
            assert len(ring) >= 3
            assert np.isfinite(ring).all()
            assert all(a != b for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
    again = clean_rings(clean, HOUSE, report)
    assert again is clean
