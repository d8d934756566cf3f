"""Where a model stands on Earth: the surest of what it says of that, unless the user says it.

In this order: `--place`; a map conversion, in entities (IFC4) or in property sets (IFC2X3, as
buildingSMART Australasia's guide to geo-referencing has it); latitude, longitude and height of
IfcSite with the context's true north; or `--crs`, in which the model's own coordinates are taken.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyproj
from pyproj.exceptions import CRSError

from citiverse_tiling.crs import LOCAL, CrsRegistry
from citiverse_tiling.errors import UnknownCrs
from citiverse_tiling.options import LocalPlace

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.ifc.messages import Conversion, Site, Start
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.report import Report

WORLD = "EPSG:4326"
"""Longitude and latitude; heights as the file has them, above the sea."""

NOWHERE = LocalPlace(0.0, 0.0)
PLACE = "say where with --place lon,lat,height,heading"
REACH_M = 100.0
NEAR_DEFAULT_DEG = 0.006
DEFAULT_SITES = (
    (-71.0589, 42.3601, "in Boston, where Revit puts what was given no place"),
    (-71.0567, 42.3587, "in Boston, where Revit puts what was given no place"),
    (54.4167, 24.4667, "in Abu Dhabi, where some programs put what was given no place"),
    (-3.7026, 40.4165, "in Madrid, where some programs put what was given no place"),
    (0.0, 0.0, "at 0° north, 0° east"),
)
_CODE = re.compile(r"(?<!\d)(\d{4,5})(?!\d)")


@dataclass(frozen=True, slots=True)
class Placement:
    """Takes metres of the model to coordinates of the CRS `key`.

    linear, shift  float64 (3, 3) and (3,): metres of the model → metres east, north and up of
                   `reference`, which is in the CRS
    place          where a plane touches the Earth that the metres lie in, None on a map
    unit_m         metres in a unit of the map's axes
    said           a sentence on where it stands, and by what
    source         what in the file says so, "" where nothing does that can be believed
    """

    key: str
    linear: Float64Array
    shift: Float64Array
    reference: Float64Array
    place: LocalPlace | None
    said: str
    unit_m: float = 1.0
    source: str = ""

    def coordinates(self, points: Float64Array, crs: CrsRegistry) -> Float64Array:
        """(N, 3) metres of the model → (N, 3) in `key`. Raises BadCoordinates."""
        metres: Float64Array = points @ self.linear.T + self.shift
        if self.place is None:
            metres[:, :2] /= self.unit_m
            return self.reference + metres
        plane = CrsRegistry(None, replace(self.place, heading_deg=0.0))
        return crs.from_ecef(self.key, plane.to_ecef(LOCAL, metres))

    def to_ecef(self, middle: Float64Array, crs: CrsRegistry) -> tuple[float, ...]:
        """A matrix (3, 4), row by row, from metres of the model to ECEF; () where that is nowhere.

        It fits best around `middle` (3,), in metres of the model.
        """
        points = middle + REACH_M * np.vstack([np.zeros(3), np.eye(3)])
        coordinates = self.coordinates(points, crs)
        if not crs.on_earth(self.key, coordinates).all():
            return ()
        origin, *ends = crs.to_ecef(self.key, coordinates)
        linear = (np.array(ends) - origin).T / REACH_M
        return tuple(np.column_stack([linear, origin - linear @ middle]).ravel().tolist())

    def moved(self, matrix: Float64Array) -> Float64Array:
        """A matrix (3, 4) to metres of the model as one to metres east, north and up."""
        moved = self.linear @ matrix
        moved[:, 3] += self.shift
        return moved


def place(start: Start, path: Path, crs: CrsRegistry, report: Report) -> Placement:
    """Where a model stands; what is doubtful about it is in the report. Raises UnknownCrs."""
    if crs.place is not None and not crs.is_overridden:
        here = crs.place
        said = f"It stands at {_shown(here.lon, here.lat)}, as --place says."
        key = crs.resolve(None, path, None)
        return Placement(key, np.eye(3), np.zeros(3), np.zeros(3), None, said)
    for one in start.conversions:
        found = _key(one, path, crs)
        if found is None:
            name = one.crs[:80] or "without a name"
            report.warn(
                f"{path.name}: the CRS of its {one.source}, {name}, is unknown;"
                " say which it is with --crs EPSG:<code>"
            )
            continue
        if one.remark:
            report.warn(f"{path.name}: {one.source}: {one.remark}")
        return _on_map(one, found)
    if crs.is_overridden:
        said = "Its coordinates are taken as they are, in the CRS that --crs says."
        key = crs.resolve(None, path, None)
        return Placement(key, np.eye(3), np.zeros(3), np.zeros(3), None, said, _unit_m(key))
    if start.site is not None:
        return _at_site(start, start.site, path, crs, report)
    report.warn(f"{path.name}: nothing says where on Earth it stands; it lies at 0°, 0°; {PLACE}")
    said = f"It lies at 0° north, 0° east, as nothing says where it stands; {PLACE}."
    return _at(NOWHERE, np.zeros(3), crs, said)


def _on_map(one: Conversion, key: str) -> Placement:
    """By a map conversion: turned, scaled and shifted on the map (IFC 4.3.2, 8.18.3.15)."""
    along, across = one.rotation
    turn = np.array([[along, -across, 0.0], [across, along, 0.0], [0.0, 0.0, 1.0]])
    unit_m = _unit_m(key)
    shift = np.array(one.shift)
    reference = shift / (1.0 if one.is_geographic else np.array([unit_m, unit_m, 1.0]))
    said = (
        f"It stands in {key} at {shift[0]:,.3f}, {shift[1]:,.3f}, {shift[2]:,.3f} ({one.source})."
    )
    if one.is_geographic:
        where = LocalPlace(*shift.tolist())
        return Placement(key, turn, np.zeros(3), reference, where, said, source=one.source)
    linear = turn @ np.diag(one.factors)
    return Placement(key, linear, np.zeros(3), reference, None, said, unit_m, one.source)


def _at_site(start: Start, site: Site, path: Path, crs: CrsRegistry, report: Report) -> Placement:
    """By the latitude, longitude and elevation of IfcSite, which are those of its origin."""
    source = "IfcSite"
    for lon, lat, where in DEFAULT_SITES:
        if max(abs(site.lon - lon), abs(site.lat - lat)) < NEAR_DEFAULT_DEG:
            report.warn(f"{path.name}: its site is {where}; {PLACE}")
            source = ""
    x, y = start.true_north
    heading = -math.degrees(math.atan2(x, y))
    said = (
        f"It stands at {_shown(site.lon, site.lat)}, {site.height:g} m high, as its IfcSite says."
    )
    here = LocalPlace(site.lon, site.lat, site.height, heading)
    return replace(_at(here, np.array(site.origin), crs, said), source=source)


def _at(here: LocalPlace, origin: Float64Array, crs: CrsRegistry, said: str) -> Placement:
    """On the plane that touches the Earth at a place."""
    turn = math.radians(here.heading_deg)
    cos, sin = math.cos(turn), math.sin(turn)
    linear = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    reference = np.array([here.lon, here.lat, here.height])
    key = crs.resolve_fixed(WORLD)
    return Placement(key, linear, -linear @ origin, reference, here, said)


def _key(one: Conversion, path: Path, crs: CrsRegistry) -> str | None:
    """The key of a conversion's CRS with its heights, None where it isn't known."""
    names = [one.crs]
    code = _CODE.search(one.vertical)
    if code and one.vertical:
        names.insert(0, f"{one.crs}+{code[1]}")
    if (found := _by_name(one.crs)) is not None:
        names.append(found)
    for name in names:
        try:
            return crs.resolve(name, path, None)
        except UnknownCrs:
            continue
    return None


def _by_name(name: str) -> str | None:
    """The code of a CRS that is called as in the EPSG register."""
    try:
        code = pyproj.CRS.from_user_input(name).to_epsg() if name else None
    except CRSError:
        return None
    return None if code is None else f"EPSG:{code}"


def _unit_m(key: str) -> float:
    """Metres in a unit of a CRS's axes; 1 for those in degrees."""
    crs = pyproj.CRS.from_user_input(key.partition("+")[0])
    return 1.0 if crs.is_geographic else float(crs.axis_info[0].unit_conversion_factor)


def _shown(lon: float, lat: float) -> str:
    north, east = "north" if lat >= 0 else "south", "east" if lon >= 0 else "west"
    return f"{abs(lat):.6f}° {north}, {abs(lon):.6f}° {east}"
