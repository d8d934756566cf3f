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
from citiverse_tiling.content.materials import MATERIALS
from citiverse_tiling.content.property_table import Column, add_property_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.model import Float64Array, Int8Array, Int64Array, UInt8Array

LARGEST_STEP_M = 0.008
"""Positions are quantised where the step is no coarser: half a step a side stays under 1 cm."""

_SHORT_MAX = 32_767
_LARGEST_SHORT_INDEX = 65_534
"""65 535 restarts a primitive (glTF 2.0, 3.7.2.1)."""


@dataclass(frozen=True, slots=True)
class TileMesh:
    """What a tile shows, z up, relative to the tile's translation.

    positions    float64 (V, 3); normals int8 (V, 3) × 127; groups uint8 (V,)
    feature_ids  int64 (V,): row of the property table; None in the ground layer
    triangles    int64 (T, 3); all corners of a triangle are of one group
    """

    positions: Float64Array
    normals: Int8Array
    groups: UInt8Array
    feature_ids: Int64Array | None
    triangles: Int64Array


def encode_glb(mesh: TileMesh, columns: Sequence[Column], copyright_notice: str) -> bytes:
    """The GLB (glTF 2.0, chapter 4) of a mesh with at least one triangle."""
    mesh = _sort_by_group(mesh)
    buffer = BufferBuilder()
    accessors: list[gltf.Accessor] = []
    groups, vertex_starts = np.unique(mesh.groups, return_index=True)
    vertex_ends = np.append(vertex_starts[1:], len(mesh.groups))
    triangle_ends = np.searchsorted(mesh.groups[mesh.triangles[:, 0]], groups, side="right")
    local = mesh.triangles - np.repeat(vertex_starts, np.diff(triangle_ends, prepend=0))[:, None]
    short = int(local.max()) <= _LARGEST_SHORT_INDEX
    positions, step = _quantise(mesh.positions)
    views = _add_vertices(mesh, positions, buffer)
    index_kind = np.dtype("<u2" if short else "<u4")
    index_view = buffer.add(local.astype(index_kind).tobytes(), target=gltf.ELEMENT_ARRAY_BUFFER)
    primitives = []
    triangle_start = 0
    for number in range(len(groups)):
        start, end = int(vertex_starts[number]), int(vertex_ends[number])
        triangle_end = int(triangle_ends[number])
        first = len(accessors)
        accessors.extend(_vertex_accessors(positions[start:end], views, start, mesh))
        accessors.append(
            gltf.Accessor(
                index_view,
                gltf.UNSIGNED_SHORT if short else gltf.UNSIGNED_INT,
                (triangle_end - triangle_start) * 3,
                "SCALAR",
                triangle_start * 3 * index_kind.itemsize,
            )
        )
        primitives.append(_primitive(first, number, mesh, start, end))
        triangle_start = triangle_end
    metadata = add_property_table(columns, buffer) if columns else None
    data = buffer.bytes()
    document = gltf.Document(
        asset=gltf.Asset("2.0", "citiverse", copyright_notice or None),
        scene=0,
        scenes=(gltf.Scene((0,)),),
        nodes=(gltf.Node(0, (step, step, step) if step else None),),
        meshes=(gltf.Mesh(tuple(primitives)),),
        materials=tuple(MATERIALS[group] for group in groups.tolist()),
        accessors=tuple(accessors),
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


def _sort_by_group(mesh: TileMesh) -> TileMesh:
    """Vertices by group, and triangles by vertex, so that each group is one run of both."""
    order = np.argsort(mesh.groups, kind="stable")
    new_rows = np.empty(len(order), np.int64)
    new_rows[order] = np.arange(len(order))
    triangles = new_rows[mesh.triangles]
    groups = mesh.groups[order]
    by_group = np.argsort(groups[triangles[:, 0]], kind="stable")
    return TileMesh(
        mesh.positions[order],
        mesh.normals[order],
        groups,
        None if mesh.feature_ids is None else mesh.feature_ids[order],
        triangles[by_group],
    )


def _quantise(positions: Float64Array) -> tuple[np.ndarray, float | None]:
    """Positions y up, as int16 with their step in metres, or as float32 with None."""
    y_up = positions[:, [0, 2, 1]] * np.array([1.0, 1.0, -1.0])
    step = max(float(np.abs(y_up).max()) / _SHORT_MAX, 1e-6)
    if step > LARGEST_STEP_M:
        return y_up.astype("<f4"), None
    return np.rint(y_up / step).astype("<i2"), step


def _add_vertices(
    mesh: TileMesh, positions: np.ndarray, buffer: BufferBuilder
) -> tuple[int, int, int | None]:
    """Buffer views of positions, normals and feature ids; elements begin at multiples of 4."""
    padded = positions
    if positions.dtype.itemsize == 2:
        padded = np.zeros((len(positions), 4), "<i2")
        padded[:, :3] = positions
    stride = padded.dtype.itemsize * padded.shape[1]
    position_view = buffer.add(padded.tobytes(), stride, gltf.ARRAY_BUFFER)
    normals = np.zeros((len(positions), 4), np.int8)
    normals[:, :3] = mesh.normals[:, [0, 2, 1]]
    normals[:, 2] *= -1
    normal_view = buffer.add(normals.tobytes(), 4, gltf.ARRAY_BUFFER)
    if mesh.feature_ids is None:
        return position_view, normal_view, None
    ids = mesh.feature_ids.astype("<u4").tobytes()
    return position_view, normal_view, buffer.add(ids, 4, gltf.ARRAY_BUFFER)


def _vertex_accessors(
    positions: np.ndarray, views: tuple[int, int, int | None], start: int, mesh: TileMesh
) -> list[gltf.Accessor]:
    """Accessors of one primitive's POSITION, NORMAL and _FEATURE_ID_0."""
    quantised = positions.dtype.itemsize == 2
    count = len(positions)
    accessors = [
        gltf.Accessor(
            views[0],
            gltf.SHORT if quantised else gltf.FLOAT,
            count,
            "VEC3",
            start * (8 if quantised else 12),
            min=tuple(positions.min(axis=0).tolist()),
            max=tuple(positions.max(axis=0).tolist()),
        ),
        gltf.Accessor(views[1], gltf.BYTE, count, "VEC3", start * 4, normalized=True),
    ]
    if views[2] is not None:
        accessors.append(gltf.Accessor(views[2], gltf.UNSIGNED_SHORT, count, "SCALAR", start * 4))
    return accessors


def _primitive(first: int, material: int, mesh: TileMesh, start: int, end: int) -> gltf.Primitive:
    """A primitive whose accessors are `first` and the following, the indices last."""
    if mesh.feature_ids is None:
        return gltf.Primitive(gltf.Attributes(first, first + 1), first + 2, material)
    features = len(np.unique(mesh.feature_ids[start:end]))
    extension = gltf.MeshFeatures((gltf.FeatureIds(features, 0, 0),))
    return gltf.Primitive(
        gltf.Attributes(first, first + 1, first + 2),
        first + 3,
        material,
        gltf.PrimitiveExtensions(extension),
    )


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
