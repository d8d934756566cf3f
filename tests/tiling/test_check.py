"""`check` finds what breaks the contract, whichever file it is in, and says where."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citiverse_tiling.check import check
from citiverse_tiling.errors import SceneError
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.tree.tree_bin import TreeTable, decode_tree, encode_tree
from tiling.cities import town, write_citygml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene without a fault."""
    folder = tmp_path_factory.mktemp("whole")
    source = write_citygml(folder / "town.gml", town())
    tile(TileOptions((source,), folder / "scene", max_leaf_objects=20))
    return folder / "scene"


@pytest.fixture
def scene(whole: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    shutil.copytree(whole, tmp_path / "scene")
    return tmp_path / "scene"


def seal(scene: Path) -> None:
    """Renew the manifest's checksums, so that only the damage itself can be found."""
    path = scene / "scene.json"
    manifest = json.loads(path.read_bytes())
    for name in manifest["checksums"]:
        digest = hashlib.sha256((scene / name).read_bytes()).hexdigest()
        manifest["checksums"][name] = f"sha256:{digest}"
    path.write_text(json.dumps(manifest))


def problems(scene: Path) -> str:
    return "\n".join(str(finding) for finding in check(scene))


def change_tree(scene: Path, change: Callable[[TreeTable], TreeTable]) -> None:
    path = scene / "tree.bin"
    path.write_bytes(encode_tree(change(decode_tree(path.read_bytes()))))
    seal(scene)


def change_tileset(scene: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = scene / "tiles" / "buildings" / "tileset.json"
    tileset = json.loads(path.read_bytes())
    change(tileset["root"])
    path.write_text(json.dumps(tileset))
    seal(scene)


def run(scene: Path, *statements: str) -> None:
    with closing(sqlite3.connect(scene / "features.sqlite", isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)
    seal(scene)


def test_a_whole_scene_has_no_findings(scene: Path) -> None:
    assert check(scene) == []
    seal(scene)
    assert check(scene) == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_byte_is_found(whole: Path, scene: Path, data: st.DataObject) -> None:
    names = [
        path.relative_to(whole)
        for path in sorted(whole.rglob("*"))
        if path.is_file() and path.name != "scene.json"
    ]
    name = data.draw(st.sampled_from(names))
    content = bytearray((whole / name).read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    (scene / name).write_bytes(content)
    found = problems(scene)
    (scene / name).write_bytes((whole / name).read_bytes())
    original = (whole / name).with_suffix("")
    harmless = name.suffix == ".gz" and unpacks_to(bytes(content), original.read_bytes())
    assert harmless or name.name in found


def unpacks_to(compressed: bytes, plain: bytes) -> bool:
    """Some bits of a gzip file mean nothing, such as the name of the system in its header."""
    try:
        return gzip.decompress(compressed) == plain
    except (OSError, EOFError, zlib.error):
        return False


def test_a_folder_without_a_manifest_is_no_scene(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="no scene"):
        check(tmp_path)


@pytest.mark.parametrize("manifest", ["", "{}", '{"schema": "citiverse-scene/2"}', "\xff"])
def test_a_manifest_that_is_not_ours_is_refused(scene: Path, manifest: str) -> None:
    (scene / "scene.json").write_bytes(manifest.encode("latin-1"))
    with pytest.raises(SceneError):
        check(scene)


def test_a_stray_file_and_a_missing_one_are_found(scene: Path) -> None:
    (scene / "notes.txt").write_text("hello")
    (scene / "report.json").unlink()
    assert "notes.txt: it is in no checksum" in problems(scene)
    assert "report.json: it is missing" in problems(scene)


def test_a_compressed_variant_of_something_else_is_found(scene: Path) -> None:
    file = next((scene / "tiles" / "buildings").glob("*.gz"))
    file.write_bytes(gzip.compress(b"other"))
    assert f"{file.name}: it unpacks to something else" in problems(scene)


@pytest.mark.parametrize("folder", ["tiles/buildings", "colliders/ground", "colliders/buildings"])
def test_missing_content_is_found(scene: Path, folder: str) -> None:
    file = next(path for path in (scene / folder).iterdir() if path.suffix in {".glb", ".bin"})
    file.unlink()
    assert f"{folder}/{file.name}: it is missing" in problems(scene)


def test_a_box_that_is_too_small_for_the_vertices_is_found(scene: Path) -> None:
    def shrink(table: TreeTable) -> TreeTable:
        high = table.box_max.copy()
        high[-1] -= [0, 0, 0.5]
        return replace(table, box_max=high)

    change_tree(scene, shrink)
    assert "vertices are outside of row" in problems(scene)


def test_a_box_that_leaves_its_parents_is_found(scene: Path) -> None:
    def grow(table: TreeTable) -> TreeTable:
        low = table.box_min.copy()
        low[-1] -= 50
        return replace(table, box_min=low)

    change_tree(scene, grow)
    assert "box is wrong in 1 rows" in problems(scene)


def test_an_error_larger_than_the_parents_is_found(scene: Path) -> None:
    def swap(table: TreeTable) -> TreeTable:
        errors = table.geometric_error_m.copy()
        errors[-1] = 1_000
        return replace(table, geometric_error_m=errors)

    change_tree(scene, swap)
    assert "geometric_error_m is wrong" in problems(scene)


@pytest.mark.parametrize("column", ["parent", "level", "layer", "first_child", "child_count"])
def test_a_broken_tree_is_found(scene: Path, column: str) -> None:
    def break_column(table: TreeTable) -> TreeTable:
        values = getattr(table, column).copy()
        values[-1] += 1
        return replace(table, **{column: values})

    change_tree(scene, break_column)
    assert "tree.bin" in problems(scene)


def test_a_tile_that_stands_elsewhere_is_found(scene: Path) -> None:
    def move(table: TreeTable) -> TreeTable:
        translation = table.translation.copy()
        translation[np.flatnonzero(table.layer == 1)[-1]] += [5, 0, 0]
        return replace(table, translation=translation)

    change_tree(scene, move)
    found = problems(scene)
    assert "stands elsewhere" in found
    assert "the box of" in found, "and its features are not where features.sqlite says"


def test_a_tileset_with_a_smaller_volume_is_found(scene: Path) -> None:
    def shrink(root: dict[str, Any]) -> None:
        root["boundingVolume"]["box"][3] *= 0.9

    change_tileset(scene, shrink)
    assert "bounding volume too small" in problems(scene)


def test_a_tileset_with_a_child_less_is_found(scene: Path) -> None:
    change_tileset(scene, lambda root: root["children"].pop())
    assert "children" in problems(scene)


def test_a_tileset_moved_on_earth_is_found(scene: Path) -> None:
    def move(root: dict[str, Any]) -> None:
        root["transform"][12] += 10

    change_tileset(scene, move)
    assert "stands elsewhere" in problems(scene)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DELETE FROM feature WHERE row = 5", "features"),
        (
            "DELETE FROM tile_feature WHERE tile = (SELECT max(tile) FROM tile_feature)",
            "tile_feature",
        ),
        ("UPDATE tile_feature SET feature = 1 WHERE property_row = 1", "tile_feature"),
        ("UPDATE feature SET id = 'town/other' WHERE row = 3", "tile_feature"),
        ("UPDATE feature SET max_z = max_z - 1 WHERE row = 3", "the box of"),
        ("DELETE FROM feature_box WHERE row = 3", "feature_box"),
        ("INSERT INTO feature_text(feature_text) VALUES ('delete-all')", "feature_text"),
        ("DROP TABLE tile_feature", "can't be read"),
    ],
)
def test_a_wrong_row_is_found(scene: Path, statement: str, sentence: str) -> None:
    run(scene, statement)
    assert sentence in problems(scene)


def test_a_gap_in_the_ground_is_found(scene: Path) -> None:
    def drop(table: TreeTable) -> TreeTable:
        keep = np.arange(len(table.cell)) != 3
        columns = [name for name in TreeTable.__slots__ if name.startswith("cell")]
        return replace(table, **{name: getattr(table, name)[keep] for name in columns})

    change_tree(scene, drop)
    assert "the layer ground lacks 1 colliders" in problems(scene)


def test_a_building_without_colliders_is_found(scene: Path) -> None:
    def drop(table: TreeTable) -> TreeTable:
        keep = table.cell_layer == 0
        columns = [name for name in TreeTable.__slots__ if name.startswith("cell")]
        return replace(table, **{name: getattr(table, name)[keep] for name in columns})

    change_tree(scene, drop)
    assert "the layer buildings lacks" in problems(scene)


def test_ground_that_does_not_meet_its_neighbour_is_found(scene: Path) -> None:
    def lift(table: TreeTable) -> TreeTable:
        translation = table.cell_translation.copy()
        translation[10, 2] += 0.5
        return replace(table, cell_translation=translation)

    change_tree(scene, lift)
    assert "has a crack" in problems(scene)
