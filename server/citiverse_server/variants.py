"""Variants (scene.md, "Variants"): their trees and colliders join the scene's own."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .catalog import CELL_COLUMNS, Catalog, Cells, VariantLayers, parse_tree
from .errors import SceneError
from .foreign import joined

if TYPE_CHECKING:
    from pathlib import Path

    from .manifest import Variant
    from .storage import Storage

FOLDER = "variants"
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
    added = [_catalog_of(variant, own.cell_m, storage, folder) for variant in variants]
    counts = [len(variant.layers) for variant in variants]
    firsts = (layers + np.cumsum([0, *counts])).tolist()
    tiles, rows = joined([own.tiles, *(one.tiles for one in added)], [0, *firsts[:-1]])
    own_rows = np.arange(own.tiles.count) if own.own_rows is None else own.own_rows
    numbers = [
        VariantLayers(
            variant.name, frozenset(range(first, first + count)), hides=bool(variant.hides)
        )
        for variant, first, count in zip(variants, firsts, counts, strict=False)
    ]
    return replace(
        own,
        tiles=tiles,
        cells=_joined_cells([own.cells, *(one.cells for one in added)], [0, *firsts[:-1]]),
        own_rows=rows[own_rows],
        variants=tuple(numbers),
    )


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
