"""Opening scene folders: what a good one gives, and one sentence for each way to be broken."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from citiverse_server.catalog import Catalog, parse_tree
from citiverse_server.errors import SceneError
from citiverse_server.library import Library
from citiverse_server.scene import open_scene
from server.scenes import SceneOptions, pack_tree, write_scene

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_scene(tmp_path / "scene", SceneOptions(levels=3))


def test_a_scene_gives_its_trees_as_columns(scene: Path) -> None:
    opened = open_scene(scene)
    tiles = opened.catalog.tiles
    assert opened.name == "town"
    assert [layer.name for layer in opened.layers] == ["ground", "buildings"]
    assert tiles.count == 2 * (1 + 4 + 16)
    assert tiles.roots.tolist() == [0, 1]
    assert tiles.children(np.array([0, 2])).tolist() == [2, 3, 4, 5, 10, 11, 12, 13]
    assert tiles.children(np.array([], dtype=np.intp)).tolist() == []
    assert opened.catalog.cells.rows_by_cell[0, 0][0] < opened.catalog.cells.rows_by_cell[0, 0][1]


def test_every_row_leads_to_its_file(scene: Path) -> None:
    opened = open_scene(scene)
    for row in range(opened.catalog.tiles.count):
        file = opened.tile_file(row)
        path = Path(str(file.path))
        assert path.stat().st_size == opened.catalog.tiles.content_bytes[row]
        assert path.with_name(path.name + ".gz").exists() == file.has_gzip
        assert opened.public_file("tiles", f"{path.parent.name}/{path.name}") == file
    for row in range(len(opened.catalog.cells.cell)):
        assert len(opened.collider_file(row).path.read_bytes()) == 16 + 12 * 4 + 4 * 6


def test_external_tilesets_are_found_by_their_names_only(folder: Path) -> None:
    name = f"{'0' * 31}a.json"
    assert open_scene(folder).public_file("tiles", f"buildings/{name}") is None
    (folder / "tiles" / "buildings" / name).write_text("{}")
    (folder / "tiles" / "buildings" / "notes.json").write_text("{}")
    found = open_scene(folder).public_file("tiles", f"buildings/{name}")
    assert found is not None
    assert (found.path.name, found.has_gzip, found.hash_named) == (name, False, True)
    assert open_scene(folder).public_file("tiles", "buildings/notes.json") is None


def _edit(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads(file.read_text())
    change(manifest)
    file.write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda f: (f / "scene.json").unlink(), "not a scene folder"),
        (lambda f: (f / "scene.json").write_text("{"), "can't be read"),
        (lambda f: (f / "scene.json").write_text("[" * 100_000), "can't be read"),
        (lambda f: _edit(f / "scene.json", lambda m: m.update(schema="x/9")), "is not known"),
        (lambda f: _edit(f / "scene.json", lambda m: m.update(name="../x")), "can't be read"),
        (lambda f: _edit(f / "scene.json", lambda m: m.pop("layers")), "layers"),
        (lambda f: _edit(f / "scene.json", lambda m: m["layers"].pop()), "2 layers"),
        (lambda f: (f / "tree.bin").unlink(), "missing or empty"),
        (lambda f: (f / "tree.bin").write_bytes(b""), "missing or empty"),
        (lambda f: (f / "tree.bin").write_bytes(b"CVTREE"), "cut short"),
        (lambda f: (f / "tree.bin").write_bytes(b"GIF89a\x00\x01" + bytes(99)), "no tree"),
        (lambda f: (f / "tree.bin").write_bytes(pack_tree([], [])), "no tiles"),
        (lambda f: (f / "features.sqlite").unlink(), "features are missing or can't be read"),
        (lambda f: (f / "features.sqlite").write_bytes(b"?" * 5000), "can't be read"),
    ],
)
def test_a_broken_folder_is_named_with_its_trouble(
    folder: Path, damage: Callable[[Path], object], says: str
) -> None:
    damage(folder)
    with pytest.raises(SceneError) as caught:
        open_scene(folder)
    assert says in str(caught.value)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_scenes_of_one_name_are_refused(scene: Path, folder: Path) -> None:
    with pytest.raises(SceneError, match="the name 'town' is also that of"):
        Library((scene, folder), 1 << 20)


def test_a_truncated_tree_is_refused_wherever_it_ends(folder: Path) -> None:
    file = folder / "tree.bin"
    whole = file.read_bytes()
    for length in range(0, len(whole) - 8, 97):
        with pytest.raises(SceneError):
            _parse(whole[:length], file)


@settings(max_examples=300)
@example(word=7, value=-524_289)  # a number that isn't one, and signals so
@given(word=st.integers(0, 2**16), value=st.integers(-(2**31), 2**31 - 1))
def test_a_damaged_tree_is_refused_or_still_keeps_the_rules(
    scene: Path, word: int, value: int
) -> None:
    file = scene / "tree.bin"
    damaged = bytearray(file.read_bytes())
    struct.pack_into("<i", damaged, word % (len(damaged) // 4) * 4, value)
    try:
        catalog = _parse(bytes(damaged), file)
    except SceneError:
        return
    tiles = catalog.tiles
    inner = np.flatnonzero(tiles.child_count > 0)
    children = tiles.children(inner)
    assert np.array_equal(np.sort(children), np.flatnonzero(tiles.parent >= 0))
    assert np.array_equal(tiles.parent[children], np.repeat(inner, tiles.child_count[inner]))


def _parse(data: bytes, file: Path) -> Catalog:
    return parse_tree(data, 2, 64.0, file)
