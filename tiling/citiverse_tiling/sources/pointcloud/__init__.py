"""Clouds of points (ASPRS LAS 1.0 to 1.4, LAZ) as terrain."""

from citiverse_tiling.sources.pointcloud.reader import accepts, open_coverage

__all__ = ["accepts", "open_coverage"]
