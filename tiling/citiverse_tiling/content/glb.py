"""One tile's content as a GLB: one mesh, one primitive per material, one buffer.

The JSON is encoded from typed structs by msgspec
(docs/decisions/0006-pygltflib-is-a-witness.md).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.content import gltf_document as gltf
from citiverse_tiling.content.buffer import BufferBuilder
from citiverse_tiling.content.copies import add_instances
from citiverse_tiling.content.materials import MATERIALS, source_material
from citiverse_tiling.content.mesh_layout import lay_out
from citiverse_tiling.content.property_table import Column, add_property_table
from citiverse_tiling.content.vertices import (
    COLOURED,
    COPIED_STEP_M,
    FIRST_IMAGE,
    PALETTE,
    Attribute,
    add_vertices,
    belongs,
    stored,
)
from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import Wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.content.copies import Copies
    from citiverse_tiling.model import (
        Float32Array,
        Float64Array,
        Int8Array,
        Int32Array,
        Int64Array,
        UInt8Array,
    )
    from citiverse_tiling.options import ImageEncoding

NO_FEATURE = 65_535
"""The feature id of vertices that belong to none, where others of the tile do."""

_LARGEST_SHORT_INDEX = 65_534
"""65 535 restarts a primitive (glTF 2.0, 3.7.2.1)."""

_SMOOTH = np.zeros(len(SurfaceGroup), np.bool_)
_SMOOTH[SurfaceGroup.TERRAIN : SurfaceGroup.MARKING + 1] = True
_SMOOTH[SurfaceGroup.MESH] = True
"""Groups whose faces share vertices."""

EXT_MESH_FEATURES, EXT_STRUCTURAL_METADATA = "EXT_mesh_features", "EXT_structural_metadata"
EXT_MESH_GPU_INSTANCING = "EXT_mesh_gpu_instancing"
EXT_INSTANCE_FEATURES = "EXT_instance_features"

WEBP = "image/webp"
OPAQUE, MASK, BLEND = "OPAQUE", "MASK", "BLEND"
_WRAPS = {
    Wrap.REPEAT: gltf.REPEAT,
    Wrap.MIRROR: gltf.MIRRORED_REPEAT,
    Wrap.CLAMP: gltf.CLAMP_TO_EDGE,
}


@dataclass(frozen=True, slots=True)
class TileMesh:
    """What a tile shows, z up, relative to the tile's translation.

    positions    float64 (V, 3); normals int8 (V, 3) × 127; groups uint8 (V,)
    feature_ids  int64 (V,): row of the property table, or NO_FEATURE; None in the ground layer
    triangles    int64 (T, 3); all corners of a triangle are of one group and look
    images       int32 (V,): row of the images given to `encode_glb`, −1 for none
    texture_coordinates  float32 (V, 2): from the image's upper left corner, v downward, as in glTF
    colours      uint8 (V, 4): red, green, blue (linear) and opacity, in the place of the palette's;
                 opacity 0 where the palette's holds. Nothing is asked where there is an image
    error_m      how far it may be from what it stands for: its positions are rounded accordingly
    """

    positions: Float64Array
    normals: Int8Array
    groups: UInt8Array
    feature_ids: Int64Array | None
    triangles: Int64Array
    images: Int32Array | None = None
    texture_coordinates: Float32Array | None = None
    colours: UInt8Array | None = None
    error_m: float = 0.0


@dataclass(frozen=True, slots=True)
class TileImage:
    """An image in a tile: the bytes of a WebP, JPEG or PNG file, and how to use it.

    `alpha_mode` is OPAQUE, MASK (see-through or not) or BLEND.
    """

    data: bytes
    mime_type: str
    wrap: Wrap
    alpha_mode: str = OPAQUE


@dataclass(frozen=True, slots=True)
class Imprint:
    """What all tiles of a scene have alike.

    With `compress`, positions, normals and texture coordinates are rounded (KHR_mesh_quantization)
    and compressed (EXT_meshopt_compression), which readers must then know. Without, a tile is plain
    glTF 2.0 with floats.
    """

    copyright_notice: str = ""
    compress: bool = True
    images: ImageEncoding = "webp"


def encode_glb(
    mesh: TileMesh,
    columns: Sequence[Column],
    imprint: Imprint,
    images: Sequence[TileImage] = (),
    copies: Sequence[Copies] = (),
) -> bytes:
    """The GLB (glTF 2.0, chapter 4) of a mesh with at least one triangle.

    Of `copies`, the mesh of the first feature of each is drawn in the places of all of them.
    """
    vertices, looks = stored(mesh, [int(one.features[0]) for one in copies])
    smooth = _SMOOTH[looks.groups][vertices.primitives]
    kept, triangles = lay_out(vertices.rows(), mesh.triangles, smooth)
    vertices = vertices.take(kept)
    buffer = BufferBuilder(imprint.compress)
    accessors: list[gltf.Accessor] = []
    vertex_starts = np.searchsorted(vertices.primitives, np.arange(len(looks.groups)))
    vertex_ends = np.append(vertex_starts[1:], len(kept))
    triangle_ends = np.searchsorted(triangles.max(axis=1), vertex_ends)
    local = triangles - np.repeat(vertex_starts, np.diff(triangle_ends, prepend=0))[:, None]
    short = int(local.max()) <= _LARGEST_SHORT_INDEX
    attributes = list(add_vertices(vertices, looks, buffer))
    index_kind = np.dtype("<u2" if short else "<u4")
    index_view = buffer.add_triangles(local.astype(index_kind).ravel())
    meshes: dict[int, list[gltf.Primitive]] = {}
    materials: list[gltf.Material] = []
    triangle_start = 0
    for number, (source, owner, group) in enumerate(np.stack(looks, axis=1).tolist()):
        start, end = int(vertex_starts[number]), int(vertex_ends[number])
        triangle_end = int(triangle_ends[number])
        numbers: dict[str, int] = {}
        for attribute in attributes:
            if belongs(attribute, source, owner):
                numbers[attribute.name] = len(accessors)
                accessors.append(_accessor(attribute, start, end))
        accessors.append(
            gltf.Accessor(
                index_view,
                gltf.UNSIGNED_SHORT if short else gltf.UNSIGNED_INT,
                (triangle_end - triangle_start) * 3,
                "SCALAR",
                triangle_start * 3 * index_kind.itemsize,
            )
        )
        is_own = vertices.features is not None and owner == 0
        features = (
            vertices.features[start:end] if vertices.features is not None and is_own else None
        )
        material = _material(SurfaceGroup(group), source, images)
        if material not in materials:
            materials.append(material)
        meshes.setdefault(owner, []).append(
            gltf.Primitive(
                gltf.Attributes(**numbers),
                len(accessors) - 1,
                materials.index(material),
                _feature_ids(features),
            )
        )
        triangle_start = triangle_end
    metadata = add_property_table(columns, buffer) if columns else None
    image_views = [buffer.add(image.data) for image in images]
    samplers = sorted({image.wrap for image in images})
    is_short = attributes[0].component_type == gltf.SHORT
    nodes = []
    for number, owner in enumerate(sorted(meshes)):
        unit_m = (COPIED_STEP_M if owner else vertices.step) if is_short else 1.0
        placed = add_instances(copies[owner - 1], unit_m, accessors, buffer) if owner else None
        scale = (unit_m,) * 3 if is_short else None
        nodes.append(gltf.Node(number, scale, extensions=placed))
    required = ("KHR_mesh_quantization", *buffer.extensions()) if imprint.compress else ()
    used = [EXT_STRUCTURAL_METADATA] if metadata else []
    if 0 in meshes and metadata:
        used.insert(0, EXT_MESH_FEATURES)
    if copies:
        required = (EXT_MESH_GPU_INSTANCING, *required)
        used.insert(0, EXT_INSTANCE_FEATURES)
    if any(image.mime_type == WEBP for image in images):
        required = ("EXT_texture_webp", *required)
    document = gltf.Document(
        asset=gltf.Asset("2.0", "citiverse", imprint.copyright_notice or None),
        scene=0,
        scenes=(gltf.Scene(tuple(range(len(nodes)))),),
        nodes=tuple(nodes),
        meshes=tuple(gltf.Mesh(tuple(meshes[owner])) for owner in sorted(meshes)),
        materials=tuple(materials),
        accessors=tuple(accessors),
        images=tuple(
            gltf.Image(view, image.mime_type)
            for view, image in zip(image_views, images, strict=True)
        ),
        samplers=tuple(
            gltf.Sampler(gltf.LINEAR, gltf.LINEAR_MIPMAP_LINEAR, _WRAPS[wrap], _WRAPS[wrap])
            for wrap in samplers
        ),
        textures=tuple(
            _texture(source, samplers.index(image.wrap), image.mime_type)
            for source, image in enumerate(images)
        ),
        buffer_views=tuple(buffer.views),
        buffers=buffer.buffers(),
        extensions_used=(*used, *required),
        extensions_required=required,
        extensions=gltf.DocumentExtensions(metadata) if metadata else None,
    )
    return pack(msgspec.json.encode(document), buffer.bytes())


def _texture(source: int, sampler: int, mime_type: str) -> gltf.Texture:
    if mime_type == WEBP:
        return gltf.Texture(sampler, extensions=gltf.TextureExtensions(gltf.ImageSource(source)))
    return gltf.Texture(sampler, source)


def _material(group: SurfaceGroup, source: int, images: Sequence[TileImage]) -> gltf.Material:
    if source == PALETTE:
        return MATERIALS[group]
    if source < FIRST_IMAGE:
        return source_material(group, OPAQUE if source == COLOURED else BLEND)
    number = source - FIRST_IMAGE
    return source_material(group, images[number].alpha_mode, number)


def _accessor(attribute: Attribute, start: int, end: int) -> gltf.Accessor:
    """The accessor of the vertices from `start` to `end`; only positions tell their bounds."""
    first, last = start - attribute.first, end - attribute.first
    low = high = None
    if attribute.name == "position":
        rows = attribute.stored[first:last]
        low, high = tuple(rows.min(axis=0).tolist()), tuple(rows.max(axis=0).tolist())
    return gltf.Accessor(
        attribute.view,
        attribute.component_type,
        end - start,
        attribute.type,
        first * attribute.stride,
        attribute.normalized,
        low,
        high,
    )


def _feature_ids(features: np.ndarray | None) -> gltf.PrimitiveExtensions | None:
    if features is None:
        return None
    found = np.unique(features)
    has_none = int(found[-1]) == NO_FEATURE
    if has_none and len(found) == 1:
        return None
    ids = gltf.FeatureIds(len(found) - has_none, 0, 0, NO_FEATURE if has_none else None)
    return gltf.PrimitiveExtensions(gltf.MeshFeatures((ids,)))


def pack(document: bytes, data: bytes) -> bytes:
    """GLB container; the JSON is padded so that the buffer begins at a multiple of 8 bytes."""
    document += b" " * (-(28 + len(document)) % 8)
    total = 28 + len(document) + len(data)
    return b"".join(
        [
            struct.pack("<4sII", b"glTF", 2, total),
            struct.pack("<I4s", len(document), b"JSON"),
            document,
            struct.pack("<I4s", len(data), b"BIN\x00"),
            data,
        ]
    )
