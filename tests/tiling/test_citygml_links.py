"""Surfaces by xlink:href: none twice, none missing, each the right way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.model import SurfaceType
from citiverse_tiling.report import Reason
from tiling.citygml_documents import (
    SQUARE,
    building,
    city,
    local,
    multi_surface,
    polygon,
    read,
    solid_of,
    wall,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.gml"


@pytest.mark.parametrize("order", ["solid first", "solid last"])
def test_a_solid_that_links_to_boundary_surfaces_adds_no_second_faces(
    path: Path, order: str
) -> None:
    parts = [solid_of("#w1", "#w2"), wall(polygon(gml_id="w1")), wall(polygon(gml_id="w2"))]
    reading = read(path, city(building(*(parts if order == "solid first" else parts[::-1]))))
    assert len(reading.geometry("b1", "2").polygons) == 2
    assert reading.report.surfaces_read == 2
    assert not reading.report.surfaces_lost


def test_a_link_to_a_whole_surface_of_the_same_lod_adds_nothing(path: Path) -> None:
    named = wall(polygon()).replace("<gml:MultiSurface>", '<gml:MultiSurface gml:id="m1">')
    reading = read(path, city(building(named, solid_of("#m1"))))
    assert reading.report.surfaces_read == 1


def test_a_link_to_another_lod_copies_the_surface(path: Path) -> None:
    reading = read(path, city(building(wall(polygon(gml_id="w1")), solid_of("#w1", lod="1"))))
    assert len(reading.geometry("b1", "1").polygons) == 1
    assert reading.geometry("b1", "1").polygons.surface_types.tolist() == [SurfaceType.WALL]
    assert reading.report.surfaces_read == 2


def test_a_link_to_another_member_is_found_wherever_it_stands(path: Path) -> None:
    first = building(solid_of("#far"), gml_id="b1")
    between = building(multi_surface(polygon()), gml_id="b2")
    last = building(wall(polygon(gml_id="far")), gml_id="b3")
    reading = read(path, city(first, between, last))
    assert [o.source_id for o in reading.objects] == ["b2", "b3", "b1"]
    geometry = reading.geometry("b1", "2")
    np.testing.assert_array_equal(local(geometry), SQUARE)
    assert reading.report.surfaces_read == 3


def test_links_to_nowhere_and_to_other_files_are_lost_surfaces(path: Path) -> None:
    reading = read(path, city(building(solid_of("#gone", "other.gml#w1"), wall(polygon()))))
    assert reading.report.surfaces_lost == {Reason.UNRESOLVED_LINK: 2}
    assert reading.report.surfaces_read == 3
    assert {loss.object_id for loss in reading.report.losses} == {"b1"}


def test_links_in_a_circle_end(path: Path) -> None:
    composite = (
        '<gml:CompositeSurface gml:id="{}"><gml:surfaceMember xlink:href="#{}"/>'
        "</gml:CompositeSurface>"
    )
    around = multi_surface(composite.format("a", "b"), lod="1")
    back = multi_surface(composite.format("b", "a"), lod="3")
    reading = read(path, city(building(around, back, multi_surface(polygon()))))
    assert reading.report.surfaces_read == 1


@pytest.mark.parametrize(("orientation", "is_turned"), [("-", True), ("+", False)])
def test_an_orientable_surface_turns_its_polygon(
    path: Path, orientation: str, is_turned: bool
) -> None:
    around = (
        f'<gml:OrientableSurface orientation="{orientation}"><gml:baseSurface>{polygon()}'
        "</gml:baseSurface></gml:OrientableSurface>"
    )
    reading = read(path, city(building(multi_surface(around, polygon()))))
    coordinates = local(reading.geometry("b1", "2"))
    expected = SQUARE[::-1] if is_turned else SQUARE
    np.testing.assert_array_equal(coordinates, [*expected, *SQUARE])


def test_an_orientable_surface_turns_what_it_links_to(path: Path) -> None:
    link = (
        '<gml:OrientableSurface orientation="-"><gml:baseSurface xlink:href="#w1"/>'
        "</gml:OrientableSurface>"
    )
    document = city(building(wall(polygon(gml_id="w1")), multi_surface(link, lod="1")))
    np.testing.assert_array_equal(local(read(path, document).geometry("b1", "1")), SQUARE[::-1])


def test_a_link_to_a_file_beside_it_adds_a_copy(path: Path) -> None:
    (path.parent / "other.gml").write_text(city(building(wall(polygon(gml_id="face")))))
    document = city(building(solid_of("other.gml#face")))
    reading = read(path, document)
    assert len(reading.geometry("b1", "2").polygons) == 1
    assert not reading.report.has_losses


@pytest.mark.parametrize(
    "target", ["gone.gml#face", "../other.gml#face", "http://a.example/x.gml#face", "broken.gml#a"]
)
def test_a_link_to_a_file_that_is_not_there_is_listed(path: Path, target: str) -> None:
    (path.parent / "broken.gml").write_text("<CityModel>")
    report = read(path, city(building(solid_of(target)))).report
    assert report.surfaces_lost == {Reason.UNRESOLVED_LINK: 1}
