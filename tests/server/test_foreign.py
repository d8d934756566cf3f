"""Layers that others made are streamed, found and commented on like the scene's own."""

from __future__ import annotations

import json
import sqlite3
import struct
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_server.app import create_app
from citiverse_server.archive import SUFFIX
from citiverse_server.catalog import parse_tree
from citiverse_server.config import ServerConfig
from citiverse_server.consultation.places import places
from citiverse_server.consultation.store import open_store
from citiverse_server.errors import RequestRefused, SceneError
from citiverse_server.features import exists, top_centre
from citiverse_server.foreign import joined
from citiverse_server.scene import Scene, open_scene
from citiverse_tiling.archive import pack
from server.scenes import FEATURE, Tile, content_hash, pack_tree, write_scene
from server.test_comment_store import POST
from server.trees import random_catalog

if TYPE_CHECKING:
    from pathlib import Path

HASH = "0123456789abcdef" * 2
IDENTITY = f"mesh/{HASH}#3"
TILES = (
    Tile((-9.0, -9.0, 0.0), (9.0, 9.0, 9.0), 8.0, -1, 0, 0, b"their root " * 20),
    Tile((-9.0, -9.0, 0.0), (0.0, 9.0, 9.0), 0.0, 0, 1, 0, b"their west " * 20),
    Tile((0.0, -9.0, 0.0), (9.0, 9.0, 9.0), 0.0, 0, 1, 0, b"their east " * 20),
)
LAYER = {"title": "T", "reality": "measured", "features": 1, "attributions": []}


def put(scene: Path, **layer: Any) -> None:
    """Name a foreign layer in the manifest."""
    file = scene / "scene.json"
    manifest = json.loads(file.read_bytes())
    entry = LAYER | {"tileset": f"foreign/{layer['name']}/tileset.json"} | layer
    file.write_text(json.dumps(manifest | {"foreign": [*manifest.get("foreign", []), entry]}))
    folder = scene / "foreign" / layer["name"]
    folder.mkdir(parents=True)
    (folder / "tileset.json").write_text("{}")


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A scene with a streamed layer `mesh` and one `points` that isn't."""
    folder = write_scene(tmp_path / "town")
    put(folder, name="mesh", streamed=True, attributions=[{"text": "Them", "licence": "CC0"}])
    put(folder, name="points", streamed=False)
    mesh = folder / "foreign" / "mesh"
    tree = pack_tree(list(TILES), [])
    (mesh / "tree.bin").write_bytes(tree[:16] + struct.pack("<I", 1) + tree[20:])
    for tile in TILES:
        (mesh / f"{content_hash(tile.content).hex()}.glb").write_bytes(tile.content)
    (folder / "foreign" / "points" / f"{HASH}.pnts").write_bytes(b"pnts and so on")
    with closing(sqlite3.connect(folder / "features.sqlite")) as own:
        schema = own.execute("SELECT sql FROM sqlite_master WHERE name = 'feature'").fetchone()[0]
    with closing(sqlite3.connect(mesh / "features.sqlite")) as theirs, theirs:
        theirs.execute(schema)
        theirs.execute(
            "INSERT INTO feature(row, id, name, min_x, min_y, min_z, max_x, max_y, max_z)"
            " VALUES (1, ?, 'Their house', 0, 0, 0, 4, 2, 9)",
            (IDENTITY,),
        )
    return folder


@settings(max_examples=12)
@given(seeds=st.lists(st.integers(0, 10_000), min_size=2, max_size=4))
def test_joined_trees_are_a_tree_and_each_is_what_it_was(seeds: list[int]) -> None:
    trees = [random_catalog(seed, roots=1).tiles for seed in seeds]
    tiles, rows = joined(trees, list(range(len(trees))))
    assert np.all(np.diff(tiles.level) >= 0)
    assert np.all(np.diff(tiles.parent) >= 0)
    start = 0
    for number, tree in enumerate(trees):
        own = rows[start : start + tree.count]
        start += tree.count
        assert np.all(tiles.layer[own] == number)
        assert np.array_equal(tiles.content_hash[own], tree.content_hash)
        above = tiles.parent[own]
        assert np.array_equal(above, np.where(tree.parent < 0, -1, own[tree.parent]))
        for row in range(tree.count):
            children = tiles.children(np.array([own[row]]))
            assert np.array_equal(children, own[tree.children(np.array([row]))])


