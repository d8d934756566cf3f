"""Foreign files, however broken, give findings and never an error of ours."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citiverse_tiling.check.standard import check_file
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from tiling.cities import town, write_citygml

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("standard")
    tile(TileOptions((write_citygml(folder / "town.gml", town()),), folder / "scene"))
    return folder / "scene"


@pytest.fixture(scope="module")
def content(scene: Path) -> bytes:
    """A tile with feature ids, a property table and compressed views."""
    return min((scene / "tiles" / "buildings").glob("*.glb")).read_bytes()


def test_our_own_scene_keeps_the_standards(scene: Path) -> None:
    report = check_file(scene / "tileset.json")
    assert (report.findings, report.notes, report.unchecked) == ([], [], [])


@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_that_are_changed_give_findings_or_none(
    data: st.DataObject, content: bytes, tmp_path: Path
) -> None:
    broken = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "tile.glb").write_bytes(broken[: data.draw(st.integers(0, len(broken)))])
    check_file(tmp_path / "tile.glb")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2**40) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_json_that_is_changed_anywhere_gives_findings_or_none(
    data: st.DataObject, content: bytes, tmp_path: Path
) -> None:
    size = struct.unpack_from("<I", content, 12)[0]
    document = json.loads(content[20 : 20 + size])
    part = document
    while isinstance(part, dict | list) and part:
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(part[key], dict | list) or data.draw(st.booleans()):
            part[key] = data.draw(JSON)
            break
        part = part[key]
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 8 + 4)
    rest = content[20 + size :]
    head = struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A)
    (tmp_path / "tile.glb").write_bytes(head + text + rest)
    check_file(tmp_path / "tile.glb")


def test_a_tileset_of_endless_depth_is_a_finding(tmp_path: Path) -> None:
    depth = 100_000
    opened = '{"boundingVolume":{"sphere":[0,0,0,1]},"geometricError":1,"children":['
    text = '{"asset":{"version":"1.1"},"geometricError":1,"root":'
    (tmp_path / "tileset.json").write_text(text + opened * depth + "]}" * depth + "}")
    assert check_file(tmp_path / "tileset.json").findings


def test_what_is_no_file_of_tiles_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    assert check_file(tmp_path / "notes.txt").findings
    assert check_file(tmp_path / "absent.glb").findings
