"""List the pieces of land of which nobody can tell what they look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_tiling.model import Layer, SurfaceType, layer_of
from citiverse_tiling.report import Loss, Reason

if TYPE_CHECKING:
    from citiverse_tiling.model import CityObject, Polygons
    from citiverse_tiling.report import Report


def list_unknown_cover(polygons: Polygons, city_object: CityObject, report: Report) -> None:
    """List land of unknown cover, once an object: it will look like the ground around it."""
    if layer_of(city_object.class_name) is not Layer.LAND:
        return
    count = int((polygons.surface_types == SurfaceType.UNKNOWN).sum())
    if not count:
        return
    says = ", ".join(
        f"{name} {city_object.attributes[name]}"
        for name in ("class", "function", "usage")
        if name in city_object.attributes
    )
    report.degrade(Loss.of(city_object, Reason.UNKNOWN_COVER, says[:200], count))
