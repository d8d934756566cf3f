"""What the tags of CityGML and GML mean to this reader: one role for each, told once per tag.

Tags are matched by local name in any namespace, as CityGML 1.0, 2.0 and 3.0 and GML 3.1 and 3.2
give the same things different namespaces.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

T = TypeVar("T")
MAX_TAGS = 10_000

HREF = "{http://www.w3.org/1999/xlink}href"
GML = "http://www.opengis.net/gml"
BOUNDED_BY = (f"{{{GML}}}boundedBy", f"{{{GML}/3.2}}boundedBy")
_ID_3_1 = f"{{{GML}}}id"
_ID_3_2 = f"{{{GML}/3.2}}id"

MEMBERS = (
    "{*}cityObjectMember",
    "{*}featureMember",
    "{*}featureMembers",
    "{*}appearanceMember",
    "{*}versionMember",
    "{*}versionTransitionMember",
    "{http://www.opengis.net/wfs/2.0}member",
)


class Role(Enum):
    """What a child of a city object or of a boundary surface is."""

    ENVELOPE = auto()
    NAME = auto()
    SURFACES = auto()
    """A geometry property of a LoD that holds surfaces: lod2MultiSurface, lod1Solid …"""
    IMPLICIT = auto()
    """A geometry property of a LoD with an implicit geometry (a template and a matrix)."""
    CURVES = auto()
    """A geometry property with curves or points only."""
    BOUNDARY = auto()
    """A property that holds a thematic boundary surface, or an opening in one."""
    PARTS = auto()
    """A property that holds further city objects: parts, installations, rooms, storeys …"""
    MEMBER = auto()
    """A member of a group, which is no part of it."""
    POINTS = auto()
    """A property with the points or lines that a terrain is made of."""
    DYNAMIZER = auto()
    """A property that holds a time series, or what it is measured by, for one of the others."""
    ADDRESS = auto()
    APPEARANCE = auto()
    GENERIC = auto()
    """A generic attribute of CityGML 1.0 and 2.0, or a set of them."""
    GENERIC_PROPERTY = auto()
    """The property around a generic attribute of CityGML 3.0."""
    ATTRIBUTE = auto()


_LOD_PROPERTY = re.compile(r"lod(\d)(\w+)$")
_CURVES = re.compile(r"TerrainIntersection(Curve)?|MultiCurve|Point|Network")
_PROPERTIES = {
    "boundedBy": Role.BOUNDARY,
    "boundary": Role.BOUNDARY,
    "opening": Role.BOUNDARY,
    "fillingSurface": Role.BOUNDARY,
    "consistsOfBuildingPart": Role.PARTS,
    "buildingPart": Role.PARTS,
    "outerBuildingInstallation": Role.PARTS,
    "interiorBuildingInstallation": Role.PARTS,
    "buildingInstallation": Role.PARTS,
    "interiorRoom": Role.PARTS,
    "buildingRoom": Role.PARTS,
    "buildingFurniture": Role.PARTS,
    "interiorFurniture": Role.PARTS,
    "roomInstallation": Role.PARTS,
    "buildingSubdivision": Role.PARTS,
    "buildingConstructiveElement": Role.PARTS,
    "consistsOfBridgePart": Role.PARTS,
    "bridgePart": Role.PARTS,
    "outerBridgeInstallation": Role.PARTS,
    "interiorBridgeInstallation": Role.PARTS,
    "bridgeInstallation": Role.PARTS,
    "outerBridgeConstruction": Role.PARTS,
    "bridgeConstructiveElement": Role.PARTS,
    "interiorBridgeRoom": Role.PARTS,
    "bridgeRoom": Role.PARTS,
    "bridgeRoomInstallation": Role.PARTS,
    "bridgeFurniture": Role.PARTS,
    "consistsOfTunnelPart": Role.PARTS,
    "tunnelPart": Role.PARTS,
    "outerTunnelInstallation": Role.PARTS,
    "interiorTunnelInstallation": Role.PARTS,
    "tunnelInstallation": Role.PARTS,
    "tunnelConstructiveElement": Role.PARTS,
    "interiorHollowSpace": Role.PARTS,
    "hollowSpace": Role.PARTS,
    "hollowSpaceInstallation": Role.PARTS,
    "tunnelFurniture": Role.PARTS,
    "dynamizer": Role.DYNAMIZER,
    "filling": Role.PARTS,
    "address": Role.ADDRESS,
    "appearance": Role.APPEARANCE,
    "appearanceMember": Role.APPEARANCE,
    "genericAttribute": Role.GENERIC_PROPERTY,
    "genericAttributeSet": Role.GENERIC,
    "stringAttribute": Role.GENERIC,
    "intAttribute": Role.GENERIC,
    "doubleAttribute": Role.GENERIC,
    "measureAttribute": Role.GENERIC,
    "dateAttribute": Role.GENERIC,
    "uriAttribute": Role.GENERIC,
}


_STANDARD_PROPERTIES = {
    "trafficArea": Role.BOUNDARY,
    "auxiliaryTrafficArea": Role.BOUNDARY,
    "marking": Role.BOUNDARY,
    "section": Role.PARTS,
    "intersection": Role.PARTS,
    "trafficSpace": Role.PARTS,
    "auxiliaryTrafficSpace": Role.PARTS,
    "clearanceSpace": Role.PARTS,
    "hole": Role.PARTS,
    "reliefComponent": Role.PARTS,
    "reliefPoints": Role.POINTS,
    "ridgeOrValleyLines": Role.POINTS,
    "breaklines": Role.POINTS,
    "groupMember": Role.MEMBER,
}
"""Words that extensions may use for other things: they count in CityGML's own namespaces."""


