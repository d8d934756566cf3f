"""From the coordinates of a source file to ECEF (EPSG:4978) and back, by PROJ.

Real files name their CRS in many ways: OGC URNs and URIs, compound URNs, the German AdV's own
names, bare names such as "CH1903", or not at all. `CrsRegistry.resolve` turns them into one
canonical key ("EPSG:25833+5783", "EPSG:21781", "local") and everything else works with that key.

Without a geoid grid a height above the sea is used as a height above the WGS 84 ellipsoid,
unchanged (docs/contract/scene.md, Frames); `options.Heights` says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pyproj
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError, ProjError
from pyproj.network import (  # type: ignore[attr-defined]  # re-exported without saying so
    set_network_enabled,
)

from citiverse_tiling.crs_names import bare, parse_name
from citiverse_tiling.errors import BadCoordinates, UnknownCrs
from citiverse_tiling.frame import FLATTENING, SEMI_MAJOR_AXIS_M
from citiverse_tiling.options import Heights

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from citiverse_tiling.model import BoolArray, Float64Array
    from citiverse_tiling.options import LocalPlace

LOCAL = "local"
ELLIPSOIDAL_HEIGHTS = "ellipsoidal heights"
ELLIPSOIDAL = "used as ellipsoidal heights (no geoid grid)"
MAX_LOCAL_M = 100_000.0
MAX_GRID_M = 100_000_000.0
MAX_HEIGHT_M = 12_000.0
SOUTHERNMOST_CITY_DEG = -60.0
AREA_MARGIN_DEG = 1.0

REMEDY = "say it with --crs EPSG:<code>, or anchor local coordinates with --place"

_AS_THEY_ARE = Heights()
_NO_NAMES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CrsDescription:
    """A CRS for the manifest: its key, its name in the EPSG register, and what heights refer to."""

    code: str
    horizontal_name: str
    vertical_datum: str


@dataclass(frozen=True, slots=True)
class _Crs:
    """One resolved CRS, ready to transform. `area` is west, south, east, north in degrees."""

    description: CrsDescription
    has_ellipsoidal_heights: bool
    to_lonlat: pyproj.Transformer
    geographic: bool
    registry_north_first: bool
    area: tuple[float, float, float, float]


class CrsRegistry:
    """Resolves CRS names and transforms coordinates; transformers are made once per CRS.

    `override` (an EPSG code or name) replaces whatever the files say. `place` anchors coordinates
    that are local: files without any CRS, and engineering CRSs such as "#local-CRS-1".
    `names` maps further names to EPSG codes, and "" to that of files which name none. PROJ never
    fetches grids from the network. Raises UnknownCrs for an override or a geoid that PROJ can't
    read.
    """

    def __init__(
        self,
        override: str | None = None,
        place: LocalPlace | None = None,
        heights: Heights = _AS_THEY_ARE,
        names: Mapping[str, str] = _NO_NAMES,
    ) -> None:
        set_network_enabled(active=False)
        self._given = (override, place, heights, dict(names))
        self._place = place
        self._heights = heights
        self._names = {bare(name): code for name, code in names.items()}
        self._geoid = _geoid(heights.geoid) if heights.geoid else None
        self._keys: dict[str | None, str] = {}
        self._crs: dict[str, _Crs] = {}
        self._ecef = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
        self._override = None if override is None else self._override_key(override)

    def __reduce__(self) -> tuple[type[CrsRegistry], tuple[object, ...]]:
        """Another process makes its own transformers."""
        return CrsRegistry, self._given

    @property
    def place(self) -> LocalPlace | None:
        """Where local coordinates are anchored, if anywhere."""
        return self._place

    @property
    def is_overridden(self) -> bool:
        """Whether the user's CRS holds whatever files say."""
        return self._override is not None

    def resolve(self, srs_name: str | None, file: Path | None, line: int | None) -> str:
        """The canonical key of what a file calls its CRS.

        Raises UnknownCrs, with `file` and `line`, where the name is missing or unknown.
        """
        if self._override is not None:
            return self._override
        key = self._keys.get(srs_name)
        if key is None:
            key = self._keys[srs_name] = self._resolve(srs_name, file, line)
        return key

    def resolve_fixed(self, name: str) -> str:
        """The key of a CRS that the file's format prescribes, whatever the override."""
        key = parse_name(name, _NO_NAMES)
        if key is None or not self._load(key):
            raise UnknownCrs(f"the CRS {name!r} is unknown")
        return key

    def describe(self, key: str) -> CrsDescription:
        """Name and vertical datum of a CRS, for people."""
        if key == LOCAL:
            return CrsDescription(LOCAL, "local coordinates", "metres above the anchor")
        known = self._known(key)
        if known.has_ellipsoidal_heights:
            return known.description
        used = f"made ellipsoidal with {self._heights.geoid.name}" if self._heights.geoid else ""
        if self._heights.offset_m:
            used = f"{used or 'used as ellipsoidal heights'}, plus {self._heights.offset_m:g} m"
        datum = f"{known.description.vertical_datum}, {used or ELLIPSOIDAL}"
        return replace(known.description, vertical_datum=datum)

    def to_ecef(self, key: str, coordinates: Float64Array) -> Float64Array:
        """(N, 3) easting or longitude, northing or latitude, height → (N, 3) EPSG:4978 metres.

        Raises BadCoordinates where a point is not finite or not near the Earth's surface.
        """
        ecef = self._to_ecef(key, coordinates)
        if not np.isfinite(ecef).all():
            raise BadCoordinates(
                f"coordinates are not finite, absurdly large or outside of {key}",
                remedy="correct them in the source, or give the right CRS with --crs",
            )
        return ecef

    def on_earth(self, key: str, coordinates: Float64Array) -> BoolArray:
        """(N,) true where `to_ecef` would accept the point."""
        return np.asarray(np.isfinite(self._to_ecef(key, coordinates)).all(axis=1))

    def from_ecef(self, key: str, ecef: Float64Array) -> Float64Array:
        """(N, 3) EPSG:4978 metres → (N, 3) in the CRS, the inverse of `to_ecef`."""
        if key == LOCAL:
            origin, axes = self._local_frame()
            anchor = (0.0, 0.0, 0.0) if self._place is None else self._place.anchor
            return np.asarray((ecef - origin) @ axes + anchor)
        inverse = TransformDirection.INVERSE
        lon, lat, height = self._ecef.transform(
            ecef[:, 0], ecef[:, 1], ecef[:, 2], direction=inverse
        )
        x, y = self._known(key).to_lonlat.transform(lon, lat, direction=inverse)
        return np.column_stack((x, y, height - self._above_ellipsoid(key, lon, lat)))

    def beside(self, key: str, reference: Float64Array, metres: Float64Array) -> Float64Array:
        """Coordinates of points (N, 3) given in metres east, north and up of one at `reference`.

        In degrees this is right to a millimetre per hundred metres: what is placed so is small.
        """
        if key == LOCAL or not self._known(key).geographic:
            return reference + metres
        latitude = np.radians(reference[1])
        squared_eccentricity = FLATTENING * (2 - FLATTENING)
        bend = 1 - squared_eccentricity * np.sin(latitude) ** 2
        across = SEMI_MAJOR_AXIS_M / np.sqrt(bend) + reference[2]
        along = SEMI_MAJOR_AXIS_M * (1 - squared_eccentricity) / bend**1.5 + reference[2]
        radii = np.array([across * np.cos(latitude), along])
        placed: Float64Array = reference + metres
        placed[:, :2] = reference[:2] + np.degrees(metres[:, :2] / radii)
        return placed

    def written_north_first(self, key: str, sample: Float64Array) -> bool:
        """Whether a file's (N, 3) coordinates, as written, have northing or latitude first.

        Geographic CRSs are tried in the register's order first, projected ones easting first:
        that is what files do. The other order is taken where only it lies in the CRS's area of
        use. (Longitude-first files of a worldwide CRS can be told only where the latitude would
        be impossible; `--crs OGC:CRS84h` says it outright.)
        """
        if key == LOCAL or not len(sample):
            return False
        crs = self._known(key)
        first = crs.geographic and crs.registry_north_first
        for north_first in (first, not first):
            ordered = sample[:, [1, 0, 2]] if north_first else sample
            if self.in_area_of_use(key, ordered):
                return north_first
        return first

    def in_area_of_use(self, key: str, sample: Float64Array) -> bool:
        """Whether the middle of (N, 3) coordinates lies where the CRS is meant to be used."""
        if key == LOCAL:
            return True
        crs = self._known(key)
        finite = sample[np.isfinite(sample).all(axis=1)]
        if not len(finite):
            return True
        x, y, _ = np.median(finite, axis=0)
        lon, lat = crs.to_lonlat.transform(x, y)
        west, south, east, north = crs.area
        east += 360.0 if east < west else 0.0
        lon += 360.0 if lon < west - AREA_MARGIN_DEG else 0.0
        return bool(
            west - AREA_MARGIN_DEG <= lon <= east + AREA_MARGIN_DEG
            and max(south - AREA_MARGIN_DEG, SOUTHERNMOST_CITY_DEG)
            <= lat
            <= north + AREA_MARGIN_DEG
        )

    def _override_key(self, override: str) -> str:
        key = parse_name(override, self._names)
        if key is None or not self._load(key):
            raise UnknownCrs(
                f"the CRS {override!r} of --crs is unknown", remedy="give one such as EPSG:25832"
            )
        return key

    def _resolve(self, srs_name: str | None, file: Path | None, line: int | None) -> str:
        name = (srs_name or "").strip()
        key = parse_name(name, self._names) if name or "" in self._names else None
        if key is not None and self._load(key):
            return key
        if self._place is not None:
            return LOCAL
        if not name:
            problem = "no coordinate reference system is named"
        elif name.startswith("#"):
            problem = f"the CRS {name[:80]!r} is local, so nobody can know where on Earth this is"
        else:
            problem = f"the CRS {name[:80]!r} is unknown"
        raise UnknownCrs(problem, file=file, line=line, remedy=REMEDY)

    def _load(self, key: str) -> bool:
        """Make the transformers of a key; false where PROJ doesn't know it or can't map it."""
        if key not in self._crs:
            try:
                crs = _build(key)
            except CRSError:
                return False
            if crs is None:
                return False
            self._crs[key] = crs
        return True

    def _known(self, key: str) -> _Crs:
        """A CRS that has been resolved, here or by another process."""
        if key not in self._crs and not self._load(key):
            raise UnknownCrs(f"the CRS {key!r} is unknown")
        return self._crs[key]

    def _to_ecef(self, key: str, coordinates: Float64Array) -> Float64Array:
        """`to_ecef` with NaN or infinity where a point is not near the Earth's surface."""
        reach = np.array((*self._reach(key), MAX_HEIGHT_M))
        if key == LOCAL and self._place is not None:
            coordinates = coordinates - self._place.anchor
        near = np.all(np.abs(coordinates) <= reach, axis=1)
        if not near.all():
            coordinates = np.where(near[:, None], coordinates, 0.0)
        if key == LOCAL:
            origin, axes = self._local_frame()
            ecef = np.asarray(origin + coordinates @ axes.T)
        else:
            lon, lat = self._known(key).to_lonlat.transform(coordinates[:, 0], coordinates[:, 1])
            heights = coordinates[:, 2] + self._above_ellipsoid(key, lon, lat)
            ecef = np.column_stack(self._ecef.transform(lon, lat, heights))
        ecef[~near] = np.nan
        return ecef

    def _above_ellipsoid(self, key: str, lon: Float64Array, lat: Float64Array) -> Float64Array:
        """What is added to heights at some places; infinite where the geoid grid has no value."""
        if self._geoid is None or self._known(key).has_ellipsoidal_heights:
            return np.full(len(lon), self._heights.offset_m)
        _, _, undulation = self._geoid.transform(lon, lat, np.zeros(len(lon)))
        return np.asarray(undulation + self._heights.offset_m)

    def _reach(self, key: str) -> tuple[float, float]:
        """How large the first two coordinates may be."""
        if key == LOCAL:
            return MAX_LOCAL_M, MAX_LOCAL_M
        return (360.0, 90.0) if self._known(key).geographic else (MAX_GRID_M, MAX_GRID_M)

    def _local_frame(self) -> tuple[Float64Array, Float64Array]:
        """ECEF of the anchor, and the (3, 3) matrix whose columns are local x, y, z in ECEF."""
        place = self._place
        if place is None:
            raise UnknownCrs("coordinates are local", remedy=REMEDY)
        lon, lat, heading = np.radians((place.lon, place.lat, place.heading_deg))
        east = np.array((-np.sin(lon), np.cos(lon), 0.0))
        up = np.array((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))
        north = np.cross(up, east)
        x = east * np.cos(heading) - north * np.sin(heading)
        y = east * np.sin(heading) + north * np.cos(heading)
        origin = np.array(self._ecef.transform(place.lon, place.lat, place.height))
        return origin, np.column_stack((x, y, up))


