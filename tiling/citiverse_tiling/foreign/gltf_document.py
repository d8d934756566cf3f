"""The JSON of a foreign glTF 2.0, as far as a tile is made of it; unknown keys are passed by."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from citiverse_tiling.check.standard.documents import Index, PropertyTable, Schema
from citiverse_tiling.check.standard.gltf_document import (
    Accessor,
    Buffer,
    BufferView,
    Features,
    Image,
    Texture,
)

Triple = tuple[float, float, float]
Quadruple = tuple[float, float, float, float]


class Part(Struct, rename="camel", frozen=True, kw_only=True):
    """Camel-case names."""


class TextureTransform(Part, frozen=True):
    """KHR_texture_transform."""

    offset: tuple[float, float] = (0.0, 0.0)
    rotation: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)
    tex_coord: Index | None = None


class InfoExtensions(Struct, frozen=True, kw_only=True):
    transform: TextureTransform | None = field(default=None, name="KHR_texture_transform")


class TextureInfo(Part, frozen=True):
    index: Index
    tex_coord: Index = 0
    extensions: InfoExtensions | None = None


class Roughness(Part, frozen=True):
    base_color_factor: Quadruple = (1.0, 1.0, 1.0, 1.0)
    base_color_texture: TextureInfo | None = None


class MaterialExtensions(Struct, frozen=True, kw_only=True):
    unlit: dict[str, Any] | None = field(default=None, name="KHR_materials_unlit")


class Material(Part, frozen=True):
    pbr_metallic_roughness: Roughness = field(default_factory=Roughness)
    alpha_mode: Literal["OPAQUE", "MASK", "BLEND"] = "OPAQUE"
    extensions: MaterialExtensions | None = None


class Compressed(Part, frozen=True):
    """KHR_draco_mesh_compression of a primitive: attributes by their ids in the stream."""

    buffer_view: Index
    attributes: dict[str, Index]


class PrimitiveExtensions(Struct, frozen=True, kw_only=True):
    features: Features | None = field(default=None, name="EXT_mesh_features")
    draco: Compressed | None = field(default=None, name="KHR_draco_mesh_compression")


class Primitive(Part, frozen=True):
    attributes: Annotated[dict[str, Index], Meta(min_length=1)]
    indices: Index | None = None
    material: Index | None = None
    mode: int = 4
    targets: list[dict[str, Index]] = []
    extensions: PrimitiveExtensions | None = None


class Mesh(Part, frozen=True):
    primitives: Annotated[list[Primitive], Meta(min_length=1)]


class Node(Part, frozen=True):
    mesh: Index | None = None
    skin: Index | None = None
    children: list[Index] = []
    matrix: Annotated[list[float], Meta(min_length=16, max_length=16)] | None = None
    translation: Triple = (0.0, 0.0, 0.0)
    rotation: Quadruple = (0.0, 0.0, 0.0, 1.0)
    scale: Triple = (1.0, 1.0, 1.0)


class Scene(Part, frozen=True):
    nodes: list[Index] = []


class Sampler(Part, frozen=True):
    wrap_s: int = 10497
    wrap_t: int = 10497


class StructuralMetadata(Part, frozen=True):
    schema: Schema | None = None
    property_tables: list[PropertyTable] = []


class RelativeToCentre(Part, frozen=True):
    """CESIUM_RTC, of the first years of 3D Tiles."""

    center: Triple


class DocumentExtensions(Struct, frozen=True, kw_only=True):
    metadata: StructuralMetadata | None = field(default=None, name="EXT_structural_metadata")
    centre: RelativeToCentre | None = field(default=None, name="CESIUM_RTC")


class Asset(Part, frozen=True):
    version: Annotated[str, Meta(pattern=r"^2\.\d+$")]
    copyright: str = ""


class Document(Part, frozen=True):
    asset: Asset
    scene: Index = 0
    scenes: list[Scene] = []
    nodes: list[Node] = []
    meshes: list[Mesh] = []
    materials: list[Material] = []
    accessors: list[Accessor] = []
    buffer_views: list[BufferView] = []
    buffers: list[Buffer] = []
    images: list[Image] = []
    samplers: list[Sampler] = []
    textures: list[Texture] = []
    animations: list[dict[str, Any]] = []
    extensions_used: list[str] = []
    extensions_required: list[str] = []
    extensions: DocumentExtensions | None = None
