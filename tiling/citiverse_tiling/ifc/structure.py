"""The products of a model: which is a part of which, and what their own attributes say."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from citiverse_tiling.ifc.geometry import has_body
from citiverse_tiling.ifc.messages import Element
from citiverse_tiling.ifc.placements import frame_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ifcopenshell import entity_instance, file

    from citiverse_tiling.ifc.messages import Value
    from citiverse_tiling.ifc.properties import PropertySets

MAX_TEXT = 4_000
MAX_ATTRIBUTES = 4_096
MAX_DEPTH = 64
MAX_NAMES = 64

_PARENTS = (
    ("IfcRelVoidsElement", 4, 5),
    ("IfcRelProjectsElement", 4, 5),
    ("IfcRelContainedInSpatialStructure", 5, 4),
    ("IfcRelNests", 4, 5),
    ("IfcRelAggregates", 4, 5),
)
"""Relations, and where in them the whole and its parts stand; what comes later counts more."""

_LENGTHS = frozenset(
    {
        *("OverallHeight", "OverallWidth", "Elevation", "RefElevation"),
        *("ElevationOfRefHeight", "ElevationOfTerrain", "ElevationWithFlooring"),
    }
)
_FRAMED = ("IfcBuilding", "IfcBuildingStorey")
_GLOBAL_ID, _NAME = 0, 2
_NOT_SAID = frozenset({"GlobalId", "OwnerHistory", "Name", "ObjectPlacement", "Representation"})


class Structure:
    """Reads the rows of all products."""

    def __init__(self, model: file, sets: PropertySets) -> None:
        self._sets = sets
        self._parents = parents(model)
        self._attributes: dict[str, list[tuple[int, str]]] = {}
        self._materials = _associated(model, "IfcRelAssociatesMaterial")
        self._classes = _associated(model, "IfcRelAssociatesClassification")
        self._ids = {one.id(): _id(one) for one in model.by_type("IfcProduct")}

    def in_order(self, products: list[entity_instance]) -> Iterator[entity_instance]:
        """The products, each after what it is a part of; those in a circle come last."""
        parts: defaultdict[int, list[entity_instance]] = defaultdict(list)
        for one in products:
            parent = self._parents.get(one.id(), 0)
            parts[parent if parent in self._ids else 0].append(one)
        seen: set[int] = set()
        waiting = list(reversed(parts[0]))
        while waiting:
            one = waiting.pop()
            seen.add(one.id())
            yield one
            waiting += reversed(parts[one.id()])
        yield from (one for one in products if one.id() not in seen)

    def element(self, product: entity_instance) -> Element:
        """The row of one product."""
        kind = product.is_a()
        said: dict[str, Value] = {"ifcClass": kind}
        for index, name in self._own_attributes(product, kind):
            _put(said, name, product[index])
        for name in _LENGTHS:
            word = _lower(name)
            if word in said and self._sets.units.of_measure("IfcLengthMeasure"):
                said[f"{word}.uom"] = self._sets.units.of_measure("IfcLengthMeasure")
        number = product.id()
        if (type_ := self._sets.type_of(product)) is not None and type_[_NAME]:
            said["type"] = str(type_[_NAME])[:MAX_TEXT]
        owners = (number,) if type_ is None else (number, type_.id())
        for word, associated, named in (
            ("material", self._materials, material_names),
            ("classification", self._classes, _classification_names),
        ):
            given = next((associated[one] for one in owners if one in associated), ())
            names = list(dict.fromkeys(name for one in given for name in named(one, 0)))
            for place, name in enumerate(names[:MAX_NAMES], 1):
                said[word if place == 1 else f"{word}.{place}"] = name[:MAX_TEXT]
        said.update(self._sets.of(product))
        unkept = max(len(said) - MAX_ATTRIBUTES, 0)
        if unkept:
            said = dict(list(said.items())[:MAX_ATTRIBUTES])
        parent = self._ids.get(self._parents.get(number, 0), "")
        name = str(product[_NAME] or "")[:MAX_TEXT]
        body = has_body(product)
        frame = frame_of(product, self._sets.units.metres) if kind in _FRAMED else None
        return Element(number, _id(product), kind, name, parent, body, said, unkept, frame)

    def _own_attributes(self, product: entity_instance, kind: str) -> list[tuple[int, str]]:
        """Places and names of the attributes that are said of products of a class."""
        if kind not in self._attributes:
            names = [product.attribute_name(index) for index in range(len(product))]
            self._attributes[kind] = [
                (index, _lower(name)) for index, name in enumerate(names) if name not in _NOT_SAID
            ]
        return self._attributes[kind]


def parents(model: file) -> dict[int, int]:
    """Numbers of what each object is a part of: its whole, else where it is, else what it voids."""
    found: dict[int, int] = {}
    for kind, whole, parts in _PARENTS:
        for relation in model.by_type(kind):
            owner, given = relation[whole], relation[parts]
            if owner is None or given is None:
                continue
            for part in given if isinstance(given, tuple | list) else (given,):
                found[part.id()] = owner.id()
    return found


def material_names(given: entity_instance, depth: int) -> Iterator[str]:
    """The names of the materials in a set, a list, layers, profiles or constituents."""
    if depth > MAX_DEPTH or not hasattr(given, "is_a"):
        return
    if given.is_a("IfcMaterial"):
        yield str(given[0] or "")
        return
    for index in range(len(given)):
        value: Any = given[index]
        for one in value if isinstance(value, tuple | list) else (value,):
            if hasattr(one, "is_a") and one.is_a().startswith("IfcMaterial"):
                yield from material_names(one, depth + 1)


def _classification_names(given: entity_instance, _depth: int) -> Iterator[str]:
    code = getattr(given, "Identification", None) or getattr(given, "ItemReference", None)
    yield " ".join(str(part) for part in (code, getattr(given, "Name", None)) if part)


def _associated(model: file, kind: str) -> dict[int, list[entity_instance]]:
    """What is associated with each object by relations of a kind."""
    found: defaultdict[int, list[entity_instance]] = defaultdict(list)
    for relation in model.by_type(kind):
        for owner in relation[4] or ():
            if relation[5] is not None:
                found[owner.id()].append(relation[5])
    return dict(found)


def _put(said: dict[str, Value], name: str, value: Any) -> None:
    """Add a plain value; numbers of a list are one text."""
    if isinstance(value, str):
        if value:
            said[name] = value[:MAX_TEXT]
    elif isinstance(value, bool | int | float):
        said[name] = value
    elif isinstance(value, tuple) and value and all(isinstance(one, int | float) for one in value):
        said[name] = " ".join(f"{one:g}" for one in value)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _id(product: entity_instance) -> str:
    """The GlobalId, or the number of its line where it has none."""
    return str(product[_GLOBAL_ID] or f"#{product.id()}")