def _geoid(grid: Path) -> pyproj.Transformer:
    """Adds the height of the geoid above the ellipsoid. Raises UnknownCrs."""
    path = str(grid.resolve())
    step = f'+step +proj=vgridshift +grids="{path}" +multiplier=1'
    degrees = "+proj=unitconvert +xy_in={} +xy_out={}"
    pipeline = f"+proj=pipeline +step {degrees.format('deg', 'rad')} {step}"
    try:
        if not grid.is_file() or '"' in path:
            raise ProjError("there is no such file")
        return pyproj.Transformer.from_pipeline(f"{pipeline} +step {degrees.format('rad', 'deg')}")
    except ProjError as error:
        raise UnknownCrs(
            "the grid of --geoid can't be read", file=grid, remedy="give a GTX or GeoTIFF of PROJ's"
        ) from error


def _build(key: str) -> _Crs | None:
    code, _, vertical_code = key.partition("+")
    crs = pyproj.CRS.from_user_input(code)
    sub_crs = crs.sub_crs_list if crs.is_compound else []
    horizontal = sub_crs[0] if sub_crs else crs
    if not (horizontal.is_projected or horizontal.is_geographic):
        return None
    if vertical_code:
        vertical = pyproj.CRS.from_epsg(int(vertical_code))
        if not vertical.is_vertical:
            return None
        datum = f"EPSG:{vertical_code} ({vertical.name})"
    elif len(sub_crs) > 1:
        datum = f"{sub_crs[1].name} (of {code})"
    elif len(crs.axis_info) == 3:
        datum = ELLIPSOIDAL_HEIGHTS
    else:
        datum = f"not named by {code}"
    flat = horizontal.to_2d()
    area = crs.area_of_use or horizontal.area_of_use
    return _Crs(
        description=CrsDescription(key, horizontal.name, datum),
        has_ellipsoidal_heights=datum == ELLIPSOIDAL_HEIGHTS,
        to_lonlat=pyproj.Transformer.from_crs(
            flat, "EPSG:4326", always_xy=True, allow_ballpark=True, only_best=False
        ),
        geographic=flat.is_geographic,
        registry_north_first=flat.axis_info[0].direction.lower() == "north",
        area=area.bounds if area is not None else (-180.0, -90.0, 180.0, 90.0),
    )
