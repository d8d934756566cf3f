"""What files, coordinates, geometry and semantics of CityJSON become (docs/mapping/cityjson.md)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from citiverse_tiling.model import SurfaceType
from citiverse_tiling.options import LocalPlace
from citiverse_tiling.report import InputDescription
from tiling.citygml_documents import ORIGIN, UTM, local
from tiling.cityjson_documents import (
    CUBE,
    CUBE_SHELL,
    SQUARE,
    Json,
    balanced,
    building,
    document,
    feature,
    multi_surface,
    read_json,
    sequence,
    solid,
    types,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.json"


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
