"""What the manifest says of each layer."""

from __future__ import annotations

from citiverse_tiling.model import Layer

LAYERS = {
    Layer.GROUND: ("Ground", "ground"),
    Layer.LAND: ("Streets, water and green", "land"),
    Layer.BUILDINGS: ("Buildings", "city-objects"),
    Layer.STRUCTURES: ("Bridges, tunnels and other structures", "city-objects"),
    Layer.FURNITURE: ("Street furniture", "city-objects"),
    Layer.VEGETATION: ("Trees and shrubs", "vegetation"),
    Layer.MESHES: ("Surveyed surfaces", "mesh"),
    Layer.SHELLS: ("Walls, roofs, windows and doors", "city-objects"),
    Layer.INTERIORS: ("Rooms and what is in them", "city-objects"),
}
"""Title and kind."""


def name_of(layer: Layer) -> str:
    """The layer's name in the manifest and in the names of files."""
    return layer.name.lower()
