"""Vector data: GeoPackage, SpatiaLite, GeoJSON, Shapefile, FlatGeobuf, OpenStreetMap extracts."""

from citiverse_tiling.sources.vector.opening import accepts, images
from citiverse_tiling.sources.vector.reader import read

__all__ = ["accepts", "images", "read"]
