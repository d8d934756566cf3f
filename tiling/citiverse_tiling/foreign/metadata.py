"""Property tables of a foreign glTF (EXT_structural_metadata), as columns of plain values."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.check.standard.values import NUMPY
from citiverse_tiling.foreign.accessors import widened
from citiverse_tiling.foreign.batched import MOST_TEXT, Values, plain

if TYPE_CHECKING:
    from citiverse_tiling.check.standard.documents import (
        ClassProperty,
        PropertyTable,
        Schema,
        TableProperty,
    )
    from citiverse_tiling.foreign.accessors import Accessors


def read_table(
    table: PropertyTable, schema: Schema | None, accessors: Accessors
) -> dict[str, Values]:
    """Values by the names of properties: numbers, words, booleans and names of enums.

    Properties of other types (arrays, vectors) are left out. Raises InputError.
    """
    described = schema.classes.get(table.class_) if schema else None
    if schema is None or described is None:
        return {}
    columns: dict[str, Values] = {}
    for key, definition in (described.properties or {}).items():
        stored = (table.properties or {}).get(key)
        if definition.array:
            continue
        if stored is None:
            if definition.default is not None:
                columns[definition.name or key] = [plain(definition.default)] * table.count
            continue
        values = _values(definition, stored, table.count, schema, accessors)
        if values is not None:
            columns[definition.name or key] = values
    return columns


def _values(
    definition: ClassProperty,
    stored: TableProperty,
    count: int,
    schema: Schema,
    accessors: Accessors,
) -> Values | None:
    data = accessors.view(stored.values)
    if definition.type == "STRING":
        return _texts(definition, stored, count, data, accessors)
    if definition.type == "BOOLEAN":
        bits = np.unpackbits(_taken(data, "u1", -(-count // 8), accessors), bitorder="little")
        return [bool(bit) for bit in bits[:count].tolist()]
    if definition.type == "SCALAR":
        rows = _taken(data, NUMPY[definition.component_type or "FLOAT32"], count, accessors)
        numbers = widened(rows)
        if definition.normalized and rows.dtype.kind in "iu":
            numbers = np.maximum(numbers / np.iinfo(rows.dtype).max, -1.0)
        scale = stored.scale if stored.scale is not None else definition.scale
        offset = stored.offset if stored.offset is not None else definition.offset
        if scale is not None or offset is not None or definition.normalized:
            numbers = numbers * float(scale or 1.0) + float(offset or 0.0)
        exact = rows if numbers.dtype == rows.dtype else numbers
        nothing = rows == definition.no_data if definition.no_data is not None else None
        values = [plain(value) for value in exact.tolist()]
        if nothing is None:
            return values
        return [None if is_none else value for value, is_none in zip(values, nothing, strict=True)]
    if definition.type == "ENUM" and definition.enum_type in schema.enums:
        enum = schema.enums[definition.enum_type]
        names = {one.value: one.name for one in enum.values}
        numbers_of = _taken(data, NUMPY[enum.value_type], count, accessors)
        return [names.get(number) for number in numbers_of.tolist()]
    return None


def _texts(
    definition: ClassProperty,
    stored: TableProperty,
    count: int,
    data: bytes,
    accessors: Accessors,
) -> Values:
    if stored.string_offsets is None:
        raise accessors.broken("a property of words has no offsets")
    view = accessors.view(stored.string_offsets)
    ends = _taken(view, NUMPY[stored.string_offset_type], count + 1, accessors).tolist()
    if any(end < start for start, end in pairwise(ends)) or (ends[-1] > len(data)):
        raise accessors.broken("a property of words is cut short")
    texts = [
        data[start:end].decode("utf-8", "replace")[:MOST_TEXT] for start, end in pairwise(ends)
    ]
    return [None if text in ("", definition.no_data) else text for text in texts]


def _taken(data: bytes, kind: str, count: int, accessors: Accessors) -> np.ndarray:
    if np.dtype(kind).itemsize * count > len(data):
        raise accessors.broken("a property table is cut short")
    return np.frombuffer(data, kind, count)
