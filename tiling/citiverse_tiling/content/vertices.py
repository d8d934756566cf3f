"""A tile's vertices as they are stored: in whole steps, and attribute by attribute."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.content import gltf_document as gltf
from citiverse_tiling.tree.tile_tree import ROUNDING_SHARE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from citiverse_tiling.content.buffer import BufferBuilder
    from citiverse_tiling.content.glb import TileMesh
    from citiverse_tiling.model import (
        Float32Array,
        Float64Array,
        Int8Array,
        Int32Array,
        Int64Array,
        UInt8Array,
        UInt32Array,
    )

STEP_M = 1 / 128
"""Positions are whole numbers of this where they are floats: a power of two is exact in one."""

SHORT_STEP_M = 0.0114
"""Positions are whole numbers of this where they are shorts: half of it each way is 9.9 mm."""

COPIED_STEP_M = 1 / 256
"""Those of meshes that there are copies of: their places are rounded as well."""

_LARGEST_SHORT = 32_767
_LARGEST_STEPS = 2**23 - 1
"""Of what a float can hold, and the filter EXPONENTIAL of EXT_meshopt_compression."""

_TEXEL_STEP = 2.0**-14
"""Of texture coordinates beyond the image: an eighth of a pixel of the largest."""

PALETTE, COLOURED, TRANSLUCENT, FIRST_IMAGE = range(4)
"""Where a vertex has its colour from; from the last on, it is the number of an image."""


class Vertices(NamedTuple):
    """Vertices as they are stored, y up, primitive by primitive.

    primitives  int64 (V,)
    places      float32 (V, 3): metres
    steps       int32 (V, 3): the same in steps of `step` metres
    normals     int8 (V, 4): × 127, and 0
    features    uint32 (V, 1), None in the ground layer
    colours     uint8 (V, 4), None where no vertex has one
    coordinates float32 (V, 2): places in images, None where there are no images
    texels      int32 (V, 2): the same in steps of `texel`
    """

    primitives: Int64Array
    places: Float32Array
    steps: Int32Array
    step: float
    normals: Int8Array
    features: UInt32Array | None
    colours: UInt8Array | None
    coordinates: Float32Array | None
    texels: Int32Array | None
    texel: float

    def rows(self) -> Int32Array:
        """All columns side by side, for `mesh_layout`, (V, n)."""
        count = len(self.steps)
        columns: list[np.ndarray] = [
            self.primitives[:, None],
            self.steps,
            self.normals.view("<i4"),
            np.zeros((count, 1), np.int32) if self.features is None else self.features,
        ]
        columns += [] if self.colours is None else [self.colours.view("<i4")]
        columns += [] if self.texels is None else [self.texels]
        return np.concatenate([column.astype(np.int32) for column in columns], axis=1)

    def take(self, kept: Int64Array) -> Vertices:
        """Some of the vertices."""
        return Vertices(
            self.primitives[kept],
            self.places[kept],
            self.steps[kept],
            self.step,
            self.normals[kept],
            None if self.features is None else self.features[kept],
            None if self.colours is None else self.colours[kept],
            None if self.coordinates is None else self.coordinates[kept],
            None if self.texels is None else self.texels[kept],
            self.texel,
        )


class Attribute(NamedTuple):
    """A vertex attribute in a buffer view: `stored` are the elements from vertex `first` on."""

    name: str
    stored: np.ndarray
    view: int
    component_type: int
    type: str
    stride: int
    first: int = 0
    normalized: bool = False


def colour_sources(mesh: TileMesh) -> Int64Array:
    """Where each vertex has its colour from, (V,)."""
    sources = np.full(len(mesh.groups), PALETTE, np.int64)
    if mesh.colours is not None:
        opacity = mesh.colours[:, 3]
        sources[opacity > 0] = TRANSLUCENT
        sources[opacity == 255] = COLOURED
    if mesh.images is not None:
        sources = np.where(mesh.images >= 0, FIRST_IMAGE + mesh.images, sources)
    return sources


class Looks(NamedTuple):
    """Of primitives, (p,) each: where their colour is from, which mesh they are of, their group.

    Mesh 0 is the tile's own; mesh k is the k-th that there are copies of.
    """

    sources: Int64Array
    meshes: Int64Array
    groups: Int64Array


def stored(mesh: TileMesh, copied: Sequence[int] = ()) -> tuple[Vertices, Looks]:
    """The vertices in steps, and how the primitives look, source by source.

    `copied` are the features whose meshes there are copies of.
    """
    keys = np.stack([colour_sources(mesh), _meshes(mesh, copied), mesh.groups], axis=1)
    looks, primitives = np.unique(keys, axis=0, return_inverse=True)
    places = mesh.positions[:, [0, 2, 1]] * np.array([1.0, 1.0, -1.0])
    steps, step = _rounded(places, max(SHORT_STEP_M, 2 * ROUNDING_SHARE * mesh.error_m))
    if int(np.abs(steps).max()) <= _LARGEST_SHORT:
        is_copied = keys[:, 1] > 0
        steps[is_copied] = np.rint(places[is_copied] / COPIED_STEP_M)
    normals = np.zeros((len(steps), 4), np.int8)
    normals[:, :3] = mesh.normals[:, [0, 2, 1]]
    normals[:, 2] *= -1
    colours = coordinates = texels = None
    texel = _TEXEL_STEP
    sources = keys[:, 0]
    is_coloured = (sources == COLOURED) | (sources == TRANSLUCENT)
    if mesh.colours is not None and is_coloured.any():
        colours = np.where(is_coloured[:, None], mesh.colours, 0).astype(np.uint8)
    is_textured = sources >= FIRST_IMAGE
    if mesh.texture_coordinates is not None and is_textured.any():
        coordinates = np.where(is_textured[:, None], mesh.texture_coordinates, 0).astype("<f4")
        texels, texel = in_steps(coordinates, _TEXEL_STEP)
    vertices = Vertices(
        primitives.ravel().astype(np.int64),
        places.astype("<f4"),
        steps,
        step,
        normals,
        None if mesh.feature_ids is None else mesh.feature_ids.astype("<u4")[:, None],
        colours,
        coordinates,
        texels,
        texel,
    )
    return vertices, Looks(*looks.T)


def _meshes(mesh: TileMesh, copied: Sequence[int]) -> Int64Array:
    """The mesh that each vertex is of, as in `Looks`."""
    if mesh.feature_ids is None or not len(copied):
        return np.zeros(len(mesh.groups), np.int64)
    numbers = np.zeros(int(mesh.feature_ids.max()) + 1, np.int64)
    numbers[np.array(copied)] = 1 + np.arange(len(copied))
    return numbers[mesh.feature_ids]


def _rounded(places: Float64Array, step: float) -> tuple[Int32Array, float]:
    """Places in steps, shorts where they fit; else as finely as the next smaller power of two."""
    if float(np.abs(places).max()) <= _LARGEST_SHORT * step:
        return np.rint(places / step).astype("<i4"), step
    return in_steps(places, 2.0 ** math.floor(math.log2(step)))


def in_steps(values: Float64Array | Float32Array, step: float) -> tuple[Int32Array, float]:
    """Values as whole numbers of a step, which is doubled until they fit."""
    largest = float(np.abs(values).max())
    while largest / step > _LARGEST_STEPS:
        step *= 2
    return np.rint(values / step).astype("<i4"), step


def add_vertices(vertices: Vertices, looks: Looks, buffer: BufferBuilder) -> Iterator[Attribute]:
    """Put all attributes into buffer views; elements begin at multiples of 4."""
    yield _add_places(vertices, buffer)
    yield _add_normals(vertices.normals, buffer)
    if vertices.features is not None:
        ids = vertices.features
        view = buffer.add_vertices(ids)
        yield Attribute("feature_id", ids, view, gltf.UNSIGNED_SHORT, "SCALAR", 4)
    sources = looks.sources[vertices.primitives]
    coloured, textured = np.searchsorted(sources, [COLOURED, FIRST_IMAGE]).tolist()
    if vertices.colours is not None:
        colours = vertices.colours[coloured:textured]
        view = buffer.add_vertices(colours)
        yield Attribute("colours", colours, view, gltf.UNSIGNED_BYTE, "VEC4", 4, coloured, True)
    if vertices.coordinates is not None and vertices.texels is not None:
        coordinates, texels = vertices.coordinates[textured:], vertices.texels[textured:]
        yield _add_coordinates(coordinates, texels, vertices.texel, textured, buffer)


def _add_places(vertices: Vertices, buffer: BufferBuilder) -> Attribute:
    steps, step = vertices.steps, vertices.step
    if not buffer.compress:
        places = vertices.places
        return Attribute("position", places, buffer.add_vertices(places), gltf.FLOAT, "VEC3", 12)
    if int(np.abs(steps).max()) <= _LARGEST_SHORT:
        shorts = np.zeros((len(steps), 4), "<i2")
        shorts[:, :3] = steps
        return Attribute("position", steps, buffer.add_vertices(shorts), gltf.SHORT, "VEC3", 8)
    view = buffer.add_floats(steps, step)
    return Attribute("position", steps * step, view, gltf.FLOAT, "VEC3", 12)


def _add_normals(normals: Int8Array, buffer: BufferBuilder) -> Attribute:
    if buffer.compress:
        view = buffer.add_vertices(normals)
        return Attribute("normal", normals, view, gltf.BYTE, "VEC3", 4, normalized=True)
    units = normals[:, :3].astype(np.float64)
    units /= np.maximum(np.linalg.norm(units, axis=1, keepdims=True), 1e-9)
    view = buffer.add_vertices(units.astype("<f4"))
    return Attribute("normal", units, view, gltf.FLOAT, "VEC3", 12)


def _add_coordinates(
    coordinates: Float32Array, texels: Int32Array, texel: float, first: int, buffer: BufferBuilder
) -> Attribute:
    """Those from vertex `first` on; compressed, as shorts from 0 to 1 where all are so."""
    name = "texture_coordinates"
    if buffer.compress and int(texels.min()) >= 0 and int(texels.max()) * texel <= 1:
        shorts = np.minimum(texels * 4, 65_535).astype("<u2")
        view = buffer.add_vertices(shorts)
        return Attribute(name, shorts, view, gltf.UNSIGNED_SHORT, "VEC2", 4, first, True)
    compress = buffer.compress
    view = buffer.add_floats(texels, texel) if compress else buffer.add_vertices(coordinates)
    return Attribute(name, coordinates, view, gltf.FLOAT, "VEC2", 8, first)


def belongs(attribute: Attribute, source: int, mesh: int) -> bool:
    """Whether vertices of a mesh that have their colour from there have the attribute."""
    if attribute.name == "feature_id":
        return mesh == 0
    if attribute.name == "texture_coordinates":
        return source >= FIRST_IMAGE
    return attribute.name != "colours" or source in (COLOURED, TRANSLUCENT)
