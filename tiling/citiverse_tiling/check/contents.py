"""Tiles' contents: they decode, stay in their boxes, and know whom each vertex belongs to."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from citiverse_tiling.check.finding import Finding
from citiverse_tiling.check.glb import BadGlb, decode_glb
from citiverse_tiling.content.atlas import LARGEST_SIDE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.check.glb import Glb
    from citiverse_tiling.check.instances import Instances
    from citiverse_tiling.manifest import Layer, Manifest
    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.tree.tree_bin import TreeTable

TOLERANCE_M = 1e-3
_ELEMENTS = {"structure", "window"}
_MATERIALS = {
    "ground": {"terrain"},
    "land": {"road", "paving", "rail", "green", "soil", "water", "marking", "terrain"},
    "buildings": {"wall", "roof", "ground", "window", "door"},
    "structures": {"structure", "window", "door"},
    "furniture": {"furniture"},
    "vegetation": {"foliage", "trunk"},
    "meshes": {"mesh"},
    "shells": _ELEMENTS,
    "interiors": _ELEMENTS,
}
_PLAIN_FROM_AFAR = {"structures", "furniture", "meshes", "shells", "interiors"}
_FURNITURE = "furniture"
_COPIED = {"structures", "furniture", "shells", "interiors"}
_NO_FLOOR = {"water", "marking"}
_OPEN = {"ExteriorDoor", "InteriorDoor"}
"""Classes of what one walks through."""

_PLANTS = {"tree-broadleaf", "tree-conifer", "tree-columnar", "shrub"}
_COLUMNS = {"id", "class", "name"}
_LEAF_COLUMNS = {"parent", "address"}
_NO_CELLS = np.zeros((0, 2), np.int64)


@dataclass(frozen=True, slots=True)
class CheckedTile:
    """What the other checks need of a tile of features.

    layer   index into the manifest's layers
    ids     identity of each row of the property table
    boxes   float64 (n, 2, 3): lowest and highest vertex of each feature, scene frame
    cells   collider cells that its solid triangles are in; none of an inner tile
    """

    row: int
    layer: int
    leaf: bool
    ids: tuple[str, ...]
    boxes: Float64Array
    cells: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class CheckedContents:
    """Findings in the contents, and the tiles of features that decode."""

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
        if layer.kind != "ground":
            checked = _features(glb, table, row, manifest.collider_cell_m)
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
    triangles += sum(one.triangles for one in (*glb.plants, *glb.copies))
    if triangles != int(table.triangles[row]):
        yield Finding(
            "tree.bin", f"row {row} says {table.triangles[row]} triangles", f"{triangles}"
        )
    yield from _check_kinds(name, glb, layer)
    yield from _check_images(name, glb)
    if glb.images and layer.name in _PLAIN_FROM_AFAR and int(table.child_count[row]):
        yield Finding(name, "it has images, and tiles below it", "mean colours")
    yield from _check_plants(name, glb, table, row)
    for copies in glb.copies:
        yield from _check_box(name, copies.corners().reshape(-1, 3), table, row)
        if any(one.feature_ids is not None or one.image >= 0 for one in copies.primitives):
            yield Finding(name, "what is copied has feature ids or images of its own", "neither")
    for one in glb.primitives:
        yield from _check_box(name, one.positions, table, row)
        if not (np.abs(np.linalg.norm(one.normals, axis=1) - 1) < 0.02).all():
            yield Finding(name, "a normal isn't of length 1", "unit normals")
        if (one.feature_ids is None) != (layer.kind == "ground"):
            yield Finding(name, "feature ids are where they don't belong", "them on features")


def _check_box(name: str, positions: Float64Array, table: TreeTable, row: int) -> Iterator[Finding]:
    """Points of the content frame are inside of their tile's box."""
    points = _to_scene(positions) + table.translation[row]
    inside = np.all(points >= table.box_min[row] - TOLERANCE_M, axis=1)
    inside &= np.all(points <= table.box_max[row] + TOLERANCE_M, axis=1)
    if not inside.all():
        count = int((~inside).sum())
        yield Finding(name, f"{count} vertices are outside of row {row}'s box", "all inside")


def _check_kinds(name: str, glb: Glb, layer: Layer) -> Iterator[Finding]:
    """Materials and plants are those of the layer."""
    instances = (*glb.plants, *glb.copies)
    for primitives in (glb.primitives, *(one.primitives for one in instances)):
        names = [one.material for one in primitives]
        known = _MATERIALS.get(layer.name, set())
        looks = [
            (one.material, one.image, one.colours is None, one.alpha_mode) for one in primitives
        ]
        if len(set(looks)) != len(looks) or not set(names) <= known:
            yield Finding(name, f"its materials are {names}", f"some of {sorted(known)}")
    if glb.copies and layer.name not in _COPIED:
        yield Finding(name, "it has copies of a mesh", f"them in {sorted(_COPIED)} only")
    if bool(glb.plants) != (layer.kind == "vegetation"):
        yield Finding(name, f"it has {len(glb.plants)} kinds of plants", "instances of plants only")
    if not {plants.kind for plants in glb.plants} <= _PLANTS:
        kinds = [plants.kind for plants in glb.plants]
        yield Finding(name, f"its plants are {kinds}", f"some of {sorted(_PLANTS)}")


