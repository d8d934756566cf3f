"""Heights of the ground from a raster, read window by window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.crs import MAX_HEIGHT_M
from citiverse_tiling.sources.raster.opening import opened
from citiverse_tiling.sources.raster.window import read_part

if TYPE_CHECKING:
    from typing import Any

    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.sources.placing import Footprint, Placing
    from citiverse_tiling.sources.raster.opening import RasterFile
    from citiverse_tiling.transforms.raster import Grid

NODES_AT_ONCE = 256
"""A side of what is read at once."""

FEET_M = {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us survey foot": 1200 / 3937}
LEAST_KNOWN = 0.5
"""A height counts where at least half of what lies around it is known."""


@dataclass(frozen=True, slots=True)
class RasterTerrain:
    """A terrain model (sources.coverages.Terrain)."""

    file: RasterFile

    @property
    def footprint(self) -> Footprint:
        """What it covers."""
        return self.file.footprint

    def heights(self, grid: Grid, placing: Placing) -> Float64Array:
        """Scene z at the nodes of a grid (rows, columns), NaN where the raster tells none."""
        found = grid.empty()
        x = grid.origin[0] + np.arange(grid.columns) * grid.spacing_m
        y = grid.origin[1] + np.arange(grid.rows) * grid.spacing_m
        with opened(self.footprint.path) as raster:
            for row in range(0, grid.rows, NODES_AT_ONCE):
                for column in range(0, grid.columns, NODES_AT_ONCE):
                    some_y, some_x = (
                        y[row : row + NODES_AT_ONCE],
                        x[column : column + NODES_AT_ONCE],
                    )
                    found[row : row + NODES_AT_ONCE, column : column + NODES_AT_ONCE] = (
                        self._heights(raster, some_x, some_y, grid.spacing_m, placing)
                    )
        return found

    def _heights(
        self, raster: Any, x: Float64Array, y: Float64Array, node_m: float, placing: Placing
    ) -> Float64Array:
        """Twice: the second time from where the ground really is, since up is not everywhere up."""
        key, step = self.footprint.crs, node_m / self.footprint.spacing_m
        z = np.zeros((len(y), len(x)))
        for _ in range(2):
            coordinates = placing.to_source_grid(key, x, y, np.nan_to_num(z))
            cells = self.file.cells(coordinates[..., :2])
            part = read_part(raster, cells, step, (1,))
            if part is None:
                return np.full_like(z, np.nan)
            values, known = part.at(cells)
            heights = values[0] * raster.scales[0] + raster.offsets[0]
            heights *= FEET_M.get((raster.units[0] or "").lower(), 1.0)
            is_known = (known >= LEAST_KNOWN) & (np.abs(heights) <= MAX_HEIGHT_M)
            z = np.where(is_known, np.nan_to_num(z) + heights - coordinates[..., 2], np.nan)
        return z
