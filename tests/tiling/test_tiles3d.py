"""A large tree is split into documents, and every tile stands where it would in one."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
import numpy as np
import pytest

from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.sinks.tiles3d import MOST_BYTES, LayerTilesets
from citiverse_tiling.tree.tile_tree import LayerTree, TileTree, merge_layers

FRAME = SceneFrame(13.06, 52.4)


def full_tree(depth: int) -> TileTree:
    """Two layers: one tile, and a full quadtree with content that gets smaller downwards."""
    counts = [4**level for level in range(depth)]
    firsts = np.cumsum([0, *counts])
    parents = np.concatenate(
        [[-1], *(firsts[level - 1] + np.arange(counts[level]) // 4 for level in range(1, depth))]
    ).astype(np.int64)
    levels = np.repeat(np.arange(depth), counts)
    random = np.random.default_rng(5)
    low = random.uniform(-3_000, 3_000, (len(parents), 3))
    errors = np.where(levels == depth - 1, 0.0, 1.0 / (levels + 1))
    small = LayerTree(np.array([-1]), np.zeros((1, 3)), np.ones((1, 3)), np.zeros(1))
    return merge_layers([small, LayerTree(parents, low, low + 10, errors)])


class Store(dict[str, bytes]):
    """Documents by their names."""

    def __call__(self, data: bytes) -> str:
        name = f"{hashlib.sha256(data).hexdigest()[:32]}.json"
        self[name] = data
        return name


def documents(tree: TileTree) -> tuple[dict[str, Any], Store]:
    store = Store()
    uris = [f"{row}.glb" for row in range(len(tree))]
    made = LayerTilesets(tree, 1, uris, FRAME, store).root()
    data = msgspec.json.encode(made)
    assert len(data) <= MOST_BYTES
    return json.loads(data), store


@pytest.mark.parametrize("depth", [1, 3, 7])
def test_every_tile_is_in_one_document_and_in_its_place(depth: int) -> None:
    tree = full_tree(depth)
    document, store = documents(tree)
    assert all(len(data) <= MOST_BYTES for data in store.values())
    assert bool(store) == (depth == 7), "a small tree is one document"
    assert len(store) < 40, "documents are few and large"
    used = set()
    places = {}
    waiting = [(document["root"], np.eye(4), document["geometricError"])]
    while waiting:
        tile, above, error = waiting.pop()
        assert tile["geometricError"] <= error
        uri = tile["content"]["uri"]
        if uri.endswith(".json"):
            assert not tile.keys() & {"children", "transform"}
            used.add(uri)
            below = json.loads(store[uri])
            assert below["root"]["refine"] == "REPLACE"
            assert below["root"]["geometricError"] <= below["geometricError"]
            waiting.append((below["root"], above, tile["geometricError"]))
            continue
        matrix = above @ np.array(tile["transform"]).reshape(4, 4).T
        row = int(uri.removesuffix(".glb"))
        places[row] = matrix
        expected = np.array(FRAME.transform(tree.translations[row])).reshape(4, 4).T
        assert np.abs(matrix - expected).max() < 1e-3
        waiting += [(child, matrix, tile["geometricError"]) for child in tile.get("children", [])]
    assert sorted(places) == np.flatnonzero(tree.layers == 1).tolist()
    assert used == set(store)


def test_the_same_tree_gives_the_same_documents() -> None:
    assert documents(full_tree(6)) == documents(full_tree(6))
