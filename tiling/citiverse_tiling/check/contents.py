"""Tiles' contents: they decode, stay in their boxes, and know whom each vertex belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.check.finding import Finding
from citiverse_tiling.check.glb import BadGlb, decode_glb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.check.glb import Glb
    from citiverse_tiling.manifest import Layer, Manifest
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.tree.tree_bin import TreeTable

TOLERANCE_M = 1e-3
_MATERIALS = {
    "ground": {"terrain"},
    "city-objects": {"wall", "roof", "ground", "window", "door"},
}
_COLUMNS = {"id", "class", "name"}
_LEAF_COLUMNS = {"parent", "address"}


@dataclass(frozen=True, slots=True)
class CheckedTile:
    """What the other checks need of a tile of city objects.

    ids     identity of each row of the property table
    boxes   float64 (n, 2, 3): lowest and highest vertex of each feature, scene frame
    cells   collider cells that the vertices are in
    """

    row: int
    leaf: bool
    ids: tuple[str, ...]
    boxes: Float64Array
    cells: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class CheckedContents:
    """Findings in the contents, and the tiles of city objects that decode."""

    findings: list[Finding]
    tiles: list[CheckedTile]


def check_contents(scene: Path, manifest: Manifest, table: TreeTable) -> CheckedContents:
    """Read every tile's content and hold it against tree.bin."""
    findings: list[Finding] = []
    tiles: list[CheckedTile] = []
    for row in range(len(table.parent)):
        layer = manifest.layers[int(table.layer[row])]
        name = f"tiles/{layer.name}/{table.content_hash[row].tobytes().hex()}.glb"
        try:
            data = (scene / name).read_bytes()
            glb = decode_glb(data)
        except OSError:
            findings.append(Finding(name, "it is missing", f"the content of row {row}"))
            continue
        except BadGlb as error:
            findings.append(Finding(name, str(error), "a GLB as the contract says"))
            continue
        findings += _check_sizes(scene, name, len(data), table, row)
        findings += _check_glb(name, glb, layer, table, row)
        if layer.kind == "city-objects":
            leaf = int(table.child_count[row]) == 0
            checked = _features(glb, table, row, leaf, manifest.collider_cell_m)
            if isinstance(checked, CheckedTile):
                tiles.append(checked)
            else:
                findings.append(Finding(name, checked, "ids that are rows of the property table"))
    return CheckedContents(findings, tiles)


def _check_sizes(
    scene: Path, name: str, size: int, table: TreeTable, row: int
) -> Iterator[Finding]:
    if size != int(table.content_bytes[row]):
        yield Finding("tree.bin", f"row {row} says {table.content_bytes[row]} bytes", f"{size}")
    compressed = scene / f"{name}.gz"
    gzip_size = compressed.stat().st_size if compressed.exists() else 0
    if gzip_size != int(table.content_gzip_bytes[row]):
        said = table.content_gzip_bytes[row]
        yield Finding("tree.bin", f"row {row} says {said} compressed bytes", f"{gzip_size}")


def _check_glb(name: str, glb: Glb, layer: Layer, table: TreeTable, row: int) -> Iterator[Finding]:
    triangles = sum(len(one.triangles) for one in glb.primitives)
    if triangles != int(table.triangles[row]):
        yield Finding(
            "tree.bin", f"row {row} says {table.triangles[row]} triangles", f"{triangles}"
        )
    names = [one.material for one in glb.primitives]
    if len(set(names)) != len(names) or not set(names) <= _MATERIALS[layer.kind]:
        yield Finding(name, f"its materials are {names}", f"some of {_MATERIALS[layer.kind]}")
    for one in glb.primitives:
        points = _to_scene(one.positions) + table.translation[row]
        inside = np.all(points >= table.box_min[row] - TOLERANCE_M, axis=1)
        inside &= np.all(points <= table.box_max[row] + TOLERANCE_M, axis=1)
        if not inside.all():
            count = int((~inside).sum())
            yield Finding(name, f"{count} vertices are outside of row {row}'s box", "all inside")
        if not (np.abs(np.linalg.norm(one.normals, axis=1) - 1) < 0.02).all():
            yield Finding(name, "a normal isn't of length 1", "unit normals")
        if (one.feature_ids is None) != (layer.kind == "ground"):
            yield Finding(name, "feature ids are where they don't belong", "them on city objects")


def _features(glb: Glb, table: TreeTable, row: int, leaf: bool, cell_m: float) -> CheckedTile | str:
    """What the tile's features are and where, or what is wrong with them."""
    missing = (_COLUMNS | (_LEAF_COLUMNS if leaf else set())) - set(glb.columns)
    if missing:
        return f"the property table lacks {sorted(missing)}"
    ids = tuple(str(value) for value in glb.columns["id"])
    boxes = np.full((len(ids), 2, 3), np.nan)
    cells: set[tuple[int, int]] = set()
    for one in glb.primitives:
        if one.feature_ids is None or int(one.feature_ids.max()) >= len(ids):
            return "a feature id is beyond the property table"
        points = _to_scene(one.positions) + table.translation[row]
        np.fmin.at(boxes[:, 0], one.feature_ids, points)
        np.fmax.at(boxes[:, 1], one.feature_ids, points)
        if leaf:
            inner = points[one.triangles].mean(axis=1)[:, :2]
            cells.update(
                map(tuple, np.unique(np.floor(inner / cell_m), axis=0).astype(int).tolist())
            )
    if np.isnan(boxes).any():
        return "a row of the property table has no vertex"
    return CheckedTile(row, leaf, ids, boxes, frozenset(cells))


def _to_scene(positions: Float64Array) -> Float64Array:
    """Content frame (y up) to scene frame axes (z up)."""
    points: Float64Array = positions[:, [0, 2, 1]] * np.array([1.0, -1.0, 1.0])
    return points
