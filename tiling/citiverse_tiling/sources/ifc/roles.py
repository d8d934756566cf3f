"""What of a model is seen from the street, what is indoors, and what carries it below the ground.

The class that an element gets says its role, and so its layer: `ExteriorWall`, `InteriorWall`,
`FoundationSlab`. What is never drawn keeps its name: `BuildingStorey`, `Space`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from citiverse_tiling.model import SurfaceType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from citiverse_tiling.model import AttributeValue

_EXTERIOR = (
    *("Roof", "Slab", "CurtainWall", "Chimney", "ShadingDevice", "Footing", "Pile"),
    *("DeepFoundation", "CaissonFoundation", "GeographicElement", "CivilElement"),
    *("Course", "Pavement", "Kerb", "Rail", "TrackElement", "Bearing", "EarthworksElement"),
)
_INTERIOR = ("Furnish", "Furniture", "SystemFurniture", "TransportElement")
_WORDS = ("StandardCase", "ElementedCase")
_IS_EXTERNAL = "Common.IsExternal"

_SURFACES = (
    ("CurtainWall", SurfaceType.WALL),
    ("Wall", SurfaceType.WALL),
    ("Roof", SurfaceType.ROOF),
    ("Window", SurfaceType.WINDOW),
    ("Plate", SurfaceType.WINDOW),
    ("Door", SurfaceType.DOOR),
    ("Slab", SurfaceType.UNKNOWN),
    ("Covering", SurfaceType.UNKNOWN),
    ("Site", SurfaceType.TERRAIN),
    ("Furnish", SurfaceType.FURNITURE),
    ("Furniture", SurfaceType.FURNITURE),
    ("SystemFurniture", SurfaceType.FURNITURE),
)


class Role(StrEnum):
    """The value is what the class begins with."""

    EXTERIOR = "Exterior"
    INTERIOR = "Interior"
    FOUNDATION = "Foundation"


def plain(ifc_class: str) -> str:
    """`IfcWallStandardCase` → `Wall`."""
    name = ifc_class.removeprefix("Ifc")
    for word in _WORDS:
        name = name.removesuffix(word)
    return name


def surface_type(ifc_class: str) -> SurfaceType:
    """What the surfaces of an element are."""
    name = plain(ifc_class)
    found = (kind for word, kind in _SURFACES if name.startswith(word))
    return next(found, SurfaceType.STRUCTURE)


def told_role(
    ifc_class: str, attributes: Mapping[str, AttributeValue], *, in_room: bool
) -> Role | None:
    """The role that follows from what is said of an element, None where its shape must tell.

    Roofs, slabs, curtain walls, foundations and what lies outdoors anyway are exterior; else
    `Pset_*Common.IsExternal` tells; else furniture and what is in a room is interior.
    """
    name = plain(ifc_class)
    if name.startswith(_EXTERIOR):
        return Role.EXTERIOR
    for key, value in attributes.items():
        if key.startswith("Pset_") and key.endswith(_IS_EXTERNAL) and isinstance(value, bool):
            return Role.EXTERIOR if value else Role.INTERIOR
    if in_room or name.startswith(_INTERIOR):
        return Role.INTERIOR
    return None
