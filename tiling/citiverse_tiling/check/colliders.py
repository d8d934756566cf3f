"""Colliders: ground under every step, and walls where walls are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.check.finding import Finding
from citiverse_tiling.content.collider import decode_collider
from citiverse_tiling.errors import SceneError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from citiverse_tiling.check.contents import CheckedTile
    from citiverse_tiling.manifest import Manifest
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.tree.tree_bin import TreeTable

MARGIN_M = 100.0
TOLERANCE_M = 0.01
FILE = "tree.bin"


def check_colliders(
    scene: Path, manifest: Manifest, table: TreeTable, tiles: Sequence[CheckedTile]
) -> Iterator[Finding]:
    """Every cell's file, the ground's gaps, and the buildings' completeness."""
    cell_m = manifest.collider_cell_m
    keys = [
        (int(layer), int(i), int(j))
        for layer, (i, j) in zip(table.cell_layer, table.cell, strict=True)
    ]
    if sorted(set(keys)) != keys:
        yield Finding(FILE, "the cells aren't in order", "by layer, i and j, each once")
    edges: dict[tuple[int, int, str], bytes] = {}
    for number, (layer, i, j) in enumerate(keys):
        if not 0 <= layer < len(manifest.layers):
            yield Finding(FILE, f"cell {number} is of layer {layer}", "a layer of the manifest")
            continue
        folder = f"colliders/{manifest.layers[layer].name}"
        name = f"{folder}/{table.cell_hash[number].tobytes().hex()}.bin"
        try:
            data = (scene / name).read_bytes()
            local, triangles, _ = decode_collider(data, Path(name))
        except OSError:
            yield Finding(name, "it is missing", f"the collider of cell {i}, {j}")
            continue
        except SceneError as error:
            yield Finding(name, error.problem, "a collider as the contract says")
            continue
        yield from _check_sizes(scene, name, len(data), table, number)
        points = local + table.cell_translation[number]
        corners = points[triangles.astype(np.int64)]
        if manifest.layers[layer].kind == "ground":
            yield from _check_ground(name, corners, (i, j), cell_m)
            yield from _check_edges(name, points, (i, j), cell_m, edges)
        elif not _touch(corners, (i, j), cell_m):
            yield Finding(name, f"a triangle is far from cell {i}, {j}", "triangles that touch it")
    yield from _check_cover(manifest, keys, tiles)


def _check_sizes(
    scene: Path, name: str, size: int, table: TreeTable, number: int
) -> Iterator[Finding]:
    compressed = scene / f"{name}.gz"
    gzip_size = compressed.stat().st_size if compressed.exists() else 0
    said = (int(table.cell_bytes[number]), int(table.cell_gzip_bytes[number]))
    if said != (size, gzip_size):
        yield Finding(FILE, f"cell {number} says {said} bytes", f"{(size, gzip_size)}")


def _check_ground(
    name: str, corners: Float64Array, cell: tuple[int, int], cell_m: float
) -> Iterator[Finding]:
    """The triangles cover the cell once: all inside, all facing up, and areas adding up."""
    low = np.array(cell) * cell_m
    flat = corners[..., :2] - low
    one, two = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    areas = (one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]) / 2
    inside = bool(len(corners)) and (flat >= -1e-3).all() and (flat <= cell_m + 1e-3).all()
    whole = abs(float(areas.sum()) - cell_m**2) < 1e-3 * cell_m
    if not (inside and whole and (areas > 0).all()):
        yield Finding(name, f"the ground of cell {cell} has gaps or overlaps", "cover, once")


def _check_edges(
    name: str,
    points: Float64Array,
    cell: tuple[int, int],
    cell_m: float,
    edges: dict[tuple[int, int, str], bytes],
) -> Iterator[Finding]:
    """Vertices on an edge are the same numbers in the cell on its other side."""
    i, j = cell
    sides = (
        (i, j, "west", 0, i),
        (i + 1, j, "west", 0, i + 1),
        (i, j, "south", 1, j),
        (i, j + 1, "south", 1, j + 1),
    )
    for first, second, side, axis, line in sides:
        on_edge = points[points[:, axis] == line * cell_m]
        along = on_edge[np.argsort(on_edge[:, 1 - axis], kind="stable")].tobytes()
        if edges.setdefault((first, second, side), along) != along:
            yield Finding(
                name, f"the ground of cell {cell} has a crack", "its neighbour's vertices"
            )


def _touch(corners: Float64Array, cell: tuple[int, int], cell_m: float) -> bool:
    low = np.array(cell) * cell_m - TOLERANCE_M
    high = low + cell_m + 2 * TOLERANCE_M
    flat = corners[..., :2]
    reach = (flat.max(axis=1) >= low) & (flat.min(axis=1) <= high)
    return bool(reach.all())


def _check_cover(
    manifest: Manifest, keys: Sequence[tuple[int, int, int]], tiles: Sequence[CheckedTile]
) -> Iterator[Finding]:
    """No cell is missing where a walker may be, or where a building's faces are."""
    cell_m = manifest.collider_cell_m
    low = np.floor((np.array(manifest.extent.min[:2]) - MARGIN_M) / cell_m).astype(int)
    high = np.floor((np.array(manifest.extent.max[:2]) + MARGIN_M) / cell_m).astype(int)
    for number, layer in enumerate(manifest.layers):
        there = {(i, j) for of, i, j in keys if of == number}
        if layer.kind == "ground":
            i, j = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
            wanted = set(zip(i.ravel().tolist(), j.ravel().tolist(), strict=True))
        else:
            wanted = {cell for tile in tiles if tile.layer == number for cell in tile.cells}
        missing = sorted(wanted - there)
        if missing:
            problem = f"the layer {layer.name} lacks {len(missing)} colliders, first {missing[0]}"
            yield Finding(FILE, problem, "a collider there")
