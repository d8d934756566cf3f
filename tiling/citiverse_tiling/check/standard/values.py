"""Values of metadata against the property of the class that they belong to.

3D Metadata Specification 1.0, "Property Values" and "Min, Max, Scale and Offset".
"""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from citiverse_tiling.check.standard.documents import ClassProperty, Json, MetadataEnum

WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
NUMPY = {
    "INT8": "<i1",
    "UINT8": "<u1",
    "INT16": "<i2",
    "UINT16": "<u2",
    "INT32": "<i4",
    "UINT32": "<u4",
    "INT64": "<i8",
    "UINT64": "<u8",
    "FLOAT32": "<f4",
    "FLOAT64": "<f8",
}


def whole_range(component_type: str) -> tuple[int, int]:
    """Least and greatest whole number of a component type."""
    info = np.iinfo(NUMPY[component_type])
    return int(info.min), int(info.max)


def is_whole(property_: ClassProperty) -> bool:
    """Whether its components are whole numbers."""
    return property_.component_type is not None and "INT" in property_.component_type


def has_fraction(property_: ClassProperty) -> bool:
    """Whether what it stands for has a fraction, so that offset and scale make sense."""
    return "FLOAT" in (property_.component_type or "") or property_.normalized


def form_fault(
    property_: ClassProperty, value: Json, enums: Mapping[str, MetadataEnum], *, real: bool = False
) -> str | None:
    """What is wrong with a value in its form; None where it is right.

    `real` for values that stand for the transformed: min, max, offset and scale.
    """
    if property_.array:
        if not isinstance(value, list):
            return f"{value!r} is no array"
        if property_.count is not None and len(value) != property_.count:
            return f"an array of {len(value)} instead of {property_.count}"
        faults = (_element_fault(property_, one, enums, real=real) for one in value)
        return next((fault for fault in faults if fault), None)
    return _element_fault(property_, value, enums, real=real)


def _element_fault(
    property_: ClassProperty, value: Json, enums: Mapping[str, MetadataEnum], *, real: bool
) -> str | None:
    if property_.type == "STRING":
        return None if isinstance(value, str) else f"{value!r} is no text"
    if property_.type == "BOOLEAN":
        return None if isinstance(value, bool) else f"{value!r} is neither true nor false"
    if property_.type == "ENUM":
        enum = enums.get(property_.enum_type or "")
        names = {one.name for one in enum.values} if enum else set()
        return None if value in names else f"{value!r} is no name of {property_.enum_type}"
    width = WIDTHS[property_.type]
    parts = [value] if width == 1 else value
    if not isinstance(parts, list) or len(parts) != width:
        return f"{value!r} isn't {width} numbers"
    faults = (_number_fault(property_, one, real=real) for one in parts)
    return next((fault for fault in faults if fault), None)


def _number_fault(property_: ClassProperty, value: Json, *, real: bool) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return f"{value!r} is no number"
    if not is_whole(property_) or (real and property_.normalized):
        return None
    low, high = whole_range(property_.component_type or "INT64")
    if value != int(value):
        return f"{value!r} is no whole number"
    return None if low <= value <= high else f"{value!r} doesn't fit {property_.component_type}"


def flat(value: Json) -> list[float]:
    """Numbers of a scalar, vector, matrix or array of them, one after another."""
    if not isinstance(value, list):
        return [value]
    return list(chain.from_iterable(flat(one) for one in value))


def transformed(
    property_: ClassProperty, values: Iterable[float], offset: Json, scale: Json
) -> list[float]:
    """What stored numbers stand for: normalised, then scaled, then moved."""
    result = list(values)
    if property_.normalized and is_whole(property_):
        high = whole_range(property_.component_type or "")[1]
        result = [max(value / high, -1.0) for value in result]
    for factor, by in ((scale, True), (offset, False)):
        if factor is not None:
            other = flat(factor)
            result = [
                one * other[at % len(other)] if by else one + other[at % len(other)]
                for at, one in enumerate(result)
            ]
    return result


def range_fault(property_: ClassProperty, value: Json) -> str | None:
    """Whether a value in the right form lies outside of its property's min and max."""
    if property_.type not in WIDTHS or (property_.min is None and property_.max is None):
        return None
    numbers = transformed(property_, flat(value), property_.offset, property_.scale)
    for bound, sign in ((property_.min, 1), (property_.max, -1)):
        limits = [] if bound is None else flat(bound)
        if limits and any(
            sign * (limits[at % len(limits)] - one) > 0 for at, one in enumerate(numbers)
        ):
            return f"{value!r} lies outside of min and max"
    return None
