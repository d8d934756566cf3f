"""Colours of the ground from an orthophoto, read window by window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from citiverse_tiling.sources.raster.opening import opened
from citiverse_tiling.sources.raster.window import read_part

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, UInt8Array
    from citiverse_tiling.sources.placing import Footprint, Placing
    from citiverse_tiling.sources.raster.opening import RasterFile

LEAST_KNOWN = 0.5
"""A colour counts where at least half of what lies around it is known."""

_DARKEST_PERCENT, _BRIGHTEST_PERCENT = 0.5, 99.5
_SAMPLE_SIDE = 512


@dataclass(frozen=True, slots=True)
class RasterPhoto:
    """An orthophoto (sources.coverages.Photo).

    bands        those of red, green and blue, 1-based; one of a grey photo or one with a palette
    dark, light  the values that are drawn black and white: 0 and 255 of bytes
    palette      uint8 (n, 3) where the band has numbers of colours, else None
    """

    file: RasterFile
    bands: tuple[int, ...]
    dark: float
    light: float
    palette: UInt8Array | None

    @property
    def footprint(self) -> Footprint:
        """What it covers."""
        return self.file.footprint

    def colours(
        self, x: Float64Array, y: Float64Array, z: Float64Array, placing: Placing
    ) -> UInt8Array:
        """sRGB and alpha (len(y), len(x), 4) around nodes, scene frame; alpha 0 where unknown."""
        made = np.zeros((len(y), len(x), 4), np.uint8)
        coordinates = placing.to_source_grid(self.footprint.crs, x, y, z)
        cells = self.file.cells(coordinates[..., :2])
        step = float(x[1] - x[0]) / self.footprint.spacing_m
        with opened(self.footprint.path) as raster:
            part = read_part(raster, cells, step if self.palette is None else 1.0, self.bands)
        if part is None:
            return made
        if self.palette is not None:
            values, known = part.nearest(cells)
            made[..., :3] = self.palette[values[0].astype(np.uint8)]
        else:
            values, known = part.at(cells)
            scaled = (values - np.float32(self.dark)) * np.float32(255 / (self.light - self.dark))
            made[..., :3] = np.moveaxis(np.clip(scaled + np.float32(0.5), 0, 255), 0, -1)
        made[..., 3] = np.where(known >= LEAST_KNOWN, 255, 0)
        return made


def photo_of(file: RasterFile, raster: Any) -> RasterPhoto:
    """How an open raster of bytes or 16-bit bands is read as a photo.

    16 bits are stretched: what 99.5 % of the cells are darker than is white.
    """
    bands = (1, 2, 3) if raster.count >= 3 else (1,)
    palette = _palette(raster) if raster.count == 1 and raster.dtypes[0] == "uint8" else None
    dark, light = 0.0, 255.0
    if "uint16" in raster.dtypes:
        rows, columns = min(raster.height, _SAMPLE_SIDE), min(raster.width, _SAMPLE_SIDE)
        sample = raster.read(list(bands), out_shape=(len(bands), rows, columns), masked=True)
        seen = sample.compressed()
        if len(seen):
            dark, light = np.percentile(seen, (_DARKEST_PERCENT, _BRIGHTEST_PERCENT)).tolist()
        light = max(light, dark + 1.0)
    return RasterPhoto(file, bands, dark, light, palette)


def _palette(raster: Any) -> UInt8Array | None:
    """Colours by number (256, 3), None where the band has no table of colours."""
    try:
        table = raster.colormap(1)
    except ValueError:
        return None
    palette = np.zeros((256, 3), np.uint8)
    for number, colour in table.items():
        palette[number] = colour[:3]
    return palette
