"""From the objects of a source to what of each is drawn: one LoD, clean, and a body."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from citiverse_tiling.model import TERRAIN_POINTS, Layer, layer_of
from citiverse_tiling.transforms.clean_rings import clean_rings, finite_polygons
from citiverse_tiling.transforms.raise_outline import raise_outline
from citiverse_tiling.transforms.select_lod import (
    is_outline,
    leave_out_coarse_wholes,
    select_lod,
)
from citiverse_tiling.transforms.unknown_cover import list_unknown_cover

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citiverse_tiling.model import CityObject, Geometry, Polygons
    from citiverse_tiling.options import LodPolicy
    from citiverse_tiling.report import Report


def selected(
    objects: Iterable[CityObject], policy: LodPolicy, report: Report
) -> Iterator[tuple[CityObject, Geometry | None]]:
    """Each object with the geometry that is drawn of it, None where there is none.

    Every polygon that is left out is counted or listed in the report. Parts must follow their
    whole.
    """
    for item in leave_out_coarse_wholes(objects, report, policy):
        geometry = select_lod(item, report, policy)
        if geometry is not None:
            polygons = _drawn(geometry, item, report)
            # What had to be mended is no longer what stands in other places, too.
            placed = geometry.placed if polygons is geometry.polygons else None
            geometry = replace(geometry, polygons=polygons, placed=placed)
        yield item, geometry


def _drawn(geometry: Geometry, item: CityObject, report: Report) -> Polygons:
    """What of an object's polygons can be drawn; of a plant only the size counts."""
    polygons = geometry.polygons
    if item.class_name in TERRAIN_POINTS:
        return polygons
    if layer_of(item.class_name) is Layer.VEGETATION:
        return finite_polygons(polygons, item, report)
    polygons = clean_rings(polygons, item, report)
    list_unknown_cover(polygons, item, report)
    if len(polygons) and is_outline(item, geometry):
        polygons = raise_outline(polygons, item, report)
    return polygons
