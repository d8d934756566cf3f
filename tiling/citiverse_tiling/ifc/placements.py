"""IfcLocalPlacement: where the frame of an object stands, and which of them lead in a circle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_tiling.ifc.messages import Frame
from citiverse_tiling.ifc.vectors import cross, dot, plus, times

if TYPE_CHECKING:
    from ifcopenshell import entity_instance, file

    from citiverse_tiling.ifc.vectors import Vector

_EAST, _NORTH, _UP = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)

MAX_DEPTH = 64
"""Of placements in placements; a building has about six."""

_SAME_HEIGHT_M = 1e-6


def origin_of(product: entity_instance, unit_m: float) -> tuple[float, float, float]:
    """The origin of an object's frame in metres of the model, (0, 0, 0) where it has none."""
    x, y, z = _axes_of(getattr(product, "ObjectPlacement", None), 0).origin
    return x * unit_m, y * unit_m, z * unit_m


def frame_of(product: entity_instance, unit_m: float) -> Frame:
    """Where a building or a storey stands, and how it is turned.

    A storey that stands where its building does, although its Elevation is another, is as high as
    that says (IFC 4.3.2, 5.4.3.18): some programs write the one, some the other.
    """
    x, y, z = origin_of(product, unit_m)
    if product.is_a("IfcBuildingStorey"):
        above = next((one.RelatingObject for one in product.Decomposes), None)
        floor = origin_of(above, unit_m)[2] if above is not None else 0.0
        elevation = float(product.Elevation or 0.0) * unit_m
        if abs(z - floor) < _SAME_HEIGHT_M and math.isfinite(elevation):
            z = floor + elevation
    ahead = _axes_of(product.ObjectPlacement, 0).y[:2]
    return Frame((x, y, z), ahead if math.hypot(*ahead) > 0.5 else (0.0, 1.0))


def circular(model: file) -> frozenset[int]:
    """Numbers of the placements that lead nowhere: relative to themselves, or too deep."""
    depths: dict[int, int] = {}
    bad = set()
    for one in model.by_type("IfcLocalPlacement"):
        chain: list[int] = []
        here = one
        while here is not None and here.id() not in depths and len(chain) <= MAX_DEPTH:
            if here.id() in chain:
                break
            chain.append(here.id())
            here = here[0] if here.is_a("IfcLocalPlacement") else None
        if here is not None and here.id() not in depths:
            bad.update(chain)
            base = MAX_DEPTH + 1
        else:
            base = 0 if here is None else depths[here.id()]
        for above, number in enumerate(reversed(chain), 1):
            depths[number] = base + above
            if base + above > MAX_DEPTH:
                bad.add(number)
    return frozenset(bad)


@dataclass(frozen=True, slots=True)
class _Axes:
    """A frame in another one."""

    origin: Vector = (0.0, 0.0, 0.0)
    x: Vector = _EAST
    y: Vector = _NORTH
    z: Vector = _UP

    def holding(self, inner: _Axes) -> _Axes:
        """A frame in this one, as a frame in what this one is in."""
        x, y, z = self._turned(inner.x), self._turned(inner.y), self._turned(inner.z)
        return _Axes(plus(self.origin, self._turned(inner.origin)), x, y, z)

    def _turned(self, one: Vector) -> Vector:
        return plus(times(self.x, one[0]), plus(times(self.y, one[1]), times(self.z, one[2])))


def _axes_of(placement: entity_instance | None, depth: int) -> _Axes:
    """The frame of a placement in the model's, in units of the model."""
    if placement is None or depth > MAX_DEPTH or not placement.is_a("IfcLocalPlacement"):
        return _Axes()
    return _axes_of(placement[0], depth + 1).holding(_axes(placement[1]))


def _axes(given: entity_instance | None) -> _Axes:
    """An IfcAxis2Placement2D or 3D."""
    if given is None:
        return _Axes()
    origin = _vector(given.Location[0])
    axis, ahead = getattr(given, "Axis", None), getattr(given, "RefDirection", None)
    z = _unit(axis.DirectionRatios if axis is not None else ()) or _UP
    x = _unit(ahead.DirectionRatios if ahead is not None else ()) or _EAST
    flat = _unit(plus(x, times(z, -dot(x, z))), 1e-6)
    if flat is None:
        return _Axes(origin)
    return _Axes(origin, flat, cross(z, flat), z)


def _vector(ratios: tuple[float, ...]) -> Vector:
    x, y, z = (*(float(one) for one in ratios[:3]), 0.0, 0.0, 0.0)[:3]
    return x, y, z


def _unit(ratios: tuple[float, ...], least: float = 1e-12) -> Vector | None:
    """A direction as long as one, None where it has none."""
    vector = _vector(ratios)
    length = math.hypot(*vector)
    return times(vector, 1 / length) if length > least else None
