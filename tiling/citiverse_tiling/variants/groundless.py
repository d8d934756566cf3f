"""Takes the ground out of a scene folder: what stands in another scene stands on that one's."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.errors import EmptyCity
from citiverse_tiling.layers import name_of
from citiverse_tiling.manifest import Extent, Manifest
from citiverse_tiling.model import Layer
from citiverse_tiling.scene_manifest import checksum, read_scene, write_scene
from citiverse_tiling.tree.tree_bin import TreeTable, decode_tree, encode_tree

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import Float64Array, Int64Array

_FOR_THE_NEXT_RUN = ("made.bin", "kept.bin")
_GONE = -1


def take_ground_away(scene: Path) -> Manifest:
    """Change the folder in place; the manifest that it has then.

    EmptyCity where nothing stands on the ground.
    """
    found = read_scene(scene)
    ground = name_of(Layer.GROUND)
    number = next(at for at, layer in enumerate(found.layers) if layer.name == ground)
    layers = tuple(layer for layer in found.layers if layer.name != ground)
    if not layers:
        raise EmptyCity(
            "there is nothing in it but ground", scene, remedy="name a file with what is proposed"
        )
    table = decode_tree((scene / "tree.bin").read_bytes())
    rows = _rows_left(table, number)
    left = _without(table, number, rows)
    (scene / "tree.bin").write_bytes(encode_tree(left))
    _renumber(scene / "features.sqlite", rows)
    _prune(scene / "tileset.json", found.layers[number].tileset)
    for folder in ("tiles", "colliders"):
        shutil.rmtree(scene / folder / ground, ignore_errors=True)
    for name in _FOR_THE_NEXT_RUN:
        (scene / name).unlink(missing_ok=True)
    names = [name for name in found.checksums if (scene / name).is_file()]
    changed = msgspec.structs.replace(
        found,
        layers=layers,
        extent=Extent(_triple(left.box_min.min(axis=0)), _triple(left.box_max.max(axis=0))),
        spawn_points=(),
        checksums={name: checksum(scene / name) for name in names},
    )
    write_scene(scene, changed)
    return changed


def _rows_left(table: TreeTable, layer: int) -> Int64Array:
    """Where each tile goes, (N,), those of the layer to `_GONE`."""
    is_kept = table.layer != layer
    return np.where(is_kept, np.cumsum(is_kept) - 1, _GONE)


def _without(table: TreeTable, layer: int, rows: Int64Array) -> TreeTable:
    """The tree and the cells without those of a layer; all layers above it count one less."""
    is_kept, are_kept = rows != _GONE, table.cell_layer != layer
    columns = {one.name: getattr(table, one.name) for one in fields(TreeTable)}
    left = {
        name: column[are_kept if name.startswith("cell") else is_kept]
        for name, column in columns.items()
        if name != "layer_count"
    }
    for name in ("parent", "first_child"):
        left[name] = np.where(left[name] < 0, -1, rows[left[name]])
    for name in ("layer", "cell_layer"):
        left[name] = left[name] - (left[name] > layer)
    return replace(table, layer_count=table.layer_count - 1, **left)


def _renumber(features: Path, rows: Int64Array) -> None:
    """Name the tiles of features by their new rows; features on the ground's own have none."""
    with closing(sqlite3.connect(features)) as connection, connection:
        tiles = [tile for (tile,) in connection.execute("SELECT DISTINCT tile FROM tile_feature")]
        # Rows only ever move down, so that none meets one that hasn't moved yet.
        for tile in sorted(tiles):
            connection.execute(
                "UPDATE tile_feature SET tile = ? WHERE tile = ?", (int(rows[tile]), tile)
            )
        connection.execute("DELETE FROM made_from")


def _prune(tileset: Path, uri: str) -> None:
    """Take the child with this content out of the scene's tileset."""
    document = json.loads(tileset.read_bytes())
    root = document["root"]
    root["children"] = [
        child for child in root["children"] if child.get("content", {}).get("uri") != uri
    ]
    tileset.write_bytes(msgspec.json.encode(document))


def _triple(values: Float64Array) -> tuple[float, float, float]:
    x, y, z = np.round(values, 3).tolist()
    return x, y, z
