"""Vertices come out of the file as they are in it, wherever the text is cut."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import BadCoordinates, NotJson
from citiverse_tiling.report import Report
from citiverse_tiling.sources.cityjson import vertices
from citiverse_tiling.sources.cityjson.document import Transform
from citiverse_tiling.sources.cityjson.vertices import Vertices, decode_vertices

FILE = Path("city.json")
numbers = st.integers(-(2**31), 2**31) | st.floats(-1e9, 1e9)
triples = st.lists(st.tuples(numbers, numbers, numbers), max_size=20)


@settings(derandomize=True)
@given(triples, st.sampled_from([None, 0, 2]), st.integers(1, 60))
def test_any_triples_survive_any_cut(
    points: list[tuple[float, float, float]], indent: int | None, piece: int
) -> None:
    text = json.dumps(points, indent=indent).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vertices, "PIECE_BYTES", piece)
        found = decode_vertices(msgspec.Raw(text), FILE)
    np.testing.assert_array_equal(found, np.array(points, np.float64).reshape(-1, 3))


@pytest.mark.parametrize(
    "text", [b"5", b"{}", b'"[[1,2,3]]"', b"[1,2,3]", b"[[1,2]]", b"[[1,2,3,4]]", b"[[1,2,null]]"]
)
@pytest.mark.parametrize("piece", [1, 1000])
def test_what_is_no_list_of_triples_is_refused(
    text: bytes, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vertices, "PIECE_BYTES", piece)
    with pytest.raises(NotJson, match=r"city.json:7: vertices: "):
        decode_vertices(msgspec.Raw(text), FILE, 7)


def test_no_vertices_are_no_vertices() -> None:
    assert decode_vertices(msgspec.Raw(b"null"), FILE).shape == (0, 3)
    assert decode_vertices(msgspec.Raw(b"[]"), FILE).shape == (0, 3)


def placed(points: list[tuple[float, float, float]], crs: str) -> tuple[np.ndarray, Report]:
    registry, report = CrsRegistry(), Report()
    key = registry.resolve(crs, None, None)
    given = np.array(points, np.float64)
    scale = Transform((1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    return Vertices(FILE, registry, report).place(given, scale, key, None), report


def test_latitude_first_becomes_longitude_first() -> None:
    found, _ = placed([(35.5, 139.7, 10.0)], "EPSG:6697")
    np.testing.assert_array_equal(found, [(139.7, 35.5, 10.0), (np.nan,) * 3])


def test_a_place_that_is_not_likely_is_said() -> None:
    _, report = placed([(457_000.0, 1000.0, 30.0)], "EPSG:25832")
    assert report.warnings == ["city.json: it lies outside of where EPSG:25832 is in use"]


def test_what_is_nowhere_on_earth_is_no_number_or_refused() -> None:
    good = (457_000.0, 5_439_000.0, 110.0)
    found, _ = placed([good, (457_000.0, 5_439_000.0, -2.1e6)], "EPSG:25832")
    np.testing.assert_array_equal(found[0], good)
    assert np.isnan(found[1:]).all()
    with pytest.raises(BadCoordinates, match="--crs"):
        placed([(1e12, 0.0, 0.0)], "EPSG:25832")
