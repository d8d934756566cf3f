"""Latest values as the rows of `readings`, docs/contract/protocol.md: few bytes, encoded at once.

Most sensors say short decimals: 21.4 goes as the whole number 214 and the exponent 1, after ALP
(Afroozeh, Kuffó, Boncz: Adaptive Lossless floating-Point Compression, 2023), and comes out as the
same double. What is no short decimal goes as it is. All numbers but those are varints of 7 bits a
byte, lowest first; signed ones in zigzag, so that small ones are short.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_DECIMALS = 6
AS_IT_IS = 15
WITH_QUALITY = 16
# So that any decimal fits JavaScript's whole numbers as zigzag, with as many more digits.
LARGEST = 1e9
_POWERS = 10.0 ** np.arange(MOST_DECIMALS + 1)
_WHOLE_POWERS = 10 ** np.arange(MOST_DECIMALS + 1, dtype=np.int64)
_LENGTHS = np.array([1 << (7 * bits) for bits in range(1, 9)], dtype=np.uint64)
_MILLISECOND_US = 1000


@dataclass(frozen=True, slots=True)
class Coded:
    """Values (n,) as whole numbers i64 with decimals u8, or `AS_IT_IS` and then the bits."""

    numbers: NDArray[np.int64]
    decimals: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns (n,): id u32, value, phenomenon time i64 ms since 1970 UTC, quality u8."""

    ids: NDArray[np.uint32]
    values: Coded
    times_ms: NDArray[np.int64]
    quality: NDArray[np.uint8]


def coded(values: NDArray[np.float64]) -> Coded:
    """Each value with as few decimals as it takes to be that same double again."""
    small = np.abs(values) < LARGEST
    # −0.0 is no whole number.
    small &= ~((values == 0.0) & np.signbit(values))
    scaled = np.rint(np.where(small, values, 0.0)[:, None] * _POWERS)
    same = scaled / _POWERS == values[:, None]
    decimals = same.argmax(axis=1)
    exact = same.any(axis=1) & small
    numbers = np.take_along_axis(scaled, decimals[:, None], axis=1)[:, 0].astype(np.int64)
    bits = np.ascontiguousarray(values, dtype=np.float64).view(np.int64)
    return Coded(
        np.where(exact, numbers, bits), np.where(exact, decimals, AS_IT_IS).astype(np.uint8)
    )


def milliseconds(times_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Times as the wire has them."""
    return times_us // _MILLISECOND_US


def blocks(
    rows: Rows, labels: NDArray[np.int64], time_us: int
) -> tuple[NDArray[np.int64], list[bytes]]:
    """One encoded block for each label and kind of value, with its label, rising; a frame's rows
    are any blocks one after the other. `time_us` is the frame's.
    """
    if len(labels) == 0:
        return np.empty(0, dtype=np.int64), []
    plain = rows.values.decimals == AS_IT_IS
    order = np.lexsort((rows.ids, plain, labels))
    labels, plain, ids = labels[order], plain[order], rows.ids[order].astype(np.int64)
    begins = np.ones(len(labels), dtype=bool)
    begins[1:] = (labels[1:] != labels[:-1]) | (plain[1:] != plain[:-1])
    starts = np.flatnonzero(begins)
    counts = np.diff(np.append(starts, len(labels)))
    modes = np.maximum.reduceat(rows.values.decimals[order], starts).astype(np.int64)
    quality = rows.quality[order]
    judged = np.maximum.reduceat(quality, starts) > 0
    of_row = np.repeat(np.arange(len(starts)), counts)
    steps = np.diff(ids, prepend=0)
    steps[starts] = ids[starts]
    numbers = rows.values.numbers[order]
    more = np.where(plain, 0, modes[of_row] - rows.values.decimals[order])
    values = np.where(plain, numbers, _zigzag(numbers * _WHOLE_POWERS[more]))
    ages = _zigzag(time_us // _MILLISECOND_US - rows.times_ms[order])
    columns = np.stack((steps, values, ages, quality.astype(np.int64)), axis=1).view(np.uint64)
    lengths = _varint_lengths(columns)
    lengths[plain, 1] = 8
    lengths[:, 3] = judged[of_row]
    raw = np.zeros(columns.shape, dtype=bool)
    raw[plain, 1] = raw[:, 3] = True
    data = _laid_out(columns.ravel(), lengths.ravel(), raw.ravel())
    ends = np.cumsum(lengths.sum(axis=1))[starts + counts - 1].tolist()
    modes += WITH_QUALITY * judged
    begun, result = 0, []
    for count, mode, end in zip(counts.tolist(), modes.tolist(), ends, strict=True):
        result.append(_varint(count) + bytes((mode,)) + data[begun:end])
        begun = end
    return labels[starts], result


def _zigzag(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    return (numbers << 1) ^ (numbers >> 63)


def _varint_lengths(numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
    return np.searchsorted(_LENGTHS, numbers, side="right") + 1


def _laid_out(
    numbers: NDArray[np.uint64], lengths: NDArray[np.int64], raw: NDArray[np.bool_]
) -> bytes:
    """Numbers one after the other, each in so many bytes; `raw` ones are no varints."""
    ends = np.cumsum(lengths)
    data = np.zeros(int(ends[-1]), dtype=np.uint8)
    shifts = np.where(raw, np.uint64(8), np.uint64(7))
    masks = np.where(raw, np.uint64(0xFF), np.uint64(0x7F))
    starts, left, at = ends - lengths, np.flatnonzero(lengths), 0
    while len(left):
        byte = (numbers[left] >> (shifts[left] * np.uint64(at))) & masks[left]
        goes_on = ~raw[left] & (lengths[left] > at + 1)
        data[starts[left] + at] = byte | np.where(goes_on, np.uint64(0x80), np.uint64(0))
        at += 1
        left = left[lengths[left] > at]
    return data.tobytes()


def _varint(number: int) -> bytes:
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    digits.append(number)
    return bytes(digits)
