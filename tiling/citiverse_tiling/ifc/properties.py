"""All property and quantity sets of the products of a model, flattened: `Pset.Property`.

The sets of a product's type come first, and what the product itself says takes their place (IFC
4.3.2, 4.1.3.4 and 4.1.5.12). Lists are numbered, `Pset.Property.2`; what is bounded has `.lower`,
`.upper` and `.value`; complex ones have their properties beneath them. Beside a measured value
stands its unit: `Pset.Property.uom`.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from citiverse_tiling.ifc.units import Units, sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ifcopenshell import entity_instance, file

    from citiverse_tiling.ifc.messages import Value

MAX_DEPTH = 8
MAX_ITEMS = 256
MAX_TEXT = 4_000
"""Of a list, and of one text: an attribute is no place for a table of a million rows."""

_BOUNDS = (
    ("UpperBoundValue", "upper"),
    ("LowerBoundValue", "lower"),
    ("SetPointValue", "value"),
)
_RELATIONS = 4
"""Where the members of IfcRelDefinesByProperties and IfcRelDefinesByType begin: RelatedObjects."""


class PropertySets:
    """The sets of a model, each read once, however many products share it."""

    def __init__(self, model: file) -> None:
        self._units = Units(model)
        self._own: defaultdict[int, list[entity_instance]] = defaultdict(list)
        self._type: dict[int, entity_instance] = {}
        self._read: dict[int, tuple[str, dict[str, dict[str, Value]]]] = {}
        for relation in model.by_type("IfcRelDefinesByProperties"):
            sets = _sets(relation[5])
            for owner in relation[_RELATIONS] or ():
                self._own[owner.id()] += sets
        for relation in model.by_type("IfcRelDefinesByType"):
            for owner in relation[_RELATIONS] or ():
                self._type[owner.id()] = relation[5]

    @property
    def units(self) -> Units:
        """Those of the model."""
        return self._units

    def of(self, product: entity_instance) -> dict[str, Value]:
        """All properties of a product by their flattened names."""
        number = product.id()
        kind = self._type.get(number)
        sets: dict[str, dict[str, dict[str, Value]]] = {}
        own = self._own.get(number, ())
        for one in (*((kind.HasPropertySets or ()) if kind is not None else ()), *own):
            name, properties = self._properties(one)
            if name in sets:
                sets[name] = {**sets[name], **properties}
            else:
                sets[name] = properties
        return {
            name: value
            for properties in sets.values()
            for values in properties.values()
            for name, value in values.items()
        }

    def type_of(self, product: entity_instance) -> entity_instance | None:
        """The IfcTypeProduct of a product."""
        return self._type.get(product.id())

    def _properties(self, one: entity_instance) -> tuple[str, dict[str, dict[str, Value]]]:
        """Name of a set, and the flattened values of each of its properties."""
        number = one.id()
        if number not in self._read:
            name = _text(one[2]) if one[2] else one.is_a()
            found: dict[str, dict[str, Value]] = {}
            for key, property_ in _members(one):
                values: dict[str, Value] = {}
                for path, value in self._flat(property_, f"{name}.{key}", 0):
                    values[path] = value
                found[key] = values
            self._read[number] = name, found
        return self._read[number]

    def _flat(self, given: Any, path: str, depth: int) -> Iterator[tuple[str, Value]]:
        """The values of one property or quantity."""
        kind = given.is_a() if hasattr(given, "is_a") else ""
        if kind == "IfcPropertySingleValue":
            yield from self._measured(given[2], given[3], path)
        elif kind in ("IfcPropertyEnumeratedValue", "IfcPropertyListValue"):
            unit = given[3] if kind == "IfcPropertyListValue" else None
            for number, one in enumerate((given[2] or ())[:MAX_ITEMS], 1):
                yield from self._measured(one, unit, path if number == 1 else f"{path}.{number}")
        elif kind == "IfcPropertyBoundedValue":
            for name, word in _BOUNDS:
                yield from self._measured(getattr(given, name, None), given.Unit, f"{path}.{word}")
        elif kind == "IfcPropertyTableValue":
            yield from self._table(given, path)
        elif kind in ("IfcComplexProperty", "IfcPhysicalComplexQuantity"):
            members = given.HasProperties if kind == "IfcComplexProperty" else given.HasQuantities
            for one in (members or ()) if depth < MAX_DEPTH else ():
                yield from self._flat(one, f"{path}.{_text(one[0])}", depth + 1)
        elif kind.startswith("IfcQuantity"):
            yield from self._quantity(given, kind, path)
        elif kind == "IfcPropertyReferenceValue" and given[3] is not None:
            yield path, str(given[3].is_a()).removeprefix("Ifc")
        elif not kind:
            yield from _plain(given, path)

    def _table(self, given: entity_instance, path: str) -> Iterator[tuple[str, Value]]:
        rows = zip(given.DefiningValues or (), given.DefinedValues or (), strict=False)
        for number, (key, value) in enumerate(islice(rows, MAX_ITEMS), 1):
            yield from self._measured(key, given.DefiningUnit, f"{path}.{number}.key")
            yield from self._measured(value, given.DefinedUnit, f"{path}.{number}.value")

    def _quantity(
        self, given: entity_instance, kind: str, path: str
    ) -> Iterator[tuple[str, Value]]:
        for name, value in _plain(given[3], path):
            yield name, value
            measure = f"Ifc{kind.removeprefix('IfcQuantity')}Measure"
            unit = sign(given[2]) if given[2] is not None else self._units.of_measure(measure)
            if unit:
                yield f"{path}.uom", unit

    def _measured(self, value: Any, unit: Any, path: str) -> Iterator[tuple[str, Value]]:
        """A typed value (IfcLengthMeasure(2.5) …) and its unit."""
        if value is None:
            return
        wrapped = getattr(value, "wrappedValue", value)
        yield from _plain(wrapped, path)
        if isinstance(wrapped, float):
            name = sign(unit) if unit is not None else self._units.of_measure(value.is_a())
            if name:
                yield f"{path}.uom", name


def _sets(given: Any) -> list[entity_instance]:
    """One set of properties, or those of an IfcPropertySetDefinitionSet."""
    if given is None:
        return []
    return list(given.wrappedValue) if given.is_a("IfcPropertySetDefinitionSet") else [given]


def _members(one: entity_instance) -> Iterator[tuple[str, Any]]:
    """What is in a set by name; of a predefined one its attributes."""
    kind = one.is_a()
    if kind in ("IfcPropertySet", "IfcElementQuantity"):
        for member in one[4 if kind == "IfcPropertySet" else 5] or ():
            yield _text(member[0]), member
        return
    for index in range(4, len(one)):
        if one[index] is not None:
            yield one.attribute_name(index), one[index]


def _plain(value: Any, path: str) -> Iterator[tuple[str, Value]]:
    """A value as an attribute, several numbered; nothing where there is none."""
    if isinstance(value, bool | int | float):
        yield path, value
    elif isinstance(value, str):
        yield path, _text(value)
    elif isinstance(value, tuple | list):
        for number, one in enumerate(value[:MAX_ITEMS], 1):
            yield from _plain(one, path if number == 1 else f"{path}.{number}")


def _text(value: Any) -> str:
    return str(value)[:MAX_TEXT]
