"""What readers yield and everything downstream consumes: CityObjects with columnar polygons."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

Float64Array: TypeAlias = npt.NDArray[np.float64]
Float32Array: TypeAlias = npt.NDArray[np.float32]
Int64Array: TypeAlias = npt.NDArray[np.int64]
Int32Array: TypeAlias = npt.NDArray[np.int32]
UInt64Array: TypeAlias = npt.NDArray[np.uint64]
UInt32Array: TypeAlias = npt.NDArray[np.uint32]
UInt16Array: TypeAlias = npt.NDArray[np.uint16]
UInt8Array: TypeAlias = npt.NDArray[np.uint8]
Int8Array: TypeAlias = npt.NDArray[np.int8]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
Rows: TypeAlias = npt.NDArray[np.integer[Any]]
"""Numbers of rows: as narrow as whoever keeps many of them likes."""

AttributeValue: TypeAlias = str | int | float | bool
"""One attribute. Nested or repeated values arrive flattened: `address.street`, `function.2`."""


class SurfaceType(IntEnum):
    """Thematic boundary surfaces (CityGML 2.0, 12-019, clause 10.3.3; 3.0, 20-010, clause 7.10).

    From ROAD on, what covers the land: the model's word for the uses and materials that the
    standard leaves to code lists. The numbers are part of the scene contract
    (docs/contract/scene.md): never renumber.
    """

    UNKNOWN = 0
    WALL = 1
    ROOF = 2
    GROUND = 3
    OUTER_CEILING = 4
    OUTER_FLOOR = 5
    CLOSURE = 6
    WINDOW = 7
    DOOR = 8
    ROAD = 9
    PAVING = 10
    RAIL = 11
    GREEN = 12
    SOIL = 13
    WATER = 14
    MARKING = 15
    TERRAIN = 16
    FURNITURE = 17
    PLANT = 18
    STRUCTURE = 19
    MESH = 20


class Layer(IntEnum):
    """The layers of a scene, in the manifest's order; the lower-case name is the layer's."""

    GROUND = 0
    LAND = 1
    BUILDINGS = 2
    STRUCTURES = 3
    FURNITURE = 4
    VEGETATION = 5
    MESHES = 6
    SHELLS = 7
    INTERIORS = 8


ELEMENTS = (Layer.SHELLS, Layer.INTERIORS)
"""What detailed buildings consist of, element by element."""

LAYER_OF_CLASS = {
    "ReliefFeature": Layer.GROUND,
    "TINRelief": Layer.GROUND,
    "MassPointRelief": Layer.GROUND,
    "BreaklineRelief": Layer.GROUND,
    "RasterRelief": Layer.GROUND,
    "TransportationComplex": Layer.LAND,
    "Road": Layer.LAND,
    "Square": Layer.LAND,
    "Track": Layer.LAND,
    "Railway": Layer.LAND,
    "Waterway": Layer.LAND,
    "Section": Layer.LAND,
    "Intersection": Layer.LAND,
    "TrafficSpace": Layer.LAND,
    "AuxiliaryTrafficSpace": Layer.LAND,
    "WaterBody": Layer.LAND,
    "LandUse": Layer.LAND,
    "PlantCover": Layer.LAND,
    "Building": Layer.BUILDINGS,
    "BuildingPart": Layer.BUILDINGS,
    "BuildingInstallation": Layer.BUILDINGS,
    "BuildingConstructiveElement": Layer.BUILDINGS,
    "Window": Layer.BUILDINGS,
    "Door": Layer.BUILDINGS,
    "Bridge": Layer.STRUCTURES,
    "BridgePart": Layer.STRUCTURES,
    "BridgeInstallation": Layer.STRUCTURES,
    "BridgeConstructionElement": Layer.STRUCTURES,
    "BridgeConstructiveElement": Layer.STRUCTURES,
    "Tunnel": Layer.STRUCTURES,
    "TunnelPart": Layer.STRUCTURES,
    "TunnelInstallation": Layer.STRUCTURES,
    "TunnelConstructiveElement": Layer.STRUCTURES,
    "OtherConstruction": Layer.STRUCTURES,
    "UndergroundBuilding": Layer.STRUCTURES,
    "CityFurniture": Layer.FURNITURE,
    "GenericCityObject": Layer.FURNITURE,
    "GenericOccupiedSpace": Layer.FURNITURE,
    "SolitaryVegetationObject": Layer.VEGETATION,
    "Mesh": Layer.MESHES,
    "Site": Layer.STRUCTURES,
    "BuildingStorey": Layer.INTERIORS,
    "Space": Layer.INTERIORS,
}
"""Where the objects of a class are shown; see `layer_of`."""

UNSEEN_CLASSES = frozenset(
    {
        *("Room", "BuildingRoom", "BuildingFurniture", "IntBuildingInstallation"),
        *("Storey", "BuildingStorey", "BuildingUnit"),
        *("BridgeRoom", "BridgeFurniture", "IntBridgeInstallation"),
        *("HollowSpace", "TunnelHollowSpace", "TunnelFurniture", "IntTunnelInstallation"),
        *("ClearanceSpace", "Hole", "GenericLogicalSpace", "GenericUnoccupiedSpace"),
        *("Version", "VersionTransition"),
    }
)
"""Classes of what can't be seen from outside, or at all: counted, and not selected."""

TERRAIN_POINTS = frozenset({"MassPointRelief", "BreaklineRelief"})
"""Terrain of which only points are known: each ring of a polygon is one point."""


