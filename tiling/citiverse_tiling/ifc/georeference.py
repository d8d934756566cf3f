"""Where on Earth a model says that it stands: in three places, none of which must be there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from citiverse_tiling.ifc.messages import Conversion, Site
from citiverse_tiling.ifc.placements import origin_of
from citiverse_tiling.ifc.units import in_si

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ifcopenshell import entity_instance, file

    from citiverse_tiling.ifc.units import Units

_SETS = "epset_mapconversion", "epset_projectedcrs"
_SANE = 0.5, 2.0
"""How long a metre of a model may be on a map: projections stretch by far less."""

_MINUTES = (1, 60, 3_600, 3_600_000_000)
_FEET = {"foot": 0.3048, "feet": 0.3048, "ft": 0.3048, "us": 1200 / 3937}


def conversions(model: file, units: Units) -> tuple[Conversion, ...]:
    """Those of the model, the surest first: entities (IFC4), then property sets (IFC2X3)."""
    return (*_of_entities(model, units), *_of_property_sets(model, units))


def true_north(model: file) -> tuple[float, float]:
    """The direction to the north pole in x and y of the model, y where it isn't said."""
    for context in model.by_type("IfcGeometricRepresentationContext", include_subtypes=False):
        north = context.TrueNorth
        if context.ContextType in ("Model", None) and north is not None:
            x, y = (float(one) for one in north.DirectionRatios[:2])
            if math.isfinite(x + y) and math.hypot(x, y) > 1e-9:
                return x, y
    return 0.0, 1.0


def site(model: file, units: Units) -> Site | None:
    """The first IfcSite that has a latitude and a longitude."""
    for one in model.by_type("IfcSite"):
        lat, lon = degrees(one.RefLatitude), degrees(one.RefLongitude)
        if lat is not None and lon is not None and abs(lat) <= 90 and abs(lon) <= 180:
            height = float(one.RefElevation or 0.0) * units.metres
            return Site(lon, lat, height, origin_of(one, units.metres))
    return None


def ground_z(model: file, units: Units) -> float:
    """The height of the first building's origin, in metres of the model."""
    for kind in ("IfcBuilding", "IfcSite"):
        for one in model.by_type(kind):
            return origin_of(one, units.metres)[2]
    return 0.0


def degrees(parts: Any) -> float | None:
    """An IfcCompoundPlaneAngleMeasure: degrees, minutes, seconds, millionths of a second."""
    if not parts:
        return None
    return float(sum(part / unit for part, unit in zip(parts, _MINUTES, strict=False)))


def _of_entities(model: file, units: Units) -> Iterator[Conversion]:
    try:
        operations = model.by_type("IfcCoordinateOperation")
    except RuntimeError:  # IFC2X3 has none
        return
    for one in operations:
        target = one.TargetCRS
        if one.is_a("IfcMapConversion"):
            map_unit_m = in_si(getattr(target, "MapUnit", None))
            factors = [float(getattr(one, f"Factor{axis}", None) or 1.0) for axis in "XYZ"]
            yield _conversion(
                one.is_a(),
                target,
                (one.Eastings, one.Northings, one.OrthogonalHeight),
                (one.XAxisAbscissa, one.XAxisOrdinate),
                (one.Scale, factors, units.metres, map_unit_m),
            )
        elif one.is_a("IfcRigidOperation"):
            yield _rigid(one, target, units)


def _rigid(one: entity_instance, target: entity_instance, units: Units) -> Conversion:
    """A shift alone, in lengths or, with a geographic CRS, in angles."""
    is_geographic = one.FirstCoordinate.is_a("IfcPlaneAngleMeasure")
    first, second = (
        float(value.wrappedValue) for value in (one.FirstCoordinate, one.SecondCoordinate)
    )
    map_unit_m = in_si(getattr(target, "MapUnit", None))
    if is_geographic:
        # The axes of a geographic CRS are latitude, then longitude (ISO 19111).
        turn = math.degrees(units.radians)
        shift = second * turn, first * turn, float(one.Height or 0.0) * map_unit_m
    else:
        shift = first * map_unit_m, second * map_unit_m, float(one.Height or 0.0) * map_unit_m
    name, vertical = _names(target)
    return Conversion(one.is_a(), name, vertical, shift, (1.0, 0.0), (1.0, 1.0, 1.0), is_geographic)


def _of_property_sets(model: file, units: Units) -> Iterator[Conversion]:
    found: dict[str, dict[str, Any]] = {}
    for one in model.by_type("IfcPropertySet"):
        name = str(one[2] or "").casefold()
        if name in _SETS and name not in found:
            found[name] = {
                str(member[0]): member[2].wrappedValue
                for member in one[4] or ()
                if member.is_a("IfcPropertySingleValue") and member[2] is not None
            }
    moved, crs = found.get(_SETS[0]), found.get(_SETS[1], {})
    if moved is None:
        return
    unit = str(crs.get("MapUnit", "")).casefold()
    map_unit_m = next((metres for word, metres in _FEET.items() if word in unit), 1.0)
    if unit.startswith("milli"):
        map_unit_m = 1e-3
    made = _conversion(
        "ePSet_MapConversion",
        None,
        (moved.get("Eastings"), moved.get("Northings"), moved.get("OrthogonalHeight")),
        (moved.get("XAxisAbscissa"), moved.get("XAxisOrdinate")),
        (moved.get("Scale"), [1.0, 1.0, 1.0], units.metres, map_unit_m),
        (str(crs.get("Name", "")), str(crs.get("VerticalDatum", ""))),
    )
    yield made


def _conversion(
    source: str,
    target: entity_instance | None,
    shift: tuple[Any, Any, Any],
    axis: tuple[Any, Any],
    scale: tuple[Any, list[float], float, float],
    names: tuple[str, str] = ("", ""),
) -> Conversion:
    """From units of the model to units of the map: shift + scale · turn (IFC 4.3.2, 8.18.3.15)."""
    given, factors, unit_m, map_unit_m = scale
    factor = float(given or 1.0) * map_unit_m / unit_m
    remark = ""
    if not _SANE[0] <= factor <= _SANE[1]:
        remark = f"its Scale of {float(given or 1.0):g} doesn't fit its units and is taken as none"
        factor = 1.0
    along, across = float(axis[0] or 0.0), float(axis[1] or 0.0)
    length = math.hypot(along, across)
    turn = (along / length, across / length) if length > 1e-9 else (1.0, 0.0)
    east, north, up = (float(one or 0.0) * map_unit_m for one in shift)
    return Conversion(
        source,
        *(names if target is None else _names(target)),
        (east, north, up),
        turn,
        (factor * factors[0], factor * factors[1], factor * factors[2]),
        False,
        remark,
    )


def _names(target: entity_instance) -> tuple[str, str]:
    """Of a CRS and of its heights."""
    return str(target.Name or ""), str(getattr(target, "VerticalDatum", None) or "")
