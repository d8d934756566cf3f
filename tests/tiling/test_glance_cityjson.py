"""A first look at CityJSON: buildings of the densest place as they are in the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_tiling.check import check
from citiverse_tiling.glance import WORTH_BYTES, cityjson_excerpt, glance
from citiverse_tiling.glance.cityjson import lines_in, objects_of, opened, sequence_of
from citiverse_tiling.options import Origin, TileOptions
from citiverse_tiling.pipeline import tile
from tiling.glances import boxes, still

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.glance.excerpt import Excerpt

SEQUENCE = "cityjsonseq-france/tile_00000.city.jsonl"
DOCUMENT = "cityjson-delft/delft.city.json"


@pytest.mark.parametrize("source", [DOCUMENT, SEQUENCE], ids=["document", "sequence"])
def test_buildings_are_as_they_are_in_the_whole(data: Path, tmp_path: Path, source: str) -> None:
    path = data / source
    if not path.is_file():
        pytest.skip("no such data here")
    found = excerpted(path, tmp_path)
    assert found is not None
    assert 100 < found.buildings <= found.found
    assert found.files[0].name == path.name, "the name is part of the identities"
    tile(TileOptions(found.files, tmp_path / "first"))
    origin = json.loads((tmp_path / "first" / "scene.json").read_bytes())["origin"]
    tile(TileOptions((path,), tmp_path / "full", origin=Origin(origin["lon"], origin["lat"])))
    first, full = boxes(tmp_path / "first"), boxes(tmp_path / "full")
    assert len(first) >= found.buildings
    gaps = np.abs([np.subtract(first[one], full[one]) for one in first])
    assert gaps.max() < 0.01


@pytest.mark.parametrize("kind", ["document", "sequence"])
def test_a_large_file_is_glanced_at(tmp_path: Path, kind: str) -> None:
    count, words = 100, {"words": "x" * (WORTH_BYTES // 100)}
    features = [feature(number, words) for number in range(count)]
    path = tmp_path / f"a.city.{'json' if kind == 'document' else 'jsonl'}"
    if kind == "sequence":
        path.write_text("\n".join(map(json.dumps, [HEADER, *features])))
    else:
        objects = {name: one for item in features for name, one in item["CityObjects"].items()}
        vertices = features[0]["vertices"]
        path.write_text(json.dumps({**HEADER, "CityObjects": objects, "vertices": vertices}))
    options = TileOptions((path,), tmp_path / "whole", crs="EPSG:28992")
    seen = glance(options, tmp_path / "first", still, 1.0)
    assert seen is not None
    assert seen.found == count
    assert not check(seen.scene)


def test_lines_belong_to_the_piece_that_they_begin_in(tmp_path: Path) -> None:
    path = tmp_path / "a.city.jsonl"
    path.write_text("\n".join(map(json.dumps, [HEADER, *(feature(n) for n in range(20))])))
    whole = lines_in(sequence_of(path), 0, 1 << 30)
    assert len(whole.keys) == 20
    size = path.stat().st_size
    for step in (1, 97, 300):
        pieces = [lines_in(sequence_of(path), at, at + step) for at in range(0, size, step)]
        assert [key for piece in pieces for key in piece.keys] == whole.keys
    assert whole.places[3].tolist() == [1_000.3, 2_000.0]


HEADER = {
    "type": "CityJSON",
    "version": "2.0",
    "transform": {"scale": [0.1, 0.1, 0.1], "translate": [1_000, 2_000, 0]},
    "CityObjects": {},
    "vertices": [],
}


def feature(number: int, attributes: dict[str, str] | None = None) -> dict[str, Any]:
    """A line with one small building."""
    shape = {"type": "MultiSurface", "lod": "1", "boundaries": [[[0, 1, 2]]]}
    vertices = [[number, 0, 0], [number + 5, 0, 0], [number, 5, 9]]
    building = {"type": "Building", "geometry": [shape], "attributes": attributes or {}}
    objects = {f"b{number}": building}
    return {
        "type": "CityJSONFeature",
        "id": f"b{number}",
        "CityObjects": objects,
        "vertices": vertices,
    }


def test_degrees_are_brought_to_metres(tmp_path: Path) -> None:
    finer = {"scale": [1e-7, 1e-7, 0.1], "translate": [4.3, 52.0, 0]}
    path = tmp_path / "a.city.json"
    path.write_text(json.dumps({**feature(3), "type": "CityJSON", "transform": finer}))
    assert objects_of(opened(path)).places[0].tolist() == pytest.approx(
        [4.3000003 * 111_320, 52 * 111_320]
    )


@pytest.mark.parametrize(
    "geometry",
    [
        [{"type": "MultiSurface", "boundaries": [[[0, 1, 99]]]}],
        [{"type": "MultiSurface", "boundaries": [[[0, 1, -1]]]}],
        [{"type": "MultiSurface", "boundaries": [[[0, 1, {"a": 2}]]]}],
        [{"type": "MultiSurface", "boundaries": [[[0, 1.5, 2]]]}],
        [["boundaries", {"boundaries": [0, 1, 2]}]],
    ],
    ids=["beyond", "before", "an object", "a fraction", "a list"],
)
def test_what_is_broken_is_left_to_the_full_run(tmp_path: Path, geometry: object) -> None:
    broken = feature(0)
    broken["CityObjects"]["b0"]["geometry"] = geometry
    (tmp_path / "a.city.json").write_text(json.dumps({**broken, "type": "CityJSON"}))
    assert excerpted(tmp_path / "a.city.json", tmp_path) is None


def test_children_that_are_their_own_parents_are_taken_once(tmp_path: Path) -> None:
    round_and_round = feature(0)
    objects = round_and_round["CityObjects"]
    objects["b0"]["children"] = ["p", "p", 7, "none"]
    objects["p"] = {**objects["b0"], "type": "BuildingPart", "children": ["b0"], "parents": ["b0"]}
    (tmp_path / "a.city.json").write_text(json.dumps({**round_and_round, "type": "CityJSON"}))
    found = excerpted(tmp_path / "a.city.json", tmp_path)
    assert found is not None
    written = json.loads(found.files[0].read_bytes())
    assert list(written["CityObjects"]) == ["b0", "p"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["type", "boundaries", "children", "b0"]), inner)
        ),
        max_leaves=8,
    ),
    st.sampled_from(["geometry", "children", "parents", "attributes", "type"]),
    st.sampled_from(["CityJSON", "CityJSONFeature"]),
)
def test_whatever_stands_there_nothing_breaks(
    tmp_path_factory: pytest.TempPathFactory, value: object, member: str, kind: str
) -> None:
    given = feature(0)
    given["CityObjects"]["b0"][member] = value
    path = tmp_path_factory.mktemp("any") / "a.city.json"
    path.write_text(json.dumps({**given, "type": kind}))
    excerpted(path, path.parent)


def excerpted(path: Path, room: Path) -> Excerpt | None:
    folder = room / "excerpts"
    folder.mkdir()
    return cityjson_excerpt.excerpt([path], still, 1.0, folder)
