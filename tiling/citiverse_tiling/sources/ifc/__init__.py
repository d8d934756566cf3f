"""IFC 2x3, 4 and 4.3: buildings as architects draw them, with all elements and their properties."""

from citiverse_tiling.sources.ifc.reader import accepts, images, read

__all__ = ["accepts", "images", "read"]
