"""A revised building model, made by chance by ifcopenshell, and the truth on every element."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ifcopenshell
import ifcopenshell.api.root
import ifcopenshell.guid

if TYPE_CHECKING:
    from pathlib import Path

RENAMED, MOVED, NUDGED, DELETED, ADDED = 0.3, 0.1, 0.05, 0.05, 0.05
"""Shares of the elements: another GlobalId, elsewhere, both by some centimetres, away, and new."""

NUDGE_M = 0.1
FAR_M = (0.5, 3.0)


@dataclass(frozen=True)
class Truth:
    """Of each former GlobalId with a body, the one that it has now; None where it is away."""

    became: dict[str, str | None]


def revise(source: Path, target: Path, seed: int) -> Truth:
    """Write a revised file; lengths in it are metres or millimetres, as its units say."""
    chance = random.Random(seed)
    file = ifcopenshell.open(str(source))
    elements = [one for one in file.by_type("IfcElement") if _is_free(file, one)]
    became: dict[str, str | None] = {
        one.GlobalId: one.GlobalId for one in file.by_type("IfcElement") if one.Representation
    }
    chance.shuffle(elements)
    # Whoever carries another, as a wall its door, is only renamed.
    alone = [one for one in elements if _carries_nothing(file, one)]
    count = len(elements)
    deleted, alone = alone[: int(DELETED * count)], alone[int(DELETED * count) :]
    moved, alone = alone[: int(MOVED * count)], alone[int(MOVED * count) :]
    nudged, copied = alone[: int(NUDGED * count)], alone[-int(ADDED * count) :]
    rest = [one for one in elements if one not in {*deleted, *moved, *nudged}]
    renamed = rest[: int(RENAMED * count)]
    for one in copied:
        copy = ifcopenshell.api.root.copy_class(file, product=one)
        _move(file, copy, chance, *FAR_M)
    for one in moved:
        _move(file, one, chance, *FAR_M)
    for one in nudged:
        _move(file, one, chance, 0.01, NUDGE_M)
    for one in (*renamed, *nudged):
        former, one.GlobalId = one.GlobalId, ifcopenshell.guid.new()
        became[former] = one.GlobalId
    for one in deleted:
        became[one.GlobalId] = None
        ifcopenshell.api.root.remove_product(file, product=one)
    file.write(str(target))
    return Truth(became)


def _is_free(file: Any, one: Any) -> bool:
    """Whether it has a body and a place of its own."""
    placement = one.ObjectPlacement
    if one.Representation is None or placement is None or one.IsDecomposedBy:
        return False
    return len([user for user in file.get_inverse(placement) if user.is_a("IfcProduct")]) == 1


def _carries_nothing(file: Any, one: Any) -> bool:
    carried = [user for user in file.get_inverse(one.ObjectPlacement) if user != one]
    return not carried and not getattr(one, "HasOpenings", ())


def _move(file: Any, one: Any, chance: random.Random, least_m: float, most_m: float) -> None:
    """Along its own x or y, by so many metres."""
    unit_m = 0.001 if file.by_type("IfcUnitAssignment")[0].Units[0].Prefix == "MILLI" else 1.0
    former = one.ObjectPlacement
    location = former.RelativePlacement.Location.Coordinates
    by = chance.uniform(least_m, most_m) * chance.choice((-1, 1)) / unit_m
    axis = chance.randrange(2)
    moved = tuple(value + by * (at == axis) for at, value in enumerate(location))
    point = file.create_entity("IfcCartesianPoint", moved)
    relative = file.create_entity(
        "IfcAxis2Placement3D",
        point,
        former.RelativePlacement.Axis,
        former.RelativePlacement.RefDirection,
    )
    one.ObjectPlacement = file.create_entity("IfcLocalPlacement", former.PlacementRelTo, relative)
