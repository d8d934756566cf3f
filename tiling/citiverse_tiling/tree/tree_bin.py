"""tree.bin: the trees of tiles and the collider cells, flattened for a server (scene.md)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.errors import SceneError

if TYPE_CHECKING:
    from citiverse_tiling.model import Float32Array, Float64Array, Int32Array, UInt8Array

MAGIC = b"CVTREE\x00\x01"
_HEADER = struct.Struct("<8s4I")
_TILE_COLUMNS = {
    "box_min": ("<f8", 3),
    "box_max": ("<f8", 3),
    "translation": ("<f8", 3),
    "geometric_error_m": ("<f4", 1),
    "parent": ("<i4", 1),
    "first_child": ("<i4", 1),
    "child_count": ("<i4", 1),
    "level": ("<i4", 1),
    "layer": ("<i4", 1),
    "content_hash": ("u1", 16),
    "content_bytes": ("<i4", 1),
    "content_gzip_bytes": ("<i4", 1),
    "triangles": ("<i4", 1),
}
_CELL_COLUMNS = {
    "cell": ("<i4", 2),
    "cell_layer": ("<i4", 1),
    "cell_translation": ("<f8", 3),
    "cell_hash": ("u1", 16),
    "cell_bytes": ("<i4", 1),
    "cell_gzip_bytes": ("<i4", 1),
}


@dataclass(frozen=True, slots=True)
class TreeTable:
    """The columns of tree.bin by the names, types and shapes of the contract."""

    layer_count: int
    box_min: Float64Array
    box_max: Float64Array
    translation: Float64Array
    geometric_error_m: Float32Array
    parent: Int32Array
    first_child: Int32Array
    child_count: Int32Array
    level: Int32Array
    layer: Int32Array
    content_hash: UInt8Array
    content_bytes: Int32Array
    content_gzip_bytes: Int32Array
    triangles: Int32Array
    cell: Int32Array
    cell_layer: Int32Array
    cell_translation: Float64Array
    cell_hash: UInt8Array
    cell_bytes: Int32Array
    cell_gzip_bytes: Int32Array


def encode_tree(table: TreeTable) -> bytes:
    """The bytes of tree.bin; columns may have wider types and are narrowed."""
    header = _HEADER.pack(MAGIC, len(table.parent), len(table.cell), table.layer_count, 0)
    parts = [header]
    for name, (kind, _) in (_TILE_COLUMNS | _CELL_COLUMNS).items():
        data = np.ascontiguousarray(getattr(table, name), np.dtype(kind)).tobytes()
        parts.append(data + bytes(-len(data) % 8))
    return b"".join(parts)


def decode_tree(data: bytes) -> TreeTable:
    """Read tree.bin; SceneError where it isn't one, or not as long as it says."""
    if len(data) < _HEADER.size:
        raise _broken("it is shorter than its header")
    magic, tiles, cells, layers, _ = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise _broken("it doesn't begin with CVTREE version 1")
    offset = _HEADER.size
    columns = {}
    for names, rows in ((_TILE_COLUMNS, tiles), (_CELL_COLUMNS, cells)):
        for name, (kind, width) in names.items():
            size = rows * width * np.dtype(kind).itemsize
            if offset + size > len(data):
                raise _broken(f"it ends inside the column {name}")
            column = np.frombuffer(data, kind, rows * width, offset)
            columns[name] = column if width == 1 else column.reshape(rows, width)
            offset += size + -size % 8
    if offset != len(data):
        raise _broken(f"it has {len(data)} bytes, but its header asks for {offset}")
    assert {field.name for field in fields(TreeTable)} == {"layer_count", *columns}
    return TreeTable(layer_count=layers, **columns)


def _broken(problem: str) -> SceneError:
    return SceneError(f"this is no tree.bin: {problem}", Path("tree.bin"))