LAYER_OF_ROLE = {
    "Exterior": Layer.SHELLS,
    "Interior": Layer.INTERIORS,
    "Foundation": Layer.STRUCTURES,
}
"""Where elements of detailed buildings are shown, by what the names of their classes begin with."""

_ROLES = tuple(LAYER_OF_ROLE)


def layer_of(class_name: str) -> Layer:
    """Where objects of a class are shown; those of a class that no standard names are furniture."""
    layer = LAYER_OF_CLASS.get(class_name)
    if layer is None and class_name.startswith(_ROLES):
        return next(one for role, one in LAYER_OF_ROLE.items() if class_name.startswith(role))
    return layer if layer is not None else Layer.FURNITURE


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a source file: the name of the file, and the 1-based line."""

    file: str
    line: int


class Wrap(IntEnum):
    """What a texture shows beyond 0…1 (CityGML 2.0, 12-019, clause 9.3): itself, or its edge."""

    REPEAT = 0
    MIRROR = 1
    CLAMP = 2


@dataclass(frozen=True, slots=True)
class Appearance:
    """How a surface looks in one theme (CityGML 2.0, 12-019, clause 9).

    `image` is the path of a file inside the folder of the source, "" where there is none; the file
    may still be no image. `colour` is red, green, blue and opacity, sRGB from 0 to 1, or None where
    the source has none; beside an image it is what is shown where the image can't be used.
    """

    image: str = ""
    wrap: Wrap = Wrap.REPEAT
    colour: tuple[float, float, float, float] | None = None
    theme: str = ""


@dataclass(frozen=True, slots=True)
class Polygons:
    """P polygons with R rings and N points, columnar.

    coordinates       float64 (N, 3): easting or longitude, northing or latitude, height, in the
                      source CRS but always in this order; rings are open (the last point
                      differs from the first)
    ring_offsets      int64 (R + 1,): ring r is coordinates[ring_offsets[r]:ring_offsets[r + 1]]
    polygon_offsets   int64 (P + 1,): polygon p has rings polygon_offsets[p]:polygon_offsets[p + 1],
                      the exterior first, counter-clockwise seen from outside the object
    surface_types     uint8 (P,): SurfaceType
    lines             int32 (P,): 1-based source line, 0 where unknown
    ids               P polygon ids for reports, "" where the source has none
    appearances       int32 (P,): row of `Geometry.appearances`, −1 for none; None where no polygon
                      has any
    texture_coordinates  float32 (N, 2): u to the right and v upward, both 0…1 over the image; NaN
                      for the points of polygons without an image; None where no polygon has one
    """

    coordinates: Float64Array
    ring_offsets: Int64Array
    polygon_offsets: Int64Array
    surface_types: UInt8Array
    lines: Int32Array
    ids: tuple[str, ...]
    appearances: Int32Array | None = None
    texture_coordinates: Float32Array | None = None

    def __len__(self) -> int:
        return len(self.polygon_offsets) - 1

    def only(self, kept: BoolArray) -> Polygons:
        """The polygons where `kept` (P,), in their order."""
        rings = np.repeat(kept, np.diff(self.polygon_offsets))
        points = np.repeat(rings, np.diff(self.ring_offsets))
        return Polygons(
            self.coordinates[points],
            _offsets(np.diff(self.ring_offsets)[rings]),
            _offsets(np.diff(self.polygon_offsets)[kept]),
            self.surface_types[kept],
            self.lines[kept],
            tuple(self.ids[index] for index in np.flatnonzero(kept)),
            None if self.appearances is None else self.appearances[kept],
            None if self.texture_coordinates is None else self.texture_coordinates[points],
        )


def _offsets(counts: Int64Array) -> Int64Array:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])


@dataclass(frozen=True, slots=True)
class Placed:
    """How polygons came to their place that the source has in a frame of their own.

    It is an implicit geometry of CityGML (12-019, clause 8.3) or a template of CityJSON (2.0.1,
    clause 3.4).

    local      float64 (N, 3): their points in that frame, metres, in the order of the polygons'
    matrix     float64 (3, 4): from there to metres east, north and up of the reference point
    reference  float64 (3,): in the geometry's CRS
    """

    local: Float64Array
    matrix: Float64Array
    reference: Float64Array


@dataclass(frozen=True, slots=True)
class Geometry:
    """The polygons of one CityObject at one level of detail, in one CRS.

    `lod` is the source's word ("1", "2", "2.2"); `crs` is a key that `crs.CrsRegistry` resolves;
    `placed` is there where the source has the polygons once for many places.
    """

    lod: str
    crs: str
    polygons: Polygons
    appearances: tuple[Appearance, ...] = ()
    placed: Placed | None = None


@dataclass(frozen=True, slots=True)
class Inside:
    """How far a building, a storey or a room reaches, of which nothing is drawn itself.

    points    float64 (N, 3) in the CRS: of a building or a storey its origin, and a point a metre
              ahead along its own y axis; of a room the corners of its floor, counter-clockwise from
              above, or none where they aren't known
    height_m  from the floor to the ceiling of a room, else 0
    """

    crs: str
    points: Float64Array
    height_m: float = 0.0


@dataclass(frozen=True, slots=True)
class CityObject:
    """One city object (a building, a building part …) as its source gives it.

    `source_id` is the gml:id, CityJSON key or GlobalId; `class_name` the standard's ("Building",
    "BuildingPart"); `parent_id` the source id of the object that this one is a part of; `inside`
    is there of buildings that say what is in them.
    """

    source_id: str
    class_name: str
    place: Place
    parent_id: str | None = None
    name: str = ""
    address: str = ""
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    geometries: tuple[Geometry, ...] = ()
    inside: Inside | None = None
