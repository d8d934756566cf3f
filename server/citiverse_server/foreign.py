"""Layers that others made (scene.md, "Foreign layers"): their trees join the scene's own."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .catalog import TILE_COLUMNS, Catalog, Tiles, parse_tree
from .errors import SceneError

if TYPE_CHECKING:
    from pathlib import Path

    from .manifest import ForeignLayer
    from .storage import Storage

FOLDER = "foreign"
_IDENTITY = re.compile(r"([a-z0-9][a-z0-9-]{0,62})/[0-9a-f]{32}#[0-9]{1,9}", re.ASCII)


def with_foreign(own: Catalog, storage: Storage, folder: Path) -> Catalog:
    """The scene's catalog with its streamed layers behind its own.

    Raises `SceneError` where the tree of one is missing or breaks its contract.
    """
    streamed = [layer for layer in storage.manifest.manifest.foreign if layer.streamed]
    trees = [own.tiles, *(_tiles_of(layer, storage, folder) for layer in streamed)]
    if len(trees) == 1:
        return own
    layers = len(storage.manifest.manifest.layers) + np.arange(-1, len(streamed))
    layers[0] = 0
    tiles, rows = joined(trees, layers.tolist())
    return replace(own, tiles=tiles, own_rows=rows[: own.tiles.count])


def joined(trees: list[Tiles], first_layers: list[int]) -> tuple[Tiles, np.ndarray]:
    """Trees as one, by level, then by tree, then as they were: so children stay neighbours.

    Also where each row went, tree by tree. The layers of each tree count from its first.
    """
    starts = np.cumsum([0, *(tree.count for tree in trees)])
    each = {name: [getattr(tree, name) for tree in trees] for name, _, _ in TILE_COLUMNS}
    order = np.argsort(np.concatenate(each["level"]), kind="stable")
    rows = np.empty(len(order), np.intp)
    rows[order] = np.arange(len(order))
    for name in ("parent", "first_child"):
        each[name] = [
            np.where(column < 0, -1, rows[np.maximum(column, 0) + start]).astype(column.dtype)
            for column, start in zip(each[name], starts, strict=False)
        ]
    each["layer"] = [
        column + np.int32(first) for column, first in zip(each["layer"], first_layers, strict=True)
    ]
    columns: dict[str, Any] = {name: np.concatenate(parts)[order] for name, parts in each.items()}
    return Tiles(**columns), rows


def features_of(features: Path, identity: str) -> Path:
    """The database that knows a feature: that of the layer it names, where there is one."""
    match = _IDENTITY.fullmatch(identity)
    if match is None:
        return features
    database = features.parent / FOLDER / match[1] / "features.sqlite"
    return database if database.is_file() else features


def _tiles_of(layer: ForeignLayer, storage: Storage, folder: Path) -> Tiles:
    place = folder / FOLDER / layer.name / "tree.bin"
    try:
        data = (storage.root / FOLDER / layer.name / "tree.bin").read_bytes()
    except OSError:
        raise SceneError(
            "the tree of a foreign layer is missing",
            place,
            remedy="add the layer again with `citiverse layer add`",
        ) from None
    return parse_tree(data, 1, 1.0, place).tiles
