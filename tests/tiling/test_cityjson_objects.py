"""What city objects of CityJSON become: classes, parts, attributes, templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from citiverse_tiling.model import SurfaceType
from citiverse_tiling.report import Reason
from tiling.citygml_documents import UTM, local
from tiling.cityjson_documents import (
    CUBE,
    IDENTITY,
    SQUARE,
    Json,
    balanced,
    building,
    document,
    feature,
    multi_surface,
    read_json,
    sequence,
    types,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.json"


# City objects


@pytest.mark.parametrize(
    ("kind", "class_name", "cover"),
    [
        ("Road", "Road", SurfaceType.ROAD),
        ("Railway", "Railway", SurfaceType.RAIL),
        ("TransportSquare", "Square", SurfaceType.PAVING),
        ("WaterBody", "WaterBody", SurfaceType.WATER),
        ("PlantCover", "PlantCover", SurfaceType.GREEN),
        ("LandUse", "LandUse", SurfaceType.UNKNOWN),
        ("TINRelief", "TINRelief", SurfaceType.TERRAIN),
        ("CityFurniture", "CityFurniture", SurfaceType.FURNITURE),
        ("GenericCityObject", "GenericCityObject", SurfaceType.FURNITURE),
        ("+GenericCityObject", "GenericCityObject", SurfaceType.FURNITURE),
        ("SolitaryVegetationObject", "SolitaryVegetationObject", SurfaceType.PLANT),
    ],
)
def test_classes_and_what_covers_them(
    path: Path, kind: str, class_name: str, cover: SurfaceType
) -> None:
    reading = read_json(path, document({"x": building(multi_surface(), kind=kind)}))
    assert reading.report.objects_read == {class_name: 1}
    assert types(reading, name="x") == [cover]


def test_parts_of_a_road_are_told_by_their_attributes(path: Path) -> None:
    surfaces = [
        {"type": "TrafficArea", "function": ["footpath"]},
        {"type": "TrafficArea", "function": "driving_lane"},
        {"type": "AuxiliaryTrafficArea", "surfaceMaterial": "grass"},
        {"type": "TransportationMarking"},
    ]
    given = multi_surface(
        *([[[0, 1, 2, 3]]] * 4), semantics={"surfaces": surfaces, "values": [0, 1, 2, 3]}
    )
    assert types(read_json(path, document({"b1": building(given, kind="Road")}))) == [
        SurfaceType.PAVING,
        SurfaceType.ROAD,
        SurfaceType.GREEN,
        SurfaceType.MARKING,
    ]


def test_land_is_told_by_its_attributes(path: Path) -> None:
    given = building(multi_surface(), kind="LandUse", attributes={"class": "meadow"})
    assert types(read_json(path, document({"b1": given}))) == [SurfaceType.GREEN]


@pytest.mark.parametrize(
    ("kind", "attributes", "cover"),
    [
        ("Road", {"function": "voetpad", "surfacematerial": "open verharding"}, SurfaceType.PAVING),
        ("Road", {"function": "rijbaan lokale weg"}, SurfaceType.ROAD),
        ("Road", {"function": "parkeervlak", "surfacematerial": ""}, SurfaceType.ROAD),
        ("LandUse", {"bgt_fysiekvoorkomen": "gesloten verharding"}, SurfaceType.ROAD),
        ("LandUse", {"bgt_fysiekvoorkomen": "onverhard"}, SurfaceType.SOIL),
        ("LandUse", {"bgt_fysiekvoorkomen": "erf"}, SurfaceType.PAVING),
        ("LandUse", {"bgt_fysiekvoorkomen": "transitie"}, SurfaceType.UNKNOWN),
    ],
)
def test_land_of_the_dutch_register_is_told_too(
    path: Path, kind: str, attributes: Json, cover: SurfaceType
) -> None:
    given = building(multi_surface(), kind=kind, attributes=attributes)
    assert types(read_json(path, document({"b1": given}))) == [cover]


def test_parts_follow_their_building_and_know_it(path: Path) -> None:
    objects = {
        "p2": building(kind="BuildingPart", parents=["b1"]),
        "i": building(kind="BuildingInstallation", parents=["p2"]),
        "b1": {"type": "Building", "children": ["p1", "p2", "nowhere", 5]},
        "b2": {"type": "Building"},
        "p1": building(kind="BuildingPart"),
    }
    reading = read_json(path, document(objects))
    assert [(item.source_id, item.parent_id) for item in reading.objects] == [
        ("b1", None),
        ("p2", "b1"),
        ("i", "p2"),
        ("p1", "b1"),
        ("b2", None),
    ]


def test_a_part_of_what_is_not_read_belongs_to_what_is_around_that(path: Path) -> None:
    objects = {
        "b1": building(),
        "room": building(kind="BuildingRoom", parents=["b1"]),
        "stove": building(kind="BuildingInstallation", parents=["room"]),
    }
    reading = read_json(path, document(objects))
    assert [(item.source_id, item.parent_id) for item in reading.objects] == [
        ("b1", None),
        ("stove", "b1"),
    ]
    assert reading.report.objects_not_selected == {"BuildingRoom": 1}
    assert reading.report.surfaces["city.json", "BuildingRoom"].not_selected == 6
    assert not reading.report.has_losses


def test_a_group_is_kept_and_its_members_stand_alone(path: Path) -> None:
    objects = {
        "g": {"type": "CityObjectGroup", "children": ["b1"]},
        "b1": building(parents=["g"]),
    }
    group, item = read_json(path, document(objects)).objects
    assert (item.source_id, item.parent_id) == ("b1", None)
    assert group.class_name == "CityObjectGroup"
    assert group.attributes == {"groupMember": "b1"}


def test_parts_of_each_other_are_read_once(path: Path) -> None:
    objects = {
        "a": building(parents=["b"]),
        "b": building(parents=["a"], children=["a"]),
        "c": building(parents=["c"], children=["c"]),
    }
    reading = read_json(path, document(objects))
    assert sorted(item.source_id for item in reading.objects) == ["a", "b", "c"]
    assert reading.report.repaired == {"objects that are parts of themselves, taken as wholes": 1}


def test_a_long_chain_of_parts_is_no_deep_recursion(path: Path) -> None:
    objects: Json = {"b0": building()}
    for number in range(1, 3000):
        objects[f"b{number}"] = {"type": "BuildingPart", "parents": [f"b{number - 1}"]}
    assert len(read_json(path, document(objects)).objects) == 3000


def test_row_28_classes_of_extensions_are_shown_and_keep_their_name(path: Path) -> None:
    reading = read_json(path, document({"n": building(kind="+NoiseBarrier"), "b1": building()}))
    barrier = reading.objects[0]
    assert barrier.class_name == "NoiseBarrier"
    assert len(barrier.geometries[0].polygons) == 6
    assert reading.report.objects_read == {"NoiseBarrier": 1, "Building": 1}
    assert reading.report.warnings == [
        "city.json: 1 objects are of an extension's class NoiseBarrier"
    ]


# Attributes


def test_attributes_are_flattened(path: Path) -> None:
    attributes = {
        "name": "Town  hall",
        "roofType": "gable",
        "measuredHeight": 12.5,
        "storeysAboveGround": 3,
        "listed": True,
        "nothing": None,
        "usage": ["office", "shop", None, 7],
        "energy": {"rating": {"value": "A"}, "year": 2020},
        "owner": [{"name": "A"}, {"name": "B", "share": 0.5}],
        "big": 2**60,
        "empty": {},
        "": "blank",
    }
    (item,) = read_json(path, document({"b1": building(attributes=attributes)})).objects
    assert item.name == "Town hall"
    assert item.attributes == {
        "roofType": "gable",
        "measuredHeight": 12.5,
        "storeysAboveGround": 3,
        "listed": True,
        "usage": "office",
        "usage.2": "shop",
        "usage.3": 7,
        "energy.rating.value": "A",
        "energy.year": 2020,
        "owner.name": "A",
        "owner.2.name": "B",
        "owner.2.share": 0.5,
        "big": str(2**60),
        "": "blank",
    }
    assert item.attributes["listed"] is True


ADDRESS = {
    "Country": "Germany",
    "Locality": "Eggenstein",
    "PostalCode": "76344",
    "ThoroughfareName": "Spöcker Straße",
    "ThoroughfareNumber": "4711",
    "location": {"type": "MultiPoint", "lod": "1", "boundaries": [0]},
}
OLD_ADDRESS = {
    "CountryName": "Germany",
    "LocalityName": "Eggenstein",
    "PostalCode": 76344,
    "ThoroughfareName": "Spöcker Straße",
    "ThoroughfareNumber": 4711,
}


@pytest.mark.parametrize("given", [[ADDRESS], OLD_ADDRESS], ids=["since 1.1", "1.0"])
def test_an_address_is_a_line_and_its_parts(path: Path, given: Any) -> None:
    (item,) = read_json(path, document({"b1": building(address=given)})).objects
    assert item.address == "Spöcker Straße 4711, 76344 Eggenstein, Germany"
    assert item.attributes["address.ThoroughfareName"] == "Spöcker Straße"
    assert not [name for name in item.attributes if "location" in name]


def test_two_addresses_are_one_line_and_numbered(path: Path) -> None:
    given = [{"Locality": "Here"}, {"Locality": "There"}]
    (item,) = read_json(path, document({"b1": building(address=given)})).objects
    assert item.address == "Here; There"
    assert item.attributes == {"address.Locality": "Here", "address.2.Locality": "There"}


def test_row_42_title_and_contact_reach_the_report(path: Path) -> None:
    contact = {"contactName": "3D Group", "organization": "City", "website": "https://city.example"}
    new = {"referenceSystem": UTM, "title": "Our  town", "pointOfContact": contact}
    old = {"referenceSystem": UTM, "datasetTitle": "Our town", "datasetPointOfContact": contact}
    for metadata in (new, old):
        (given,) = read_json(path, document(metadata=metadata)).report.inputs
        assert given.title == "Our town"
        assert given.contact == "City, 3D Group, https://city.example"


# Templates


def templates(*shapes: Json, points: tuple[Any, ...] = SQUARE) -> Json:
    return {"geometry-templates": {"templates": list(shapes), "vertices-templates": points}}


def instance(template: Any = 0, at: Any = 6, matrix: Any = IDENTITY) -> Json:
    return {
        "type": "GeometryInstance",
        "template": template,
        "boundaries": [at],
        "transformationMatrix": matrix,
    }


def test_row_30_a_template_stands_where_its_instances_say(path: Path) -> None:
    turned = [0.0, -2, 0, 1, 2, 0, 0, 0, 0, 0, 2, 5, 0, 0, 0, 1]
    objects = {
        "a": building(instance(), kind="CityFurniture"),
        "b": building(instance(at=0, matrix=turned), kind="CityFurniture"),
    }
    reading = read_json(path, document(objects, **templates(multi_surface(lod="3"))))
    np.testing.assert_array_equal(
        local(reading.geometry("a", "3")), np.array(SQUARE) + np.array(CUBE[6])
    )
    np.testing.assert_array_equal(
        local(reading.geometry("b", "3")), [(1, 0, 5), (1, 8, 5), (-7, 8, 5), (-7, 0, 5)]
    )
    assert reading.report.surfaces_read == 2


def test_an_instance_tells_how_it_came_to_its_place_unless_something_else_is_with_it(
    path: Path,
) -> None:
    turned = [0, -2, 0, 1, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]
    alone = {"type": "CityFurniture", "geometry": [instance(matrix=turned)]}
    both = {"type": "CityFurniture", "geometry": [instance(), instance(at=5)]}
    shapes = templates(multi_surface(lod="3"))
    reading = read_json(path, document({"alone": alone, "both": both}, **shapes))
    one, other = (item.geometries[0] for item in reading.objects)
    assert other.placed is None
    assert one.placed is not None
    made = one.placed.local @ one.placed.matrix[:, :3].T + one.placed.matrix[:, 3]
    np.testing.assert_allclose(made + one.placed.reference, one.polygons.coordinates, atol=1e-6)


def test_templates_of_a_sequence_are_in_its_header(path: Path) -> None:
    header = document({}, (), **templates(multi_surface(lod="3")))
    tree = building(instance(), kind="SolitaryVegetationObject")
    reading = read_json(path, sequence(header, feature({"t": tree}), feature({"u": tree})))
    for name in "tu":
        points = local(reading.geometry(name, "3"))
        np.testing.assert_array_equal(points, np.array(SQUARE) + np.array(CUBE[6]))


@pytest.mark.parametrize(
    "broken",
    [
        instance(template=5),
        instance(template=-1),
        instance(template="0"),
        instance(template=1),
        instance(template=2),
        instance(matrix=[1, 2, 3]),
        instance(matrix=["x"] * 16),
        instance(matrix=[1e300] * 16),
        instance(matrix=None),
        {**instance(), "boundaries": []},
        {**instance(), "boundaries": "x"},
    ],
)
def test_an_instance_that_makes_no_sense_is_listed(path: Path, broken: Json) -> None:
    objects = {"b1": building(broken, multi_surface())}
    shapes = templates(multi_surface(), instance(), {"type": "MultiSurface", "boundaries": [[1]]})
    reading = read_json(path, document(objects, **shapes))
    assert reading.report.surfaces_lost == {Reason.UNSUPPORTED_GEOMETRY: 1}
    assert reading.report.losses[0].object_id == "b1"
    assert balanced(reading)
    assert len(reading.geometry("b1", "2").polygons) == 1
