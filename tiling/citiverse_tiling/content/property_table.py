"""Property tables (EXT_structural_metadata): what a client can say about a feature it picked."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

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
    from citiverse_tiling.model import AttributeValue

CLASS_NAME = "CityObject"
NO_NUMBER = -1.7976931348623157e308
"""noData of FLOAT64: the lowest double, which no attribute of a city has."""

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
    """Put the columns into the buffer; returns the extension's JSON with property table 0."""
    properties = {column.property.id: _encode(column, buffer) for column in columns}
    definitions = {column.property.id: column.property.definition for column in columns}
    table = PropertyTable(CLASS_NAME, len(columns[0].values), properties)
    schema = Schema("citiverse", {CLASS_NAME: MetadataClass(definitions)})
    return StructuralMetadata(schema, (table,))


def _encode(column: Column, buffer: BufferBuilder) -> TableProperty:
    kind = column.property.definition.type
    if kind == "BOOLEAN":
        bits = np.packbits([bool(value) for value in column.values], bitorder="little")
        return TableProperty(buffer.add(bits.tobytes()))
    if kind == "SCALAR":
        numbers = [NO_NUMBER if value is None else float(value) for value in column.values]
        return TableProperty(buffer.add(struct.pack(f"<{len(numbers)}d", *numbers)))
    texts = [text_of(value).encode() for value in column.values]
    offsets = struct.pack(f"<{len(texts) + 1}I", 0, *accumulate(map(len, texts)))
    return TableProperty(buffer.add(b"".join(texts)), buffer.add(offsets), "UINT32")


def text_of(value: AttributeValue | None) -> str:
    """A value as text: "" for none, "true" and "false" for booleans."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
