"""Files that are broken, or made to do harm: one sentence, bounded time and memory, no crash."""

from __future__ import annotations

import json
import random
import tracemalloc
from typing import TYPE_CHECKING, Any

import hypothesis
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from citiverse_tiling.errors import (
    BadCoordinates,
    EmptyCity,
    InputError,
    NotJson,
    NotXml,
    TilingError,
    UnknownCrs,
)
from citiverse_tiling.report import Reason
from citiverse_tiling.sources.cityjson import document as document_module
from citiverse_tiling.sources.cityjson import objects as objects_module
from citiverse_tiling.sources.cityjson import reader as reader_module
from citiverse_tiling.transforms.clean_rings import clean_rings
from tiling.cityjson_documents import (
    CUBE,
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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.json"


def refusal(path: Path, given: Json | bytes, kind: type[TilingError] = NotJson) -> str:
    """The sentence with which a file is refused, its path taken off."""
    with pytest.raises(kind) as caught:
        read_json(path, given)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert sentence.startswith(str(path))
    return sentence[len(str(path)) :]


def without(given: Json, *members: str) -> Json:
    return {key: value for key, value in given.items() if key not in members}


# Whole files


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "cut short"),
        (b"{}", "of the type None, not CityJSON"),
        (b'{"type": "FeatureCollection", "features": []}', "FeatureCollection, not CityJSON"),
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
    assert "neither CityGML nor CityJSON" in refusal(path, content, NotXml)


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
    tunnel = document({"t": building(kind="CityObjectGroup")})
    assert "only CityObjectGroup" in refusal(path, tunnel, EmptyCity)


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
    (loss,) = reading.report.examples
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
    assert reading.report.examples[0].object_id == "x"


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


# Made to do harm


def test_an_object_has_a_largest_size(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects_module, "MAX_OBJECT_BYTES", 2000)
    given = document({"b1": building(), "b2": building(attributes={"a": "x" * 2000})})
    assert ": b2: one object is larger" in refusal(path, given)


def test_a_document_has_a_largest_size(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "MAX_DOCUMENT_BYTES", 100)
    assert "CityJSONSeq" in refusal(path, document())


def test_a_document_has_a_largest_count_of_objects(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_module, "MAX_BRACES", 10)
    assert "more than 10 JSON objects" in refusal(
        path, document({f"b{n}": {"type": "Building"} for n in range(10)})
    )


@pytest.mark.parametrize("at", ["CityObjects", "vertices", "metadata", "appearance", "b1"])
def test_deep_nesting_is_refused(path: Path, at: str) -> None:
    depth = 100_000
    deep = b"[" * depth + b"]" * depth
    if at == "b1":
        whole = json.dumps(document({"b1": building(attributes={"deep": 7})})).encode()
        whole = whole.replace(b'"deep": 7', b'"deep": ' + deep)
    else:
        whole = json.dumps({**document(), at: 7}).encode().replace(b": 7", b": " + deep)
    sentence = refusal(path, whole)
    assert "nested too deeply" in sentence or "expected `object`" in sentence


def test_attributes_beyond_a_depth_or_a_number_are_counted(path: Path) -> None:
    deep: Any = "bottom"
    for _ in range(100):
        deep = {"a": deep}
    many = {f"a{n}": n for n in range(5000)}
    reading = read_json(path, document({"b1": building(attributes={"deep": deep, **many})}))
    assert len(reading.objects[0].attributes) == 4096
    assert "905 attributes are not kept" in reading.report.warnings[0]


def test_templates_cant_be_multiplied_without_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects_module, "MAX_PLACED_SURFACES", 1000)
    shape = multi_surface(*([[[0, 1, 2]]] * 100))
    one = {
        "type": "GeometryInstance",
        "template": 0,
        "boundaries": [0],
        "transformationMatrix": np.eye(4).ravel().tolist(),
    }
    city = document({"b1": building(*([one] * 5000))})
    city["geometry-templates"] = {"templates": [shape], "vertices-templates": CUBE}
    reading = read_json(path, city)
    assert len(reading.objects[0].geometries[0].polygons) == 1000
    assert reading.report.surfaces_lost == {Reason.UNSUPPORTED_GEOMETRY: 4990}
    assert len(reading.report.examples) == 100


