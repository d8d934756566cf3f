"""What readers yield and everything downstream consumes: CityObjects with columnar polygons."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

Float64Array: TypeAlias = npt.NDArray[np.float64]
Float32Array: TypeAlias = npt.NDArray[np.float32]
Int64Array: TypeAlias = npt.NDArray[np.int64]
Int32Array: TypeAlias = npt.NDArray[np.int32]
UInt32Array: TypeAlias = npt.NDArray[np.uint32]
UInt16Array: TypeAlias = npt.NDArray[np.uint16]
UInt8Array: TypeAlias = npt.NDArray[np.uint8]
Int8Array: TypeAlias = npt.NDArray[np.int8]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

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


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a source file: the name of the file, and the 1-based line."""

    file: str
    line: int


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
    """

    coordinates: Float64Array
    ring_offsets: Int64Array
    polygon_offsets: Int64Array
    surface_types: UInt8Array
    lines: Int32Array
    ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.polygon_offsets) - 1


@dataclass(frozen=True, slots=True)
class Geometry:
    """The polygons of one CityObject at one level of detail, in one CRS.

    `lod` is the source's word ("1", "2", "2.2"); `crs` is a key that `crs.CrsRegistry` resolves.
    """

    lod: str
    crs: str
    polygons: Polygons


@dataclass(frozen=True, slots=True)
class CityObject:
    """One city object (a building, a building part …) as its source gives it.

    `source_id` is the gml:id, CityJSON key or GlobalId; `class_name` the standard's ("Building",
    "BuildingPart"); `parent_id` the source id of the object that this one is a part of.
    """

    source_id: str
    class_name: str
    place: Place
    parent_id: str | None = None
    name: str = ""
    address: str = ""
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    geometries: tuple[Geometry, ...] = ()
