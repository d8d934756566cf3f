"""Choose the one level of detail of a CityObject, and of a building with parts, that is tiled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from citiverse_tiling.model import Layer, layer_of
from citiverse_tiling.report import Loss, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citiverse_tiling.model import CityObject, Geometry
    from citiverse_tiling.report import Report

_PART = "BuildingPart"
INDOORS = 4
"""From this LoD on a building has rooms (CityGML 2.0, clause 6.2)."""

_LOWEST = {Layer.LAND: 0, Layer.VEGETATION: 0}
"""What lies on the ground is whole in LoD 0; so is a plant that is a point."""


def select_lod(city_object: CityObject, report: Report) -> Geometry | None:
    """The geometry to tile, or None where there is none.

    The highest LoD up to 3 is taken ("3" before "2.2" before "2" before "1"); where all are
    finer, and so indoors, the coarsest of them. The polygons of the others are counted as not
    selected. LoD 0 of a building or a piece of furniture is an outline, not a body: where it is
    all there is, its polygons are listed as unsupported geometry. So is a second geometry of the
    chosen LoD.
    """
    chosen = _choose(city_object)
    for geometry in city_object.geometries:
        if geometry is chosen:
            continue
        if chosen is None:
            _lose(city_object, geometry, "only an outline of LoD 0", report)
        elif geometry.lod == chosen.lod:
            _lose(city_object, geometry, f"in {geometry.crs} beside one in {chosen.crs}", report)
        else:
            _leave_out(city_object, (geometry,), report)
    return chosen


def _choose(city_object: CityObject) -> Geometry | None:
    """What `select_lod` selects, without counting anything."""
    lowest = _LOWEST.get(layer_of(city_object.class_name), 1)
    bodies = [geometry for geometry in city_object.geometries if _lod(geometry) >= lowest]
    coarse = [geometry for geometry in bodies if _lod(geometry) < INDOORS]
    return max(coarse, key=_lod) if coarse else min(bodies, key=_lod, default=None)


def _lod(geometry: Geometry) -> float:
    return float(geometry.lod)


def _lose(city_object: CityObject, geometry: Geometry, detail: str, report: Report) -> None:
    count = len(geometry.polygons)
    if count:
        report.lose(Loss.of(city_object, Reason.UNSUPPORTED_GEOMETRY, detail, count))


def _leave_out(city_object: CityObject, geometries: Iterable[Geometry], report: Report) -> None:
    count = sum(len(geometry.polygons) for geometry in geometries)
    report.leave_out(city_object.place.file, city_object.class_name, count)


def leave_out_coarse_wholes(objects: Iterable[CityObject], report: Report) -> Iterator[CityObject]:
    """The same objects in the same order; a building that is left out keeps all but its geometry.

    It is left out where it has parts, each of them with a finer body, and none of them with a
    body of its LoD: then what it has is the whole, and no portion beside the parts. An outline of
    LoD 0 is left out where every part has a body. The polygons are counted as not selected. Parts
    must follow their building.
    """
    group: list[CityObject] = []
    for item in objects:
        if item.parent_id is None and group:
            yield from _without_whole(group, report)
            group = []
        group.append(item)
    if group:
        yield from _without_whole(group, report)


def _without_whole(group: list[CityObject], report: Report) -> list[CityObject]:
    whole = group[0]
    if len(group) == 1 or not whole.geometries:
        return group
    parts = [one for one in group if one.parent_id == whole.source_id and one.class_name == _PART]
    if not parts:
        return group
    chosen = _choose(whole)
    coarse = chosen.lod if chosen else "0"
    for part in parts:
        finer = _choose(part)
        lods = {geometry.lod for geometry in part.geometries} if chosen else ()
        if finer is None or float(finer.lod) <= float(coarse) or coarse in lods:
            return group
    _leave_out(whole, whole.geometries, report)
    return [replace(whole, geometries=()), *group[1:]]