def test_a_bracket_bomb_takes_bounded_memory(path: Path) -> None:
    bomb = b"[" + b"[],".join([b""] * 300_000) + b"[]]"
    whole = json.dumps(document({"b1": building({**multi_surface(), "boundaries": 7})})).encode()
    tracemalloc.start()
    read_json(path, whole.replace(b'"boundaries": 7', b'"boundaries": ' + bomb))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * len(bomb)


def test_memory_is_that_of_one_line(path: Path) -> None:
    line = feature({"b1": building(attributes={"a": "x" * 10_000})})
    peaks = []
    for count in (20, 400):
        given = sequence(document({}, ()), *([line] * count))
        path.write_bytes(given)
        del given
        tracemalloc.start()
        consume(path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.15


def consume(path: Path) -> None:
    from citiverse_tiling import sources
    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.report import Report

    for _ in sources.read(path, CrsRegistry(), Report(), lambda _: None):
        pass


# Fuzzing

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value within a JSON value."""
    found = [way]
    if isinstance(value, (dict, list)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            found += places(inner, (*way, key))
    return found


def template_city() -> Json:
    values = {"surfaces": [{"type": "WallSurface"}], "values": [[0, None, 0, 0, 0, 0]]}
    one = {
        "type": "GeometryInstance",
        "template": 0,
        "boundaries": [0],
        "transformationMatrix": np.eye(4).ravel().tolist(),
    }
    objects = {
        "b1": building(solid(semantics=values), children=["p"], attributes={"a": {"b": [1]}}),
        "p": building(kind="BuildingPart", parents=["b1"], address=[{"City": "X"}]),
        "t": building(one, kind="SolitaryVegetationObject"),
    }
    shapes: Json = {"templates": [multi_surface()], "vertices-templates": CUBE}
    city: Json = json.loads(json.dumps({**document(objects), "geometry-templates": shapes}))
    return city


WAYS = places(template_city())[1:]


@settings(max_examples=150, deadline=None, derandomize=True)
@hypothesis.given(
    st.lists(st.tuples(st.sampled_from(WAYS), anything), min_size=1, max_size=3), st.booleans()
)
def test_any_value_anywhere_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[tuple[Any, ...], Any]],
    in_lines: bool,
) -> None:
    given = template_city()
    for way, value in changes:
        at: Any = given
        try:
            for key in way[:-1]:
                at = at[key]
            at[way[-1]] = value
        except (LookupError, TypeError):
            continue
    path = tmp_path_factory.getbasetemp() / "fuzzed.json"
    text = json.dumps(given).encode()
    lines = [json.dumps(document({}, ())).encode(), text.replace(b"CityJSON", b"CityJSONFeature")]
    survives(path, b"\n".join(lines) if in_lines else text)


def test_flipped_bytes_are_read_or_refused(path: Path) -> None:
    chance = random.Random(7)
    whole = bytearray(sequence(template_city(), feature({"b1": building()})))
    for _ in range(300):
        bent = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            bent[chance.randrange(len(bent))] = chance.randrange(256)
        survives(path, bytes(bent))


def survives(path: Path, given: bytes) -> None:
    """Read a file that may be broken: objects whose counts balance, or one sentence."""
    try:
        reading = read_json(path, given)
    except InputError:
        return
    report = reading.report
    held = sum(len(g.polygons) for item in reading.objects for g in item.geometries)
    lost = report.surfaces_lost.total()
    assert report.surfaces_read == held + report.surfaces_not_selected + lost
    for item in reading.objects:
        for geometry in item.geometries:
            clean_rings(geometry.polygons, item, report)
