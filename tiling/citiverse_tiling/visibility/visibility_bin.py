"""visibility.bin: which tiles can be seen from each cell of ground (scene.md)."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.errors import SceneError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.model import BoolArray, Float32Array, Int64Array

NAME = "visibility.bin"
MAGIC = b"CVSEEN\x00\x01"
DIGEST_BYTES = 16
MOST_CELLS = 64
"""Of a block each way."""

_HEADER = struct.Struct("<8s3If")
_COUNT = struct.Struct("<I")
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Block:
    """A square of n × n cells of ground; rows of y, columns of x.

    place    i, j: the block's lower left corner, in blocks
    lowest   (n, n) the lowest eye that this holds for, scene frame; NaN where nothing is known
    highest  (n, n) the highest
    rows     (m,) rising: the tiles that can be seen from anywhere in the block
    seen     (n, n, m) whether each can be seen from each cell
    """

    place: tuple[int, int]
    lowest: Float32Array
    highest: Float32Array
    rows: Int64Array
    seen: BoolArray

    def packed(self) -> bytes:
        """The block as it is stored, compressed."""
        return zlib.compress(
            self.lowest.astype("<f4").tobytes()
            + self.highest.astype("<f4").tobytes()
            + _COUNT.pack(len(self.rows))
            + self.rows.astype("<u4").tobytes()
            + np.packbits(self.seen, axis=2, bitorder="little").tobytes(),
            _LEVEL,
        )


@dataclass(frozen=True, slots=True)
class Visibility:
    """What is in visibility.bin, whose blocks stay packed until `block` is asked for one.

    cells   of a block each way
    tiles   of the tree that it belongs to
    places  (B, 2) i, j of each block, sorted
    """

    cells: int
    tiles: int
    cell_m: float
    places: Int64Array
    made_from: bytes
    _blocks: tuple[memoryview, ...]

    def packed(self, number: int) -> memoryview:
        """A block by its number, as it is stored."""
        return self._blocks[number]

    def block(self, number: int) -> Block:
        """A block by its number. SceneError where it isn't as it should be."""
        cells, tiles = self.cells**2, self.tiles
        most = 8 * cells + _COUNT.size + 4 * tiles + cells * -(-tiles // 8)
        unpacker = zlib.decompressobj()
        try:
            data = unpacker.decompress(self._blocks[number], most + 1)
        except zlib.error as error:
            raise broken(f"block {number} can't be unpacked ({error})") from error
        if len(data) > most or not unpacker.eof or unpacker.unused_data:
            raise broken(f"block {number} unpacks to more or less than a block")
        head = 8 * cells + _COUNT.size
        (seen_tiles,) = _COUNT.unpack_from(data, 8 * cells) if len(data) >= head else (-1,)
        width = -(-seen_tiles // 8)
        if seen_tiles < 0 or len(data) != head + 4 * seen_tiles + cells * width:
            raise broken(f"block {number} is of another size than its tiles ask for")
        rows = np.frombuffer(data, "<u4", seen_tiles, head).astype(np.int64)
        if len(rows) and (np.any(np.diff(rows) <= 0) or rows[-1] >= tiles):
            raise broken(f"block {number} names tiles that aren't there, or not in order")
        bits = np.frombuffer(data, np.uint8, -1, head + 4 * seen_tiles).reshape(cells, width)
        seen = np.unpackbits(bits, axis=1, count=seen_tiles, bitorder="little").astype(np.bool_)
        square = (self.cells, self.cells)
        i, j = self.places[number].tolist()
        return Block(
            (i, j),
            np.frombuffer(data, "<f4", cells).reshape(square),
            np.frombuffer(data, "<f4", cells, 4 * cells).reshape(square),
            rows,
            seen.reshape(*square, seen_tiles),
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """Cells of a block each way, tiles of the tree, and how wide a cell is."""

    cells: int
    tiles: int
    cell_m: float


def head(places: Sequence[tuple[int, int]], sizes: Sequence[int], shape: Shape) -> bytes:
    """What comes before the blocks, whose places are sorted."""
    starts = np.cumsum([0, *sizes], dtype="<u8")
    return (
        _HEADER.pack(MAGIC, len(places), shape.cells, shape.tiles, shape.cell_m)
        + np.array(places, "<i4").reshape(-1, 2).tobytes()
        + starts.tobytes()
    )


def decode(data: bytes | memoryview) -> Visibility:
    """Read visibility.bin but its blocks. SceneError where it isn't one, or isn't whole."""
    if len(data) < _HEADER.size:
        raise broken("it is shorter than its header")
    magic, count, cells, tiles, cell_m = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise broken("it doesn't begin with CVSEEN version 1")
    if not (1 <= cells <= MOST_CELLS and 0 < cell_m < np.inf):
        raise broken(f"its blocks have {cells} cells of {cell_m} m each way")
    first = _HEADER.size + 8 * count + 8 * (count + 1)
    if first + DIGEST_BYTES > len(data):
        raise broken(f"it is too short for {count} blocks")
    places = np.frombuffer(data, "<i4", 2 * count, _HEADER.size).reshape(-1, 2).astype(np.int64)
    starts = np.frombuffer(data, "<u8", count + 1, _HEADER.size + 8 * count)
    size = len(data) - first - DIGEST_BYTES
    if starts[0] != 0 or int(starts[-1]) != size or np.any(starts[1:] < starts[:-1]):
        raise broken("its blocks don't lie one after the other")
    order = np.lexsort((places[:, 1], places[:, 0]))
    is_twice = (np.diff(places, axis=0) == 0).all(axis=1).any()
    if is_twice or not np.array_equal(order, np.arange(count)):
        raise broken("its blocks aren't sorted by their places")
    body = memoryview(data)[first : len(data) - DIGEST_BYTES]
    bounds = starts.tolist()
    blocks = tuple(body[a:b] for a, b in pairwise(bounds))
    return Visibility(cells, tiles, cell_m, places, bytes(data[-DIGEST_BYTES:]), blocks)


def broken(problem: str) -> SceneError:
    """An error that says what is wrong with the file."""
    return SceneError(f"this is no {NAME}: {problem}", Path(NAME))
