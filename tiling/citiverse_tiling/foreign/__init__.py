"""Layers that others made: any 3D Tiles 1.0 or 1.1 tileset, beside the scene's own layers."""
