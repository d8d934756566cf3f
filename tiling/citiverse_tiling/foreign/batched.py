"""Content of 3D Tiles 1.0: what is around the glTF of a b3dm, and what is in a cmpt."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.errors import InputError
from citiverse_tiling.foreign.unstreamable import Unstreamable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.model import AttributeValue

_HEADER = struct.Struct("<4sIIIIII")
_COMPOSITE = struct.Struct("<4sIII")
_OLD_LIMIT = 570_425_344
"""Headers from before 1.0 had fewer lengths: then a length is the beginning of JSON, or of glTF."""

MOST_INNER = 4_096
MOST_NESTED = 8
MOST_TEXT = 4_096
MOST_FEATURES = 65_534
MOST_COLUMNS = 1_000
KINDS = {
    "BYTE": "<i1",
    "UNSIGNED_BYTE": "<u1",
    "SHORT": "<i2",
    "UNSIGNED_SHORT": "<u2",
    "INT": "<i4",
    "UNSIGNED_INT": "<u4",
    "FLOAT": "<f4",
    "DOUBLE": "<f8",
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}

Values = list["AttributeValue | None"]


@dataclass(frozen=True, slots=True)
class Batched:
    """What a b3dm holds: a GLB, a centre that it is relative to, and its batch table by columns."""

    glb: bytes
    centre: tuple[float, float, float]
    count: int
    columns: dict[str, Values]


class _FeatureTable(msgspec.Struct):
    length: int | dict[str, int] = msgspec.field(default=0, name="BATCH_LENGTH")
    centre: tuple[float, float, float] | dict[str, int] = msgspec.field(
        default=(0.0, 0.0, 0.0), name="RTC_CENTER"
    )


class _BinaryColumn(msgspec.Struct, rename="camel"):
    byte_offset: int
    component_type: str
    type: str


def parts_of(data: bytes, path: Path, depth: int = 0) -> Iterator[bytes]:
    """The contents in a cmpt, in their order, however nested; other content as it is."""
    if data[:4] != b"cmpt":
        yield data
        return
    if len(data) < _COMPOSITE.size or depth > MOST_NESTED:
        raise InputError("the composite is cut short, or nested too deeply", path)
    count = _COMPOSITE.unpack_from(data)[3]
    at = _COMPOSITE.size
    if count > MOST_INNER:
        raise InputError(f"the composite has more than {MOST_INNER:,} parts", path)
    for _ in range(count):
        length = struct.unpack_from("<I", data, at + 8)[0] if at + 12 <= len(data) else 0
        if length < 12 or at + length > len(data):
            raise InputError("the composite is cut short", path)
        yield from parts_of(data[at : at + length], path, depth + 1)
        at += length


def read_batched(data: bytes, path: Path) -> Batched:
    """Take a b3dm apart (3D Tiles 1.0, Batched 3D Model). Raises InputError."""
    if len(data) < _HEADER.size:
        raise InputError("the b3dm is cut short", path)
    _, version, length, *sizes = _HEADER.unpack_from(data)
    if version != 1 or length > len(data):
        raise InputError("the b3dm is cut short, or not of version 1", path)
    if max(sizes[2:]) >= _OLD_LIMIT:
        raise InputError("the b3dm has a header from before 3D Tiles 1.0", path)
    ends = np.cumsum([_HEADER.size, *sizes]).tolist()
    if ends[-1] > length:
        raise InputError("the tables of the b3dm are longer than the file", path)
    table, _, batch, binary = (data[start:end] for start, end in pairwise(ends))
    try:
        features = msgspec.json.decode(table or b"{}", type=_FeatureTable)
        count, centre = _count_and_centre(features, data[ends[1] : ends[2]])
        count = count or _rows_of(batch)
        known = batch_columns(batch, binary, count)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise InputError(f"the tables of the b3dm can't be read ({error})", path) from None
    return Batched(data[ends[-1] : length], centre, count, known)


def _rows_of(table: bytes) -> int:
    """How many features a batch table is of, where the writer forgot to say so."""
    columns = msgspec.json.decode(table or b"{}", type=dict[str, msgspec.Raw])
    values = (msgspec.json.decode(raw) for raw in columns.values())
    return max((len(value) for value in values if isinstance(value, list)), default=0)


def batch_columns(table: bytes, binary: bytes, count: int) -> dict[str, Values]:
    """The columns of a batch table of `count` features. ValueError where it is broken.

    Unstreamable where there are more features than a tile of ours can have.
    """
    if count > MOST_FEATURES:
        raise Unstreamable(f"{count:,} features in one tile")
    columns = msgspec.json.decode(table or b"{}", type=dict[str, msgspec.Raw])
    if len(columns) > MOST_COLUMNS:
        raise ValueError(f"it has more than {MOST_COLUMNS:,} columns")
    return {
        name: values
        for name, raw in columns.items()
        if name not in ("extensions", "extras", "HIERARCHY")
        and (values := _column(raw, binary, count)) is not None
    }


def _count_and_centre(
    table: _FeatureTable, binary: bytes
) -> tuple[int, tuple[float, float, float]]:
    """Numbers in the table's JSON, or where its JSON says they are in the binary body."""
    count = table.length
    if isinstance(count, dict):
        (count,) = struct.unpack_from("<I", binary, offset_in(count, 4, binary))
    centre = table.centre
    if isinstance(centre, dict):
        centre = struct.unpack_from("<3f", binary, offset_in(centre, 12, binary))
    if not (0 <= count < 1 << 24 and np.isfinite(centre).all() and max(map(abs, centre)) < 1e9):
        raise ValueError("a number is out of bounds")
    return count, centre


def offset_in(where: dict[str, int], size: int, binary: bytes) -> int:
    """Where so many bytes begin in a binary body. ValueError where they don't lie in it."""
    start = where.get("byteOffset", -1)
    if not 0 <= start <= len(binary) - size:
        raise ValueError("a value lies outside of its table")
    return start


def _column(raw: msgspec.Raw, binary: bytes, count: int) -> Values | None:
    """A column of the batch table, a value a feature; None where it has no such values."""
    value = msgspec.json.decode(raw)
    if isinstance(value, list):
        return [plain(one) for one in value[:count]] + [None] * (count - len(value))
    if not isinstance(value, dict):
        return None
    told = msgspec.convert(value, _BinaryColumn)
    if told.component_type not in KINDS or told.type not in _WIDTHS:
        return None
    kind, width = np.dtype(KINDS[told.component_type]), _WIDTHS[told.type]
    start = offset_in({"byteOffset": told.byte_offset}, kind.itemsize * width * count, binary)
    rows = np.frombuffer(binary, kind, count * width, start).reshape(count, width).tolist()
    return [plain(row[0] if width == 1 else row) for row in rows]


def plain(value: object) -> AttributeValue | None:
    """A value of JSON as an attribute: lists and objects as their JSON."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if np.isfinite(value) and abs(value) < 1e300 else str(value)
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text[:MOST_TEXT]
