"""Rasters: terrain (GeoTIFF, Cloud Optimized GeoTIFF, ASCII grid) and orthophotos.

One band of anything but bytes is terrain; bytes, or three and four bands, are a photo.
"""

from citiverse_tiling.sources.raster.coverage import open_coverage
from citiverse_tiling.sources.raster.opening import accepts, is_placed

__all__ = ["accepts", "is_placed", "open_coverage"]
