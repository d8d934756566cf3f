"""Outlines of buildings become blocks as high as their attributes say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.model import CityObject, Geometry, Place, SurfaceType
from citiverse_tiling.options import LodPolicy
from citiverse_tiling.report import Reason, Report
from citiverse_tiling.selection import selected
from citiverse_tiling.transforms.triangulate import triangulate
from tiling.cities import UTM, polygons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from citiverse_tiling.model import AttributeValue, Polygons

Point = tuple[float, float, float]
SQUARE = [(0.0, 0.0, 40.0), (10.0, 0.0, 40.0), (10.0, 10.0, 40.0), (0.0, 10.0, 40.0)]
HOLE = [(2.0, 2.0, 40.0), (4.0, 2.0, 40.0), (4.0, 4.0, 40.0), (2.0, 4.0, 40.0)]


def raised(
    shape: Polygons, attributes: Mapping[str, AttributeValue], report: Report | None = None
) -> Polygons:
    report = report or Report()
    geometry = Geometry("0", UTM, shape)
    item = CityObject(
        "b1", "Building", Place("a.gml", 3), attributes=attributes, geometries=(geometry,)
    )
    report.read("a.gml", "Building", len(shape))
    ((_, made),) = selected([item], LodPolicy(), report)
    assert made is not None
    report.write(item, len(made.polygons))
    assert not report.unbalanced
    return made.polygons


def heights(made: Polygons) -> list[float]:
    return sorted(set(made.coordinates[:, 2].tolist()))


@pytest.mark.parametrize(
    ("attributes", "top"),
    [
        ({"measuredHeight": 8.5}, 48.5),
        ({"height": "12.5 m"}, 52.5),
        ({"bui:height": 7}, 47.0),
        ({"HAUTEUR": 6.2}, 46.2),
        ({"height.value": 9.0}, 49.0),
        ({"b3_h_dak_70p": 47.5}, 47.5),
        ({"storeysAboveGround": 4}, 52.0),
        ({"building:levels": "2"}, 46.0),
        ({"measuredHeight": -9999.0, "storeysAboveGround": 3}, 49.0),
    ],
)
def test_row_16_the_height_is_what_an_attribute_says(
    attributes: Mapping[str, AttributeValue], top: float
) -> None:
    made = raised(polygons([[SQUARE]], [SurfaceType.UNKNOWN]), attributes)
    assert heights(made) == [40.0, pytest.approx(top)]


@pytest.mark.parametrize("ring", [SQUARE, SQUARE[::-1]])
@pytest.mark.parametrize("hole", [HOLE, HOLE[::-1]])
def test_every_face_of_a_block_looks_outward(ring: list[Point], hole: list[Point]) -> None:
    report = Report()
    made = raised(polygons([[ring, hole]], [SurfaceType.UNKNOWN]), {"height": 5.0}, report)
    assert made.surface_types.tolist() == [
        SurfaceType.GROUND,
        SurfaceType.ROOF,
        *[SurfaceType.WALL] * 8,
    ]
    done = triangulate(made.coordinates, made.ring_offsets, made.polygon_offsets)
    corners = made.coordinates[done.triangles]
    volume = np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    assert volume == pytest.approx((100 - 4) * 5)
    assert report.surfaces_made == 9
    assert report.surfaces_written == 1


def test_an_outline_without_heights_stands_where_an_attribute_says_the_ground_is() -> None:
    flat = [(x, y, 0.0) for x, y, _ in SQUARE]
    shape = polygons([[flat]], [SurfaceType.UNKNOWN])
    assert heights(raised(shape, {"hauteur": 5.0, "altitude_sol": 7.5})) == [7.5, 12.5]
    assert heights(raised(shape, {"hauteur": 5.0})) == [0.0, 5.0]


def test_the_edge_of_a_roof_is_the_top_and_a_footprint_beside_it_counts() -> None:
    edge = polygons([[SQUARE]], [SurfaceType.ROOF])
    assert heights(raised(edge, {"height": 5.0})) == [35.0, 40.0]
    both = polygons([[SQUARE], [SQUARE]], [SurfaceType.GROUND, SurfaceType.ROOF])
    report = Report()
    assert heights(raised(both, {"height": 5.0}, report)) == [40.0, 45.0]
    assert report.surfaces_not_selected == 1


def test_an_outline_of_unknown_height_is_listed() -> None:
    report = Report()
    assert len(raised(polygons([[SQUARE]], [SurfaceType.UNKNOWN]), {"storeys": 0}, report)) == 0
    assert report.surfaces_lost == {Reason.UNKNOWN_HEIGHT: 1}
    assert report.losses[0].object_id == "b1"
