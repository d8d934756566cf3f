"""The JSON of glTF 2.0 as any writer may write it, with the three extensions of 3D Tiles."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from citiverse_tiling.check.standard.documents import (
    Count,
    Identifier,
    Index,
    Name,
    Overrides,
    PropertyTable,
    Schema,
)

Indices = Annotated[list[Index], Meta(min_length=1)]
Channels = Annotated[list[Index], Meta(min_length=1, max_length=4)]


class Part(Struct, rename="camel", frozen=True, kw_only=True):
    """Camel-case names."""


class FeatureTexture(Part, frozen=True):
    index: Index
    tex_coord: Index = 0
    channels: Channels = field(default_factory=lambda: [0])


class FeatureIds(Part, frozen=True):
    feature_count: Count
    null_feature_id: Index | None = None
    label: Identifier | None = None
    attribute: Index | None = None
    texture: FeatureTexture | None = None
    property_table: Index | None = None


class Features(Part, frozen=True):
    """EXT_mesh_features of a primitive, EXT_instance_features of a node."""

    feature_ids: Annotated[list[FeatureIds], Meta(min_length=1)]


class PrimitiveMetadata(Part, frozen=True):
    property_textures: Indices | None = None
    property_attributes: Indices | None = None


class PrimitiveExtensions(Struct, frozen=True, kw_only=True):
    features: Features | None = field(default=None, name="EXT_mesh_features")
    metadata: PrimitiveMetadata | None = field(default=None, name="EXT_structural_metadata")
    draco: dict[str, Any] | None = field(default=None, name="KHR_draco_mesh_compression")


class Primitive(Part, frozen=True):
    attributes: Annotated[dict[str, Index], Meta(min_length=1)]
    indices: Index | None = None
    material: Index | None = None
    mode: Literal[0, 1, 2, 3, 4, 5, 6] = 4
    extensions: PrimitiveExtensions | None = None


class Mesh(Part, frozen=True):
    primitives: Annotated[list[Primitive], Meta(min_length=1)]


class Instancing(Part, frozen=True):
    attributes: dict[str, Index]


class NodeExtensions(Struct, frozen=True, kw_only=True):
    instancing: Instancing | None = field(default=None, name="EXT_mesh_gpu_instancing")
    features: Features | None = field(default=None, name="EXT_instance_features")


class Node(Part, frozen=True):
    mesh: Index | None = None
    children: list[Index] = []
    extensions: NodeExtensions | None = None


class Accessor(Part, frozen=True):
    component_type: Literal[5120, 5121, 5122, 5123, 5125, 5126]
    count: Count
    type: Literal["SCALAR", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4"]
    buffer_view: Index | None = None
    byte_offset: Index = 0
    normalized: bool = False
    min: list[float] | None = None
    max: list[float] | None = None
    sparse: dict[str, Any] | None = None


class CompressedView(Part, frozen=True):
    """EXT_meshopt_compression of a buffer view: `count` rows of `byte_stride` bytes."""

    buffer: Index
    byte_length: Count
    byte_stride: Annotated[int, Meta(ge=2, le=256)]
    count: Count
    mode: Literal["ATTRIBUTES", "TRIANGLES", "INDICES"]
    byte_offset: Index = 0
    filter: Literal["NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL"] = "NONE"


class ViewExtensions(Struct, frozen=True, kw_only=True):
    compressed: CompressedView | None = field(default=None, name="EXT_meshopt_compression")


class BufferView(Part, frozen=True):
    buffer: Index
    byte_length: Count
    byte_offset: Index = 0
    byte_stride: Annotated[int, Meta(ge=4, le=252)] | None = None
    extensions: ViewExtensions | None = None


class CompressedBuffer(Part, frozen=True):
    """EXT_meshopt_compression of a buffer; `fallback`: it is there for its length alone."""

    fallback: bool = False


class BufferExtensions(Struct, frozen=True, kw_only=True):
    compressed: CompressedBuffer = field(
        default_factory=CompressedBuffer, name="EXT_meshopt_compression"
    )


class Buffer(Part, frozen=True):
    byte_length: Count
    uri: str | None = None
    extensions: BufferExtensions | None = None


class Image(Part, frozen=True):
    uri: str | None = None
    buffer_view: Index | None = None
    mime_type: str | None = None


class Sampler(Part, frozen=True):
    mag_filter: int | None = None
    min_filter: int | None = None


class WebpTexture(Part, frozen=True):
    source: Index


class TextureExtensions(Struct, frozen=True, kw_only=True):
    webp: WebpTexture | None = field(default=None, name="EXT_texture_webp")


class Texture(Part, frozen=True):
    sampler: Index | None = None
    source: Index | None = None
    extensions: TextureExtensions | None = None

    @property
    def image(self) -> int | None:
        """The image that it shows, WebP where there is one."""
        webp = self.extensions.webp if self.extensions else None
        return webp.source if webp else self.source


class AttributeProperty(Overrides, frozen=True, kw_only=True):
    attribute: Annotated[str, Meta(pattern="^_[A-Z0-9_]+$")]


class PropertyAttribute(Part, frozen=True):
    class_: str = field(name="class")
    properties: Annotated[dict[str, AttributeProperty], Meta(min_length=1)] | None = None


class TextureProperty(Overrides, frozen=True, kw_only=True):
    index: Index
    tex_coord: Index = 0
    channels: Channels = field(default_factory=lambda: [0])


class PropertyTexture(Part, frozen=True):
    class_: str = field(name="class")
    properties: Annotated[dict[str, TextureProperty], Meta(min_length=1)] | None = None


class StructuralMetadata(Part, frozen=True):
    """EXT_structural_metadata of the document."""

    schema: Schema | None = None
    schema_uri: str | None = None
    property_tables: Annotated[list[PropertyTable], Meta(min_length=1)] | None = None
    property_textures: Annotated[list[PropertyTexture], Meta(min_length=1)] | None = None
    property_attributes: Annotated[list[PropertyAttribute], Meta(min_length=1)] | None = None


class DocumentExtensions(Struct, frozen=True, kw_only=True):
    metadata: StructuralMetadata | None = field(default=None, name="EXT_structural_metadata")


class Asset(Part, frozen=True):
    version: Annotated[str, Meta(pattern=r"^2\.\d+$")]
    generator: Name | None = None


class Document(Part, frozen=True):
    asset: Asset
    nodes: list[Node] = []
    meshes: list[Mesh] = []
    materials: list[dict[str, Any]] = []
    accessors: list[Accessor] = []
    buffer_views: list[BufferView] = []
    buffers: list[Buffer] = []
    images: list[Image] = []
    samplers: list[Sampler] = []
    textures: list[Texture] = []
    extensions_used: list[str] = []
    extensions_required: list[str] = []
    extensions: DocumentExtensions | None = None
