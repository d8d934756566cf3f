"""Entities and attributes, and the three ways in which they are written (4.5.1 to 4.5.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from ...overlays.instants import rfc3339

if TYPE_CHECKING:
    from .query import Path

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json]"
Kind = Literal["Property", "Relationship", "GeoProperty"]
Format = Literal["normalized", "concise", "keyValues"]

_HELD_IN: dict[Kind, str] = {
    "Property": "value",
    "Relationship": "object",
    "GeoProperty": "value",
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """A property or relationship; times are µs since 1970 UTC, `unit_code` of UN/CEFACT Rec. 20.

    `parts` are properties of the property, by name.
    """

    kind: Kind
    value: Json
    observed_us: int | None = None
    modified_us: int | None = None
    unit_code: str = ""
    parts: tuple[tuple[str, Attribute], ...] = ()

    def part(self, name: str) -> Attribute | None:
        """What `name` is of this attribute: one of its parts, or one of its times, or its unit."""
        if name == "observedAt" and self.observed_us is not None:
            return Attribute("Property", rfc3339(self.observed_us))
        if name == "modifiedAt" and self.modified_us is not None:
            return Attribute("Property", rfc3339(self.modified_us))
        if name == "unitCode" and self.unit_code:
            return Attribute("Property", self.unit_code)
        return dict(self.parts).get(name)


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing of the world; the names of its attributes are terms, as in `context`."""

    id: str
    type: str
    attributes: Mapping[str, Attribute]

    def target(self, path: Path) -> Json | None:
        """What a query asks of it (4.9)."""
        return target_in(self.attributes.get(path.names[0]), path)


@dataclass(frozen=True, slots=True)
class Style:
    """How to write entities: the format, whether with times of the system, which attributes.

    `only` none: all of them.
    """

    format: Format = "normalized"
    system: bool = False
    only: frozenset[str] | None = None


def target_in(attribute: Attribute | None, path: Path) -> Json | None:
    """The value at the end of a path, of which `attribute` is the beginning."""
    for name in path.names[1:]:
        attribute = None if attribute is None else attribute.part(name)
    value: Json | None = None if attribute is None else attribute.value
    if attribute is not None and path.names[-1] and not path.members:
        return _plain(value)
    for member in path.members:
        value = value.get(member) if isinstance(value, Mapping) else None
    return value


def written(entity: Entity, style: Style) -> dict[str, Json]:
    """An entity as JSON, without its @context."""
    document: dict[str, Json] = {"id": entity.id, "type": entity.type}
    for name, attribute in entity.attributes.items():
        if style.only is None or name in style.only:
            document[name] = _attribute(attribute, style)
    return document


def _attribute(attribute: Attribute, style: Style) -> Json:
    if style.format == "keyValues":
        return attribute.value
    body: dict[str, Json] = {_HELD_IN[attribute.kind]: attribute.value}
    if attribute.observed_us is not None:
        body["observedAt"] = rfc3339(attribute.observed_us)
    if attribute.unit_code:
        body["unitCode"] = attribute.unit_code
    if style.system and attribute.modified_us is not None:
        body["modifiedAt"] = rfc3339(attribute.modified_us)
    body |= {name: _attribute(part, style) for name, part in attribute.parts}
    if style.format == "normalized":
        return {"type": attribute.kind, **body}
    if len(body) == 1 and attribute.kind != "Relationship":
        return attribute.value
    return body


def _plain(value: Json | None) -> Json | None:
    """A typed value (JSON-LD 1.1, 4.2.1) is its text."""
    if isinstance(value, Mapping) and "@value" in value:
        return value["@value"]
    return value
