"""Colliders: the triangles that a walker stands on and bumps into, cell by cell (scene.md)."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.errors import SceneError

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import Float32Array, Float64Array, Int64Array, UInt32Array

MAGIC = b"CVCOLL\x00\x01"
_HEADER = struct.Struct("<8s2I")
NO_FEATURES: UInt32Array = np.zeros((0, 2), np.uint32)


def encode_collider(
    positions: Float32Array, triangles: UInt32Array, features: UInt32Array = NO_FEATURES
) -> bytes:
    """Bytes of one cell: positions (V, 3) relative to its translation, triangles (T, 3).

    `features` (F, 2) are keys (`feature_key`), and how many of the next triangles are theirs.
    """
    header = _HEADER.pack(MAGIC, len(positions), len(triangles))
    columns = (positions.astype("<f4"), triangles.astype("<u4"), features.astype("<u4"))
    return header + b"".join(column.tobytes() for column in columns)


def feature_key(identity: str) -> int:
    """What a collider calls a feature: CRC-32 (ISO 3309) of its identity."""
    return zlib.crc32(identity.encode())


def decode_collider(data: bytes, file: Path) -> tuple[Float32Array, UInt32Array, UInt32Array]:
    """Positions, triangles and features of a collider; SceneError where it isn't one."""
    if len(data) < _HEADER.size or not data.startswith(MAGIC):
        raise SceneError("it doesn't begin with CVCOLL version 1", file)
    _, vertices, triangles = _HEADER.unpack_from(data)
    end = _HEADER.size + 12 * (vertices + triangles)
    if len(data) < end or (len(data) - end) % 8:
        raise SceneError("its size isn't what its header says", file)
    positions = np.frombuffer(data, "<f4", vertices * 3, _HEADER.size)
    indices = np.frombuffer(data, "<u4", triangles * 3, _HEADER.size + 12 * vertices)
    if len(indices) and int(indices.max()) >= vertices:
        raise SceneError("an index is beyond its vertices", file)
    features = np.frombuffer(data, "<u4", -1, end).reshape(-1, 2)
    if len(features) and int(features[:, 1].sum(dtype=np.uint64)) != triangles:
        raise SceneError("its features have more or fewer triangles than there are", file)
    return positions.reshape(-1, 3), indices.reshape(-1, 3), features


def weld(positions: Float64Array, triangles: Int64Array) -> Int64Array:
    """The triangles with one vertex for all that are in the same cubic millimetre, (T, 3)."""
    steps = np.floor((positions - positions.min(axis=0)) * 1000).astype(np.int64)
    x, y, z = (int(size) for size in steps.max(axis=0) + 1)
    if x * y * z >= 1 << 63:
        return triangles
    keys = (steps[:, 0] * y + steps[:, 1]) * z + steps[:, 2]
    _, first, same = np.unique(keys, return_index=True, return_inverse=True)
    return first[same[triangles]]


def in_use(triangles: Int64Array) -> tuple[Int64Array, Int64Array]:
    """The vertices that triangles use, (V,), and the triangles as indices into those, (T, 3)."""
    used, local = np.unique(triangles, return_inverse=True)
    return used, local.reshape(-1, 3)


@dataclass(frozen=True, slots=True)
class CellBlock:
    """A square of cells: the south-west one's i and j, how many a side, and how large each is."""

    i: int
    j: int
    cells: int
    cell_m: float


def triangle_cells(
    positions: Float64Array, triangles: Int64Array, block: CellBlock
) -> tuple[Int64Array, Int64Array]:
    """Which triangles may touch which cells of a block, by their boxes.

    Returns rows of `triangles` (K,) and cells i, j (K, 2).
    """
    corners = positions[triangles, :2]
    first = np.array([block.i, block.j])
    low = np.floor(corners.min(axis=1) / block.cell_m).astype(np.int64)
    high = np.floor(corners.max(axis=1) / block.cell_m).astype(np.int64)
    low, high = np.maximum(low, first), np.minimum(high, first + block.cells - 1)
    spans = np.maximum(high - low + 1, 0)
    counts = spans[:, 0] * spans[:, 1]
    rows = np.repeat(np.arange(len(triangles)), counts)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    across = np.maximum(spans[rows, 0], 1)
    cells = low[rows] + np.stack([place % across, place // across], axis=1)
    return rows, cells
