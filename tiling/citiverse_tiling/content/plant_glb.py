"""A tile of plants as a GLB: one small mesh a kind, and a place and a size for each plant.

EXT_mesh_gpu_instancing and EXT_instance_features, as scene.md says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.content import gltf_document as gltf
from citiverse_tiling.content.buffer import BufferBuilder
from citiverse_tiling.content.glb import (
    EXT_INSTANCE_FEATURES,
    EXT_MESH_GPU_INSTANCING,
    EXT_STRUCTURAL_METADATA,
    Imprint,
    pack,
)
from citiverse_tiling.content.materials import MATERIALS
from citiverse_tiling.content.property_table import Column, add_property_table
from citiverse_tiling.content.vertices import STEP_M, in_steps
from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.transforms.plants import PlantKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.model import Float32Array, Float64Array, UInt8Array, UInt16Array

SIDES = 7
_UNIT_STEP = 2.0**-10
_PROFILES: dict[PlantKind, tuple[tuple[tuple[float, float], ...], float]] = {
    PlantKind.TREE_BROADLEAF: (
        ((0.3, 0.0), (0.42, 0.42), (0.7, 0.5), (0.92, 0.3), (1.0, 0.0)),
        0.04,
    ),
    PlantKind.TREE_CONIFER: (((0.12, 0.0), (0.15, 0.5), (1.0, 0.0)), 0.04),
    PlantKind.TREE_COLUMNAR: (((0.1, 0.0), (0.2, 0.42), (0.5, 0.5), (0.85, 0.3), (1.0, 0.0)), 0.07),
    PlantKind.SHRUB: (((0.0, 0.36), (0.4, 0.5), (0.8, 0.34), (1.0, 0.0)), 0.0),
}
"""Per kind: heights and radii of the crown from below, and the radius of the trunk (0: none)."""


@dataclass(frozen=True, slots=True)
class Plants:
    """n plants, z up, relative to the tile's translation.

    feet   float64 (n, 3)
    sizes  float64 (n, 3): crown diameter along x and y, height
    kinds  uint8 (n,): PlantKind
    """

    feet: Float64Array
    sizes: Float64Array
    kinds: UInt8Array


def encode_plants(plants: Plants, columns: Sequence[Column], imprint: Imprint) -> bytes:
    """The GLB of n ≥ 1 plants, feature i the i-th of them."""
    buffer = BufferBuilder(imprint.compress)
    accessors: list[gltf.Accessor] = []
    materials = [SurfaceGroup.FOLIAGE, SurfaceGroup.TRUNK]
    nodes: list[gltf.Node] = []
    meshes: list[gltf.Mesh] = []
    for kind in np.unique(plants.kinds).tolist():
        rows = np.flatnonzero(plants.kinds == kind)
        primitives = [
            _primitive(part, materials.index(part.group), accessors, buffer)
            for part in unit_plant(PlantKind(kind))
        ]
        instances = _instances(plants, rows, accessors, buffer)
        nodes.append(gltf.Node(len(meshes), name=PlantKind(kind).node, extensions=instances))
        meshes.append(gltf.Mesh(tuple(primitives)))
    metadata = add_property_table(columns, buffer)
    required = (EXT_MESH_GPU_INSTANCING, *buffer.extensions())
    document = gltf.Document(
        asset=gltf.Asset("2.0", "citiverse", imprint.copyright_notice or None),
        scene=0,
        scenes=(gltf.Scene(tuple(range(len(nodes)))),),
        nodes=tuple(nodes),
        meshes=tuple(meshes),
        materials=tuple(MATERIALS[group] for group in materials),
        accessors=tuple(accessors),
        buffer_views=tuple(buffer.views),
        buffers=buffer.buffers(),
        extensions_used=(
            EXT_INSTANCE_FEATURES,
            EXT_STRUCTURAL_METADATA,
            *required,
        ),
        extensions_required=required,
        extensions=gltf.DocumentExtensions(metadata),
    )
    return pack(msgspec.json.encode(document), buffer.bytes())


def plant_triangles(kinds: UInt8Array) -> int:
    """Triangles that plants of these kinds are drawn with, all together."""
    counts = [sum(len(part.triangles) for part in unit_plant(kind)) for kind in PlantKind]
    return int(np.array(counts)[kinds].sum())


def _instances(
    plants: Plants, rows: np.ndarray, accessors: list[gltf.Accessor], buffer: BufferBuilder
) -> gltf.NodeExtensions:
    """Places, sizes and feature ids of the plants of one kind; y up, as glTF wants it."""
    places = plants.feet[rows][:, [0, 2, 1]] * np.array([1.0, 1.0, -1.0])
    sizes = np.maximum(plants.sizes[rows][:, [0, 2, 1]], STEP_M)
    first = len(accessors)
    for values in (places, sizes):
        view = buffer.add_floats(*in_steps(values, STEP_M), target=None)
        accessors.append(gltf.Accessor(view, gltf.FLOAT, len(rows), "VEC3"))
    ids = buffer.add(rows.astype("<u2").tobytes())
    accessors.append(gltf.Accessor(ids, gltf.UNSIGNED_SHORT, len(rows), "SCALAR"))
    attributes = gltf.InstanceAttributes(translation=first, scale=first + 1, feature_id=first + 2)
    features = gltf.FeatureIds(len(rows), 0, 0)
    return gltf.NodeExtensions(gltf.Instancing(attributes), gltf.MeshFeatures((features,)))


@dataclass(frozen=True, slots=True)
class PlantPart:
    """Foliage or trunk of a plant 1 m high and wide, y up: float32 (V, 3) ×2, uint16 (T, 3)."""

    group: SurfaceGroup
    positions: Float32Array
    normals: Float32Array
    triangles: UInt16Array


@cache
def unit_plant(kind: PlantKind) -> tuple[PlantPart, ...]:
    """The plain plant of a kind, its foot in the origin."""
    crown, trunk = _PROFILES[kind]
    parts = [_turned(SurfaceGroup.FOLIAGE, crown)]
    if trunk:
        top = crown[1][0]
        parts.append(_turned(SurfaceGroup.TRUNK, ((0.0, trunk), (top, trunk * 0.8))))
    return tuple(parts)


def _turned(group: SurfaceGroup, profile: tuple[tuple[float, float], ...]) -> PlantPart:
    """A profile of heights and radii turned about the y axis; its widest ring is 1 m wide."""
    heights, radii = np.array(profile).T
    angle = np.arange(SIDES) * 2 * np.pi / SIDES
    around = np.stack([np.sin(angle), np.cos(angle)], axis=-1)
    ring = np.empty((len(heights), SIDES, 3))
    ring[..., [0, 2]] = around * radii[:, None, None]
    ring[..., 1] = heights[:, None]
    slopes = np.gradient(radii, heights)
    normals = np.empty_like(ring)
    normals[..., [0, 2]] = around
    normals[..., 1] = -np.clip(slopes, -20, 20)[:, None]
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    low = (np.arange(len(heights) - 1)[:, None] * SIDES + np.arange(SIDES)).ravel()
    step = np.tile(np.roll(np.arange(SIDES), -1) - np.arange(SIDES), len(heights) - 1)
    triangles = np.concatenate(
        [
            np.stack([low, low + step, low + SIDES + step], axis=1),
            np.stack([low, low + SIDES + step, low + SIDES], axis=1),
        ]
    )
    positions = ring.reshape(-1, 3)
    a, b, c = (positions[triangles[:, corner]] for corner in range(3))
    solid = np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-9
    return PlantPart(
        group,
        positions.astype("<f4"),
        normals.reshape(-1, 3).astype("<f4"),
        triangles[solid].astype("<u2"),
    )


def _primitive(
    part: PlantPart, material: int, accessors: list[gltf.Accessor], buffer: BufferBuilder
) -> gltf.Primitive:
    """One part of a unit plant."""
    first = len(accessors)
    for values in (part.positions, part.normals):
        steps, step = in_steps(values, _UNIT_STEP)
        low, high = (bound * step for bound in (steps.min(axis=0), steps.max(axis=0)))
        bounds = (tuple(low.tolist()), tuple(high.tolist())) if values is part.positions else ()
        view = buffer.add_floats(steps, step)
        accessors.append(gltf.Accessor(view, gltf.FLOAT, len(steps), "VEC3", 0, False, *bounds))
    indices = buffer.add_triangles(part.triangles.ravel())
    accessors.append(gltf.Accessor(indices, gltf.UNSIGNED_SHORT, part.triangles.size, "SCALAR"))
    return gltf.Primitive(gltf.Attributes(first, first + 1), first + 2, material)
