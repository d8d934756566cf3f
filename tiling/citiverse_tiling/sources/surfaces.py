"""The thematic surfaces of CityGML, by name; CityJSON's semantic surfaces have the same names."""

from __future__ import annotations

from citiverse_tiling.model import SurfaceType

SURFACE_TYPES = {
    "WallSurface": SurfaceType.WALL,
    "RoofSurface": SurfaceType.ROOF,
    "GroundSurface": SurfaceType.GROUND,
    "OuterCeilingSurface": SurfaceType.OUTER_CEILING,
    "OuterFloorSurface": SurfaceType.OUTER_FLOOR,
    "ClosureSurface": SurfaceType.CLOSURE,
    "Window": SurfaceType.WINDOW,
    "WindowSurface": SurfaceType.WINDOW,
    "Door": SurfaceType.DOOR,
    "DoorSurface": SurfaceType.DOOR,
    "InteriorWallSurface": SurfaceType.UNKNOWN,
    "CeilingSurface": SurfaceType.UNKNOWN,
    "FloorSurface": SurfaceType.UNKNOWN,
    "TrafficArea": SurfaceType.UNKNOWN,
    "AuxiliaryTrafficArea": SurfaceType.UNKNOWN,
    "Marking": SurfaceType.MARKING,
    "WaterSurface": SurfaceType.WATER,
}

UNSEEN_SURFACES = frozenset({"WaterGroundSurface", "WaterClosureSurface", "HoleSurface"})
"""Boundary surfaces under water or through it, and holes: nothing of them is to be seen."""
