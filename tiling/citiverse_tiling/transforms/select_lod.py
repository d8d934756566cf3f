"""Choose the one level of detail of a CityObject, and of a building with parts, that is tiled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from citiverse_tiling.model import Layer, layer_of
from citiverse_tiling.options import LodPolicy
from citiverse_tiling.report import Loss, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citiverse_tiling.model import CityObject, Geometry
    from citiverse_tiling.report import Report

_PARTS = ("BuildingPart", "BridgePart", "TunnelPart")
INDOORS = 4
"""From this LoD on a building has rooms (CityGML 2.0, clause 6.2)."""

_HIGHEST = LodPolicy()


def select_lod(
    city_object: CityObject, report: Report, policy: LodPolicy = _HIGHEST
) -> Geometry | None:
    """The geometry to tile, or None where there is none.

    "highest" takes the highest LoD up to 3 ("3" before "2.2" before "2" before "1"), and where all
    are finer, and so indoors, the coarsest of them; "lowest" the lowest that is a body; a number
    that LoD ("2" also "2.2"), or the next below it, or else the next above. LoD 0 of a building is
    an outline, not a body: it is taken only where it is all there is. The polygons of the others
    are counted as not selected; a second geometry of the chosen LoD is listed.
    """
    chosen = _choose(city_object, policy)
    for geometry in city_object.geometries:
        if geometry is chosen or chosen is None or not len(geometry.polygons):
            continue
        if geometry.lod == chosen.lod:
            detail = f"in {geometry.crs} beside one in {chosen.crs}"
            reason, count = Reason.UNSUPPORTED_GEOMETRY, len(geometry.polygons)
            report.lose(Loss.of(city_object, reason, detail, count))
        else:
            _leave_out(city_object, (geometry,), report)
    return chosen


def is_outline(city_object: CityObject, geometry: Geometry) -> bool:
    """Whether a geometry only says where something stands, not what it looks like."""
    return _lod(geometry) < 1 and layer_of(city_object.class_name) is Layer.BUILDINGS


def _choose(city_object: CityObject, policy: LodPolicy) -> Geometry | None:
    """What `select_lod` selects, without counting anything."""
    given = city_object.geometries
    if len(given) < 2:
        return given[0] if given else None
    bodies = [geometry for geometry in given if not is_outline(city_object, geometry)] or [*given]
    wanted = policy.of(city_object.class_name)
    if wanted == "lowest":
        return min(bodies, key=_lod)
    ceiling = INDOORS if wanted == "highest" else wanted + (1.0 if wanted.is_integer() else 1e-6)
    below = [geometry for geometry in bodies if _lod(geometry) < ceiling]
    return max(below, key=_lod) if below else min(bodies, key=_lod)


def _lod(geometry: Geometry) -> float:
    return float(geometry.lod)


def _leave_out(city_object: CityObject, geometries: Iterable[Geometry], report: Report) -> None:
    count = sum(len(geometry.polygons) for geometry in geometries)
    report.leave_out(city_object.place.file, city_object.class_name, count)


def leave_out_coarse_wholes(
    objects: Iterable[CityObject], report: Report, policy: LodPolicy = _HIGHEST
) -> Iterator[CityObject]:
    """The same objects in the same order; what is left out keeps all but its geometry.

    A building (bridge, tunnel) is left out where it has parts, each of them with a finer body, and
    none of them with a body of its LoD: then what it has is the whole, and no portion beside the
    parts. Its outline of LoD 0 is left out where every part has a body, and the outlines of parts
    where it has one. The polygons are counted as not selected. Parts must follow their whole.
    """
    group: list[CityObject] = []
    for item in objects:
        if item.parent_id is None and group:
            yield from _without_coarse(group, report, policy)
            group = []
        group.append(item)
    if group:
        yield from _without_coarse(group, report, policy)


def _without_coarse(
    group: list[CityObject], report: Report, policy: LodPolicy
) -> Iterator[CityObject]:
    whole = group[0]
    if len(group) == 1:
        yield whole
        return
    parts = [one for one in group if one.parent_id == whole.source_id and one.class_name in _PARTS]
    chosen = _choose(whole, policy)
    has_body = chosen is not None and not is_outline(whole, chosen)
    if chosen is not None and parts and all(_is_finer(part, whole, policy) for part in parts):
        _leave_out(whole, whole.geometries, report)
        yield replace(whole, geometries=())
    else:
        yield whole
    for item in group[1:]:
        own = _choose(item, policy) if has_body else None
        if own is not None and is_outline(item, own):
            _leave_out(item, item.geometries, report)
            yield replace(item, geometries=())
        else:
            yield item


def _is_finer(part: CityObject, whole: CityObject, policy: LodPolicy) -> bool:
    """Whether a part has a finer body than its whole, and none that is as fine."""
    own, coarse = _choose(part, policy), _choose(whole, policy)
    if own is None or coarse is None or is_outline(part, own) or _lod(own) <= _lod(coarse):
        return False
    is_body = not is_outline(whole, coarse)
    return not (is_body and any(one.lod == coarse.lod for one in part.geometries))
