"""Whose openings the quick kernel cuts as well as the careful one.

It does so where swept solids are cut out of swept solids. It fails, or crashes, or is wrong, where
faces are open or inside out, and at some planes that clip a solid (IfcHalfSpaceSolid). So other
bodies are left to the careful kernel, whose time goes into openings: what is clipped and has some,
too, is made by both without them, and compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ifcopenshell import entity_instance

    from citiverse_tiling.model import Float64Array

_SWEPT, _CLIPPED = "IfcSweptAreaSolid", "IfcBooleanClippingResult"
_CLOSE = 1e-3
"""By how much measures may differ: a kernel that clips wrongly is wrong by whole pieces."""


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
    """Whether two kernels make the same of a body without its openings."""
    import ifcopenshell.geom

    settings = ifcopenshell.geom.settings()
    settings.set("disable-opening-subtractions", True)
    measures = []
    for kernel in kernels:
        try:
            made = ifcopenshell.geom.create_shape(settings, product, geometry_library=kernel)
        except (RuntimeError, ValueError):
            return False
        measures.append(_Measures.of(made.geometry))
    return measures[0].is_close(measures[1])


@dataclass(frozen=True, slots=True)
class _Measures:
    """Of a closed shape: area, volume, and its box, (2, 3)."""

    area: float
    volume: float
    box: Float64Array

    @classmethod
    def of(cls, geometry: Any) -> _Measures:
        import numpy as np  # few models need it here, and it takes long to load

        points = np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3)
        corners = points[np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3)]
        first = corners[:, 0]
        crosses = np.cross(corners[:, 1] - first, corners[:, 2] - first)
        area = float(np.linalg.norm(crosses, axis=1).sum()) / 2
        volume = float(np.einsum("ti,ti->", first, crosses)) / 6
        box = np.stack([points.min(axis=0, initial=np.inf), points.max(axis=0, initial=-np.inf)])
        return cls(area, volume, box)

    def is_close(self, other: _Measures) -> bool:
        """Whether two shapes have the same measures, and any at all."""
        low, high = self.box
        return (
            self.area > 0
            and abs(self.area - other.area) <= _CLOSE * self.area
            and abs(self.volume - other.volume) <= _CLOSE * abs(self.volume)
            and bool((abs(self.box - other.box) <= _CLOSE * (high - low).max()).all())
        )