def _check_images(name: str, glb: Glb) -> Iterator[Finding]:
    """Images decode, are small enough, are used, and are see-through only where it is said."""
    for number, data in enumerate(glb.images):
        try:
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
                image.load()
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            yield Finding(name, f"image {number} can't be read ({error})", "a WebP, JPEG or PNG")
            continue
        if max(image.size) > LARGEST_SIDE:
            yield Finding(name, f"image {number} has {image.size} pixels", f"≤ {LARGEST_SIDE}")
        users = [one for one in glb.primitives if one.image == number]
        if not users:
            yield Finding(name, f"nothing uses image {number}", "only images that are shown")
        if any((one.alpha_mode == "OPAQUE") != (image.mode == "RGB") for one in users):
            yield Finding(name, f"image {number} is {image.mode}", "RGB where it is opaque")


def _check_plants(name: str, glb: Glb, table: TreeTable, row: int) -> Iterator[Finding]:
    """Plants stand inside of their tile's box, crowns and all."""
    for plants in glb.plants:
        feet, reach = _boxes_of(plants, table.translation[row])
        low, high = feet - reach * [0.5, 0.5, 0.0], feet + reach * [0.5, 0.5, 1.0]
        inside = np.all(low >= table.box_min[row] - TOLERANCE_M, axis=1)
        inside &= np.all(high <= table.box_max[row] + TOLERANCE_M, axis=1)
        if not inside.all():
            count = int((~inside).sum())
            yield Finding(name, f"{count} plants are outside of row {row}'s box", "all inside")


def _features(glb: Glb, table: TreeTable, row: int, cell_m: float) -> CheckedTile | str:
    """What the tile's features are and where, or what is wrong with them."""
    leaf = int(table.child_count[row]) == 0
    missing = (_COLUMNS | (_LEAF_COLUMNS if leaf else set())) - set(glb.columns)
    if missing:
        return f"the property table lacks {sorted(missing)}"
    ids = tuple(str(value) for value in glb.columns["id"])
    is_open = np.array([value in _OPEN for value in glb.columns["class"]], np.bool_)
    boxes = np.full((len(ids), 2, 3), np.nan)
    solid: list[Float64Array] = []
    below: list[tuple[Float64Array, Int64Array]] = []
    for one in glb.primitives:
        if one.feature_ids is None or int(one.feature_ids.max()) >= len(ids):
            return "a feature id is beyond the property table"
        points = _to_scene(one.positions) + table.translation[row]
        np.fmin.at(boxes[:, 0], one.feature_ids, points)
        np.fmax.at(boxes[:, 1], one.feature_ids, points)
        if one.material == _FURNITURE:
            below.append((points, one.feature_ids))
        elif one.material not in _NO_FLOOR:
            triangles = one.triangles[~is_open[one.feature_ids[one.triangles[:, 0]]]]
            solid.append(points[triangles].mean(axis=1)[:, :2])
    for instances in (*glb.plants, *glb.copies):
        if int(instances.feature_ids.max()) >= len(ids):
            return "a feature id is beyond the property table"
    for copies in glb.copies:
        corners = copies.corners()
        corners = _to_scene(corners.reshape(-1, 3)).reshape(corners.shape)
        corners += table.translation[row]
        boxes[copies.feature_ids, 0] = corners.min(axis=1)
        boxes[copies.feature_ids, 1] = corners.max(axis=1)
        below.append((corners.reshape(-1, 3), np.repeat(copies.feature_ids, len(corners[0]))))
    for plants in glb.plants:
        feet, reach = _boxes_of(plants, table.translation[row])
        boxes[plants.feature_ids, 0] = feet - reach * [0.5, 0.5, 0.0]
        boxes[plants.feature_ids, 1] = feet + reach * [0.5, 0.5, 1.0]
        if plants.kind != "shrub":
            solid.append(feet[:, :2])
    solid.append(_lowest(below))
    if np.isnan(boxes).any():
        return "a row of the property table has no vertex"
    flat = np.floor(np.concatenate(solid) / cell_m).astype(int) if leaf and solid else _NO_CELLS
    cells = frozenset((i, j) for i, j in np.unique(flat, axis=0).tolist())
    return CheckedTile(row, int(table.layer[row]), leaf, ids, boxes, cells)


def _lowest(pieces: list[tuple[Float64Array, Int64Array]]) -> Float64Array:
    """Where the lowest point of each piece of furniture is, seen from above, (n, 2).

    A collider is there, be it one of faces or of a post. Pieces are points and whose they are.
    """
    points = np.concatenate([np.zeros((0, 3)), *(one for one, _ in pieces)])
    owners = np.concatenate([np.zeros(0, np.int64), *(whose for _, whose in pieces)])
    order = np.lexsort((points[:, 2], owners))
    first = np.unique(owners[order], return_index=True)[1]
    lowest: Float64Array = points[order[first], :2]
    return lowest


def _boxes_of(plants: Instances, translation: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Feet in the scene frame, and how far plants reach along x, y and z, (n, 3) each."""
    return _to_scene(plants.places) + translation, plants.sizes[:, [0, 2, 1]]


def _to_scene(positions: Float64Array) -> Float64Array:
    """Content frame (y up) to scene frame axes (z up)."""
    points: Float64Array = positions[:, [0, 2, 1]] * np.array([1.0, -1.0, 1.0])
    return points
