"""What each member of CityJSON 1.0, 1.1 and 2.0 becomes (docs/mapping/cityjson.md)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from citiverse_tiling.model import SurfaceType
from citiverse_tiling.options import LocalPlace
from citiverse_tiling.report import InputDescription, Reason
from tiling.citygml_documents import ORIGIN, UTM, local
from tiling.cityjson_documents import (
    CUBE,
    CUBE_SHELL,
    SQUARE,
    Json,
    building,
    document,
    feature,
    multi_surface,
    read_json,
    sequence,
    solid,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tiling.citygml_documents import Reading

IDENTITY = [1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.json"


def balanced(reading: Reading) -> bool:
    """Whether what was read is in objects, not selected, or listed."""
    report = reading.report
    held = sum(len(g.polygons) for item in reading.objects for g in item.geometries)
    lost = report.surfaces_lost.total()
    return report.surfaces_read == held + report.surfaces_not_selected + lost


def types(reading: Reading, lod: str = "2", name: str = "b1") -> list[SurfaceType]:
    return [SurfaceType(n) for n in reading.geometry(name, lod).polygons.surface_types]


# Files


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0", "2.0.1"])
def test_all_versions_are_read(path: Path, version: str) -> None:
    reading = read_json(path, document(version=version))
    minor = version[:3]
    size = path.stat().st_size
    expected = InputDescription("city.json", size, "CityJSON", minor, ("EPSG:25832",))
    assert reading.report.inputs == [expected]
    assert [item.source_id for item in reading.objects] == ["b1"]
    assert reading.objects[0].class_name == "Building"
    assert reading.report.objects_read == {"Building": 1}
    assert reading.report.surfaces_read == 6


@pytest.mark.parametrize("name", ["city.json", "city.city.json", "gebäude-é.txt", "city"])
def test_rows_33_and_35_a_file_is_told_by_its_content_whatever_its_name(
    tmp_path: Path, name: str
) -> None:
    whole = json.dumps(document(), indent=2).encode()
    for given in (whole, b"\xef\xbb\xbf" + whole, b"\n\n " + whole):
        reading = read_json(tmp_path / name, given)
        assert reading.report.inputs[0].format == "CityJSON"
        assert len(reading.objects) == 1


def test_a_sequence_has_an_object_a_line(path: Path) -> None:
    lines = sequence(
        document({}, ()), feature({"a": building()}), feature({"b": building()})
    ).replace(b"\n", b"\r\n\n")
    reading = read_json(path, b"\xef\xbb\xbf" + lines)
    assert reading.report.inputs[0].format == "CityJSONSeq"
    assert [(item.source_id, item.place.line) for item in reading.objects] == [("a", 3), ("b", 5)]
    np.testing.assert_array_equal(reading.objects[1].geometries[0].polygons.lines, 5)


def test_sequences_joined_end_to_end_have_a_header_each(path: Path) -> None:
    moved = document({}, ())
    moved["transform"]["translate"] = [ORIGIN[0] + 100, *ORIGIN[1:]]
    lines = sequence(
        document({}, ()), feature({"a": building()}), moved, feature({"b": building()})
    )
    first, second = read_json(path, lines).objects
    step = second.geometries[0].polygons.coordinates - first.geometries[0].polygons.coordinates
    np.testing.assert_allclose(step, [[100, 0, 0]] * 24, atol=1e-9)


# Coordinates


def test_vertices_are_scaled_and_moved(path: Path) -> None:
    reading = read_json(path, document({"b1": building(multi_surface())}))
    np.testing.assert_array_equal(local(reading.geometry("b1", "2")), SQUARE)


def test_row_36_version_1_0_may_have_real_coordinates(path: Path) -> None:
    given = document({"b1": building(multi_surface())}, version="1.0")
    del given["transform"]
    given["vertices"] = [(np.array(point) + ORIGIN).tolist() for point in CUBE]
    np.testing.assert_array_equal(local(read_json(path, given).geometry("b1", "2")), SQUARE)


@pytest.mark.parametrize(
    ("crs", "key"),
    [
        ("urn:ogc:def:crs:EPSG::25832", "EPSG:25832"),
        ("https://www.opengis.net/def/crs/EPSG/0/25832", "EPSG:25832"),
        ("http://www.opengis.net/def/crs/EPSG/0/25832", "EPSG:25832"),
        ("EPSG:25832", "EPSG:25832"),
        ("urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837", "EPSG:25832+7837"),
        (
            "https://www.opengis.net/def/crs-compound"
            "?1=https://www.opengis.net/def/crs/EPSG/0/25832"
            "&2=https://www.opengis.net/def/crs/EPSG/0/7837",
            "EPSG:25832+7837",
        ),
    ],
)
def test_row_36_every_spelling_of_the_crs(path: Path, crs: str, key: str) -> None:
    assert read_json(path, document(crs=crs)).objects[0].geometries[0].crs == key


def test_row_36_a_crs_may_be_given_where_there_is_none(path: Path) -> None:
    given = document(crs=None)
    assert read_json(path, given, crs=UTM).objects[0].geometries[0].crs == "EPSG:25832"
    given["transform"]["translate"] = [0, 0, 0]
    reading = read_json(path, given, place=LocalPlace(8.4, 49.0))
    assert reading.objects[0].geometries[0].crs == "local"


def test_many_vertices_are_read_in_pieces(path: Path) -> None:
    points = tuple((float(n), 0.5, 0.25) for n in range(60_000))
    surface = multi_surface([[0, 59_998, 59_999]])
    polygons = read_json(path, document({"b1": building(surface)}, points)).geometry("b1", "2")
    assert path.stat().st_size > 1_000_000
    np.testing.assert_allclose(local(polygons), [points[0], *points[-2:]])


# Geometry


def test_every_type_of_geometry_gives_its_surfaces(path: Path) -> None:
    shells = [CUBE_SHELL, [[[4, 5, 6, 7]]]]
    objects = {
        "multi": building(multi_surface([[0, 1, 2, 3]], [[4, 5, 6, 7]])),
        "composite": building({**multi_surface(), "type": "CompositeSurface"}),
        "solid": building(solid(*shells)),
        "multi-solid": building({**solid(), "type": "MultiSolid", "boundaries": [shells, shells]}),
        "composite-solid": building(
            {**solid(), "type": "CompositeSolid", "boundaries": [[CUBE_SHELL]]}
        ),
    }
    reading = read_json(path, document(objects))
    counts = {item.source_id: len(item.geometries[0].polygons) for item in reading.objects}
    assert counts == {
        "multi": 2,
        "composite": 1,
        "solid": 7,
        "multi-solid": 14,
        "composite-solid": 6,
    }
    assert reading.report.surfaces_read == sum(counts.values())


def test_holes_are_rings_after_the_first(path: Path) -> None:
    given = building(multi_surface([[0, 1, 2, 3], [4, 5, 6]], [[4, 5, 6, 7]]))
    polygons = read_json(path, document({"b1": given})).geometry("b1", "2").polygons
    assert polygons.ring_offsets.tolist() == [0, 4, 7, 11]
    assert polygons.polygon_offsets.tolist() == [0, 2, 3]


def test_rings_come_open_however_they_are_written(path: Path) -> None:
    given = building(multi_surface([[0, 1, 2, 3, 0]]))
    assert local(read_json(path, document({"b1": given})).geometry("b1", "2")).shape == (4, 3)


@pytest.mark.parametrize(
    ("written", "lod"),
    [("2.2", "2.2"), ("2.0", "2"), ("2", "2"), (2, "2"), (2.0, "2"), (1.3, "1.3"), ("0", "0")],
)
def test_row_36_every_spelling_of_a_level_of_detail(path: Path, written: Any, lod: str) -> None:
    reading = read_json(path, document({"b1": building(solid(lod=written))}))
    assert [geometry.lod for geometry in reading.objects[0].geometries] == [lod]
    assert not reading.report.repaired


@pytest.mark.parametrize("written", [None, "LoD2", "9", [2], True])
def test_a_level_of_detail_that_is_none_is_counted(path: Path, written: Any) -> None:
    reading = read_json(path, document({"b1": building(solid(lod=written))}))
    assert reading.objects[0].geometries[0].lod == "1"
    assert reading.report.repaired.total() == 1


def test_row_15_an_object_has_all_its_levels_of_detail(path: Path) -> None:
    geometries = (multi_surface(lod="0"), solid(lod="1.2"), solid(lod="2.2"))
    reading = read_json(path, document({"b1": building(*geometries)}))
    found = {g.lod: len(g.polygons) for g in reading.objects[0].geometries}
    assert found == {"0": 1, "1.2": 6, "2.2": 6}


def test_geometries_of_one_level_of_detail_become_one(path: Path) -> None:
    given = building(multi_surface([[0, 1, 2], [4, 5, 6]]), solid(lod="2.0"))
    polygons = read_json(path, document({"b1": given})).geometry("b1", "2").polygons
    assert np.diff(polygons.polygon_offsets).tolist() == [2, 1, 1, 1, 1, 1, 1]
    assert np.diff(polygons.ring_offsets).tolist() == [3, 3, 4, 4, 4, 4, 4, 4]


def test_points_and_lines_are_named_in_the_report(path: Path) -> None:
    points = {"type": "MultiPoint", "lod": "0", "boundaries": [0]}
    lines = {"type": "MultiLineString", "lod": "0", "boundaries": [[0, 1]]}
    reading = read_json(path, document({"b1": building(points, lines)}))
    assert reading.objects[0].geometries == ()
    assert reading.report.warnings == [
        "city.json: curves and points are not tiled (MultiLineString, MultiPoint)"
    ]


def test_a_plant_may_be_a_point(path: Path) -> None:
    points = {"type": "MultiPoint", "lod": "1", "boundaries": [5]}
    tree = building(points, kind="SolitaryVegetationObject")
    reading = read_json(path, document({"t": tree}))
    np.testing.assert_array_equal(local(reading.geometry("t", "1")), [CUBE[5]])
    assert types(reading, "1", "t") == [SurfaceType.PLANT]
    assert reading.report.surfaces_read == 1


# Semantics


def semantics(*names: str, values: Any) -> Json:
    return {"semantics": {"surfaces": [{"type": name} for name in names], "values": values}}


def test_surfaces_are_what_their_semantics_say(path: Path) -> None:
    values = semantics("WallSurface", "RoofSurface", "GroundSurface", values=[[2, 1, 0, 0, 0, 0]])
    reading = read_json(path, document({"b1": building(solid(**values))}))
    wall = SurfaceType.WALL
    assert types(reading) == [SurfaceType.GROUND, SurfaceType.ROOF, wall, wall, wall, wall]


@pytest.mark.parametrize(
    "values",
    [None, [], [None], [[None] * 6], [[7, -1, "x", 1.5, [], {}]], [[]], 3, "0"],
)
def test_semantics_that_say_nothing_leave_surfaces_unknown(path: Path, values: Any) -> None:
    given = solid(**semantics("WallSurface", values=values))
    reading = read_json(path, document({"b1": building(given)}))
    assert types(reading) == [SurfaceType.UNKNOWN] * 6


def test_null_stands_for_a_whole_shell(path: Path) -> None:
    shells = [CUBE_SHELL, [[[4, 5, 6, 7]]], [[[0, 1, 2, 3]]]]
    given = solid(*shells, **semantics("DoorSurface", "Window", values=[None, [1], [None]]))
    reading = read_json(path, document({"b1": building(given)}))
    assert types(reading) == [SurfaceType.UNKNOWN] * 6 + [SurfaceType.WINDOW, SurfaceType.UNKNOWN]


def test_semantics_of_several_solids_are_nested_as_deep(path: Path) -> None:
    solids = [[[[[0, 1, 2, 3]]]], [[[[4, 5, 6, 7]], [[0, 1, 5, 4]]]], [[[[0, 1, 2]]]]]
    values = semantics("WallSurface", "RoofSurface", values=[[[1]], [[None, 0]], None])
    given = {"type": "MultiSolid", "lod": "2", "boundaries": solids, **values}
    reading = read_json(path, document({"b1": building(given)}))
    assert types(reading) == [
        SurfaceType.ROOF,
        SurfaceType.UNKNOWN,
        SurfaceType.WALL,
        SurfaceType.UNKNOWN,
    ]


@pytest.mark.parametrize("name", ["+ThermalSurface", "Nonsense", "", None])
def test_surfaces_of_a_type_that_nobody_knows_are_unknown(path: Path, name: Any) -> None:
    given = multi_surface(semantics={"surfaces": [{"type": name}], "values": [0]})
    assert types(read_json(path, document({"b1": building(given)}))) == [SurfaceType.UNKNOWN]


def test_what_is_under_water_is_not_selected(path: Path) -> None:
    values = semantics("WaterSurface", "WaterGroundSurface", values=[[0, 1, 1, 1, 1, 1]])
    reading = read_json(path, document({"b1": building(solid(**values), kind="WaterBody")}))
    assert types(reading) == [SurfaceType.WATER]
    assert reading.report.surfaces_not_selected == 5
    assert balanced(reading)


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
    assert reading.report.objects_not_supported == {"BuildingRoom": 1}
    assert reading.report.examples[0].object_id == "room"


def test_a_group_is_counted_and_its_members_stand_alone(path: Path) -> None:
    objects = {
        "g": {"type": "CityObjectGroup", "children": ["b1"]},
        "b1": building(parents=["g"]),
    }
    (item,) = read_json(path, document(objects)).objects
    assert (item.source_id, item.parent_id) == ("b1", None)


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
    assert barrier.class_name == "GenericCityObject"
    assert barrier.attributes == {"extensionClass": "+NoiseBarrier"}
    assert len(barrier.geometries[0].polygons) == 6
    assert reading.report.objects_read == {"GenericCityObject": 1, "Building": 1}
    assert reading.report.warnings == [
        "city.json: 1 objects of the extension class +NoiseBarrier are shown as GenericCityObject"
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


def test_appearances_are_said_not_to_be_used(path: Path) -> None:
    reading = read_json(path, document(appearance={"textures": [{"image": "a.jpg"}]}))
    assert reading.report.warnings == ["city.json: its textures and materials are not used"]
    assert not read_json(path, document(appearance={})).report.warnings


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
    assert reading.report.examples[0].object_id == "b1"
    assert balanced(reading)
    assert len(reading.geometry("b1", "2").polygons) == 1
