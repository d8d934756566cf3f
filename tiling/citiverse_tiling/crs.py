"""From the coordinates of a source file to ECEF (EPSG:4978) and back, by PROJ.

Real files name their CRS in many ways: OGC URNs and URIs, compound URNs, the German AdV's own
names, bare names such as "CH1903", or not at all. `CrsRegistry.resolve` turns them into one
canonical key ("EPSG:25833+5783", "EPSG:21781", "local") and everything else works with that key.

Heights are never bent: there is no geoid here, so a height above the sea is used as a height
above the WGS 84 ellipsoid, unchanged (docs/contract/scene.md, Frames).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyproj
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError
from pyproj.network import (  # type: ignore[attr-defined]  # re-exported without saying so
    set_network_enabled,
)

from citiverse_tiling.errors import BadCoordinates, UnknownCrs
from citiverse_tiling.frame import FLATTENING, SEMI_MAJOR_AXIS_M

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import BoolArray, Float64Array
    from citiverse_tiling.options import LocalPlace

LOCAL = "local"
ELLIPSOIDAL = "used as ellipsoidal heights (no geoid grid)"
MAX_LOCAL_M = 100_000.0
MAX_GRID_M = 100_000_000.0
MAX_HEIGHT_M = 12_000.0
SOUTHERNMOST_CITY_DEG = -60.0
AREA_MARGIN_DEG = 1.0

REMEDY = "say it with --crs EPSG:<code>, or anchor local coordinates with --place"

# What files write where a code belongs. Keys are compared without case, blanks and underscores.
NAMES = {
    "ch1903": "EPSG:21781",
    "ch1903/lv03": "EPSG:21781",
    "lv03": "EPSG:21781",
    "ch1903+": "EPSG:2056",
    "ch1903+/lv95": "EPSG:2056",
    "lv95": "EPSG:2056",
    "rdnew": "EPSG:28992",
    "amersfoort/rdnew": "EPSG:28992",
    "wgs84": "EPSG:4979",
    "crs84": "OGC:CRS84h",
    "crs84h": "OGC:CRS84h",
}

# Working Committee of the Surveying Authorities of Germany (AdV), GeoInfoDok, CRS short names.
ADV_HORIZONTAL = {
    "ETRS89_UTM31": 25831,
    "ETRS89_UTM32": 25832,
    "ETRS89_UTM33": 25833,
    "ETRS89_LAT-LON": 4258,
    "DE_DHDN_3GK2": 31466,
    "DE_DHDN_3GK3": 31467,
    "DE_DHDN_3GK4": 31468,
    "DE_DHDN_3GK5": 31469,
}
ADV_VERTICAL = {
    "DE_DHHN2016_NH": 7837,
    "DE_DHHN92_NH": 5783,
    "DE_DHHN85_NOH": 5784,
    "DE_DHHN12_NOH": 7699,
    "DE_SNN76_NOH": 5785,
}

_EPSG_CODE = re.compile(r"epsg(?:\.xml#|[:/](?:[\d.]*[:/])?)(\d{3,6})(?:\+(\d{3,6}))?(?!\d)", re.I)
_CRS84 = re.compile(r"\bcrs84h?$", re.I)
_ADV = re.compile(r"^urn:adv:crs:(.+)$", re.I)


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
    to_lonlat: pyproj.Transformer
    geographic: bool
    registry_north_first: bool
    area: tuple[float, float, float, float]


class CrsRegistry:
    """Resolves CRS names and transforms coordinates; transformers are made once per CRS.

    `override` (an EPSG code or name) replaces whatever the files say. `place` anchors coordinates
    that are local: files without any CRS, and engineering CRSs such as "#local-CRS-1".
    PROJ never fetches grids from the network.
    """

    def __init__(self, override: str | None = None, place: LocalPlace | None = None) -> None:
        set_network_enabled(active=False)
        self._place = place
        self._keys: dict[str | None, str] = {}
        self._crs: dict[str, _Crs] = {}
        self._ecef = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
        self._override = None if override is None else self._override_key(override)

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
        key = _parse(name)
        if key is None or not self._load(key):
            raise UnknownCrs(f"the CRS {name!r} is unknown")
        return key

    def describe(self, key: str) -> CrsDescription:
        """Name and vertical datum of a CRS, for people."""
        if key == LOCAL:
            return CrsDescription(LOCAL, "local coordinates", "metres above the anchor")
        return self._crs[key].description

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
            return np.asarray((ecef - origin) @ axes)
        inverse = TransformDirection.INVERSE
        lon, lat, height = self._ecef.transform(
            ecef[:, 0], ecef[:, 1], ecef[:, 2], direction=inverse
        )
        x, y = self._crs[key].to_lonlat.transform(lon, lat, direction=inverse)
        return np.column_stack((x, y, height))

    def beside(self, key: str, reference: Float64Array, metres: Float64Array) -> Float64Array:
        """Coordinates of points (N, 3) given in metres east, north and up of one at `reference`.

        In degrees this is right to a millimetre per hundred metres: what is placed so is small.
        """
        if key == LOCAL or not self._crs[key].geographic:
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
        crs = self._crs[key]
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
        crs = self._crs[key]
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
        key = _parse(override)
        if key is None or not self._load(key):
            raise UnknownCrs(
                f"the CRS {override!r} of --crs is unknown", remedy="give one such as EPSG:25832"
            )
        return key

    def _resolve(self, srs_name: str | None, file: Path | None, line: int | None) -> str:
        name = (srs_name or "").strip()
        key = _parse(name) if name else None
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

    def _to_ecef(self, key: str, coordinates: Float64Array) -> Float64Array:
        """`to_ecef` with NaN or infinity where a point is not near the Earth's surface."""
        reach = np.array((*self._reach(key), MAX_HEIGHT_M))
        near = np.all(np.abs(coordinates) <= reach, axis=1)
        if not near.all():
            coordinates = np.where(near[:, None], coordinates, 0.0)
        if key == LOCAL:
            origin, axes = self._local_frame()
            ecef = np.asarray(origin + coordinates @ axes.T)
        else:
            lon, lat = self._crs[key].to_lonlat.transform(coordinates[:, 0], coordinates[:, 1])
            ecef = np.column_stack(self._ecef.transform(lon, lat, coordinates[:, 2]))
        ecef[~near] = np.nan
        return ecef

    def _reach(self, key: str) -> tuple[float, float]:
        """How large the first two coordinates may be."""
        if key == LOCAL:
            return MAX_LOCAL_M, MAX_LOCAL_M
        return (360.0, 90.0) if self._crs[key].geographic else (MAX_GRID_M, MAX_GRID_M)

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


