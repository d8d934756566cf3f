"""CityJSON made to do harm, or broken at random: bounded memory, one sentence, no crash."""

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
    InputError,
)
from citiverse_tiling.report import Reason
from citiverse_tiling.sources.cityjson import document as document_module
from citiverse_tiling.sources.cityjson import objects as objects_module
from citiverse_tiling.sources.cityjson import reader as reader_module
from citiverse_tiling.transforms.clean_rings import clean_rings
from tiling.cityjson_documents import (
    CUBE,
    Json,
    balanced,
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
    assert len(reading.report.losses) == 4990


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


@settings(max_examples=150, derandomize=True)
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
    assert balanced(reading)
    for item in reading.objects:
        for geometry in item.geometries:
            clean_rings(geometry.polygons, item, reading.report)
