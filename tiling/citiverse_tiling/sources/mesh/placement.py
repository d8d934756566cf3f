"""Where a mesh stands: by the small file beside it, else by `--crs` or `--place`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from citiverse_tiling.crs import LOCAL, CrsRegistry
from citiverse_tiling.errors import InputError, UnknownCrs
from citiverse_tiling.options import LocalPlace

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import Float64Array

SUFFIX = ".place.toml"
MOST_BYTES = 65_536
_KEYS = {"lon", "lat", "height", "heading", "scale", "up", "crs", "offset"}
_WORLD = "EPSG:4979"
_UP = {
    "z": np.eye(3),
    "y": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]),
}
"""To z up."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Turns the coordinates of a mesh (its units, its axes) into those of a CRS of the registry.

    place    where its origin stands, None where its coordinates are in the CRS `key`
    offset   float64 (3,): added, after scale and axes, in the CRS `key`
    """

    key: str
    place: LocalPlace | None
    offset: Float64Array
    scale: float
    up: str

    def coordinates(self, points: Float64Array, crs: CrsRegistry) -> Float64Array:
        """(N, 3) as in the file → (N, 3) in `key`. Raises BadCoordinates."""
        moved: Float64Array = (points * self.scale) @ _UP[self.up].T + self.offset
        if self.place is None:
            return moved
        local = CrsRegistry(None, self.place)
        return crs.from_ecef(self.key, local.to_ecef(LOCAL, moved))


def placement_of(path: Path, crs: CrsRegistry, up: str, unit_m: float) -> Placement:
    """How to place a mesh whose format says which axis is up and how long a unit is.

    Raises UnknownCrs where nothing tells where it stands, InputError where the file beside it is
    wrong.
    """
    beside = path.with_name(path.stem + SUFFIX)
    if not beside.is_file():
        try:
            key = crs.resolve(None, path, None)
        except UnknownCrs as error:
            raise UnknownCrs(
                "nothing says where on Earth this mesh stands",
                file=path,
                remedy=f"say it with --place or --crs, or in a file {beside.name} beside it",
            ) from error
        return Placement(key, None, np.zeros(3), unit_m, up)
    given = _read(beside)
    up, unit_m = given.get("up", up), _number(given, "scale", beside, unit_m)
    if up not in _UP:
        raise InputError(f'up is {up!r}, not "y" or "z"', beside)
    if not 1e-6 <= unit_m <= 1e6:
        raise InputError(f"scale is {unit_m}, which no unit is in metres", beside)
    offset = _offset(given, beside)
    if "crs" in given:
        try:
            key = crs.resolve_fixed(str(given["crs"]))
        except UnknownCrs as error:
            raise UnknownCrs(error.problem, beside) from error
        return Placement(key, None, offset, unit_m, up)
    lon, lat = (_number(given, name, beside, None) for name in ("lon", "lat"))
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise InputError(f"lon {lon}, lat {lat} is nowhere on Earth", beside)
    heading = _number(given, "heading", beside, 0.0)
    place = LocalPlace(lon, lat, _number(given, "height", beside, None), heading)
    return Placement(crs.resolve_fixed(_WORLD), place, offset, unit_m, up)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            given = tomllib.loads(file.read(MOST_BYTES).decode())
    except (OSError, ValueError) as error:
        raise InputError(f"it can't be read as TOML ({error})", path) from error
    unknown = sorted(set(given) - _KEYS)
    if unknown:
        raise InputError(
            f"{unknown[0]!r} is no word of it", path, remedy=f"use {', '.join(sorted(_KEYS))}"
        )
    return given


def _number(given: dict[str, Any], name: str, path: Path, default: float | None) -> float:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        what = "is missing" if value is None else f"is {value!r} and no number"
        raise InputError(f"{name} {what}", path, remedy="give lon, lat and height, or a crs")
    return float(value)


def _offset(given: dict[str, Any], path: Path) -> Float64Array:
    value = given.get("offset", [0.0, 0.0, 0.0])
    is_triple = isinstance(value, list) and len(value) == 3
    if not is_triple or not all(isinstance(one, int | float) for one in value):
        raise InputError("offset is no list of three numbers", path)
    return np.array(value, np.float64)
