"""One datastream's columns in few bytes: what a sealed batch or a summary is on the disk.

Little-endian: u8 format, then, deflated (zlib, RFC 1950), u32 n and the columns one after another.

- Whole numbers: i64 first, i64 least step, u8 bytes a step, and n − 1 steps less the least: what
  has a regular pace takes no byte at all.
- Values: u8 decimals; 0 to 7: as whole numbers of the last decimal; 255: as f64, first byte of
  all, second byte of all and so on.
- Quality: n bytes, or none where all are 0.

A sealed batch has times (µs), values, delays (arrival − time, ms) and quality; a summary has times,
counts, lows, highs, means and quality. Nothing is lost, but that arrivals are kept to the
millisecond.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

from ..overlays.model import Batch
from .columns import EMPTY, Columns
from .steps import NOTHING
from .store import Summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 1
FLOATS = 255
# Most sensors say whole numbers, tenths or hundredths; degrees of a place have seven decimals.
DECIMALS = (0, 1, 2, 3, 4, 5, 6, 7)
EXACT = 2.0**53
TRIED = 16
LEVEL = 6
MOST = 1 << 20
# What is sealed has at most so many bytes when inflated, whatever a broken file claims.
MOST_BYTES = 64 * MOST
MILLI = 1_000

_COUNT = struct.Struct("<I")
_INTS = struct.Struct("<qqB")
_WIDTHS = {0: "", 1: "<u1", 2: "<u2", 4: "<u4", 8: "<u8"}
_GROUP = (("rows", "<u4"), ("values", "<f8"), ("times", "<i8"), ("arrivals", "<i8"))


class CorruptError(ValueError):
    """These bytes aren't what the store has written."""


def pack(columns: Columns) -> bytes:
    """The bytes of columns by time, at most 2²⁰ observations."""
    if not len(columns):
        return _deflated(0)
    delays = (columns.arrivals - columns.times) // MILLI
    return _deflated(
        len(columns),
        _ints(columns.times),
        _values(columns.values),
        _ints(delays),
        _quality(columns.quality),
    )


def unpack(packed: bytes) -> Columns:
    """The columns in some bytes. Raises `CorruptError`."""
    read = _Reader(packed)
    if not read.count:
        return EMPTY
    times, values, delays = read.ints(), read.values(), read.ints()
    return Columns(times, values, times + delays * MILLI, read.quality())


def pack_summary(summary: Summary) -> bytes:
    """The bytes of a summary by time, at most 2²⁰ steps."""
    if not len(summary.times):
        return _deflated(0)
    return _deflated(
        len(summary.times),
        _ints(summary.times),
        _ints(summary.counts.astype(np.int64)),
        _values(summary.lows),
        _values(summary.highs),
        _values(summary.means),
        _quality(summary.quality),
    )


def unpack_summary(packed: bytes) -> Summary:
    """The summary in some bytes. Raises `CorruptError`."""
    read = _Reader(packed)
    if not read.count:
        return NOTHING
    times, counts = read.ints(), read.ints().astype(np.uint32)
    return Summary(times, counts, read.values(), read.values(), read.values(), read.quality())


def pack_group(batch: Batch) -> bytes:
    """A batch as it was appended: its columns, not deflated, for it is soon sealed."""
    columns = [getattr(batch, name).astype(kind).tobytes() for name, kind in _GROUP]
    return b"".join((_COUNT.pack(len(batch.rows)), *columns, batch.quality.tobytes()))


def unpack_group(packed: bytes) -> Batch:
    """The batch in some bytes. Raises `CorruptError`."""
    try:
        (count,) = _COUNT.unpack_from(packed)
        at = _COUNT.size
        columns = []
        for _, kind in _GROUP:
            columns.append(np.frombuffer(packed, dtype=kind, count=count, offset=at))
            at += columns[-1].nbytes
        quality = np.frombuffer(packed, dtype=np.uint8, count=count, offset=at)
    except (struct.error, ValueError) as error:
        raise CorruptError(f"a group of observations can't be read: {error}") from None
    rows, values, times, arrivals = columns
    return Batch(rows, values, times, arrivals, quality)


