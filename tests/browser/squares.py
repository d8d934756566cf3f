"""Small squares anywhere on Earth, a house at each corner, for sensors that were there."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyproj

from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile

if TYPE_CHECKING:
    from pathlib import Path

MILLIMETRES = 0.001
HOUSE_M, HIGH_M = 10.0, 7.0
CORNERS_M = ((-30.0, -30.0), (20.0, -30.0), (20.0, 24.0), (-30.0, 24.0))
"""The south-western corner of each house, from the middle of the square."""
HULL = ((3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))


@dataclass(frozen=True)
class Spot:
    """A place on Earth, in degrees, and what the square there is called."""

    name: str
    lon: float
    lat: float


def square(folder: Path, spot: Spot) -> Path:
    """The scene of a square around a place, its houses named house-0 to house-3."""
    source = folder / "source" / f"{spot.name}.city.json"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(json.dumps(_document(spot.lon, spot.lat)), encoding="utf-8")
    tile(TileOptions(inputs=(source,), output=folder / spot.name))
    return folder / spot.name


def _document(lon: float, lat: float) -> dict[str, object]:
    crs = f"EPSG:{32601 + math.floor((lon + 180) / 6)}"
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    east, north = to_metres.transform(lon, lat)
    houses = [_house(x, y) for x, y in CORNERS_M]
    corners = [point for house in houses for point in house]
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [MILLIMETRES] * 3, "translate": [east, north, 0.0]},
        "metadata": {"referenceSystem": f"https://www.opengis.net/def/crs/EPSG/0/{crs[5:]}"},
        "CityObjects": {f"house-{n}": _building(8 * n) for n in range(len(houses))},
        "vertices": [[round(c / MILLIMETRES) for c in point] for point in corners],
    }


def _house(x: float, y: float) -> list[tuple[float, float, float]]:
    outline = ((x, y), (x + HOUSE_M, y), (x + HOUSE_M, y + HOUSE_M), (x, y + HOUSE_M))
    return [(*corner, height) for height in (0.0, HIGH_M) for corner in outline]


def _building(first: int) -> dict[str, object]:
    shell = [[[first + n for n in ring]] for ring in HULL]
    return {
        "type": "Building",
        "geometry": [{"type": "Solid", "lod": "2", "boundaries": [shell]}],
    }