def _parse(name: str) -> str | None:
    """What a file writes → the canonical key, None where it is no known way of naming a CRS."""
    name = name.strip()
    codes = [code for pair in _EPSG_CODE.findall(name) for code in pair if code]
    if len(codes) in (1, 2):
        return "EPSG:" + "+".join(codes)
    if _CRS84.search(name):
        return NAMES["crs84h"]
    if adv := _ADV.match(name):
        return _parse_adv(adv[1])
    return NAMES.get(re.sub(r"[\s_]", "", name.lower()))


def _parse_adv(name: str) -> str | None:
    # "DE_DHN92_NH" for "DE_DHHN92_NH" is a typo that is in real deliveries.
    parts = [re.sub(r"^DE_DH+N(?=\d)", "DE_DHHN", part) for part in name.upper().split("*")]
    horizontal = ADV_HORIZONTAL.get(parts[0])
    if horizontal is None:
        return None
    vertical = next((ADV_VERTICAL[part] for part in parts[1:] if part in ADV_VERTICAL), None)
    return f"EPSG:{horizontal}" + (f"+{vertical}" if vertical else "")


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
        datum = f"EPSG:{vertical_code} ({vertical.name}), {ELLIPSOIDAL}"
    elif len(sub_crs) > 1:
        datum = f"{sub_crs[1].name} (of {code}), {ELLIPSOIDAL}"
    elif len(crs.axis_info) == 3:
        datum = "ellipsoidal heights"
    else:
        datum = f"not named by {code}, {ELLIPSOIDAL}"
    flat = horizontal.to_2d()
    area = crs.area_of_use or horizontal.area_of_use
    return _Crs(
        description=CrsDescription(key, horizontal.name, datum),
        to_lonlat=pyproj.Transformer.from_crs(
            flat, "EPSG:4326", always_xy=True, allow_ballpark=True, only_best=False
        ),
        geographic=flat.is_geographic,
        registry_north_first=flat.axis_info[0].direction.lower() == "north",
        area=area.bounds if area is not None else (-180.0, -90.0, 180.0, 90.0),
    )
