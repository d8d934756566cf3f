"""`check` finds what is wrong with land, plants and their colliders, too."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.check import check
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.tree.tree_bin import TreeTable, decode_tree, encode_tree
from tiling.town_documents import area, patch, plant, point, street, town

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEMBERS = (
    street(area(patch(0, 0, (60, 8), 3.0), function="driving_lane")),
    *(
        plant(point((n * 5.0, 20.0, 3.0)), f"tree{n}", species="Picea", height="9")
        for n in range(8)
    ),
)
LAND, PLANTS = 1, 2


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene without a fault."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "town.gml").write_text(town(*MEMBERS), encoding="utf-8")
    tile(TileOptions((folder / "town.gml",), folder / "scene"))
    assert check(folder / "scene") == []
    return folder / "scene"


@pytest.fixture
def scene(whole: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    shutil.copytree(whole, tmp_path / "scene")
    return tmp_path / "scene"


def problems(scene: Path, change: Callable[[TreeTable], TreeTable] | None = None) -> str:
    """What is found after the tree was changed and the checksums were renewed."""
    if change is not None:
        table = change(decode_tree((scene / "tree.bin").read_bytes()))
        (scene / "tree.bin").write_bytes(encode_tree(table))
    manifest = json.loads((scene / "scene.json").read_bytes())
    for name in manifest["checksums"]:
        digest = hashlib.sha256((scene / name).read_bytes()).hexdigest()
        manifest["checksums"][name] = f"sha256:{digest}"
    (scene / "scene.json").write_text(json.dumps(manifest))
    return "\n".join(str(finding) for finding in check(scene))


def without_cells(table: TreeTable, layer: int) -> TreeTable:
    """The table without the colliders of a layer."""
    kept = table.cell_layer != layer
    return replace(
        table,
        cell=table.cell[kept],
        cell_layer=table.cell_layer[kept],
        cell_translation=table.cell_translation[kept],
        cell_hash=table.cell_hash[kept],
        cell_bytes=table.cell_bytes[kept],
        cell_gzip_bytes=table.cell_gzip_bytes[kept],
    )


def content(scene: Path, layer: int, name: str) -> Path:
    """The only tile of a layer."""
    table = decode_tree((scene / "tree.bin").read_bytes())
    (row,) = np.flatnonzero(table.layer == layer)
    return scene / f"tiles/{name}/{table.content_hash[row].tobytes().hex()}.glb"


def test_a_plant_outside_of_its_tile_is_found(scene: Path) -> None:
    def shrink(table: TreeTable) -> TreeTable:
        box_max = table.box_max.copy()
        box_max[table.layer == PLANTS, 2] -= 4.0
        return replace(table, box_max=box_max)

    assert "8 plants are outside" in problems(scene, shrink)


def test_a_wrong_count_of_triangles_is_found(scene: Path) -> None:
    def fewer(table: TreeTable) -> TreeTable:
        triangles = table.triangles.copy()
        triangles[table.layer == PLANTS] -= 1
        return replace(table, triangles=triangles)

    assert "triangles" in problems(scene, fewer)


def test_a_tree_without_a_trunk_to_bump_into_is_found(scene: Path) -> None:
    assert "the layer vegetation lacks" in problems(scene, lambda tree: without_cells(tree, PLANTS))


def test_a_road_without_a_floor_is_found(scene: Path) -> None:
    assert "the layer land lacks" in problems(scene, lambda tree: without_cells(tree, LAND))


@pytest.mark.parametrize(
    ("layer", "name", "old", "new", "words"),
    [
        (PLANTS, "vegetation", b"tree-conifer", b"tree-baobab!", "its plants are"),
        (PLANTS, "vegetation", b'"trunk"', b'"stone"', "its materials are"),
        (PLANTS, "vegetation", b'"propertyTable":0', b'"propertyTable":1', "property table 0"),
        (LAND, "land", b'"road"', b'"wall"', "its materials are"),
    ],
)
def test_content_that_breaks_the_contract_is_found(
    scene: Path, layer: int, name: str, old: bytes, new: bytes, words: str
) -> None:
    path = content(scene, layer, name)
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new))
    assert words in problems(scene)


def test_a_feature_that_a_layer_lacks_is_found(scene: Path) -> None:
    with closing(sqlite3.connect(scene / "features.sqlite")) as database:
        database.execute("UPDATE feature SET class = 'Road' WHERE source_id = 'tree3'")
        database.commit()
    found = problems(scene)
    assert "7 features of the layer vegetation" in found
    assert "2 features of the layer land" in found
