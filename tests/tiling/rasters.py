"""Rasters made for tests: terrain of a formula, photos of a formula, in any CRS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.transform import Affine

from tiling.cities import UTM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def write_raster(
    path: Path,
    values: np.ndarray,
    box: tuple[float, float, float, float],
    crs: str | None = UTM,
    **more: object,
) -> Path:
    """Values (rows, columns) or (bands, rows, columns), north up, over west, south, east, north."""
    bands = values if values.ndim == 3 else values[None]
    _, rows, columns = bands.shape
    west, south, east, north = box
    transform = Affine((east - west) / columns, 0, west, 0, (south - north) / rows, north)
    profile = {
        "driver": "GTiff",
        "width": columns,
        "height": rows,
        "count": len(bands),
        "dtype": bands.dtype,
        "transform": transform,
        **({} if crs is None else {"crs": crs}),
        **more,
    }
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(bands)
    return path


def sampled(
    formula: Callable[[np.ndarray, np.ndarray], np.ndarray],
    box: tuple[float, float, float, float],
    size: tuple[int, int],
    crs: str = UTM,
) -> np.ndarray:
    """A formula of UTM easting and northing in the middles of cells (rows, columns) over a box."""
    columns, rows = size
    west, south, east, north = box
    x = west + (np.arange(columns) + 0.5) * (east - west) / columns
    y = north - (np.arange(rows) + 0.5) * (north - south) / rows
    across, along = np.meshgrid(x, y)
    if crs != UTM:
        to_utm = Transformer.from_crs(crs, UTM, always_xy=True)
        across, along = to_utm.transform(across, along)
    return formula(across, along)


def box_around(
    middle: tuple[float, float], half: float, crs: str = UTM
) -> tuple[float, float, float, float]:
    """West, south, east, north in a CRS of a square `half` metres around a place in UTM."""
    x, y = middle
    to_crs = Transformer.from_crs(UTM, crs, always_xy=True)
    corners = [
        (x - half, y - half),
        (x + half, y - half),
        (x - half, y + half),
        (x + half, y + half),
    ]
    across, along = zip(*(to_crs.transform(*corner) for corner in corners), strict=True)
    return min(across), min(along), max(across), max(along)
