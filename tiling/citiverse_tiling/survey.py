"""Terrain from rasters and clouds of points: where it lies, and its heights on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.mesher import FARTHEST_M

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.coverages import Coverages, Terrain
    from citiverse_tiling.sources.placing import Footprint, Placing
    from citiverse_tiling.transforms.raster import Grid

BEYOND_CITY_M = 500.0
"""Terrain that reaches farther than this beyond the city is cut: a walker sees no more of it."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The coverages of a run and the frame that they are placed in."""

    coverages: Coverages
    placing: Placing
    report: Report

    def extent(
        self, low: Float64Array, high: Float64Array
    ) -> tuple[Float64Array, Float64Array, float]:
        """A city's box (2,), NaN where there is no city, with the terrain around it.

        The third is how far apart the heights of the finest terrain are, endless without any.
        """
        box_low, box_high, finest = low, high, np.inf
        is_city = not np.isnan(low).any()
        near_low = low - BEYOND_CITY_M if is_city else np.full(2, -FARTHEST_M)
        near_high = high + BEYOND_CITY_M if is_city else np.full(2, FARTHEST_M)
        for terrain in self.coverages.terrains:
            its_low, its_high = self.box(terrain.footprint)
            if (its_low > near_high).any() or (its_high < near_low).any():
                continue
            box_low = np.fmin(box_low, np.maximum(its_low, near_low))
            box_high = np.fmax(box_high, np.minimum(its_high, near_high))
            finest = min(finest, terrain.footprint.spacing_m)
        return box_low, box_high, finest

    def draw(self, terrain: Terrain, grid: Grid, known: Float64Array) -> None:
        """Write a terrain's heights where `known` (rows, columns) is NaN yet, in place."""
        heights = terrain.heights(grid, self.placing)
        if np.isnan(heights).all():
            name = terrain.footprint.path.name
            self.report.warn(
                f"{name}: no part of this terrain lies at the city; if it should, its coordinate "
                "system is wrong"
            )
        np.copyto(known, heights, where=np.isnan(known))

    def box(self, footprint: Footprint) -> Float64Array:
        """Around a footprint, scene frame, (2, 2)."""
        steps = np.linspace(0, 1, 9)
        flat = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
        flat = footprint.low + flat * (footprint.high - footprint.low)
        points = self.placing.to_scene(footprint.crs, np.column_stack([flat, np.zeros(len(flat))]))
        return np.stack([points[:, :2].min(axis=0), points[:, :2].max(axis=0)])