class Part(Enum):
    """What an element inside a geometry is."""

    POSITIONS = auto()
    """posList: the whole ring."""
    TUPLES = auto()
    """coordinates, the whole ring as GML 2 wrote it: commas in a point, blanks between points."""
    POSITION = auto()
    """pos: one point of a ring."""
    POLYGON = auto()
    LINK = auto()
    """A property that may point elsewhere by xlink:href."""
    REVERSIBLE = auto()
    """OrientableSurface."""
    AGGREGATE = auto()
    """Holds surfaces, and perhaps says their CRS or dimension."""
    CURVED_RING = auto()
    """gml:Ring: a ring made of curves."""
    NO_SURFACE = auto()
    """A point, a curve, a TIN's control points: no part of a surface."""


PARTS = {
    "posList": Part.POSITIONS,
    "coordinates": Part.TUPLES,
    "pos": Part.POSITION,
    "Polygon": Part.POLYGON,
    "PolygonPatch": Part.POLYGON,
    "Triangle": Part.POLYGON,
    "Rectangle": Part.POLYGON,
    "surfaceMember": Part.LINK,
    "solidMember": Part.LINK,
    "geometryMember": Part.LINK,
    "baseSurface": Part.LINK,
    "exterior": Part.LINK,
    "interior": Part.LINK,
    "OrientableSurface": Part.REVERSIBLE,
    "Solid": Part.AGGREGATE,
    "CompositeSolid": Part.AGGREGATE,
    "MultiSolid": Part.AGGREGATE,
    "MultiSurface": Part.AGGREGATE,
    "CompositeSurface": Part.AGGREGATE,
    "Shell": Part.AGGREGATE,
    "MultiGeometry": Part.AGGREGATE,
    "Surface": Part.AGGREGATE,
    "PolyhedralSurface": Part.AGGREGATE,
    "TriangulatedSurface": Part.AGGREGATE,
    "Tin": Part.AGGREGATE,
    "Ring": Part.CURVED_RING,
    "LineString": Part.NO_SURFACE,
    "LineStringSegment": Part.NO_SURFACE,
    "Curve": Part.NO_SURFACE,
    "Point": Part.NO_SURFACE,
    "controlPoint": Part.NO_SURFACE,
}

POLYGON_TAGS = tuple(f"{{*}}{name}" for name, part in PARTS.items() if part is Part.POLYGON)


class TagTable(dict[str, T]):
    """Tag → what `tell` says of it, told once per tag; forgotten where a file makes up too many."""

    def __init__(self, tell: Callable[[str], T]) -> None:
        super().__init__()
        self._tell = tell

    def __missing__(self, tag: str) -> T:
        if len(self) >= MAX_TAGS:
            self.clear()
        value = self[tag] = self._tell(tag)
        return value


local_name = TagTable[str](lambda tag: tag[tag.rfind("}") + 1 :]).__getitem__
"""The tag without its namespace."""


def id_of(element: _Element) -> str:
    """The gml:id, "" where there is none."""
    return element.get(_ID_3_1) or element.get(_ID_3_2) or ""


def envelope_srs_name(bounded_by: _Element) -> str | None:
    """The CRS that a gml:boundedBy names, None where it names none."""
    for envelope in bounded_by:
        if srs_name := envelope.get("srsName"):
            return srs_name
    return None


def line_of(element: _Element) -> int:
    """The 1-based line that the element begins on (from 65 535 on, perhaps the line after)."""
    return cast("int | None", element.sourceline) or 0


def _role(tag: str) -> tuple[Role, str]:
    name = local_name(tag)
    if tag.startswith("{" + GML):
        if name == "boundedBy":
            return Role.ENVELOPE, name
        return (Role.NAME if name == "name" else Role.ATTRIBUTE), name
    if match := _LOD_PROPERTY.match(name):
        if match[2] == "ImplicitRepresentation":
            return Role.IMPLICIT, match[1]
        return (Role.CURVES if _CURVES.fullmatch(match[2]) else Role.SURFACES), match[1]
    if "citygml" in tag:
        if name == "tin" or (name == "geometry" and "group" in tag.lower()):
            return Role.SURFACES, "1"
        if name in _STANDARD_PROPERTIES:
            return _STANDARD_PROPERTIES[name], name
    return _PROPERTIES.get(name, Role.ATTRIBUTE), name


roles = TagTable[tuple[Role, str]](_role)
"""Tag → its role, and its local name or, for geometry properties, the LoD."""
