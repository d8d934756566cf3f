"""Property tables (EXT_structural_metadata): what a client can say about a feature it picked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from citiverse_tiling.content.gltf_document import (
    ClassProperty,
    MetadataClass,
    PropertyTable,
    Schema,
    StructuralMetadata,
    TableProperty,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from citiverse_tiling.content.buffer import BufferBuilder
    from citiverse_tiling.model import AttributeValue, Float64Array

CLASS_NAME = "CityObject"
NO_NUMBER = -1.7976931348623157e308
"""noData of FLOAT64: the lowest double, which no attribute of a city has."""

_MOST_FLOAT32 = float(np.finfo(np.float32).max)
_NUMBERS = (
    ("INT8", "<i1", -(2**7), 2**7 - 1),
    ("INT16", "<i2", -(2**15), 2**15 - 1),
    ("INT32", "<i4", -(2**31), 2**31 - 1),
    ("FLOAT32", "<f4", -_MOST_FLOAT32, _MOST_FLOAT32),
)
"""Types of less than eight bytes (3D Metadata) with the lowest and the highest number of each, the
smallest first; noData is the lowest number."""

_OFFSETS = (("UINT8", "<u1"), ("UINT16", "<u2"), ("UINT32", "<u4"))

MAX_NAMES = 16_384
"""Attributes of a city may have so many different names: what is known of them is in memory."""

_INVALID_IN_ID = re.compile(r"[^A-Za-z0-9_]")


_BOOLEAN, _NUMBER, _TEXT = 1, 2, 4
_KINDS: dict[type, int] = {bool: _BOOLEAN, int: _NUMBER, float: _NUMBER, str: _TEXT}
"""One bit per kind of value: a set of kinds is their sum."""


@dataclass(slots=True)
class AttributeTypes:
    """What each attribute of the source turned out to be, over all objects seen so far."""

    kinds: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    objects: int = 0

    def see(self, attributes: Mapping[str, AttributeValue]) -> dict[str, AttributeValue]:
        """Note the attributes of one object; returns those whose names are among `MAX_NAMES`."""
        kept = dict(attributes)
        if len(self.kinds) + len(kept) > MAX_NAMES:
            for name in [name for name in kept if name not in self.kinds]:
                if len(self.kinds) < MAX_NAMES:
                    self.kinds[name] = 0
                else:
                    del kept[name]
        self.objects += 1
        kinds, counts = self.kinds, self.counts
        for name, value in kept.items():
            kinds[name] = kinds.get(name, 0) | _KINDS[type(value)]
            counts[name] = counts.get(name, 0) + 1
        return kept

    def add(self, later: AttributeTypes) -> bool:
        """Note what has been seen elsewhere; False where there are too many names."""
        self.objects += later.objects
        is_all = True
        for name, kinds in later.kinds.items():
            if name in self.kinds or len(self.kinds) < MAX_NAMES:
                self.kinds[name] = self.kinds.get(name, 0) | kinds
                self.counts[name] = self.counts.get(name, 0) + later.counts.get(name, 0)
            else:
                is_all = False
        return is_all

    def is_number(self, name: str) -> bool:
        """Every value of this attribute is a number."""
        return self.kinds[name] == _NUMBER

    def is_boolean(self, name: str) -> bool:
        """Every object has this attribute, and every value is true or false: there is no noData."""
        return self.kinds[name] == _BOOLEAN and self.counts[name] == self.objects


@dataclass(frozen=True, slots=True)
class Property:
    """One column: its id in the table, its definition, and the attribute it comes from."""

    id: str
    definition: ClassProperty
    attribute: str


IDENTITY = Property("id", ClassProperty("STRING", semantic="ID"), "id")
CLASS = Property("class", ClassProperty("STRING"), "class")
NAME = Property("name", ClassProperty("STRING", semantic="NAME", no_data=""), "name")
PARENT = Property("parent", ClassProperty("STRING", no_data=""), "parent")
ADDRESS = Property("address", ClassProperty("STRING", no_data=""), "address")

FIXED = (IDENTITY, CLASS, NAME, PARENT, ADDRESS)
"""What every object has; inner tiles carry the first three."""


def attribute_properties(types: AttributeTypes) -> dict[str, Property]:
    """One property per attribute of the source, by attribute name, in order of name."""
    taken = {fixed.id for fixed in FIXED}
    properties = {}
    for attribute in sorted(types.kinds):
        identifier = _property_id(attribute, taken)
        taken.add(identifier)
        name = None if identifier == attribute else attribute
        if types.is_boolean(attribute):
            definition = ClassProperty("BOOLEAN", name=name)
        elif types.is_number(attribute):
            definition = ClassProperty("SCALAR", "FLOAT64", name, no_data=NO_NUMBER)
        else:
            definition = ClassProperty("STRING", name=name, no_data="")
        properties[attribute] = Property(identifier, definition, attribute)
    return properties


def _property_id(attribute: str, taken: set[str]) -> str:
    """A valid and free id (3D Metadata, clause on identifiers: letters, digits, underscores)."""
    identifier = _INVALID_IN_ID.sub("_", attribute)
    if not identifier or identifier[0].isdigit():
        identifier = f"_{identifier}"
    candidate, number = identifier, 2
    while candidate in taken:
        candidate, number = f"{identifier}_{number}", number + 1
    return candidate


@dataclass(frozen=True, slots=True)
class Column:
    """A property with one value per feature; None where the feature has none."""

    property: Property
    values: Sequence[AttributeValue | None]


def add_property_table(columns: Sequence[Column], buffer: BufferBuilder) -> StructuralMetadata:
    """Put the columns into the buffer; returns the extension's JSON with property table 0.

    What has the same value in every row, or none, is told once in the class. Identities never are.
    """
    stored: dict[str, TableProperty] = {}
    definitions: dict[str, ClassProperty] = {}
    for column in columns:
        name, definition = column.property.id, column.property.definition
        if column.property is not IDENTITY and _is_constant(column.values):
            definitions[name] = _constant(definition, column.values[0])
        else:
            definitions[name], stored[name] = _encode(definition, column.values, buffer)
    table = PropertyTable(CLASS_NAME, len(columns[0].values), stored)
    schema = Schema("citiverse", {CLASS_NAME: MetadataClass(definitions)})
    return StructuralMetadata(schema, (table,))


def _is_constant(values: Sequence[AttributeValue | None]) -> bool:
    return len(set(map(type, values))) == 1 and values.count(values[0]) == len(values)


def _constant(definition: ClassProperty, value: AttributeValue | None) -> ClassProperty:
    """The definition of a property that has one value in the whole table."""
    if definition.type == "STRING":
        text = text_of(value)
        return replace(definition, default=text) if text else definition
    if value is None:
        return definition
    if definition.type == "BOOLEAN":
        return replace(definition, default=bool(value))
    return replace(definition, default=float(value))


def _encode(
    definition: ClassProperty, values: Sequence[AttributeValue | None], buffer: BufferBuilder
) -> tuple[ClassProperty, TableProperty]:
    """A column in the buffer, and its definition with the type that its numbers need."""
    if definition.type == "BOOLEAN":
        bits = np.packbits([bool(value) for value in values], bitorder="little")
        return definition, TableProperty(buffer.add(bits.tobytes()))
    if definition.type == "SCALAR":
        numbers = np.array([NO_NUMBER if value is None else float(value) for value in values])
        component_type, no_data, data = _in_few_bytes(numbers)
        typed = replace(definition, component_type=component_type, no_data=no_data)
        return typed, TableProperty(buffer.add(data))
    texts = [text_of(value).encode() if value is not None else b"" for value in values]
    ends = np.array([0, *accumulate(map(len, texts))])
    offset_type, kind = next(one for one in _OFFSETS if ends[-1] <= np.iinfo(one[1]).max)
    offsets = buffer.add(ends.astype(kind).tobytes())
    if all(texts):
        definition = replace(definition, no_data=None)
    return definition, TableProperty(buffer.add(b"".join(texts)), offsets, offset_type)


def _in_few_bytes(numbers: Float64Array) -> tuple[str, float | None, bytes]:
    """The smallest type that holds all numbers exactly, noData if any, and the column."""
    given = numbers != NO_NUMBER
    known = numbers[given]
    least, most = known.min(initial=0.0), known.max(initial=0.0)
    is_whole = bool((known == np.floor(known)).all())
    for name, kind, low, high in _NUMBERS:
        if least <= low or most > high:
            continue
        if is_whole if isinstance(low, int) else bool((known.astype(kind) == known).all()):
            packed = np.full(len(numbers), low, kind)
            packed[given] = known
            return name, None if given.all() else low, packed.tobytes()
    return "FLOAT64", None if given.all() else NO_NUMBER, numbers.astype("<f8").tobytes()


def text_of(value: AttributeValue | None) -> str:
    """A value as text: "" for none, "true" and "false" for booleans."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
