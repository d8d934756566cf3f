"""Attributes of a city object, flattened: `roofType`, `function.2`, `measuredHeight.uom`, `a.b`.

- A repeated attribute gets a number from its second value on: `usage`, `usage.2`; a repeated
  group of attributes too: `heightInfo.value`, `heightInfo.2.value`.
- Nested elements are joined by dots; GML's object elements (those in capitals between two
  properties) add no name of their own.
- A generic attribute goes by its `name`; one in a set by `set.name`.
- XML attributes that say something of the value (`uom`, `codeSpace` …) follow it: `height.uom`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from citiverse_tiling.sources.attributes import MAX_DEPTH
from citiverse_tiling.sources.citygml.names import PARTS, local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

    from citiverse_tiling.model import AttributeValue
    from citiverse_tiling.sources.attributes import Attributes

_INTEGERS = frozenset(
    {
        "storeysAboveGround",
        "storeysBelowGround",
        "yearOfConstruction",
        "yearOfDemolition",
        "intAttribute",
        "IntAttribute",
    }
)
_DOUBLES = frozenset({"doubleAttribute", "DoubleAttribute", "measureAttribute", "MeasureAttribute"})


def numbered(name: str, groups: dict[str, int]) -> str:
    """The name for one more group of this name: `name`, then `name.2` …; `groups` counts them."""
    count = groups[name] = groups.get(name, 0) + 1
    return name if count == 1 else f"{name}.{count}"


def read_attribute(
    element: _Element, name: str, attributes: Attributes, depth: int = 0
) -> list[_Element]:
    """Flatten one child of a city object into `attributes`; geometries met are returned, unread.

    `name` is the dotted name to give it.
    """
    if len(element) == 0:
        text = (element.text or "").strip()
        if element.attrib:
            _put_with_facts(element, name, text, attributes)
        elif text:
            attributes.put(name, typed(local_name(element.tag), text))
        return []
    if depth >= MAX_DEPTH:
        attributes.unkept += 1
        return []
    geometries: list[_Element] = []
    groups: dict[str, int] = {}
    is_property = depth % 2 == 0
    for child in element:
        child_name = local_name(child.tag)
        if child_name in PARTS:
            geometries.append(child)
        elif is_property and child_name[:1].isupper() and not _is_xal(child):
            geometries += read_attribute(child, name, attributes, depth + 1)
        else:
            full_name = f"{name}.{child_name}"
            if len(child):
                full_name = numbered(full_name, groups)
            geometries += read_attribute(child, full_name, attributes, depth + 2)
    return geometries


def read_generic(
    element: _Element, attributes: Attributes, prefix: str = "", depth: int = 0
) -> None:
    """A generic attribute or a set of them (CityGML 2.0 clause 10.12; 3.0 clause 7.5)."""
    kind = local_name(element.tag)
    name = element.get("name")
    value: _Element | None = None
    members: list[_Element] = []
    for child in element:
        child_name = local_name(child.tag)
        if child_name == "value":
            value = child
        elif child_name == "name":
            name = (child.text or "").strip()
        elif child_name == "genericAttribute":
            members += list(child)
        elif child_name.endswith(("ttribute", "ttributeSet")):
            members.append(child)
    name = prefix + (name or kind)
    if value is not None:
        text = (value.text or "").strip()
        if value.attrib:
            _put_with_facts(value, name, text, attributes, kind)
        elif text:
            attributes.put(name, typed(kind, text))
    for member in members:
        if depth < MAX_DEPTH:
            read_generic(member, attributes, f"{name}.", depth + 1)
        else:
            attributes.unkept += 1


def typed(kind: str, text: str) -> AttributeValue:
    """The value as a number where the standard says it is one and it is; else the text."""
    if "\n" in text:
        text = " ".join(text.split())
    try:
        if kind in _INTEGERS:
            number = int(text)
            return number if abs(number) < 2**53 else text
        if kind in _DOUBLES:
            return _finite(text)
    except ValueError:
        pass
    return text


def _put_with_facts(
    element: _Element,
    name: str,
    text: str,
    attributes: Attributes,
    kind: str | None = None,
) -> None:
    """A value with XML attributes: a number where it has a unit; the attributes follow it."""
    value: AttributeValue = typed(kind or local_name(element.tag), text)
    if element.get("uom"):
        try:
            value = _finite(text)
        except ValueError:
            value = text
    if text:
        name = attributes.put(name, value)
    for key, fact in element.attrib.items():
        attributes.put(f"{name}.{local_name(str(key))}", str(fact))


def _finite(text: str) -> AttributeValue:
    number = float(text)
    return number if math.isfinite(number) else text


def _is_xal(element: _Element) -> bool:
    return "xal" in element.tag[: element.tag.rfind("}")].lower()
