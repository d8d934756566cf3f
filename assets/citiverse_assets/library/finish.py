"""Makes a drawing's file the same bytes each time, and small."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import TYPE_CHECKING

import ifcopenshell.guid
from ifcopenshell.util.element import replace_element

if TYPE_CHECKING:
    from pathlib import Path

    from ifcopenshell import entity_instance, file

DRAWN_AT = "2026-06-01T12:00:00"
"""In the head of each file, in place of the hour."""

_IDENTITIES = uuid.UUID("5f0c7e0e-3a6e-5a53-9a1e-6c1b2f0a7d11")
_SHARED = (
    *("IfcDirection", "IfcCartesianPoint", "IfcAxis2Placement2D", "IfcAxis2Placement3D"),
    "IfcCartesianTransformationOperator3D",
)
"""What is equal is there once; each kind refers to those before it only."""


def write(model: file, name: str, path: Path) -> None:
    """Write the drawing of this name. Raises OSError."""
    for kind in _SHARED:
        _share(model, kind)
    _identify(model, name)
    for one in model.by_type("IfcRelationship"):
        for number, value in enumerate(one):
            if isinstance(value, tuple):
                one[number] = tuple(sorted(value, key=lambda each: each.id()))
    head = model.header.file_name
    head.name, head.time_stamp = path.name, DRAWN_AT
    model.write(str(path))


def _identify(model: file, name: str) -> None:
    """GlobalIds from what things are called, so that a revised drawing keeps them."""
    seen: Counter[str] = Counter()
    for one in _in_order(model, "IfcRoot"):
        key = f"{name}/{one.is_a()}/{one.Name or ''}"
        seen[key] += 1
        identity = uuid.uuid5(_IDENTITIES, f"{key}/{seen[key]}")
        one.GlobalId = ifcopenshell.guid.compress(identity.hex)


def _share(model: file, kind: str) -> None:
    first: dict[str, entity_instance] = {}
    for one in _in_order(model, kind):
        said = str(one).partition("=")[2]
        kept = first.setdefault(said, one)
        if kept.id() != one.id():
            replace_element(one, kept)
            model.remove(one)


def _in_order(model: file, kind: str) -> list[entity_instance]:
    return sorted(model.by_type(kind), key=lambda one: one.id())
