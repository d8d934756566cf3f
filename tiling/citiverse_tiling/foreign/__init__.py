"""Layers that others made: any 3D Tiles 1.0 or 1.1 tileset, beside the scene's own layers."""

FOLDER = "foreign"
"""Where they are in a scene."""
