"""Foreign layers: their tree, their tiles, and that nobody stands beside the manifest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.check.finding import Finding
from citiverse_tiling.check.glb import BadGlb, decode_glb
from citiverse_tiling.check.tree import check_tree
from citiverse_tiling.errors import SceneError
from citiverse_tiling.foreign import FOLDER
from citiverse_tiling.manifest import Layer
from citiverse_tiling.tree.tree_bin import decode_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.manifest import ForeignLayer, Manifest
    from citiverse_tiling.tree.tree_bin import TreeTable

TOLERANCE_M = 1e-3


def check_foreign(scene: Path, manifest: Manifest) -> Iterator[Finding]:
    """Everything in the layers of others that breaks the contract."""
    names = [layer.name for layer in manifest.foreign]
    if len(set(names)) != len(names):
        yield Finding("scene.json", "two foreign layers have one name", "each its own")
    folder = scene / FOLDER
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    for name in sorted(set(there) - set(names)):
        yield Finding(f"{FOLDER}/{name}", "it is no layer of the manifest", "no such folder")
    for layer in manifest.foreign:
        if not (scene / layer.tileset).is_file():
            yield Finding(layer.tileset, "it is missing", "the layer's tileset")
        if layer.streamed:
            yield from _check_streamed(scene, manifest, layer)


def _check_streamed(scene: Path, manifest: Manifest, layer: ForeignLayer) -> Iterator[Finding]:
    name = f"{FOLDER}/{layer.name}/tree.bin"
    try:
        table = decode_tree((scene / name).read_bytes())
    except (SceneError, OSError) as error:
        yield Finding(name, f"it can't be read ({error})", "a whole tree.bin")
        return
    one = Layer(layer.name, layer.title, "foreign", layer.reality, layer.tileset, layer.tiles, 0)
    alone = msgspec.structs.replace(manifest, layers=(one,))
    broken = [replace(finding, file=name) for finding in check_tree(table, alone)]
    yield from broken
    if not broken:
        for row in range(len(table.parent)):
            yield from _check_tile(scene, f"{FOLDER}/{layer.name}", table, row)


def _check_tile(scene: Path, folder: str, table: TreeTable, row: int) -> Iterator[Finding]:
    name = f"{folder}/{table.content_hash[row].tobytes().hex()}.glb"
    try:
        data = (scene / name).read_bytes()
    except OSError:
        yield Finding(name, "it is missing", f"the content of row {row}")
        return
    if len(data) != int(table.content_bytes[row]):
        yield Finding(name, f"it has {len(data)} bytes", f"{table.content_bytes[row]}")
    if not int(table.triangles[row]):
        return
    try:
        glb = decode_glb(data)
    except BadGlb as error:
        yield Finding(name, str(error), "a GLB as the contract says")
        return
    triangles = sum(len(one.triangles) for one in glb.primitives)
    if triangles != int(table.triangles[row]):
        yield Finding(name, f"it has {triangles} triangles", f"{table.triangles[row]}")
    for one in glb.primitives:
        points = one.positions[:, [0, 2, 1]] * (1.0, -1.0, 1.0) + table.translation[row]
        inside = np.all(points >= table.box_min[row] - TOLERANCE_M, axis=1)
        inside &= np.all(points <= table.box_max[row] + TOLERANCE_M, axis=1)
        if not inside.all():
            yield Finding(name, f"it reaches out of row {row}'s box", "all inside")
