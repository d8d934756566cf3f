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

    def at(self, cells: Float64Array) -> tuple[Float32Array, Float32Array]:
        """Values (bands, …) between the cells at columns and rows (…, 2), and how known, 0 … 1.

        Bilinear over what is known of the four cells around; 0 known outside of the raster.
        """
        rows, columns = self.known.shape
        scale = np.array([columns / self.width, rows / self.height])
        inside = (cells - [self.column, self.row]) * scale
        x, y = inside[..., 0], inside[..., 1]
        is_inside = (x >= 0) & (y >= 0) & (x <= columns) & (y <= rows)
        x, y = np.clip(x - 0.5, 0, columns - 1), np.clip(y - 0.5, 0, rows - 1)
        column, row = x.astype(np.int32), y.astype(np.int32)
        right, below = np.minimum(column + 1, columns - 1), np.minimum(row + 1, rows - 1) * columns
        across, along = (x - column).astype(np.float32), (y - row).astype(np.float32)
        above = row * columns
        # All bands of a cell and whether it is known lie together, so that one look finds them.
        table = np.concatenate([self.values * self.known, self.known[None]], dtype=np.float32)
        table = np.ascontiguousarray(table.reshape(len(table), -1).T)
        total = table[above + column] * ((1 - across) * (1 - along))[..., None]
        total += table[above + right] * (across * (1 - along))[..., None]
        total += table[below + column] * ((1 - across) * along)[..., None]
        total += table[below + right] * (across * along)[..., None]
        weights = total[..., -1]
        values = total[..., :-1] / np.where(weights > 0, weights, 1)[..., None]
        return np.moveaxis(values, -1, 0), np.where(is_inside, weights, 0)

    def nearest(self, cells: Float64Array) -> tuple[Float32Array, Float32Array]:
        """As `at`, of the nearest cell alone: for values that are numbers of something."""
        rows, columns = self.known.shape
        inside = (cells - [self.column, self.row]) * [columns / self.width, rows / self.height]
        is_outside = ((inside < 0) | (inside > [columns, rows])).any(axis=-1)
        place = np.clip(inside, 0, [columns - 1, rows - 1]).astype(np.int64)
        known = self.known[place[..., 1], place[..., 0]] & ~is_outside
        return self.values[:, place[..., 1], place[..., 0]], known.astype(np.float32)


def read_part(
    raster: Any, cells: Float64Array, cells_per_node: float, bands: tuple[int, ...]
) -> Part | None:
    """The part of an open raster around columns and rows (…, 2); None where they are off it.

    Where points are `cells_per_node` cells apart, so many cells are averaged into one.
    """
    from rasterio.enums import MaskFlags, Resampling
    from rasterio.windows import Window

    x, y = cells[..., 0], cells[..., 1]
    ends = np.array([[x.min(), y.min()], [x.max(), y.max()]])
    if not np.isfinite(ends).all():
        return None
    size = np.array([raster.width, raster.height])
    reach = max(cells_per_node, 1.0)
    low = np.clip(np.floor(ends[0] - reach), 0, size).astype(np.int64)
    high = np.clip(np.ceil(ends[1] + reach), 0, size).astype(np.int64)
    if (high <= low).any():
        return None
    coarser = max(cells_per_node, float((high - low).max()) / MOST_SIDE, 1.0)
    columns, rows = np.maximum(np.ceil((high - low) / coarser), 1).astype(np.int64).tolist()
    column, row = low.tolist()
    width, height = (high - low).tolist()
    window = Window(column, row, width, height)
    is_whole = all(MaskFlags.all_valid in flags for flags in raster.mask_flag_enums)
    read = raster.read(
        list(bands),
        window=window,
        out_shape=(len(bands), rows, columns),
        resampling=Resampling.average if coarser > 1 else Resampling.nearest,
        masked=not is_whole,
    )
    values = np.asarray(np.ma.getdata(read), np.float32)
    known = np.ones((rows, columns), np.bool_)
    if not is_whole:
        known &= ~np.ma.getmaskarray(read).all(axis=0)
    if np.issubdtype(read.dtype, np.floating):
        known &= np.isfinite(values).all(axis=0)
    if not known.all():
        values[:, ~known] = 0.0
    return Part(column, row, width, height, values, known)
