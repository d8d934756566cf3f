"""Variants (scene.md, "Variants"): their trees and colliders join the scene's own."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .catalog import CELL_COLUMNS, Catalog, Cells, VariantLayers, parse_tree
from .errors import SceneError
from .foreign import joined

if TYPE_CHECKING:
    from pathlib import Path

    from .catalog import Bools, Rows, Tiles
    from .manifest import Variant
    from .storage import Storage

FOLDER = "variants"
BLOCKS = "buildings"
"""The layer whose far tiles show several features as one block."""

MOST_APART = 256
AS_IT_IS = ""
_BEGINNING = re.compile(r"([a-z0-9][a-z0-9-]{0,62})/", re.ASCII)
_MAKING = "-" + "[0-9a-f]" * 8
"""How the name of a variant's folder ends, behind that of the variant."""


def with_variants(own: Catalog, layers: int, storage: Storage, folder: Path) -> Catalog:
    """The scene's catalog with what its variants add behind its `layers`.

    Raises `SceneError` where the tree of one is missing or breaks its contract.
    """
    variants = storage.manifest.manifest.variants
    if not variants:
        return own
    counts = [len(variant.layers) for variant in variants]
    firsts = (layers + np.cumsum([0, *counts])).tolist()
    adding = [at for at, variant in enumerate(variants) if variant.folder]
    added = [_catalog_of(variants[at], own.cell_m, storage, folder) for at in adding]
    first_layers = [0, *(firsts[at] for at in adding)]
    tiles, rows = joined([own.tiles, *(one.tiles for one in added)], first_layers)
    own_rows = np.arange(own.tiles.count) if own.own_rows is None else own.own_rows
    own_rows = rows[own_rows]
    names = [layer.name for layer in storage.manifest.manifest.layers]
    blocks = names.index(BLOCKS) if BLOCKS in names else -1
    numbers = [
        VariantLayers(
            variant.name,
            frozenset(range(first, first + count)),
            hides=bool(variant.hides),
            apart=_apart(tiles, _rows_of(variant, storage.features, own_rows), blocks),
        )
        for variant, first, count in zip(variants, firsts, counts, strict=False)
    ]
    return replace(
        own,
        tiles=tiles,
        cells=_joined_cells([own.cells, *(one.cells for one in added)], first_layers),
        own_rows=own_rows,
        variants=tuple(numbers),
    )


def _rows_of(variant: Variant, features: Path, own_rows: Rows) -> Rows:
    """Tiles that show anything that a variant hides or restyles; none where that is too much."""
    changed = [*variant.hides, *(one.id for one in variant.restyles)]
    if len(changed) > MOST_APART:
        return own_rows[:0]
    query = (
        "SELECT DISTINCT tile FROM tile_feature JOIN feature ON feature.row = tile_feature.feature"
        " WHERE feature.id IN (SELECT value FROM json_each(?))"
    )
    try:
        with closing(sqlite3.connect(f"{features.resolve().as_uri()}?mode=ro", uri=True)) as file:
            found = [int(tile) for (tile,) in file.execute(query, (json.dumps(changed),))]
    except sqlite3.Error:
        raise SceneError(
            "the features are missing or can't be read", features, remedy="tile the city again"
        ) from None
    return own_rows[[tile for tile in found if 0 <= tile < len(own_rows)]]


def _apart(tiles: Tiles, rows: Rows, layer: int) -> Bools | None:
    """All tiles above those leaves among `rows` that are of a layer, (N,); None where none are."""
    rows = rows[(tiles.layer[rows] == layer) & (tiles.child_count[rows] == 0)]
    apart = np.zeros(tiles.count, dtype=np.bool_)
    while len(rows := np.unique(tiles.parent[rows].astype(np.intp))) and rows[-1] >= 0:
        rows = rows[rows >= 0]
        apart[rows] = True
    return apart if apart.any() else None


def databases(features: Path) -> list[tuple[str, Path]]:
    """features.sqlite of each variant beside that of the scene, and the variant's name."""
    found = sorted((features.parent / FOLDER).glob(f"*{_MAKING}/features.sqlite"))
    return [(path.parent.name.rpartition("-")[0], path) for path in found]


def variant_of(features: Path, identity: str) -> tuple[str, Path] | None:
    """The variant that a feature belongs to, and the database that knows it."""
    match = _BEGINNING.match(identity)
    found = databases(features) if match else []
    return next((one for one in found if match and one[0] == match[1]), None)


def _joined_cells(tables: list[Cells], first_layers: list[int]) -> Cells:
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(table, name) for table in tables])
        for name, _, _ in CELL_COLUMNS
    }
    columns["cell_layer"] = np.concatenate(
        [
            table.cell_layer + np.int32(first)
            for table, first in zip(tables, first_layers, strict=True)
        ]
    )
    return Cells(**columns)


def _catalog_of(variant: Variant, cell_m: float, storage: Storage, folder: Path) -> Catalog:
    place = folder / variant.folder / "tree.bin"
    try:
        data = (storage.root / variant.folder / "tree.bin").read_bytes()
    except OSError:
        raise SceneError(
            "the tree of a variant is missing",
            place,
            remedy="add the variant again with `citiverse variant add`",
        ) from None
    return parse_tree(data, len(variant.layers), cell_m, place)
