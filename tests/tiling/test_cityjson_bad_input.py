"""CityJSON that is broken: one sentence with the place and the remedy, or a loss in the report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from citiverse_tiling.errors import (
    BadCoordinates,
    EmptyCity,
    NotXml,
    UnknownCrs,
)
from citiverse_tiling.report import Reason
from citiverse_tiling.sources.cityjson import reader as reader_module
from citiverse_tiling.transforms.clean_rings import clean_rings
from tiling.cityjson_documents import (
    Json,
    building,
    document,
    feature,
    multi_surface,
    read_json,
    refusal,
    sequence,
    solid,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.json"


# Whole files


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "cut short"),
        (b"{}", "not CityJSON: its type is unknown"),
        (b'{"type": "Thing", "features": []}', "its type is Thing"),
        (b'{"asset": {"version": "1.1"}, "root": {}}', "not CityJSON"),
        (b'{"type": "CityJSON"}', "version of CityJSON is None"),
        (b'{"type": "CityJSON", "version": "0.9"}', "version of CityJSON is 0.9"),
        (b'{"type": "CityJSON", "version": 2.0}', "version of CityJSON is 2.0"),
        (b'{"type": "CityJSON", "version": "2.0",}', "not well-formed"),
        (b'{"type": "City\xffJSON"}', "not in UTF-8"),
        (b'{"type": "CityJSON", "version": "2.0", "CityObjects": []}', "not CityJSON"),
        (b'{"type": "CityJSON", "version": "2.0", "CityObjects": {"a": 1}}', "CityObjects"),
        (b'{"type": "CityJSON", "version": "2.0", "transform": {"scale": [1]}}', "transform"),
    ],
)
def test_what_is_no_cityjson_is_refused(path: Path, content: bytes, says: str) -> None:
    assert says in refusal(path, content)


@pytest.mark.parametrize("content", ['{"type": "CityJSON"}'.encode("utf-16"), b'"CityJSON"', b"[]"])
def test_other_json_is_no_format_that_can_be_read(path: Path, content: bytes) -> None:
    assert "of no format that can be read" in refusal(path, content, NotXml)


def test_a_file_cut_short_is_refused_wherever_it_ends(path: Path) -> None:
    whole = json.dumps(document()).encode()
    for end in range(1, len(whole), 29):
        assert refusal(path, whole[:end])


def test_row_36_a_feature_without_a_header_asks_for_it(path: Path) -> None:
    line = feature({"b1": building()})
    for given in (sequence(line), sequence(line, line), json.dumps(line, indent=1).encode()):
        sentence = refusal(path, given)
        assert "CityJSONFeature" in sentence
        assert "CRS" in sentence
        assert "transform" in sentence


def test_a_file_without_a_crs_asks_for_one(path: Path) -> None:
    assert "--crs" in refusal(path, document(crs=None), UnknownCrs)
    assert "--crs" in refusal(path, document(metadata=[5]), UnknownCrs)
    assert "--crs" in refusal(path, document(metadata={"referenceSystem": 7415}), UnknownCrs)
    header = document({}, (), crs="EPSG:1")
    assert refusal(path, sequence(header, feature({"b1": building()})), UnknownCrs).startswith(
        ":1:"
    )


def test_a_file_that_is_nowhere_on_earth_asks_for_its_crs(path: Path) -> None:
    given = document()
    given["transform"]["translate"] = [1e12, 1e12, 0]
    assert "--crs" in refusal(path, given, BadCoordinates)


def test_an_empty_city_says_what_is_in_it(path: Path) -> None:
    assert "nothing in it" in refusal(path, document({}), EmptyCity)
    room = document({"r": building(kind="BuildingRoom")})
    assert "only BuildingRoom" in refusal(path, room, EmptyCity)


# Lines of a sequence


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "cut short"),
        (b"just words", "not well-formed"),
        (b"[]", "expected `object`"),
        (b'{"type": "Feature"}', "of the type Feature, not CityJSONFeature"),
        (b'{"type": "CityJSONFeature", "vertices": [[0, 0]]}', "vertices: "),
        (b'{"type": "CityJSON", "version": "3.0"}', "version of CityJSON is 3.0"),
    ],
)
def test_a_bad_line_is_named(path: Path, line: bytes, says: str) -> None:
    good = sequence(document({}, ()), feature({"b1": building()}))
    sentence = refusal(path, good + line)
    assert sentence.startswith(":3: ")
    assert says in sentence


def test_a_line_has_a_longest_length(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "MAX_OBJECT_BYTES", 4000)
    lines = sequence(document({}, ()), feature({"b1": building(attributes={"a": "x" * 5000})}))
    assert refusal(path, lines).startswith(":2: one line is longer")


# Single objects


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Blob", "lod": "2", "boundaries": []},
        {"type": None, "lod": "2", "boundaries": []},
        {"type": ["Solid"], "boundaries": []},
        {"type": "Solid", "lod": "2", "boundaries": [[0, 1, 2]]},
        {"type": "MultiSurface", "lod": "2", "boundaries": {}},
        {"type": "MultiSurface", "lod": "2", "boundaries": [[[0.5, 1, 2]]]},
        {"type": "MultiSurface", "lod": "2", "boundaries": [[["a", 1, 2]]]},
        {"type": "MultiSurface", "lod": "2", "boundaries": [[[10**40, 1, 2]]]},
        {"type": "MultiSurface", "lod": "2", "boundaries": [[[2**63, 1, 2]]]},
        {"type": "MultiSurface", "lod": "2", "boundaries": None},
    ],
)
def test_a_geometry_that_cant_be_read_is_listed_and_the_rest_is_read(
    path: Path, geometry: Json
) -> None:
    reading = read_json(path, document({"b1": building(geometry, solid()), "b2": building()}))
    assert reading.report.surfaces_lost == {Reason.UNSUPPORTED_GEOMETRY: 1}
    (loss,) = reading.report.losses
    assert (loss.object_id, loss.file) == ("b1", "city.json")
    assert [len(item.geometries[0].polygons) for item in reading.objects] == [6, 6]
    assert reading.report.surfaces_read == 13


@pytest.mark.parametrize("member", [5, "x", {}, [5], [[]]])
def test_a_member_geometry_that_is_none_is_listed(path: Path, member: Any) -> None:
    given = {"type": "Building", "geometry": member}
    reading = read_json(path, document({"b1": given, "b2": building()}))
    assert reading.report.surfaces_lost == {Reason.UNSUPPORTED_GEOMETRY: 1}


@pytest.mark.parametrize("number", [8, 99, -1, -9, 2**62])
def test_a_vertex_that_isnt_there_spoils_its_surface_alone(path: Path, number: int) -> None:
    surfaces = multi_surface([[0, 1, 2, number]], [[0, 1, 2]])
    reading = read_json(path, document({"b1": building(surfaces)}))
    (item,) = reading.objects
    polygons = item.geometries[0].polygons
    assert np.isnan(polygons.coordinates).any(axis=1).tolist() == [False] * 3 + [True] + [False] * 3
    assert len(clean_rings(polygons, item, reading.report)) == 1
    assert reading.report.surfaces_lost == {Reason.BAD_COORDINATES: 1}


def test_a_vertex_that_is_nowhere_spoils_its_surface_alone(path: Path) -> None:
    given = document({"b1": building(multi_surface([[0, 1, 2]], [[0, 1, 3]]))})
    given["vertices"][3] = [0, 0, -2147483648]
    given["vertices"][2][2] = 1e300
    (item,) = read_json(path, given).objects
    assert np.isnan(item.geometries[0].polygons.coordinates).any(axis=1).sum() == 2


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e999", b'"1"', b"null", b"[1]"])
def test_a_vertex_that_is_no_number_is_refused(path: Path, number: bytes) -> None:
    whole = json.dumps(document()).encode().replace(b"4000", number, 1)
    assert refusal(path, whole)


@pytest.mark.parametrize("member", ["attributes", "address"])
def test_words_that_are_not_utf_8_are_refused_by_object(path: Path, member: str) -> None:
    whole = json.dumps(document({"b1": {**building(), member: {"City": "7"}}})).encode()
    sentence = refusal(path, whole.replace(b'"7"', b'"\xff"'))
    assert sentence.startswith(": b1: its JSON is not in UTF-8")


@pytest.mark.parametrize("kind", [None, 5, ["Building"], {}])
def test_an_object_without_a_type_is_counted(path: Path, kind: Any) -> None:
    reading = read_json(path, document({"x": building(kind=kind), "b1": building()}))
    assert reading.report.objects_not_supported == {"without a type": 1}
    assert reading.report.losses[0].object_id == "x"


@pytest.mark.parametrize(
    "more",
    [
        {"attributes": 5},
        {"attributes": [1]},
        {"address": "here"},
        {"address": [5, None, {"Locality": {}}]},
        {"parents": "b2"},
        {"parents": {"b2": 1}},
        {"children": 7},
        {"children": [None, [], {}]},
        {"attributes": {"name": {"de": "Haus"}}},
    ],
)
def test_members_of_another_type_do_no_harm(path: Path, more: Json) -> None:
    (item,) = read_json(path, document({"b1": building(**more)})).objects
    assert len(item.geometries[0].polygons) == 6
