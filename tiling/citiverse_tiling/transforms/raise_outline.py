"""The outline of a building → a block as high as its attributes say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.model import Polygons, SurfaceType
from citiverse_tiling.report import Loss, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from citiverse_tiling.model import AttributeValue, CityObject, Float64Array, Int64Array
    from citiverse_tiling.report import Report

STOREY_M = 3.0
LEAST_M, MOST_M = 0.5, 1_000.0

_HEIGHTS = (
    *("measuredheight", "height", "heightvalue", "buildingheight", "buiheight", "hauteur"),
    *("hoogte", "hoehe", "gebaeudehoehe", "relativeheight", "renderheight", "altura"),
)
_STOREYS = (
    *("storeysaboveground", "buildinglevels", "levels", "numberoffloorsaboveground"),
    *("floors", "storeys", "stories", "nombredetages", "nbetages"),
)
_ROOFS = ("b3h70p", "b3hdak70p", "b3h50p", "b3hdak50p", "b3hmax", "b3hdakmax", "rfhroof70p")
"""Heights of roofs above the datum, not above the ground (3DBAG and others by the same tool)."""

_GROUNDS = (
    *("b3hmaaiveld", "rfhground", "altitudesol", "altitudeminimalesol", "altiminsol", "zminsol"),
    *("groundheight", "groundelevation"),
)


def raise_outline(polygons: Polygons, item: CityObject, report: Report) -> Polygons:
    """Floors, roofs and walls over the outlines of a building of LoD 0, in its source CRS.

    The height is what an attribute says, in metres, else storeys of 3 m. Outlines without heights
    stand where an attribute says the ground is, else at 0. Where both footprints and the edges of
    roofs are given, the footprints count. Rings must be clean. A building of unknown height is
    listed, and nothing is left of it.
    """
    is_edge = polygons.surface_types == SurfaceType.ROOF
    has_edges_only = bool(is_edge.all())
    if is_edge.any() and not has_edges_only:
        report.leave_out(item.place.file, item.class_name, int(is_edge.sum()))
        polygons = polygons.only(~is_edge)
    facts = _normalised(item.attributes)
    z = polygons.coordinates[:, 2]
    given = float(z.min()) if z.any() else None
    base, how = given or _first(facts, _GROUNDS) or 0.0, ""
    height, how = _height(facts, base)
    if not height:
        detail = "only an outline of LoD 0, and no attribute that tells a height"
        report.lose(Loss.of(item, Reason.UNKNOWN_HEIGHT, detail, len(polygons)))
        return polygons.only(np.zeros(len(polygons), np.bool_))
    if has_edges_only and given is not None:
        base -= height
    report.repair(f"outlines of buildings raised by {how}", len(polygons))
    raised = _block(polygons, base, base + height)
    report.make(item, len(raised) - len(polygons))
    return raised


def _normalised(attributes: Mapping[str, AttributeValue]) -> dict[str, float]:
    """Attributes that are numbers, or numbers with a unit of metres, by their bare names."""
    facts: dict[str, float] = {}
    for name, value in attributes.items():
        text = str(value).strip().removesuffix("m").strip()
        try:
            facts.setdefault(re.sub(r"[\W_]", "", name.lower()), float(text))
        except ValueError:
            continue
    return facts


def _first(facts: Mapping[str, float], names: tuple[str, ...]) -> float | None:
    values = (facts[name] for name in names if name in facts)
    return next((value for value in values if abs(value) < MOST_M * 9), None)


def _height(facts: Mapping[str, float], base: float) -> tuple[float, str]:
    """Height above the base in metres and the attribute it comes from; 0 where none tells one."""
    above = {name: facts[name] for name in _HEIGHTS if name in facts}
    above |= {name: facts[name] - base for name in _ROOFS if name in facts}
    above |= {name: facts[name] * STOREY_M for name in _STOREYS if name in facts}
    return next(
        ((value, name) for name, value in above.items() if LEAST_M <= value <= MOST_M), (0.0, "")
    )


def _block(polygons: Polygons, base: float, top: float) -> Polygons:
    """Floors, then roofs, then a wall for each edge."""
    rings = _counter_clockwise(polygons)
    points, starts = polygons.coordinates[rings], polygons.ring_offsets
    flat = points[:, :2]
    following = np.arange(1, len(flat) + 1)
    following[starts[1:] - 1] = starts[:-1]
    low, high = _at(flat, base), _at(flat, top)
    walls = np.stack([low, low[following], high[following], high], axis=1).reshape(-1, 3)
    backwards = _reversed_rings(np.arange(len(flat)), starts)
    owners = np.repeat(np.arange(len(polygons)), np.diff(starts[polygons.polygon_offsets]))
    count = len(polygons)
    return Polygons(
        np.concatenate([low[backwards], high, walls]),
        np.concatenate(
            [starts, starts[1:] + len(flat), 2 * len(flat) + 4 * np.arange(1, len(flat) + 1)]
        ),
        np.concatenate(
            [
                polygons.polygon_offsets,
                polygons.polygon_offsets[1:] + len(starts) - 1,
                2 * (len(starts) - 1) + np.arange(1, len(flat) + 1),
            ]
        ),
        np.repeat(
            np.array([SurfaceType.GROUND, SurfaceType.ROOF, SurfaceType.WALL], np.uint8),
            [count, count, len(flat)],
        ),
        np.concatenate([polygons.lines, polygons.lines, polygons.lines[owners]]),
        polygons.ids * 2 + ("",) * len(flat),
    )


def _at(flat: Float64Array, z: float) -> Float64Array:
    return np.column_stack([flat, np.full(len(flat), z)])


def _counter_clockwise(polygons: Polygons) -> Int64Array:
    """The points in an order in which exteriors, seen from above, turn left and holes right."""
    starts = polygons.ring_offsets
    x, y = (polygons.coordinates[:, :2] - polygons.coordinates[0, :2]).T
    following = np.arange(1, len(x) + 1)
    following[starts[1:] - 1] = starts[:-1]
    areas = np.add.reduceat(x * y[following] - x[following] * y, starts[:-1])
    is_exterior = np.zeros(len(areas), np.bool_)
    is_exterior[polygons.polygon_offsets[:-1]] = True
    wrong = (areas < 0) == is_exterior
    order = np.arange(len(x))
    points = np.repeat(wrong, np.diff(starts))
    order[points] = _reversed_rings(order, starts)[points]
    return order


def _reversed_rings(order: Int64Array, starts: Int64Array) -> Int64Array:
    """Each ring from its last point to its first."""
    both = np.repeat(starts[:-1] + starts[1:] - 1, np.diff(starts))
    return np.asarray(order[both - np.arange(len(order))])
