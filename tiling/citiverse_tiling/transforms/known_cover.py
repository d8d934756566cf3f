"""Leave out the pieces of land of which nobody can tell what they look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_tiling.model import Layer, SurfaceType, layer_of
from citiverse_tiling.report import Loss, Reason

if TYPE_CHECKING:
    from citiverse_tiling.model import CityObject, Polygons
    from citiverse_tiling.report import Report


def known_cover(polygons: Polygons, city_object: CityObject, report: Report) -> Polygons:
    """The polygons of one object without land of unknown cover, which is listed, once an object."""
    if layer_of(city_object.class_name) is not Layer.LAND:
        return polygons
    known = polygons.surface_types != SurfaceType.UNKNOWN
    count = int((~known).sum())
    if not count:
        return polygons
    says = ", ".join(
        f"{name} {city_object.attributes[name]}"
        for name in ("class", "function", "usage")
        if name in city_object.attributes
    )
    report.lose(Loss.of(city_object, Reason.UNKNOWN_COVER, says[:200], count))
    return polygons.only(known)
