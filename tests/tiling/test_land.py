"""What covers the land: told by class, words and the standard's codes, and never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.model import LAYER_OF_CLASS, Layer, SurfaceType
from citiverse_tiling.sources.land import cover_of, default_cover
from tiling.citygml_documents import city, multi_surface, polygon, read
from tiling.town_documents import area, facts, land_use, patch, street, surfaces, town, water

if TYPE_CHECKING:
    from pathlib import Path

    from tiling.citygml_documents import Reading

SQUARE = patch(0, 0, (4, 4))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "land.gml"


def covers(reading: Reading) -> list[SurfaceType]:
    return [
        SurfaceType(number)
        for item in reading.objects
        for geometry in item.geometries
        for number in geometry.polygons.surface_types.tolist()
    ]


@pytest.mark.parametrize(
    ("kind", "values", "cover"),
    [
        ("TrafficArea", {"function": "driving_lane"}, SurfaceType.ROAD),
        ("TrafficArea", {"function": "1"}, SurfaceType.ROAD),
        ("TrafficArea", {"function": "driving_lane", "surfaceMaterial": "4"}, SurfaceType.PAVING),
        ("TrafficArea", {"function": "footpath"}, SurfaceType.PAVING),
        ("TrafficArea", {"function": "2", "surfaceMaterial": "1"}, SurfaceType.PAVING),
        ("TrafficArea", {"function": "footpath", "surfaceMaterial": "gravel"}, SurfaceType.SOIL),
        ("TrafficArea", {"function": "tram"}, SurfaceType.RAIL),
        ("TrafficArea", {"function": "car_park"}, SurfaceType.ROAD),
        ("TrafficArea", {"usage": "pedestrian"}, SurfaceType.PAVING),
        ("TrafficArea", {"function": "Gehweg"}, SurfaceType.PAVING),
        ("TrafficArea", {"function": "road_marking_lane"}, SurfaceType.MARKING),
        ("TrafficArea", {"function": "13"}, SurfaceType.MARKING),
        ("TrafficArea", {"function": "9999"}, SurfaceType.ROAD),
        ("TrafficArea", {}, SurfaceType.ROAD),
        ("AuxiliaryTrafficArea", {"function": "kerb"}, SurfaceType.PAVING),
        ("AuxiliaryTrafficArea", {"function": "1020"}, SurfaceType.GREEN),
        ("AuxiliaryTrafficArea", {"surfaceMaterial": "grass"}, SurfaceType.GREEN),
        ("AuxiliaryTrafficArea", {"function": "marking"}, SurfaceType.MARKING),
        ("AuxiliaryTrafficArea", {}, SurfaceType.PAVING),
    ],
)
def test_an_area_of_a_road_is_what_it_says(
    path: Path, kind: str, values: dict[str, str], cover: SurfaceType
) -> None:
    reading = read(path, town(street(area(SQUARE, kind=kind, **values))))
    assert covers(reading) == [cover]
    assert reading.report.warnings == []


@pytest.mark.parametrize(
    ("kind", "cover"),
    [
        ("Road", SurfaceType.ROAD),
        ("Square", SurfaceType.PAVING),
        ("Track", SurfaceType.PAVING),
        ("Railway", SurfaceType.RAIL),
    ],
)
def test_surfaces_without_words_are_what_their_object_is(
    path: Path, kind: str, cover: SurfaceType
) -> None:
    plain = surfaces("tran:lod1MultiSurface", SQUARE)
    assert covers(read(path, town(street(plain, kind=kind)))) == [cover]


def test_only_the_surface_of_water_is_to_be_seen(path: Path) -> None:
    bed = surfaces("wtr:lod2Surface", SQUARE, SQUARE)
    ground = (
        f"<wtr:boundedBy><wtr:WaterGroundSurface>{bed}</wtr:WaterGroundSurface></wtr:boundedBy>"
    )
    reading = read(path, town(water(SQUARE, more=ground)))
    assert covers(reading) == [SurfaceType.WATER]
    assert reading.report.surfaces_read == 3
    assert reading.report.surfaces_not_selected == 2


@pytest.mark.parametrize(
    ("text", "cover"),
    [
        ("meadow", SurfaceType.GREEN),
        ("city park", SurfaceType.GREEN),
        ("sand", SurfaceType.SOIL),
        ("market square", SurfaceType.PAVING),
        ("residential", SurfaceType.UNKNOWN),
        ("power plant", SurfaceType.UNKNOWN),
        ("kindergarten", SurfaceType.UNKNOWN),
        ("erf", SurfaceType.PAVING),
        ("202", SurfaceType.SOIL),
        ("203", SurfaceType.GREEN),
        ("204", SurfaceType.WATER),
        ("215", SurfaceType.ROAD),
        ("231", SurfaceType.UNKNOWN),
        ("", SurfaceType.UNKNOWN),
    ],
)
def test_land_use_is_told_in_words_or_not_at_all(path: Path, text: str, cover: SurfaceType) -> None:
    reading = read(path, town(land_use(SQUARE, **{"class": text})))
    assert covers(reading) == [cover]


def test_sections_and_spaces_of_a_road_are_its_parts_and_their_bodies_are_air(path: Path) -> None:
    lane = multi_surface(polygon(), prefix="")
    inside = f"<tran:boundary><tran:TrafficArea>{lane}</tran:TrafficArea></tran:boundary>"
    air = f"<lod2Solid><gml:Solid><gml:exterior>{polygon()}</gml:exterior></gml:Solid></lod2Solid>"
    space = f'<tran:TrafficSpace gml:id="space">{inside}{air}</tran:TrafficSpace>'
    section = (
        '<tran:Section gml:id="section">'
        f"<tran:trafficSpace>{space}</tran:trafficSpace></tran:Section>"
    )
    road = f'<tran:Road gml:id="road"><tran:section>{section}</tran:section></tran:Road>'
    document = city(road, version="3.0").replace(
        "xmlns:con=", 'xmlns:tran="http://www.opengis.net/citygml/transportation/3.0" xmlns:con='
    )
    reading = read(path, document)
    assert [(item.source_id, item.parent_id) for item in reading.objects] == [
        ("road", None),
        ("section", "road"),
        ("space", "section"),
    ]
    assert covers(reading) == [SurfaceType.ROAD]
    assert reading.report.surfaces_not_selected == 1


def test_words_of_extensions_are_attributes(path: Path) -> None:
    road = street('<x:section xmlns:x="urn:x">B</x:section>', facts("tran", function="road"))
    (item,) = read(path, town(road)).objects
    assert item.attributes == {"section": "B", "function": "road"}


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(LAYER_OF_CLASS)),
    st.dictionaries(st.sampled_from(["class", "function", "usage", "surfaceMaterial"]), st.text()),
)
def test_whatever_a_file_says_is_some_cover_and_only_land_has_one(
    class_name: str, said: dict[str, str]
) -> None:
    def says(name: str) -> str:
        return said.get(name, "")

    cover = default_cover(says, class_name, SurfaceType.UNKNOWN)
    if LAYER_OF_CLASS[class_name] is Layer.BUILDINGS:
        openings = {"Window": SurfaceType.WINDOW, "Door": SurfaceType.DOOR}
        assert cover is openings.get(class_name, SurfaceType.UNKNOWN)
    assert cover_of(says, "TrafficArea", cover) in SurfaceType
