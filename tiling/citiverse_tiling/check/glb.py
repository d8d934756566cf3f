"""Reads a GLB by its accessors and views, knowing only the standards and not how we write."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import meshopt
import msgspec
import numpy as np

from citiverse_tiling.check.instances import Instances
from citiverse_tiling.content import gltf_document as gltf
from citiverse_tiling.content.glb import NO_FEATURE
from citiverse_tiling.model import AttributeValue

if TYPE_CHECKING:
    import numpy.typing as npt

    from citiverse_tiling.model import Float64Array, Int64Array

_TYPES = {
    gltf.BYTE: "i1",
    gltf.UNSIGNED_BYTE: "u1",
    gltf.SHORT: "<i2",
    gltf.UNSIGNED_SHORT: "<u2",
    gltf.UNSIGNED_INT: "<u4",
    gltf.FLOAT: "<f4",
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_ALIGNMENT = 8
_UNIT_ROUNDING = 0.001
_MOST_TRIANGLES = 8_000_000
_LARGEST_VIEW = 256 * 1024 * 1024
"""Bytes of one that is compressed: what it is decoded to is allocated before it is read."""

_NUMBERS = {"INT8": "i1", "INT16": "<i2", "INT32": "<i4", "FLOAT32": "<f4", "FLOAT64": "<f8"}
_OFFSETS = {"UINT8": "u1", "UINT16": "<u2", "UINT32": "<u4"}
_SIGNATURES = {
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
}


Values: TypeAlias = Sequence[AttributeValue | None]
"""Of a property, a row each: text is never None, "" says that there is none."""


class BadGlb(ValueError):
    """The file breaks glTF 2.0 or one of the extensions; the text says how."""


@dataclass(frozen=True, slots=True)
class Primitive:
    """positions (V, 3) in the content frame, normals (V, 3), feature ids (V,), triangles (T, 3).

    image                of the GLB's images, −1 for none; wrap are its sampler's modes
    texture_coordinates  (V, 2) from the image's upper left corner, None without an image
    colours              (V, 4) linear, 0 … 1; None where the material's factor holds
    """

    material: str
    positions: Float64Array
    normals: Float64Array
    feature_ids: Int64Array | None
    triangles: Int64Array
    image: int = -1
    wrap: tuple[int, int] = (gltf.REPEAT, gltf.REPEAT)
    texture_coordinates: Float64Array | None = None
    colours: Float64Array | None = None
    alpha_mode: str = "OPAQUE"


@dataclass(frozen=True, slots=True)
class Glb:
    """What a GLB holds: its primitives, what stands in many places, and its property table.

    primitives  of what stands in its place
    plants      instances of kinds of plants; `copies` are those of all else
    columns     of the property table, by id
    images      the bytes of the image files in it
    """

    primitives: tuple[Primitive, ...]
    plants: tuple[Instances, ...]
    copies: tuple[Instances, ...]
    columns: dict[str, Values]
    copyright_notice: str
    images: tuple[bytes, ...] = ()


def decode_glb(data: bytes) -> Glb:
    """The contents of a GLB. BadGlb where it breaks the standards."""
    document, buffer = _unpack(data)
    reader = _Reader(document, buffer)
    own = [node for node in document.nodes if node.extensions is None]
    meshes = sorted(node.mesh for node in document.nodes)
    if len(own) > 1 or not meshes or meshes != list(range(len(document.meshes))):
        raise BadGlb("it isn't one mesh a node, of which one has no instances")
    instances = [reader.instances(node) for node in document.nodes if node.extensions]
    metadata = document.extensions and document.extensions.structural_metadata
    columns = reader.columns(metadata) if metadata else {}
    images = tuple(reader.image(image) for image in document.images)
    return Glb(
        tuple(one for node in own for one in reader.primitives(node)),
        tuple(one for one in instances if one.kind),
        tuple(one for one in instances if not one.kind),
        columns,
        document.asset.copyright or "",
        images,
    )


def geometry_bytes(data: bytes) -> bytes:
    """What a GLB stores of vertices, instances and indices, view by view. BadGlb likewise."""
    document, buffer = _unpack(data)
    parts = []
    for view in document.buffer_views:
        packed = view.extensions and view.extensions.compressed
        stored = packed or view
        if packed or view.target is not None:
            parts.append(buffer[stored.byte_offset : stored.byte_offset + stored.byte_length])
    return b"".join(parts)


def _unpack(data: bytes) -> tuple[gltf.Document, bytes]:
    """JSON and binary chunk (glTF 2.0, chapter 4.4)."""
    if len(data) < 28:
        raise BadGlb("it is too short")
    magic, version, total, json_size, json_type = struct.unpack_from("<4sIII4s", data)
    if (magic, version, json_type) != (b"glTF", 2, b"JSON") or total != len(data):
        raise BadGlb("its header isn't that of a GLB of its size")
    start = 20 + json_size
    if start % 4 or start + 8 > len(data):
        raise BadGlb("its JSON chunk is longer than the file")
    size, kind = struct.unpack_from("<I4s", data, start)
    if kind != b"BIN\x00" or start + 8 + size != len(data):
        raise BadGlb("its binary chunk isn't the rest of the file")
    if (start + 8) % _ALIGNMENT:
        raise BadGlb("its buffer isn't aligned to 8 bytes")
    try:
        document = msgspec.json.decode(data[20:start], type=gltf.Document)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadGlb(f"its JSON can't be read: {error}") from error
    if not document.buffers or document.buffers[0].byte_length > size:
        raise BadGlb("its buffer is longer than its binary chunk")
    if any(one.extensions is None for one in document.buffers[1:]):
        raise BadGlb("a buffer beside its first isn't one that decoded views make up")
    return document, data[start + 8 :]


@dataclass(frozen=True, slots=True)
class _Reader:
    document: gltf.Document
    buffer: bytes

    def view(self, number: int, alignment: int = 1) -> bytes:
        """Bytes of a buffer view, decoded where it is compressed."""
        if not 0 <= number < len(self.document.buffer_views):
            raise BadGlb(f"there is no buffer view {number}")
        view = self.document.buffer_views[number]
        buffers = self.document.buffers
        if not 0 <= view.buffer < len(buffers) or (view.buffer == 0) == bool(view.extensions):
            raise BadGlb(f"buffer view {number} is of another buffer than it should be")
        end = view.byte_offset + view.byte_length
        if (
            min(view.byte_offset, view.byte_length - 1) < 0
            or end > buffers[view.buffer].byte_length
        ):
            raise BadGlb(f"buffer view {number} is outside of the buffer")
        if view.byte_offset % alignment:
            raise BadGlb(f"buffer view {number} isn't aligned to {alignment} bytes")
        if view.extensions and view.extensions.compressed:
            return self._decompressed(number, view, view.extensions.compressed)
        return self.buffer[view.byte_offset : end]

    def _decompressed(
        self, number: int, view: gltf.BufferView, packed: gltf.CompressedView
    ) -> bytes:
        """EXT_meshopt_compression: the rows that a view's data stand for."""
        end = packed.byte_offset + packed.byte_length
        if packed.buffer != 0 or packed.byte_offset < 0 or not 0 < end <= len(self.buffer):
            raise BadGlb(f"what buffer view {number} is compressed to is outside of the buffer")
        size, count = packed.byte_stride, packed.count
        if not 0 < count * size == view.byte_length <= _LARGEST_VIEW:
            raise BadGlb(f"buffer view {number} is of another size than its rows")
        data = self.buffer[packed.byte_offset : end]
        try:
            rows = meshopt.decode_gltf_buffer(data, count, size, packed.mode, packed.filter)
        except (ValueError, RuntimeError) as error:
            raise BadGlb(f"buffer view {number} can't be decompressed") from error
        return bytes(rows.tobytes())

    def array(self, number: int) -> npt.NDArray[np.generic]:
        """Elements of an accessor, (count, width), as stored."""
        if not 0 <= number < len(self.document.accessors):
            raise BadGlb(f"there is no accessor {number}")
        accessor = self.document.accessors[number]
        kind, width = _TYPES.get(accessor.component_type), _WIDTHS.get(accessor.type)
        if kind is None or width is None or accessor.count < 1 or accessor.byte_offset < 0:
            raise BadGlb(f"accessor {number} has an unknown type or no elements")
        data = self.view(accessor.buffer_view)
        size = np.dtype(kind).itemsize
        stride = self.document.buffer_views[accessor.buffer_view].byte_stride or size * width
        last = accessor.byte_offset + stride * (accessor.count - 1) + size * width
        if last > len(data) or accessor.byte_offset % size:
            raise BadGlb(f"accessor {number} is outside of its buffer view")
        return np.ndarray((accessor.count, width), kind, data, accessor.byte_offset, (stride, size))

    def primitives(self, node: gltf.Node) -> tuple[Primitive, ...]:
        """Those of a node's mesh."""
        scale = np.array(node.scale or (1.0, 1.0, 1.0))
        mesh = self.document.meshes[node.mesh]
        return tuple(self.primitive(one, scale) for one in mesh.primitives)

    def instances(self, node: gltf.Node) -> Instances:
        """A node of instances: its mesh, places, turns, sizes and features, each as many."""
        if node.extensions is None:
            raise BadGlb("a node has no instances")
        scale = np.array(node.scale or (1.0, 1.0, 1.0))
        if len(set(scale.tolist())) != 1:
            raise BadGlb("instances aren't of the same scale along each axis")
        attributes = node.extensions.instancing.attributes
        ids = self.array(attributes.feature_id).astype(np.int64).ravel()
        places = self.array(attributes.translation).astype(np.float64) * scale
        turns, sizes = np.tile([0.0, 0.0, 0.0, 1.0], (len(ids), 1)), np.ones((len(ids), 3))
        if attributes.rotation is not None:
            turns = self.array(attributes.rotation).astype(np.float64)
        if attributes.scale is not None:
            sizes = self.array(attributes.scale).astype(np.float64)
        if not (places.shape == sizes.shape == (len(ids), 3) and turns.shape == (len(ids), 4)):
            raise BadGlb("places, turns, sizes and feature ids of instances aren't as many")
        lengths = np.linalg.norm(turns, axis=1)
        if not (np.isfinite(places).all() and (np.abs(lengths - 1) < _UNIT_ROUNDING).all()):
            raise BadGlb("an instance stands nowhere, or its turn isn't of length 1")
        if not (np.isfinite(sizes).all() and (sizes > 0).all()):
            raise BadGlb("an instance has no size")
        self._check_features(node.extensions.features, ids)
        turns /= lengths[:, None]
        found = Instances(node.name or "", self.primitives(node), places, turns, sizes, ids)
        if found.triangles > _MOST_TRIANGLES:
            raise BadGlb(f"its instances have {found.triangles:,} triangles")
        return found

    def primitive(self, primitive: gltf.Primitive, scale: Float64Array) -> Primitive:
        """A primitive's arrays, checked against each other."""
        attributes = primitive.attributes
        stored = self.array(attributes.position)
        self._check_bounds(attributes.position, stored)
        normals = self.array(attributes.normal).astype(np.float64)
        if self.document.accessors[attributes.normal].normalized:
            normals = np.maximum(normals / 127, -1)
        indices = self.array(primitive.indices).astype(np.int64).ravel()
        if stored.shape[1] != 3 or normals.shape != stored.shape:
            raise BadGlb("positions and normals aren't as many vectors of three")
        if len(indices) % 3 or int(indices.max()) >= len(stored):
            raise BadGlb("the indices don't fit the positions")
        ids = None
        if attributes.feature_id is not None:
            ids = self.array(attributes.feature_id).astype(np.int64).ravel()
            extensions = primitive.extensions
            self._check_features(extensions.mesh_features if extensions else None, ids)
        if not 0 <= primitive.material < len(self.document.materials):
            raise BadGlb(f"there is no material {primitive.material}")
        material = self.document.materials[primitive.material]
        info = material.pbr_metallic_roughness.base_color_texture
        image, wrap = (-1, (gltf.REPEAT, gltf.REPEAT)) if info is None else self._texture(info)
        places = self._normalised(attributes.texture_coordinates, 2, len(stored))
        if (places is None) != (info is None):
            raise BadGlb("TEXCOORD_0 and a texture don't go together")
        return Primitive(
            material.name,
            stored.astype(np.float64) * scale,
            normals,
            ids,
            indices.reshape(-1, 3),
            image,
            wrap,
            places,
            self._normalised(attributes.colours, 4, len(stored)),
            material.alpha_mode,
        )

    def _texture(self, info: gltf.TextureInfo) -> tuple[int, tuple[int, int]]:
        """The image of a texture, and how its sampler wraps it."""
        if not 0 <= info.index < len(self.document.textures):
            raise BadGlb(f"there is no texture {info.index}")
        texture = self.document.textures[info.index]
        if not 0 <= texture.image < len(self.document.images):
            raise BadGlb(f"there is no image {texture.image}")
        if not 0 <= texture.sampler < len(self.document.samplers):
            raise BadGlb(f"there is no sampler {texture.sampler}")
        sampler = self.document.samplers[texture.sampler]
        return texture.image, (sampler.wrap_s, sampler.wrap_t)

    def image(self, image: gltf.Image) -> bytes:
        """The bytes of an image file, which begin as its type asks."""
        data = self.view(image.buffer_view)
        signature = _SIGNATURES.get(image.mime_type)
        if signature is None or not signature.match(data):
            raise BadGlb(f"an image isn't {image.mime_type}")
        return data

    def _normalised(self, number: int | None, width: int, count: int) -> Float64Array | None:
        """Elements of an accessor, whole numbers as parts of their greatest; None without one."""
        if number is None:
            return None
        stored = self.array(number)
        if stored.shape != (count, width):
            raise BadGlb(f"accessor {number} isn't as many vectors of {width} as positions")
        values = stored.astype(np.float64)
        if not np.isfinite(values).all():
            raise BadGlb(f"accessor {number} holds what is no number")
        if self.document.accessors[number].normalized:
            values /= 2 ** (8 * stored.dtype.itemsize) - 1
        return values

    def _check_bounds(self, number: int, stored: npt.NDArray[np.generic]) -> None:
        accessor = self.document.accessors[number]
        low, high = stored.min(axis=0).tolist(), stored.max(axis=0).tolist()
        if list(accessor.min or ()) != low or list(accessor.max or ()) != high:
            raise BadGlb(f"min and max of accessor {number} aren't those of its elements")

    def _check_features(self, extension: gltf.MeshFeatures | None, ids: Int64Array) -> None:
        """EXT_mesh_features, EXT_instance_features: counts, and the table that is pointed at."""
        if extension is None and (ids == NO_FEATURE).all():
            return
        if not extension or len(extension.feature_ids) != 1:
            raise BadGlb("feature ids have no EXT_mesh_features or EXT_instance_features")
        features = extension.feature_ids[0]
        if features.attribute != 0 or features.property_table != 0:
            raise BadGlb("the feature ids don't point from attribute 0 to property table 0")
        known = ids if features.null_feature_id is None else ids[ids != features.null_feature_id]
        if features.feature_count != len(np.unique(known)):
            raise BadGlb("featureCount isn't the number of features")

    def columns(self, metadata: gltf.StructuralMetadata) -> dict[str, Values]:
        """The columns of property table 0 (EXT_structural_metadata, binary table format)."""
        if len(metadata.property_tables) != 1:
            raise BadGlb("there isn't one property table")
        table = metadata.property_tables[0]
        definition = metadata.schema.classes.get(table.class_)
        if definition is None or not set(definition.properties) >= set(table.properties):
            raise BadGlb("the property table doesn't fit its class")
        return {
            name: self._column(one, table.properties[name], table.count)
            if name in table.properties
            else _defaults(one, table.count)
            for name, one in definition.properties.items()
        }

    def _column(
        self, definition: gltf.ClassProperty, column: gltf.TableProperty, count: int
    ) -> Values:
        values = self.view(column.values, _ALIGNMENT)
        if definition.type == "BOOLEAN":
            bits = np.unpackbits(np.frombuffer(values, np.uint8), bitorder="little")
            if len(bits) < count:
                raise BadGlb("a column of booleans is too short")
            return [bool(bit) for bit in bits[:count]]
        if definition.type == "SCALAR" and definition.component_type in _NUMBERS:
            kind = np.dtype(_NUMBERS[definition.component_type])
            if len(values) != kind.itemsize * count:
                raise BadGlb("a column of numbers has another length than its table")
            numbers: list[float | None] = np.frombuffer(values, kind).astype(np.float64).tolist()
            return [None if number == definition.no_data else number for number in numbers]
        if definition.type != "STRING" or column.string_offsets is None:
            raise BadGlb(f"a column is of the type {definition.type}")
        kind = np.dtype(_OFFSETS.get(column.string_offset_type or "UINT32", "<u4"))
        stored = self.view(column.string_offsets, _ALIGNMENT)
        if len(stored) != kind.itemsize * (count + 1):
            raise BadGlb("the offsets of a column of strings aren't as many as its rows and one")
        offsets = np.frombuffer(stored, kind).astype(np.int64)
        if offsets[-1] > len(values) or np.any(np.diff(offsets) < 0):
            raise BadGlb("the offsets of a column of strings don't fit it")
        try:
            return [values[a:b].decode() for a, b in pairwise(offsets.tolist())]
        except UnicodeDecodeError as error:
            raise BadGlb(f"a string isn't UTF-8: {error}") from error


def _defaults(definition: gltf.ClassProperty, count: int) -> Values:
    """What a property without a column is in every row: its default, or nothing."""
    if definition.type == "STRING":
        return [str(definition.default or "")] * count
    return [definition.default] * count
