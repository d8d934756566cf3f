"""The JSON of the glTF files we write: glTF 2.0 (ISO/IEC 12113) and its extensions, typed.

Field names are the standard's, written in camel case. Unknown keys are ignored when reading.
"""

from __future__ import annotations

import msgspec

BYTE, UNSIGNED_BYTE, SHORT, UNSIGNED_SHORT, UNSIGNED_INT, FLOAT = 5120, 5121, 5122, 5123, 5125, 5126
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
LINEAR, LINEAR_MIPMAP_LINEAR = 9729, 9987
CLAMP_TO_EDGE, MIRRORED_REPEAT, REPEAT = 33071, 33648, 10497


class Part(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    """A piece of the document: camel-case names, nothing written that is the default."""


class Asset(Part, frozen=True):
    version: str
    generator: str | None = None
    copyright: str | None = None


class Scene(Part, frozen=True):
    nodes: tuple[int, ...]


class FeatureIds(Part, frozen=True):
    feature_count: int
    attribute: int | None = None
    property_table: int | None = None
    null_feature_id: int | None = None


class MeshFeatures(Part, frozen=True):
    """EXT_mesh_features on a primitive, or EXT_instance_features on a node."""

    feature_ids: tuple[FeatureIds, ...]


class InstanceAttributes(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    translation: int = msgspec.field(name="TRANSLATION")
    rotation: int | None = msgspec.field(default=None, name="ROTATION")
    scale: int | None = msgspec.field(default=None, name="SCALE")
    feature_id: int = msgspec.field(name="_FEATURE_ID_0")


class Instancing(Part, frozen=True):
    """EXT_mesh_gpu_instancing on a node."""

    attributes: InstanceAttributes


class NodeExtensions(msgspec.Struct, omit_defaults=True, frozen=True):
    instancing: Instancing = msgspec.field(name="EXT_mesh_gpu_instancing")
    features: MeshFeatures = msgspec.field(name="EXT_instance_features")


class Node(Part, frozen=True):
    mesh: int
    scale: tuple[float, float, float] | None = None
    name: str | None = None
    extensions: NodeExtensions | None = None


class PrimitiveExtensions(msgspec.Struct, omit_defaults=True, frozen=True):
    mesh_features: MeshFeatures | None = msgspec.field(default=None, name="EXT_mesh_features")


class Attributes(msgspec.Struct, omit_defaults=True, frozen=True):
    position: int = msgspec.field(name="POSITION")
    normal: int = msgspec.field(name="NORMAL")
    feature_id: int | None = msgspec.field(default=None, name="_FEATURE_ID_0")
    texture_coordinates: int | None = msgspec.field(default=None, name="TEXCOORD_0")
    colours: int | None = msgspec.field(default=None, name="COLOR_0")


class Primitive(Part, frozen=True):
    attributes: Attributes
    indices: int
    material: int
    extensions: PrimitiveExtensions | None = None


class Mesh(Part, frozen=True):
    primitives: tuple[Primitive, ...]


class Accessor(Part, frozen=True):
    buffer_view: int
    component_type: int
    count: int
    type: str
    byte_offset: int = 0
    normalized: bool = False
    min: tuple[float, ...] | None = None
    max: tuple[float, ...] | None = None


class CompressedView(Part, frozen=True):
    """EXT_meshopt_compression on a buffer view: `count` rows of `byte_stride` bytes, decoded."""

    buffer: int
    byte_length: int
    byte_stride: int
    count: int
    mode: str
    byte_offset: int = 0
    filter: str | None = None


class ViewExtensions(msgspec.Struct, omit_defaults=True, frozen=True):
    compressed: CompressedView | None = msgspec.field(default=None, name="EXT_meshopt_compression")


class BufferView(Part, frozen=True):
    buffer: int
    byte_length: int
    byte_offset: int = 0
    byte_stride: int | None = None
    target: int | None = None
    extensions: ViewExtensions | None = None


class CompressedBuffer(Part, frozen=True):
    """EXT_meshopt_compression on a buffer; `fallback`: what decoded views make up."""

    fallback: bool = False


class BufferExtensions(msgspec.Struct, omit_defaults=True, frozen=True):
    compressed: CompressedBuffer | None = msgspec.field(
        default=None, name="EXT_meshopt_compression"
    )


class Buffer(Part, frozen=True):
    byte_length: int
    extensions: BufferExtensions | None = None


class Image(Part, frozen=True):
    buffer_view: int
    mime_type: str


class Sampler(Part, frozen=True):
    mag_filter: int
    min_filter: int
    wrap_s: int = REPEAT
    wrap_t: int = REPEAT


class ImageSource(Part, frozen=True):
    """EXT_texture_webp on a texture."""

    source: int


class TextureExtensions(msgspec.Struct, omit_defaults=True, frozen=True):
    webp: ImageSource | None = msgspec.field(default=None, name="EXT_texture_webp")


class Texture(Part, frozen=True):
    sampler: int
    source: int | None = None
    extensions: TextureExtensions | None = None

    @property
    def image(self) -> int:
        """Its image, −1 for none."""
        if self.extensions and self.extensions.webp:
            return self.extensions.webp.source
        return -1 if self.source is None else self.source


class TextureInfo(Part, frozen=True):
    index: int


WHITE = (1.0, 1.0, 1.0, 1.0)


class MetallicRoughness(Part, frozen=True):
    metallic_factor: float
    base_color_factor: tuple[float, float, float, float] = WHITE
    roughness_factor: float = 1.0
    base_color_texture: TextureInfo | None = None


class Material(Part, frozen=True):
    name: str
    pbr_metallic_roughness: MetallicRoughness
    double_sided: bool = False
    alpha_mode: str = "OPAQUE"


class ClassProperty(Part, frozen=True):
    type: str
    component_type: str | None = None
    name: str | None = None
    semantic: str | None = None
    no_data: float | str | None = None
    default: bool | float | str | None = None


class MetadataClass(Part, frozen=True):
    properties: dict[str, ClassProperty]


class Schema(Part, frozen=True):
    id: str
    classes: dict[str, MetadataClass]


class TableProperty(Part, frozen=True):
    values: int
    string_offsets: int | None = None
    string_offset_type: str | None = None


class PropertyTable(Part, frozen=True):
    class_: str = msgspec.field(name="class")
    count: int
    properties: dict[str, TableProperty]


class StructuralMetadata(Part, frozen=True):
    """EXT_structural_metadata on the document."""

    schema: Schema
    property_tables: tuple[PropertyTable, ...]


class DocumentExtensions(msgspec.Struct, omit_defaults=True, frozen=True):
    structural_metadata: StructuralMetadata | None = msgspec.field(
        default=None, name="EXT_structural_metadata"
    )


class Document(Part, frozen=True):
    asset: Asset
    scene: int
    scenes: tuple[Scene, ...]
    nodes: tuple[Node, ...]
    meshes: tuple[Mesh, ...]
    materials: tuple[Material, ...]
    accessors: tuple[Accessor, ...]
    buffer_views: tuple[BufferView, ...]
    buffers: tuple[Buffer, ...]
    images: tuple[Image, ...] = ()
    samplers: tuple[Sampler, ...] = ()
    textures: tuple[Texture, ...] = ()
    extensions_used: tuple[str, ...] = ()
    extensions_required: tuple[str, ...] = ()
    extensions: DocumentExtensions | None = None
