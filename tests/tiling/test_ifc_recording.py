"""What was recorded of an IFC file stands in for ifcopenshell, where it is of exactly that file."""

from __future__ import annotations

import gzip
import hashlib
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.errors import InputError
from citiverse_tiling.ifc import messages
from citiverse_tiling.sources.ifc import process, recording
from citiverse_tiling.sources.ifc.process import read_model

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

START = messages.Start("IFC4", "Pencil", "A wall", 1, (0.0, 1.0), 0.0, (), None)
WALL = messages.Element(7, "2O2Fr$t4X7Zf8NOew3FLOH", "IfcWall", "South", "", True, {})
SHAPE = messages.Shape(
    0,
    np.array([[0.0, 0, 0], [4, 0, 0], [0, 0, 3]]).tobytes(),
    np.array([[0, 1, 2]], np.int32).tobytes(),
    np.array([0], np.int32).tobytes(),
    ((0.5, 0.2, 0.2, 1.0),),
)
BODY = messages.Body(7, 0, np.eye(4)[:3].tobytes())
SAID = (START, WALL, SHAPE, BODY, messages.End())


@pytest.fixture(autouse=True)
def without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "find_spec", lambda _name: None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "wall.ifc"
    path.write_text("ISO-10303-21;")
    return path


def spoken(said: Sequence[messages.Message]) -> bytes:
    stream = io.BytesIO()
    for message in said:
        messages.write(stream, message)
    return stream.getvalue()


def test_a_recorded_file_is_read_without_the_library(file: Path) -> None:
    recording.write(file, spoken(SAID))
    model = read_model(file)
    assert model.elements == [WALL]
    assert model.shapes == [SHAPE]
    assert model.bodies == {7: BODY}


def test_the_same_words_are_the_same_bytes(file: Path) -> None:
    once = recording.write(file, spoken(SAID)).read_bytes()
    assert recording.write(file, spoken(SAID)).read_bytes() == once


def test_a_recording_of_other_bytes_is_passed_over(file: Path) -> None:
    recording.write(file, spoken(SAID))
    file.write_text("ISO-10303-21; changed")
    with pytest.raises(InputError, match="needs ifcopenshell"):
        read_model(file)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (spoken(SAID)[:-2], "ends early"),
        (spoken((START, messages.End())), "lacks rows"),
        (b"\4\0\0\0what", "is none"),
        (spoken((START, WALL, BODY)), "lacks corners"),
        (
            spoken((START, WALL, messages.Shape(0, b"", SHAPE.triangles, SHAPE.looks, ()))),
            "corners",
        ),
        (spoken((START, WALL, messages.Shape(0, SHAPE.points, b"abc", b"a", ()))), "corners"),
    ],
    ids=["cut", "no rows", "no message", "no shape", "no points", "odd bytes"],
)
def test_a_broken_one_is_named_with_the_remedy(file: Path, said: bytes, problem: str) -> None:
    recording.write(file, said)
    with pytest.raises(InputError, match=problem):
        read_model(file)


def test_what_isnt_packed_as_it_should_be_is_refused(file: Path) -> None:
    beside = file.with_name(file.name + recording.ENDING)
    beside.write_bytes(b"no gzip")
    with pytest.raises(InputError, match="can't be unpacked"):
        read_model(file)


def test_one_that_unpacks_to_too_much_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_BYTES", 1000)
    beside = file.with_name(file.name + recording.ENDING)
    digest = hashlib.sha256(file.read_bytes()).digest()
    beside.write_bytes(gzip.compress(digest + bytes(2000)))
    with pytest.raises(InputError, match="more than"):
        read_model(file)