def test_a_layer_of_others_is_behind_our_own(scene: Path) -> None:
    opened = open_scene(scene)
    tiles = opened.catalog.tiles
    assert opened.places == ("tiles/ground", "tiles/buildings", "foreign/mesh")
    theirs = np.flatnonzero(tiles.layer == 2)
    assert len(theirs) == len(TILES)
    assert [opened.tile_file(row).path.read_bytes() for row in theirs.tolist()] == [
        tile.content for tile in TILES
    ]
    own = parse_tree((scene / "tree.bin").read_bytes(), 2, 64.0, scene).tiles
    assert opened.catalog.own_rows is not None
    assert np.array_equal(tiles.content_hash[opened.catalog.own_rows], own.content_hash)


@pytest.mark.parametrize("archived", [False, True])
def test_its_features_are_known(scene: Path, tmp_path: Path, archived: bool) -> None:
    place = scene
    if archived:
        place = tmp_path / f"town{SUFFIX}"
        pack(scene, place)
    opened: Scene = open_scene(place)
    assert exists(opened.features, IDENTITY)
    assert top_centre(opened.features, IDENTITY) == (2.0, 1.0, 9.0)
    assert not exists(opened.features, f"mesh/{HASH}#4")
    assert not exists(opened.features, f"nobodys/{HASH}#3")
    assert not exists(opened.features, f"../mesh/{HASH}#3")
    assert exists(opened.features, FEATURE)


def test_one_may_write_about_its_features_and_is_told_their_names(
    scene: Path, tmp_path: Path
) -> None:
    features = open_scene(scene).features
    about = replace(POST, feature=IDENTITY)
    with open_store(tmp_path / "town.state", features) as store:
        kept = store.do(about, 1)
        with pytest.raises(RequestRefused):
            store.do(replace(POST, key="another-0", feature=f"mesh/{HASH}#4"), 2)
    (where,) = places(features, [kept.comment])
    assert (where.feature_name, where.words) == ("Their house", "at Their house")


@pytest.mark.anyio
async def test_it_can_be_had_over_http(scene: Path, tmp_path: Path) -> None:
    application = create_app(ServerConfig(scenes=(scene,), static=tmp_path))
    transport = httpx.ASGITransport(app=application)
    content = f"{content_hash(TILES[0].content).hex()}.glb"
    async with httpx.AsyncClient(transport=transport, base_url="http://town") as client:
        statuses = {
            path: (await client.get(f"/scenes/town/foreign/{path}")).status_code
            for path in (
                "mesh/tileset.json",
                f"mesh/{content}",
                f"points/{HASH}.pnts",
                "points/tileset.json",
                f"mesh/{HASH}.glb",
                "mesh/tree.bin",
                "mesh/features.sqlite",
                "nobodys/tileset.json",
                "points/..%2fmesh%2ftree.bin",
            )
        }
        found = await client.get("/scenes/town/features", params={"id": IDENTITY})
        (listed,) = (await client.get("/scenes")).json()["scenes"]
    assert list(statuses.values()) == [200, 200, 200, 200, 404, 404, 404, 404, 404]
    assert [one["name"] for one in found.json()["features"]] == ["Their house"]
    assert [one["text"] for one in listed["attributions"]] == ["Town of Harbour", "Them"]


def test_a_layer_without_its_tree_is_named(scene: Path) -> None:
    (scene / "foreign" / "mesh" / "tree.bin").unlink()
    with pytest.raises(SceneError, match="add the layer again"):
        open_scene(scene)


def test_a_layer_with_a_broken_tree_is_named(scene: Path) -> None:
    broken = pack_tree([replace(TILES[0], parent=0)], [])
    tree = scene / "foreign" / "mesh" / "tree.bin"
    tree.write_bytes(broken[:16] + struct.pack("<I", 1) + broken[20:])
    with pytest.raises(SceneError, match=r"foreign/mesh/tree\.bin"):
        open_scene(scene)
