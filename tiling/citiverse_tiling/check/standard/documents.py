"""The JSON of tilesets, subtrees and metadata as 3D Tiles 1.1 has it: what any writer may write.

Unknown keys are passed by; a key of another type or range than the standard's is refused.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Json = Any
"""A value of any JSON type: metadata, whose form the schema says."""

Extensions = dict[str, dict[str, Json]]
Name = Annotated[str, Meta(min_length=1)]
Identifier = Annotated[str, Meta(pattern="^[a-zA-Z_][a-zA-Z0-9_]*$")]
Index = Annotated[int, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
Size = Annotated[float, Meta(ge=0.0)]
Names = Annotated[list[str], Meta(min_length=1)]


class Part(Struct, rename="camel", frozen=True):
    """What every object of the standard may have besides."""

    extensions: Extensions | None = None


class ClassProperty(Part, frozen=True, kw_only=True):
    type: Literal[
        "SCALAR", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4", "STRING", "BOOLEAN", "ENUM"
    ]
    name: Name | None = None
    description: Name | None = None
    enum_type: str | None = None
    component_type: (
        Literal[
            "INT8",
            "UINT8",
            "INT16",
            "UINT16",
            "INT32",
            "UINT32",
            "INT64",
            "UINT64",
            "FLOAT32",
            "FLOAT64",
        ]
        | None
    ) = None
    array: bool = False
    count: Annotated[int, Meta(ge=2)] | None = None
    normalized: bool = False
    offset: Json = None
    scale: Json = None
    max: Json = None
    min: Json = None
    required: bool = False
    no_data: Json = None
    default: Json = None
    semantic: Name | None = None


class MetadataClass(Part, frozen=True, kw_only=True):
    name: Name | None = None
    description: Name | None = None
    properties: Annotated[dict[Identifier, ClassProperty], Meta(min_length=1)] | None = None


class EnumValue(Part, frozen=True, kw_only=True):
    name: Name
    description: Name | None = None
    value: int


class MetadataEnum(Part, frozen=True, kw_only=True):
    name: Name | None = None
    description: Name | None = None
    value_type: Literal[
        "INT8", "UINT8", "INT16", "UINT16", "INT32", "UINT32", "INT64", "UINT64"
    ] = "UINT16"
    values: Annotated[list[EnumValue], Meta(min_length=1)]


class Schema(Part, frozen=True, kw_only=True):
    id: Identifier
    name: Name | None = None
    description: Name | None = None
    version: Name | None = None
    classes: dict[Identifier, MetadataClass] = {}
    enums: dict[Identifier, MetadataEnum] = {}


class Entity(Part, frozen=True, kw_only=True):
    """Metadata of one tileset, tile, content, group or subtree."""

    class_: str = field(name="class")
    properties: dict[str, Json] = {}


class Asset(Part, frozen=True, kw_only=True):
    version: str
    tileset_version: str | None = None


class BoundingVolume(Part, frozen=True, kw_only=True):
    box: Annotated[list[float], Meta(min_length=12, max_length=12)] | None = None
    region: Annotated[list[float], Meta(min_length=6, max_length=6)] | None = None
    sphere: Annotated[list[float], Meta(min_length=4, max_length=4)] | None = None


class Content(Part, frozen=True, kw_only=True):
    uri: str | None = None
    url: str | None = None  # of version 0.0
    bounding_volume: BoundingVolume | None = None
    metadata: Entity | None = None
    group: Index | None = None


class Subtrees(Part, frozen=True, kw_only=True):
    uri: str


class ImplicitTiling(Part, frozen=True, kw_only=True):
    subdivision_scheme: Literal["QUADTREE", "OCTREE"]
    subtree_levels: Annotated[int, Meta(ge=1, le=30)]
    available_levels: Annotated[int, Meta(ge=1, le=64)]
    subtrees: Subtrees


class Tile(Part, frozen=True, kw_only=True):
    bounding_volume: BoundingVolume
    geometric_error: Size
    viewer_request_volume: BoundingVolume | None = None
    refine: str | None = None
    transform: Annotated[list[float], Meta(min_length=16, max_length=16)] | None = None
    content: Content | None = None
    contents: Annotated[list[Content], Meta(min_length=1)] | None = None
    metadata: Entity | None = None
    implicit_tiling: ImplicitTiling | None = None
    children: Annotated[list[Tile], Meta(min_length=1)] | None = None


class Range(Part, frozen=True, kw_only=True):
    maximum: float
    minimum: float


class ClassStatistics(Part, frozen=True, kw_only=True):
    count: Index | None = None
    properties: Annotated[dict[str, dict[str, Json]], Meta(min_length=1)] | None = None


class Statistics(Part, frozen=True, kw_only=True):
    classes: Annotated[dict[str, ClassStatistics], Meta(min_length=1)] | None = None


class Tileset(Part, frozen=True, kw_only=True):
    asset: Asset
    geometric_error: Size
    root: Tile
    properties: dict[str, Range] = {}
    schema: Schema | None = None
    schema_uri: str | None = None
    statistics: Statistics | None = None
    groups: Annotated[list[Entity], Meta(min_length=1)] | None = None
    metadata: Entity | None = None
    extensions_used: Names | None = None
    extensions_required: Names | None = None


class Buffer(Part, frozen=True, kw_only=True):
    uri: str | None = None
    byte_length: Count
    name: Name | None = None


class BufferView(Part, frozen=True, kw_only=True):
    buffer: Index
    byte_offset: Index = 0
    byte_length: Count
    name: Name | None = None


OffsetType = Literal["UINT8", "UINT16", "UINT32", "UINT64"]


class Overrides(Part, frozen=True, kw_only=True):
    """What a column says instead of, or more narrowly than, its class."""

    offset: Json = None
    scale: Json = None
    max: Json = None
    min: Json = None


class TableProperty(Overrides, frozen=True, kw_only=True):
    values: Index
    array_offsets: Index | None = None
    string_offsets: Index | None = None
    array_offset_type: OffsetType = "UINT32"
    string_offset_type: OffsetType = "UINT32"


class PropertyTable(Part, frozen=True, kw_only=True):
    name: Name | None = None
    class_: str = field(name="class")
    count: Count
    properties: Annotated[dict[str, TableProperty], Meta(min_length=1)] | None = None


class Buffers(Part, frozen=True, kw_only=True):
    """The part of a subtree that its binary data hang on."""

    buffers: Annotated[list[Buffer], Meta(min_length=1)] | None = None
    buffer_views: Annotated[list[BufferView], Meta(min_length=1)] | None = None


class Availability(Part, frozen=True, kw_only=True):
    bitstream: Index | None = None
    available_count: Index | None = None
    constant: Literal[0, 1] | None = None


class Subtree(Buffers, frozen=True, kw_only=True):
    property_tables: Annotated[list[PropertyTable], Meta(min_length=1)] | None = None
    tile_availability: Availability
    content_availability: Annotated[list[Availability], Meta(min_length=1)] | None = None
    child_subtree_availability: Availability
    tile_metadata: Index | None = None
    content_metadata: Annotated[list[Index], Meta(min_length=1)] | None = None
    subtree_metadata: Entity | None = None
