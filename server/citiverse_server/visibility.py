"""What can be seen from where people walk: visibility.bin of scene.md, a block of ground at a time.

The file stays where it lies; blocks are unpacked when somebody walks there, and only so many of
them stay in memory. A file that breaks its contract hides nothing.
"""

from __future__ import annotations

import logging
import math
import struct
import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .catalog import Rows
    from .message import Vector

    Bools = NDArray[np.bool_]
    Singles = NDArray[np.float32]
    Bits = NDArray[np.uint8]
    Places = NDArray[np.int64]

logger = logging.getLogger("citiverse.scene")

MAGIC = b"CVSEEN\x00\x01"
HEADER = struct.Struct("<8s3If")
MOST_CELLS = 64
_COLUMN = 2**32
CACHE_BYTES = 16 * 1024 * 1024

NOW_M = 2.0
"""A walker has gone on a little by the time that tiles come."""
SOON_M = 10.0
"""What is seen from so near comes before she steps there."""
LOOK_AHEAD_S = 4.0
MOST_AHEAD_M = 30.0


@dataclass(frozen=True, slots=True)
class Sight:
    """Which tiles can be seen, (N,) each: from where the viewer is, and from where she soon may be.

    What is in `now` is in `soon`. Tiles in `apart` are shown in detail however far away they are.
    """

    now: Bools
    soon: Bools
    apart: Bools | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """n × n cells: eyes (n, n) between which it holds, rows (m,) of tiles, bits (n, n, ⌈m / 8⌉)."""

    lowest: Singles
    highest: Singles
    rows: Rows
    bits: Bits

    @property
    def size_bytes(self) -> int:
        """What it costs in memory."""
        return self.lowest.nbytes + self.highest.nbytes + self.rows.nbytes + self.bits.nbytes


