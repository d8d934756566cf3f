"""tileset.json: the same trees as tree.bin, in the right place on Earth."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.check.finding import Finding
from citiverse_tiling.sinks.tiles3d import Tileset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.manifest import Manifest
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.sinks.tiles3d import Tile
    from citiverse_tiling.tree.tree_bin import TreeTable

TOLERANCE_M = 1e-3
EXTERNAL = re.compile(r"[0-9a-f]{32}\.json")
MOST_BYTES = 262_144


def check_tilesets(
    scene: Path, manifest: Manifest, table: TreeTable, frame: SceneFrame
) -> Iterator[Finding]:
    """The scene's tileset over the layers', and each layer's against tree.bin."""
    roots = np.flatnonzero(table.parent < 0)
    top = _read(scene, "tileset.json")
    if isinstance(top, Finding):
        yield top
    else:
        yield from _check_scene(top, manifest, table, roots, frame)
    for layer, root in zip(manifest.layers, roots.tolist(), strict=True):
        tileset = _read(scene, layer.tileset)
        if isinstance(tileset, Finding):
            yield tileset
            continue
        folder = f"tiles/{layer.name}"
        if PurePosixPath(layer.tileset).parent.as_posix() != folder:
            yield Finding("scene.json", f"the tileset of {layer.name} is elsewhere", folder)
        if tileset.root.refine != "REPLACE":
            yield Finding(layer.tileset, f"the root refines by {tileset.root.refine}", "REPLACE")
        yield from _check_layer(scene / folder, tileset, table, root, frame)


def _read(scene: Path, name: str) -> Tileset | Finding:
    try:
        data = (scene / name).read_bytes()
        tileset = msgspec.json.decode(data, type=Tileset)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return Finding(name, f"it can't be read ({error})", "a tileset as we write them")
    if tileset.asset.version != "1.1":
        return Finding(name, f"its version is {tileset.asset.version}", "1.1")
    if len(data) > MOST_BYTES:
        return Finding(name, f"it has {len(data)} bytes", f"at most {MOST_BYTES}")
    return tileset


def _check_scene(
    tileset: Tileset, manifest: Manifest, table: TreeTable, roots: np.ndarray, frame: SceneFrame
) -> Iterator[Finding]:
    uris = [tile.content.uri if tile.content else "" for tile in tileset.root.children]
    expected = [layer.tileset for layer in manifest.layers]
    if uris != expected:
        yield Finding("tileset.json", f"its children are {uris}", f"{expected}")
        return
    tiles = [(tileset.root, root) for root in roots.tolist()]
    tiles += zip(tileset.root.children, roots.tolist(), strict=True)
    for tile, row in tiles:
        if not _holds(tile, frame.to_ecef(_corners(table, row))):
            yield Finding(
                "tileset.json", "a bounding volume is too small", f"one that holds row {row}"
            )


def _check_layer(
    folder: Path, tileset: Tileset, table: TreeTable, root: int, frame: SceneFrame
) -> Iterator[Finding]:
    """Walk the tileset, with the external ones below it, and tree.bin side by side."""
    waiting: list[tuple[Tile, int, Float64Array, float]] = [
        (tileset.root, root, np.eye(4), tileset.geometric_error)
    ]
    scene, name = folder.parent.parent, f"tiles/{folder.name}/tileset.json"
    while waiting:
        tile, row, above, parent_error = waiting.pop()
        if tile.content is not None and tile.content.uri.endswith(".json"):
            found = _follow(scene, f"tiles/{folder.name}/{tile.content.uri}", tile, parent_error)
            if isinstance(found, Finding):
                yield found
                continue
            if row != root and not _holds(tile, _below(table, row)):
                yield Finding(name, f"row {row} has a reference too small", "box of tree.bin")
            tile = found.root
        if tile.transform is None or len(tile.transform) != 16:
            yield Finding(name, f"row {row} has no transform", "16 numbers")
            continue
        matrix = above @ np.array(tile.transform).reshape(4, 4).T
        expected = np.array(frame.transform(table.translation[row])).reshape(4, 4).T
        if np.abs(matrix - expected).max() > TOLERANCE_M:
            yield Finding(name, f"row {row} stands elsewhere", "its translation in tree.bin")
        if tile.geometric_error != float(table.geometric_error_m[row]):
            yield Finding(name, f"row {row} has another geometric error", "that of tree.bin")
        if tile.geometric_error > parent_error:
            yield Finding(name, f"row {row} has a larger error than its parent", "at most as large")
        corners = _corners(table, row) - table.translation[row]
        if not _holds(tile, corners):
            yield Finding(name, f"row {row} has a bounding volume too small", "box of tree.bin")
        uri = f"{table.content_hash[row].tobytes().hex()}.glb"
        if tile.content is None or tile.content.uri != uri:
            yield Finding(name, f"row {row} has other content", uri)
        count = int(table.child_count[row])
        if len(tile.children) != count:
            yield Finding(name, f"row {row} has {len(tile.children)} children", f"{count}")
            continue
        first = int(table.first_child[row])
        waiting += [
            (child, first + number, matrix, tile.geometric_error)
            for number, child in enumerate(tile.children)
        ]


def _follow(scene: Path, name: str, tile: Tile, parent_error: float) -> Tileset | Finding:
    """The external tileset that a tile stands for (3D Tiles 1.1, clause 7.5)."""
    if tile.children or tile.transform is not None:
        return Finding(name, "its reference has children or a transform", "neither")
    if not EXTERNAL.fullmatch(PurePosixPath(name).name):
        return Finding(name, "an external tileset has another name", "its hash")
    found = _read(scene, name)
    if isinstance(found, Finding):
        return found
    if not parent_error >= tile.geometric_error >= found.root.geometric_error:
        return Finding(name, "its reference has another geometric error", "between its neighbours'")
    if found.root.refine != "REPLACE":
        return Finding(name, f"the root refines by {found.root.refine}", "REPLACE")
    return found


def _below(table: TreeTable, row: int) -> Float64Array:
    """The corners of a tile's box in its parent's frame."""
    corners: Float64Array = _corners(table, row) - table.translation[table.parent[row]]
    return corners


def _corners(table: TreeTable, row: int) -> Float64Array:
    """The eight corners of a tile's box, scene frame, (8, 3)."""
    upper = (np.arange(8)[:, None] >> np.arange(3) & 1).astype(np.bool_)
    corners: Float64Array = np.where(upper, table.box_max[row], table.box_min[row])
    return corners


def _holds(tile: Tile, corners: Float64Array) -> bool:
    """Whether an oriented box (3D Tiles 1.1, boundingVolume.box) holds points of its frame."""
    box = np.array(tile.bounding_volume.box)
    if box.shape != (12,) or not np.isfinite(box).all():
        return False
    center, axes = box[:3], box[3:].reshape(3, 3)
    lengths = np.linalg.norm(axes, axis=1)
    along = np.abs((corners - center) @ (axes / np.maximum(lengths, 1e-12)[:, None]).T)
    return bool((along <= lengths + TOLERANCE_M).all())
