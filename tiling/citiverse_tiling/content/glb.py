"""One tile's content as a GLB: one mesh, one primitive per material, one buffer.

The JSON is encoded from typed structs by msgspec
(docs/decisions/0006-pygltflib-is-a-witness.md).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from citiverse_tiling.content import gltf_document as gltf
from citiverse_tiling.content.buffer import BufferBuilder
from citiverse_tiling.content.materials import MATERIALS, source_material
from citiverse_tiling.content.property_table import Column, add_property_table
from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import Wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from citiverse_tiling.model import (
        Float32Array,
        Float64Array,
        Int8Array,
        Int32Array,
        Int64Array,
        UInt8Array,
    )

LARGEST_STEP_M = 0.008
"""Positions are quantised where the step is no coarser: half a step a side stays under 1 cm."""

_SHORT_MAX = 32_767
_LARGEST_SHORT_INDEX = 65_534
"""65 535 restarts a primitive (glTF 2.0, 3.7.2.1)."""

OPAQUE, MASK, BLEND = "OPAQUE", "MASK", "BLEND"
_PALETTE, _COLOURED, _TRANSLUCENT, _FIRST_IMAGE = range(4)
"""Where a vertex has its colour from; from the last on, it is the number of an image."""

_WRAPS = {
    Wrap.REPEAT: gltf.REPEAT,
    Wrap.MIRROR: gltf.MIRRORED_REPEAT,
    Wrap.CLAMP: gltf.CLAMP_TO_EDGE,
}


@dataclass(frozen=True, slots=True)
class TileMesh:
    """What a tile shows, z up, relative to the tile's translation.

    positions    float64 (V, 3); normals int8 (V, 3) × 127; groups uint8 (V,)
    feature_ids  int64 (V,): row of the property table; None in the ground layer
    triangles    int64 (T, 3); all corners of a triangle are of one group and look
    images       int32 (V,): row of the images given to `encode_glb`, −1 for none
    texture_coordinates  float32 (V, 2): from the image's upper left corner, v downward, as in glTF
    colours      uint8 (V, 4): red, green, blue (linear) and opacity, in the place of the palette's;
                 opacity 0 where the palette's holds. Nothing is asked where there is an image
    """

    positions: Float64Array
    normals: Int8Array
    groups: UInt8Array
    feature_ids: Int64Array | None
    triangles: Int64Array
    images: Int32Array | None = None
    texture_coordinates: Float32Array | None = None
    colours: UInt8Array | None = None


@dataclass(frozen=True, slots=True)
class TileImage:
    """An image in a tile: the bytes of a JPEG or PNG file, and how to use it.

    `alpha_mode` is OPAQUE, MASK (see-through or not) or BLEND.
    """

    data: bytes
    mime_type: str
    wrap: Wrap
    alpha_mode: str = OPAQUE


class _Attribute(NamedTuple):
    """A vertex attribute in a buffer view: `stored` are the elements from vertex `first` on."""

    name: str
    stored: np.ndarray
    view: int
    component_type: int
    type: str
    first: int = 0
    normalized: bool = False


def encode_glb(
    mesh: TileMesh,
    columns: Sequence[Column],
    copyright_notice: str,
    images: Sequence[TileImage] = (),
) -> bytes:
    """The GLB (glTF 2.0, chapter 4) of a mesh with at least one triangle."""
    mesh, kinds = _sort_by_material(mesh)
    buffer = BufferBuilder()
    accessors: list[gltf.Accessor] = []
    found, vertex_starts = np.unique(kinds, return_index=True)
    vertex_ends = np.append(vertex_starts[1:], len(kinds))
    triangle_ends = np.searchsorted(kinds[mesh.triangles[:, 0]], found, side="right")
    local = mesh.triangles - np.repeat(vertex_starts, np.diff(triangle_ends, prepend=0))[:, None]
    short = int(local.max()) <= _LARGEST_SHORT_INDEX
    positions, step = _quantise(mesh.positions)
    attributes = list(_add_vertices(mesh, kinds, positions, buffer))
    index_kind = np.dtype("<u2" if short else "<u4")
    index_view = buffer.add(local.astype(index_kind).tobytes(), target=gltf.ELEMENT_ARRAY_BUFFER)
    primitives, materials = [], []
    triangle_start = 0
    for number, kind in enumerate(found.tolist()):
        start, end = int(vertex_starts[number]), int(vertex_ends[number])
        triangle_end = int(triangle_ends[number])
        source = kind // len(SurfaceGroup)
        numbers: dict[str, int] = {}
        for attribute in attributes:
            if _belongs(attribute, source):
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
        features = None if mesh.feature_ids is None else mesh.feature_ids[start:end]
        primitives.append(
            gltf.Primitive(
                gltf.Attributes(**numbers), len(accessors) - 1, number, _feature_ids(features)
            )
        )
        materials.append(_material(SurfaceGroup(kind % len(SurfaceGroup)), source, images))
        triangle_start = triangle_end
    metadata = add_property_table(columns, buffer) if columns else None
    image_views = [buffer.add(image.data) for image in images]
    samplers = sorted({image.wrap for image in images})
    data = buffer.bytes()
    document = gltf.Document(
        asset=gltf.Asset("2.0", "citiverse", copyright_notice or None),
        scene=0,
        scenes=(gltf.Scene((0,)),),
        nodes=(gltf.Node(0, (step, step, step) if step else None),),
        meshes=(gltf.Mesh(tuple(primitives)),),
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
            gltf.Texture(samplers.index(image.wrap), source) for source, image in enumerate(images)
        ),
        buffer_views=tuple(buffer.views),
        buffers=(gltf.Buffer(len(data)),),
        extensions_used=_extensions(metadata is not None),
        extensions_required=("KHR_mesh_quantization",),
        extensions=gltf.DocumentExtensions(metadata) if metadata else None,
    )
    return pack(msgspec.json.encode(document), data)


def _extensions(with_metadata: bool) -> tuple[str, ...]:
    metadata = ("EXT_mesh_features", "EXT_structural_metadata") if with_metadata else ()
    return (*metadata, "KHR_mesh_quantization")


def _material(group: SurfaceGroup, source: int, images: Sequence[TileImage]) -> gltf.Material:
    if source == _PALETTE:
        return MATERIALS[group]
    if source < _FIRST_IMAGE:
        return source_material(group, OPAQUE if source == _COLOURED else BLEND)
    number = source - _FIRST_IMAGE
    return source_material(group, images[number].alpha_mode, number)


def _sources(mesh: TileMesh) -> Int64Array:
    """Where each vertex has its colour from, (V,)."""
    sources = np.full(len(mesh.groups), _PALETTE, np.int64)
    if mesh.colours is not None:
        opacity = mesh.colours[:, 3]
        sources[opacity > 0] = _TRANSLUCENT
        sources[opacity == 255] = _COLOURED
    if mesh.images is not None:
        sources = np.where(mesh.images >= 0, _FIRST_IMAGE + mesh.images, sources)
    return sources


def _sort_by_material(mesh: TileMesh) -> tuple[TileMesh, Int64Array]:
    """Vertices by material, and triangles by vertex, so that each is one run of both.

    Also tells which one, (V,): where its colour is from × the number of groups + its group.
    """
    kinds = _sources(mesh) * len(SurfaceGroup) + mesh.groups
    order = np.argsort(kinds, kind="stable")
    new_rows = np.empty(len(order), np.int64)
    new_rows[order] = np.arange(len(order))
    triangles = new_rows[mesh.triangles]
    kinds = kinds[order]
    by_kind = np.argsort(kinds[triangles[:, 0]], kind="stable")
    sorted_mesh = TileMesh(
        mesh.positions[order],
        mesh.normals[order],
        mesh.groups[order],
        None if mesh.feature_ids is None else mesh.feature_ids[order],
        triangles[by_kind],
        None if mesh.images is None else mesh.images[order],
        None if mesh.texture_coordinates is None else mesh.texture_coordinates[order],
        None if mesh.colours is None else mesh.colours[order],
    )
    return sorted_mesh, kinds


def _quantise(positions: Float64Array) -> tuple[np.ndarray, float | None]:
    """Positions y up, as int16 with their step in metres, or as float32 with None."""
    y_up = positions[:, [0, 2, 1]] * np.array([1.0, 1.0, -1.0])
    step = max(float(np.abs(y_up).max()) / _SHORT_MAX, 1e-6)
    if step > LARGEST_STEP_M:
        return np.ascontiguousarray(y_up, "<f4"), None
    return np.rint(y_up / step).astype("<i2"), step


def _add_vertices(
    mesh: TileMesh, kinds: Int64Array, positions: np.ndarray, buffer: BufferBuilder
) -> Iterator[_Attribute]:
    """Put all attributes into buffer views; elements begin at multiples of 4."""
    target = gltf.ARRAY_BUFFER
    is_short = positions.dtype.itemsize == 2
    padded = positions
    if is_short:
        padded = np.zeros((len(positions), 4), "<i2")
        padded[:, :3] = positions
    view = buffer.add(padded.tobytes(), padded.strides[0], target)
    kind = gltf.SHORT if is_short else gltf.FLOAT
    yield _Attribute("position", padded, view, kind, "VEC3")
    normals = np.zeros((len(positions), 4), np.int8)
    normals[:, :3] = mesh.normals[:, [0, 2, 1]]
    normals[:, 2] *= -1
    view = buffer.add(normals.tobytes(), 4, target)
    yield _Attribute("normal", normals, view, gltf.BYTE, "VEC3", normalized=True)
    if mesh.feature_ids is not None:
        ids = mesh.feature_ids.astype("<u4")[:, None]
        view = buffer.add(ids.tobytes(), 4, target)
        yield _Attribute("feature_id", ids, view, gltf.UNSIGNED_SHORT, "SCALAR")
    bounds = np.array([_COLOURED, _FIRST_IMAGE]) * len(SurfaceGroup)
    coloured, textured = np.searchsorted(kinds, bounds).tolist()
    if mesh.colours is not None and coloured < textured:
        colours = np.ascontiguousarray(mesh.colours[coloured:textured])
        view = buffer.add(colours.tobytes(), 4, target)
        yield _Attribute("colours", colours, view, gltf.UNSIGNED_BYTE, "VEC4", coloured, True)
    if mesh.texture_coordinates is not None and textured < len(kinds):
        places = _packed(mesh.texture_coordinates[textured:])
        is_short = places.dtype.itemsize == 2
        view = buffer.add(places.tobytes(), places.strides[0], target)
        kind = gltf.UNSIGNED_SHORT if is_short else gltf.FLOAT
        yield _Attribute("texture_coordinates", places, view, kind, "VEC2", textured, is_short)


def _packed(coordinates: Float32Array) -> np.ndarray:
    """Texture coordinates as shorts from 0 to 1, or as floats where some are beyond."""
    if coordinates.min() < 0 or coordinates.max() > 1:
        return np.ascontiguousarray(coordinates, "<f4")
    shorts: np.ndarray = np.rint(coordinates * np.float32(65_535)).astype("<u2")
    return np.ascontiguousarray(shorts)


def _belongs(attribute: _Attribute, source: int) -> bool:
    """Whether vertices that have their colour from there have the attribute."""
    if attribute.name == "texture_coordinates":
        return source >= _FIRST_IMAGE
    return attribute.name != "colours" or source in (_COLOURED, _TRANSLUCENT)


def _accessor(attribute: _Attribute, start: int, end: int) -> gltf.Accessor:
    """The accessor of the vertices from `start` to `end`; only positions tell their bounds."""
    rows = attribute.stored[start - attribute.first : end - attribute.first]
    low = high = None
    if attribute.name == "position":
        low, high = tuple(rows[:, :3].min(axis=0).tolist()), tuple(rows[:, :3].max(axis=0).tolist())
    return gltf.Accessor(
        attribute.view,
        attribute.component_type,
        end - start,
        attribute.type,
        (start - attribute.first) * attribute.stored.strides[0],
        attribute.normalized,
        low,
        high,
    )


def _feature_ids(features: Int64Array | None) -> gltf.PrimitiveExtensions | None:
    if features is None:
        return None
    count = len(np.unique(features))
    return gltf.PrimitiveExtensions(gltf.MeshFeatures((gltf.FeatureIds(count, 0, 0),)))


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
