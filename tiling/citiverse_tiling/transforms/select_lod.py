"""Choose the one level of detail of a CityObject that is tiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_tiling.report import Loss, Reason

if TYPE_CHECKING:
    from citiverse_tiling.model import CityObject, Geometry
    from citiverse_tiling.report import Report


def select_lod(city_object: CityObject, report: Report) -> Geometry | None:
    """The geometry to tile, or None where there is none.

    The highest LoD below 3 is taken ("2.2" before "2" before "1"); where all are finer, the
    coarsest of them. The polygons of the others are counted as not selected. LoD 0 is an outline,
    not a body: where it is all there is, its polygons are listed as unsupported geometry. So is
    a second geometry of the chosen LoD, which can only differ by its CRS.
    """
    bodies = [geometry for geometry in city_object.geometries if _lod(geometry) >= 1]
    coarse = [geometry for geometry in bodies if _lod(geometry) < 3]
    chosen = max(coarse, key=_lod) if coarse else min(bodies, key=_lod, default=None)
    for geometry in city_object.geometries:
        if geometry is chosen:
            continue
        if chosen is None:
            _lose(city_object, geometry, "only an outline of LoD 0", report)
        elif geometry.lod == chosen.lod:
            _lose(city_object, geometry, f"in {geometry.crs} beside {chosen.crs}", report)
        else:
            report.surfaces_not_selected += len(geometry.polygons)
    return chosen


def _lod(geometry: Geometry) -> float:
    return float(geometry.lod)


def _lose(city_object: CityObject, geometry: Geometry, detail: str, report: Report) -> None:
    count = len(geometry.polygons)
    if count:
        place = city_object.place
        reason = Reason.UNSUPPORTED_GEOMETRY
        loss = Loss(reason, place.file, place.line, city_object.source_id, detail, count)
        report.lose(loss)