def _deflated(count: int, *columns: bytes) -> bytes:
    body = b"".join((_COUNT.pack(count), *columns))
    return bytes((FORMAT,)) + zlib.compress(body, LEVEL)


class _Reader:
    """Takes column after column; every mistake of the bytes is a `CorruptError`."""

    def __init__(self, packed: bytes) -> None:
        if packed[:1] != bytes((FORMAT,)):
            raise CorruptError("a sealed batch has an unknown format")
        inflate = zlib.decompressobj()
        try:
            self._body = inflate.decompress(packed[1:], MOST_BYTES)
        except zlib.error as error:
            raise CorruptError(f"a sealed batch can't be inflated: {error}") from None
        if not inflate.eof or len(self._body) < _COUNT.size:
            raise CorruptError("a sealed batch is cut off")
        (self.count,) = _COUNT.unpack_from(self._body)
        self._at = _COUNT.size
        if self.count > MOST:
            raise CorruptError(f"a sealed batch claims {self.count} observations")

    def ints(self) -> NDArray[np.int64]:
        if len(self._body) < self._at + _INTS.size:
            raise CorruptError("a sealed batch is cut off")
        first, least, width = _INTS.unpack_from(self._body, self._at)
        self._at += _INTS.size
        values = np.empty(self.count, dtype=np.int64)
        values[0] = first
        values[1:] = least
        if width:
            steps = self._taken(_WIDTHS.get(width, ""), self.count - 1)
            values[1:] += steps.astype(np.int64)
        return np.cumsum(values)

    def values(self) -> NDArray[np.float64]:
        decimals = int(self._taken("u1", 1)[0])
        if decimals in DECIMALS:
            return self.ints() / 10.0**decimals
        if decimals != FLOATS:
            raise CorruptError(f"a sealed batch has {decimals} decimals")
        shuffled = self._taken("u1", 8 * self.count).reshape(8, self.count)
        return np.ascontiguousarray(shuffled.T).view("<f8")[:, 0]

    def quality(self) -> NDArray[np.uint8]:
        if self._at == len(self._body):
            return np.zeros(self.count, dtype=np.uint8)
        return self._taken("u1", self.count).astype(np.uint8)

    def _taken(self, kind: str, count: int) -> NDArray[np.generic]:
        if not kind:
            raise CorruptError("a sealed batch has steps of an unknown width")
        size = np.dtype(kind).itemsize * count
        if len(self._body) < self._at + size:
            raise CorruptError("a sealed batch is cut off")
        taken = np.frombuffer(self._body, dtype=kind, count=count, offset=self._at)
        self._at += size
        return taken


def _values(values: NDArray[np.float64]) -> bytes:
    for decimals in DECIMALS:
        if _are_decimal(values[:TRIED], decimals) and _are_decimal(values, decimals):
            whole = np.rint(values * 10.0**decimals).astype(np.int64)
            return bytes((decimals,)) + _ints(whole)
    shuffled = values.astype("<f8").view(np.uint8).reshape(-1, 8).T
    return bytes((FLOATS,)) + shuffled.tobytes()


def _are_decimal(values: NDArray[np.float64], decimals: int) -> bool:
    """Whether dividing whole numbers gives back these very values."""
    with np.errstate(over="ignore"):
        scaled = values * 10.0**decimals
    # Written so that what is no number fails, too.
    if not bool((np.abs(scaled) < EXACT).all()):
        return False
    return bool((np.rint(scaled) / 10.0**decimals == values).all())


def _ints(values: NDArray[np.int64]) -> bytes:
    steps = np.diff(values)
    if not len(steps):
        return _INTS.pack(int(values[0]), 0, 0)
    least = int(steps.min())
    most = int(steps.max()) - least
    width = next(width for width in _WIDTHS if most < 1 << (8 * width))
    head = _INTS.pack(int(values[0]), least, width)
    return head + ((steps - least).astype(_WIDTHS[width]).tobytes() if width else b"")


def _quality(quality: NDArray[np.uint8]) -> bytes:
    return quality.tobytes() if quality.any() else b""
