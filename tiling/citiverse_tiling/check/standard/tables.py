"""Buffers, and property tables in them: lengths, offsets and values (3D Metadata, chapter 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.check.standard.values import NUMPY, WIDTHS, flat, transformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.check.standard.documents import (
        Buffers,
        ClassProperty,
        Overrides,
        PropertyTable,
        Schema,
        TableProperty,
    )
    from citiverse_tiling.check.standard.report import Report

LARGEST_TABLE = 1 << 24


def check_buffers(where: str, document: Buffers, report: Report) -> bool:
    """Views inside of their buffers; whether all is well."""
    before = len(report.findings)
    buffers, views = document.buffers or [], document.buffer_views or []
    if views and not buffers:
        report.bad(where, "it has buffer views, but no buffers", "buffers")
        return False
    if buffers and not views:
        report.odd(where, "it has buffers that no buffer view uses")
    for number, view in enumerate(views):
        if view.buffer >= len(buffers):
            report.bad(where, f"buffer view {number} is of buffer {view.buffer}", "a buffer")
        elif view.byte_offset + view.byte_length > buffers[view.buffer].byte_length:
            report.bad(where, f"buffer view {number} is longer than its buffer", "inside of it")
    return len(report.findings) == before


def check_table(
    where: str, table: PropertyTable, views: int, schema: Schema, report: Report
) -> bool:
    """A property table against its class, without its values; whether all is well."""
    before = len(report.findings)
    class_ = schema.classes.get(table.class_)
    if class_ is None:
        report.bad(where, f"the schema has no class {table.class_}", "a class of the schema")
        return False
    known = class_.properties or {}
    for name, column in (table.properties or {}).items():
        here = f"{where}, {name}"
        property_ = known.get(name)
        if property_ is None:
            report.bad(here, "its class has no such property", "a property of the class")
            continue
        open_array = property_.array and property_.count is None
        if property_.type == "STRING" and column.string_offsets is None:
            report.bad(here, "strings without stringOffsets", "offsets")
        if open_array and column.array_offsets is None:
            report.bad(here, "arrays of any length without arrayOffsets", "offsets")
        if open_array and any(
            one is not None for one in (column.min, column.max, column.offset, column.scale)
        ):
            report.bad(here, "min, max, offset or scale of an open array", "none")
        for view in (column.values, column.string_offsets, column.array_offsets):
            if view is not None and view >= views:
                report.bad(here, f"there is no buffer view {view}", f"one below {views}")
    for name, property_ in known.items():
        if property_.required and name not in (table.properties or {}):
            report.bad(where, f"{name} is required and missing", "a column")
    return len(report.findings) == before


def check_values(
    where: str, table: PropertyTable, views: Sequence[bytes], schema: Schema, report: Report
) -> None:
    """The values of a property table whose form is right."""
    if table.count > LARGEST_TABLE:
        report.not_checked(f"{where}: the values of {table.count} rows")
        return
    properties = schema.classes[table.class_].properties or {}
    for name, column in (table.properties or {}).items():
        fault = _column_fault(properties[name], column, table.count, views, schema)
        if fault:
            report.bad(f"{where}, {name}", fault, "values as the class has them")


def _column_fault(
    property_: ClassProperty,
    column: TableProperty,
    count: int,
    views: Sequence[bytes],
    schema: Schema,
) -> str | None:
    elements = count * (property_.count or 1) if property_.array else count
    if column.array_offsets is not None:
        offsets, fault = _offsets(views[column.array_offsets], column.array_offset_type, count)
        if fault or offsets is None:
            return f"arrayOffsets: {fault}"
        elements = int(offsets[-1])
        if elements > LARGEST_TABLE * 16:
            return "arrayOffsets reach beyond all values"
    data = views[column.values]
    if property_.type == "STRING":
        return _string_fault(column, elements, data, views)
    if property_.type == "BOOLEAN":
        right = len(data) == -(-elements // 8)
        return None if right else f"{len(data)} bytes for {elements} booleans"
    if property_.type == "ENUM":
        enum = schema.enums[property_.enum_type or ""]
        kind, width = NUMPY[enum.value_type], 1
    else:
        kind, width = NUMPY[property_.component_type or "UINT8"], WIDTHS[property_.type]
    size = np.dtype(kind).itemsize * width * elements
    if len(data) != size:
        return f"{len(data)} bytes instead of {size}"
    numbers = np.frombuffer(data, kind)
    if property_.type == "ENUM":
        allowed = [one.value for one in schema.enums[property_.enum_type or ""].values]
        return None if np.isin(numbers, allowed).all() else "a value is none of its enum"
    return number_fault(property_, column, numbers.reshape(-1, width))


def number_fault(property_: ClassProperty, column: Overrides, numbers: np.ndarray) -> str | None:
    """Stored numbers, (n, components), against min and max of the class and of the column."""
    per = property_.count if property_.array and property_.count else 1
    rows = numbers.reshape(-1, per * WIDTHS[property_.type])
    if property_.no_data is not None:
        rows = rows[~np.isin(rows, flat(property_.no_data)).any(axis=1)]
    if not len(rows):
        return None
    offset = property_.offset if column.offset is None else column.offset
    scale = property_.scale if column.scale is None else column.scale
    ends = [
        transformed(property_, end.tolist(), offset, scale)
        for end in (rows.min(axis=0), rows.max(axis=0))
    ]
    # A negative scale turns the ends round.
    low, high = np.min(ends, axis=0).tolist(), np.max(ends, axis=0).tolist()
    for bounds, exact in ((property_, False), (column, True)):
        for limit, found, sign in ((bounds.min, low, 1), (bounds.max, high, -1)):
            for wanted, one in zip([] if limit is None else flat(limit), found, strict=False):
                gap, near = sign * (wanted - one), 1e-5 * max(1.0, abs(wanted))
                if gap > near or (exact and gap < -near):
                    return f"a value of {one:g}, where {wanted:g} is the limit"
    return None


def _string_fault(
    column: TableProperty, elements: int, data: bytes, views: Sequence[bytes]
) -> str | None:
    if column.string_offsets is None:
        return "strings without stringOffsets"
    raw = views[column.string_offsets]
    offsets, fault = _offsets(raw, column.string_offset_type, elements)
    if fault or offsets is None:
        return f"stringOffsets: {fault}"
    if int(offsets[-1]) > len(data):
        return "a string reaches beyond its bytes"
    try:
        data[: int(offsets[-1])].decode()
    except UnicodeDecodeError as error:
        return f"a string isn't UTF-8 ({error})"
    return None


def _offsets(raw: bytes, kind: str, count: int) -> tuple[np.ndarray | None, str | None]:
    """count + 1 offsets that never fall; or what is wrong."""
    size = np.dtype(NUMPY[kind]).itemsize * (count + 1)
    if len(raw) != size:
        return None, f"{len(raw)} bytes instead of {size}"
    offsets = np.frombuffer(raw, NUMPY[kind])
    if np.any(offsets[1:] < offsets[:-1]):
        return None, "they fall"
    return offsets, None
