"""The part of a raster around some points, no finer than they need it, and values between cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, Float32Array, Float64Array

MOST_SIDE = 4_096
"""A part that would be longer is read coarser."""


@dataclass(frozen=True, slots=True)
class Part:
    """Cells [column, column + width) × [row, row + height) of a raster, read as (rows, columns).

    values   float32 (bands, rows, columns)
    known    bool (rows, columns)
    """

    column: int
    row: int
    width: int
    height: int
    values: Float32Array
    known: BoolArray

    def at(self, cells: Float64Array) -> tuple[Float64Array, Float64Array]:
        """Values (bands, …) between the cells at columns and rows (…, 2), and how known, 0 … 1.

        Bilinear over what is known of the four cells around; 0 known outside of the raster.
        """
        rows, columns = self.known.shape
        scale = np.array([columns / self.width, rows / self.height])
        inside = (cells - [self.column, self.row]) * scale
        is_outside = ((inside < 0) | (inside > [columns, rows])).any(axis=-1)
        place = np.clip(inside - 0.5, 0, [columns - 1, rows - 1])
        first = np.minimum(place.astype(np.int64), np.maximum([columns - 2, rows - 2], 0))
        part = place - first
        second = np.minimum(first + 1, [columns - 1, rows - 1])
        total = np.zeros((len(self.values), *cells.shape[:-1]))
        weights = np.zeros(cells.shape[:-1])
        for right in (0, 1):
            for below in (0, 1):
                column = (second if right else first)[..., 0]
                row = (second if below else first)[..., 1]
                across = part[..., 0] if right else 1 - part[..., 0]
                along = part[..., 1] if below else 1 - part[..., 1]
                weight = across * along * self.known[row, column]
                total += weight * self.values[:, row, column]
                weights += weight
        np.divide(total, weights, out=total, where=weights > 0)
        return total, np.where(is_outside, 0.0, weights)

    def nearest(self, cells: Float64Array) -> tuple[Float64Array, Float64Array]:
        """As `at`, of the nearest cell alone: for values that are numbers of something."""
        rows, columns = self.known.shape
        inside = (cells - [self.column, self.row]) * [columns / self.width, rows / self.height]
        is_outside = ((inside < 0) | (inside > [columns, rows])).any(axis=-1)
        place = np.clip(inside, 0, [columns - 1, rows - 1]).astype(np.int64)
        known = self.known[place[..., 1], place[..., 0]] & ~is_outside
        return self.values[:, place[..., 1], place[..., 0]].astype(np.float64), known * 1.0


def read_part(
    raster: Any, cells: Float64Array, cells_per_node: float, bands: tuple[int, ...]
) -> Part | None:
    """The part of an open raster around columns and rows (…, 2); None where they are off it.

    Where points are `cells_per_node` cells apart, so many cells are averaged into one.
    """
    from rasterio.enums import Resampling
    from rasterio.windows import Window

    flat = cells.reshape(-1, 2)
    flat = flat[np.isfinite(flat).all(axis=1)]
    size = np.array([raster.width, raster.height])
    if not len(flat):
        return None
    reach = max(cells_per_node, 1.0)
    low = np.clip(np.floor(flat.min(axis=0) - reach), 0, size).astype(np.int64)
    high = np.clip(np.ceil(flat.max(axis=0) + reach), 0, size).astype(np.int64)
    if (high <= low).any():
        return None
    coarser = max(cells_per_node, float((high - low).max()) / MOST_SIDE, 1.0)
    columns, rows = np.maximum(np.ceil((high - low) / coarser), 1).astype(np.int64).tolist()
    column, row = low.tolist()
    width, height = (high - low).tolist()
    window = Window(column, row, width, height)
    read = raster.read(
        list(bands),
        window=window,
        out_shape=(len(bands), rows, columns),
        resampling=Resampling.average if coarser > 1 else Resampling.nearest,
        masked=True,
    )
    values = np.asarray(read.data, np.float32)
    known = np.asarray(np.isfinite(values).all(axis=0))
    known &= ~np.ma.getmaskarray(read).all(axis=0)
    values[:, ~known] = 0.0
    return Part(column, row, width, height, values, known)
