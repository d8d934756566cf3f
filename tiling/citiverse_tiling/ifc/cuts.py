"""Whose openings the quick kernel cuts as well as the careful one.

It does so where swept solids are cut out of swept solids. It fails, or crashes, or is wrong, where
faces are open or inside out, and at some planes that clip a solid (IfcHalfSpaceSolid). So other
bodies are left to the careful kernel, whose time goes into openings: what is clipped and has some,
too, is made by both without them, and compared.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from citiverse_tiling.ifc.vectors import cross, dot, minus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ifcopenshell import entity_instance

    from citiverse_tiling.ifc.vectors import Vector
_SWEPT, _CLIPPED = "IfcSweptAreaSolid", "IfcBooleanClippingResult"
_CLOSE = 1e-3
"""By how much measures may differ: a kernel that clips wrongly is wrong by whole pieces."""

_MOST_TRIANGLES = 2_000
"""Of a body that is compared: clipped walls have dozens."""


def quickly_cut(
    products: Iterable[entity_instance], careful: str, quick: str
) -> Iterator[entity_instance]:
    """Those of some products whose openings the kernel `quick` cuts like the kernel `careful`."""
    for one in products:
        cuts = [cut[5] for cut in getattr(one, "HasOpenings", ())]
        if not cuts or not all(item.is_a(_SWEPT) for cut in cuts for item in _solids(cut)):
            continue
        solids = list(_solids(one))
        if all(item.is_a(_SWEPT) for item in solids) or (
            all(item.is_a(_SWEPT) or item.is_a(_CLIPPED) for item in solids)
            and _are_alike(one, careful, quick)
        ):
            yield one


def _solids(product: entity_instance) -> Iterator[entity_instance]:
    """What the body of a product consists of."""
    whole = product.Representation
    for shown in (whole.Representations if whole is not None else None) or ():
        if shown.RepresentationIdentifier == "Body":
            for item in shown.Items:
                mapped = item.is_a("IfcMappedItem")
                yield from item.MappingSource.MappedRepresentation.Items if mapped else (item,)


def _are_alike(product: entity_instance, *kernels: str) -> bool:
    """Whether all kernels make the same of a body without its openings."""
    import ifcopenshell.geom

    settings = ifcopenshell.geom.settings()
    settings.set("disable-opening-subtractions", True)
    found = None
    for kernel in kernels:
        try:
            made = ifcopenshell.geom.create_shape(settings, product, geometry_library=kernel)
        except (RuntimeError, ValueError):
            return False
        measures = _Measures.of(made.geometry)
        if measures is None or (found is not None and not measures.is_close(found)):
            return False
        found = measures
    return True


@dataclass(frozen=True, slots=True)
class _Measures:
    """Of a closed shape: area, volume, and the lowest and highest of its coordinates."""

    area: float
    volume: float
    low: Vector
    high: Vector

    @classmethod
    def of(cls, geometry: Any) -> _Measures | None:
        """Those of a shape, None where it has no triangles or too many."""
        corners = struct.unpack(f"{len(geometry.faces_buffer) // 4}i", geometry.faces_buffer)
        if not 0 < len(corners) <= 3 * _MOST_TRIANGLES:
            return None
        numbers = struct.unpack(f"{len(geometry.verts_buffer) // 8}d", geometry.verts_buffer)
        x, y, z = numbers[::3], numbers[1::3], numbers[2::3]
        points = list(zip(x, y, z, strict=True))
        area = volume = 0.0
        for one, two, three in zip(corners[::3], corners[1::3], corners[2::3], strict=True):
            first = points[one]
            normal = cross(minus(points[two], first), minus(points[three], first))
            area += math.hypot(*normal) / 2
            volume += dot(first, normal) / 6
        return cls(area, volume, (min(x), min(y), min(z)), (max(x), max(y), max(z)))

    def is_close(self, other: _Measures) -> bool:
        """Whether two shapes have the same measures."""
        reach = max(minus(self.high, self.low))
        ends = zip((*self.low, *self.high), (*other.low, *other.high), strict=True)
        return (
            abs(self.area - other.area) <= _CLOSE * self.area
            and abs(self.volume - other.volume) <= _CLOSE * abs(self.volume)
            and all(abs(one - two) <= _CLOSE * reach for one, two in ends)
        )
