"""Meshes without classes, such as photogrammetry: OBJ, glTF, GLB, PLY, STL and COLLADA."""

from citiverse_tiling.sources.mesh.reader import accepts, images, read

__all__ = ["accepts", "images", "read"]