class Visibility:
    """`data` is visibility.bin, `tiles` how many tree.bin has; raises `ValueError`."""

    def __init__(self, data: memoryview, tiles: int) -> None:
        if len(data) < HEADER.size:
            raise ValueError("it is shorter than its header")
        magic, blocks, cells, count, self._cell_m = HEADER.unpack_from(data)
        if magic != MAGIC:
            raise ValueError("it isn't one, or of another version")
        if count != tiles:
            raise ValueError(f"it is of {count} tiles, and the tree has {tiles}")
        if not 1 <= cells <= MOST_CELLS or not 0.1 <= self._cell_m <= 1000.0:
            raise ValueError("its cells can't be right")
        begin = HEADER.size + 16 * blocks + 8
        if begin > len(data):
            raise ValueError("its columns are cut off")
        self._starts = np.frombuffer(data, "<u8", blocks + 1, HEADER.size + 8 * blocks)
        places = np.frombuffer(data, "<i4", 2 * blocks, HEADER.size).reshape(-1, 2)
        if self._starts[0] != 0 or (np.diff(self._starts.astype(np.float64)) < 0).any():
            raise ValueError("its blocks overlap")
        if begin + int(self._starts[-1]) > len(data):
            raise ValueError("its blocks are cut off")
        self._cells, self._tiles, self._data = cells, tiles, data[begin:]
        self._keys = places[:, 0].astype(np.int64) * _COLUMN + places[:, 1]
        if (np.diff(self._keys) <= 0).any():
            raise ValueError("its blocks aren't sorted")
        self._held: OrderedDict[int, Block | None] = OrderedDict()
        self._held_bytes = 0
        # Selections of several viewers may run in threads.
        self._lock = threading.Lock()

    @property
    def held_bytes(self) -> int:
        """Unpacked blocks in memory, at most `CACHE_BYTES` and one block."""
        return self._held_bytes

    def sight(self, eye: Vector, velocity: Vector) -> Sight | None:
        """What can be seen; None where the file can't tell, so that everything may be.

        `eye` in metres and `velocity` in metres a second, scene frame.
        """
        here = np.array([eye[:2]])
        own = np.floor(here[0] / self._cell_m).astype(np.int64)
        at = self._place_of(*(own // self._cells).tolist())
        block = None if at is None else self._block(at)
        column, row = own % self._cells
        if block is None or not block.lowest[row, column] <= eye[2] <= block.highest[row, column]:
            return None
        now = self._seen_from(self._cells_near(here, NOW_M))
        if now is None:
            return None
        soon = self._seen_from(self._cells_near(_way(eye, velocity, self._cell_m), SOON_M))
        return None if soon is None else Sight(now, soon | now)

    def _cells_near(self, points: NDArray[np.float64], reach_m: float) -> Places:
        """Cells (k, 2) as column and row in the plane within reach of any of the points (p, 2)."""
        side = self._cell_m
        low = np.ceil((points.min(axis=0) - reach_m) / side).astype(np.int64) - 1
        high = np.floor((points.max(axis=0) + reach_m) / side).astype(np.int64)
        columns, rows = (np.arange(low[axis], high[axis] + 1) for axis in (0, 1))
        cells = np.stack(np.meshgrid(columns, rows, indexing="ij"), axis=-1).reshape(-1, 2)
        aside = np.abs(points[:, None, :] - (cells + 0.5) * side) - side / 2
        distance = np.hypot(*np.maximum(aside, 0.0).transpose(2, 0, 1)).min(axis=0)
        near: Places = cells[distance <= reach_m]
        return near

    def _seen_from(self, cells: Places) -> Bools | None:
        """What can be seen from any of the cells; None where one of their blocks can't be read, or
        isn't there: who steps into it may see everything.
        """
        seen = np.zeros(self._tiles, dtype=np.bool_)
        blocks = cells // self._cells
        for i, j in np.unique(blocks, axis=0).tolist():
            at = self._place_of(i, j)
            block = None if at is None else self._block(at)
            if block is None:
                return None
            columns, rows = (cells[(blocks == (i, j)).all(axis=1)] % self._cells).T
            known = ~np.isnan(block.lowest[rows, columns])
            bits = np.bitwise_or.reduce(block.bits[rows[known], columns[known]], axis=0)
            shown = np.unpackbits(bits, count=len(block.rows), bitorder="little")
            seen[block.rows[shown.astype(np.bool_)]] = True
        return seen

    def _place_of(self, i: int, j: int) -> int | None:
        """Which block lies there, if one does."""
        key = i * _COLUMN + j
        at = int(np.searchsorted(self._keys, key))
        return at if at < len(self._keys) and self._keys[at] == key else None

    def _block(self, at: int) -> Block | None:
        with self._lock:
            if at in self._held:
                self._held.move_to_end(at)
                return self._held[at]
            block = self._held[at] = self._unpacked(at)
            self._held_bytes += block.size_bytes if block else 0
            while self._held_bytes > CACHE_BYTES and len(self._held) > 1:
                _, oldest = self._held.popitem(last=False)
                self._held_bytes -= oldest.size_bytes if oldest else 0
            return block

    def _unpacked(self, at: int) -> Block | None:
        start, stop = self._starts[at : at + 2].tolist()
        try:
            return _unpack(self._data[start:stop], self._cells, self._tiles)
        except ValueError as error:
            logger.warning("Block %d of a visibility.bin hides nothing: %s.", at, error)
            return None


def visibility_of(data: memoryview | None, tiles: int, place: Path) -> Visibility | None:
    """The visibility of a scene, whose tree has so many tiles; one that is broken hides nothing."""
    if data is None:
        return None
    try:
        return Visibility(data, tiles)
    except ValueError as error:
        logger.warning("visibility.bin of %s hides nothing: %s. Tile the city again.", place, error)
        return None


def _unpack(packed: memoryview, cells: int, tiles: int) -> Block:
    """A block of the file; raises `ValueError`."""
    count = cells * cells
    most = 8 * count + 4 + 4 * tiles + count * -(-tiles // 8)
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(packed, most + 1)
    except zlib.error as error:
        raise ValueError(f"it can't be unpacked ({error})") from None
    if not 8 * count + 4 <= len(data) <= most or not stream.eof:
        raise ValueError("it unpacks to a wrong size")
    (seen,) = struct.unpack_from("<I", data, 8 * count)
    width = -(-seen // 8)
    if len(data) != 8 * count + 4 + 4 * seen + count * width:
        raise ValueError("it unpacks to a wrong size")
    rows = np.frombuffer(data, "<u4", seen, 8 * count + 4).astype(np.intp)
    if seen and (rows[-1] >= tiles or (np.diff(rows) <= 0).any()):
        raise ValueError("its tiles don't rise, or don't exist")
    return Block(
        np.frombuffer(data, "<f4", count).reshape(cells, cells),
        np.frombuffer(data, "<f4", count, 4 * count).reshape(cells, cells),
        rows,
        np.frombuffer(data, np.uint8, -1, 8 * count + 4 + 4 * seen).reshape(cells, cells, width),
    )


def _way(eye: Vector, velocity: Vector, step_m: float) -> NDArray[np.float64]:
    """Points (k, 2) on the ground plane from the viewer to where she soon will be."""
    speed = math.hypot(velocity[0], velocity[1])
    ahead_m = min(speed * LOOK_AHEAD_S, MOST_AHEAD_M)
    share = np.linspace(0.0, ahead_m, 1 + math.ceil(ahead_m / step_m))[:, None]
    towards = np.array([velocity[:2]]) / max(speed, 1e-9)
    return np.array([eye[:2]]) + share * towards
