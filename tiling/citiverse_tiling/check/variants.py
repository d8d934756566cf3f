"""Variants: each a scene of its own in the same frame, and what makes room for it is there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from citiverse_tiling.check.finding import Finding
from citiverse_tiling.errors import SceneError
from citiverse_tiling.scene_manifest import NAME, read_scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from citiverse_tiling.manifest import Manifest, Variant


def check_variants(
    scene: Path, manifest: Manifest, check: Callable[[Path], list[Finding]]
) -> Iterator[Finding]:
    """All variants of a scene; `check` is that of a scene."""
    for variant in manifest.variants:
        for identity in _unknown(scene / "features.sqlite", variant):
            problem = f"{variant.name} hides or restyles {identity!r}"
            yield Finding(NAME, problem, "a feature of the scene")
        if not variant.folder:
            if variant.layers:
                yield Finding(NAME, f"{variant.name} has layers and no folder", "its folder")
            continue
        folder = scene / variant.folder
        try:
            inner, found = read_scene(folder), check(folder)
        except SceneError as error:
            yield Finding(f"{variant.folder}/{NAME}", error.problem, "a variant's manifest")
            continue
        for finding in found:
            yield replace(finding, file=f"{variant.folder}/{finding.file}")
        if (inner.origin, inner.collider_cell_m) != (manifest.origin, manifest.collider_cell_m):
            yield Finding(f"{variant.folder}/{NAME}", "its frame is another", "the scene's")
        said = [(layer.name, layer.kind, layer.reality, layer.tiles) for layer in variant.layers]
        if said != [(one.name, one.kind, one.reality, one.tiles) for one in inner.layers]:
            yield Finding(NAME, f"the layers of {variant.name} are others", f"{variant.folder}'s")


def _unknown(features: Path, variant: Variant) -> list[str]:
    """What it hides or restyles, and the scene hasn't got."""
    if not features.is_file():
        return []
    query = "SELECT 1 FROM feature WHERE id = ?"
    with closing(sqlite3.connect(features)) as connection:
        wanted = (*variant.hides, *(one.id for one in variant.restyles))
        return [one for one in wanted if not connection.execute(query, (one,)).fetchone()]
