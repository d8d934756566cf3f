"""Makes the contents of tiles, from the spool."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.city import feature_records
from citiverse_tiling.content.baking import Palette, Surfaces, bake
from citiverse_tiling.content.fewer_materials import fold_groups, fold_kinds, of_own_colours
from citiverse_tiling.content.glb import encode_glb
from citiverse_tiling.content.images import encoded
from citiverse_tiling.content.outlines import outlined
from citiverse_tiling.content.plant_glb import Plants, encode_plants, plant_triangles
from citiverse_tiling.content.property_table import (
    ADDRESS,
    CLASS,
    IDENTITY,
    NAME,
    PARENT,
    Column,
    attribute_properties,
)
from citiverse_tiling.content.simplify import drawn_triangles, simplify
from citiverse_tiling.content.texturing import Texturer
from citiverse_tiling.content.tile_meshes import block_mesh, without_markings
from citiverse_tiling.imagery import MOST_LAND_TEXELS, MOST_TEXELS
from citiverse_tiling.made import Recipe
from citiverse_tiling.model import ELEMENTS, Layer, Wrap
from citiverse_tiling.tile_source import tile_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.city import City, FeatureRecord
    from citiverse_tiling.content.glb import Imprint, TileImage, TileMesh
    from citiverse_tiling.imagery import Imagery
    from citiverse_tiling.model import AttributeValue, Float64Array, Rows
    from citiverse_tiling.plan import Far
    from citiverse_tiling.spool import Spool
    from citiverse_tiling.tile_source import TileSource

TEXELS_PER_ERROR = 12
"""Where a tile's error is as wide on the screen as may be (16 pixels), a texel is not much more
than a pixel."""

PRIMITIVES_OF_ELEMENTS = 2
"""Of each mesh, as `of_own_colours` makes them."""

FAR_SIDE = 1_024
"""Pixels a side of the largest image of a far tile; half of it for a headset."""


@dataclass(frozen=True, slots=True)
class Made:
    """A tile's content: its GLB and its triangles.

    `image_bytes` are those of the images in the GLB.
    """

    glb: bytes
    triangles: int
    image_bytes: int = 0


class ObjectTiles:
    """Makes the contents of all layers but the ground. Shapes are rows of `city.shapes`."""

    def __init__(
        self,
        city: City,
        spool: Spool,
        imagery: Imagery,
        imprint: Imprint,
        most_primitives: int | None = None,
    ) -> None:
        """A tile is drawn in `most_primitives` at most, in any number if that is None."""
        self._city = city
        self._spool = spool
        self._imagery = imagery
        self._imprint = imprint
        self._most_primitives = most_primitives
        self._properties = attribute_properties(city.types)
        self.properties_digest = Recipe("properties", b"").add(repr(self._properties)).key
        self._texturer = Texturer(
            city.looks.looks, city.looks.library, imprint.images, most_primitives
        )

    def leaf(self, layer: Layer, shapes: Rows, translation: Float64Array) -> Made:
        """The source's faces, or plants, and all attributes of some shapes."""
        records = self._records(shapes)
        values: dict[str, list[AttributeValue | None]] = {}
        for row, record in enumerate(records):
            for name, value in record.attributes.items():
                if name not in values:
                    values[name] = [None] * len(records)
                values[name][row] = value
        columns = [
            *_labels(records),
            Column(PARENT, [record.parent for record in records]),
            Column(ADDRESS, [record.address for record in records]),
        ]
        columns += [
            Column(self._properties[name], values[name])
            for name in sorted(values.keys() & self._properties.keys())
        ]
        if layer is Layer.VEGETATION:
            return self._plants(shapes, translation, columns)
        return self._faces(layer, shapes, translation, columns)

    def inner(self, layer: Layer, shapes: Rows, translation: Float64Array, far: Far) -> Made:
        """Some shapes, coarser than they are, with what identifies them."""
        columns = _labels(self._records(shapes))
        if layer is Layer.VEGETATION:
            return self._plants(shapes, translation, columns)
        if far.blocks is not None:
            mesh = block_mesh(far.blocks, self._city.shapes.take(shapes).colours, translation)
            mesh, images = self._baked(replace(mesh, error_m=far.error_m), far, translation)
            return self._encoded(mesh, columns, images)
        source = self._source(layer, shapes, translation)
        mesh = self._far_faces(source, shapes, layer)
        if layer is Layer.LAND:
            mesh = outlined(mesh, far.triangles, far.error_m)
        mesh = simplify(mesh, far.triangles, far.error_m, source.times)
        images = ()
        if layer is Layer.LAND:
            form = self._imprint.images
            mesh, images = self._imagery.cover(mesh, translation, MOST_TEXELS, form)
        return self._encoded(mesh, columns, images, source)

    def _baked(
        self, mesh: TileMesh, far: Far, translation: Float64Array
    ) -> tuple[TileMesh, tuple[TileImage, ...]]:
        """Blocks in the images of what they stand for, if that has any."""
        if far.behind is None:
            return mesh, ()
        shapes, blocks = far.behind
        meshes = self._spool.meshes(self._city.index, self._city.shapes.objects[shapes])
        if meshes.looks is None or meshes.texture_coordinates is None:
            return mesh, ()
        behind = Surfaces(
            meshes.positions - translation,
            meshes.global_triangles,
            meshes.groups,
            meshes.looks,
            meshes.texture_coordinates,
            blocks[meshes.triangle_objects],
        )
        palette = Palette(self._city.looks.looks, self._city.looks.library)
        side = FAR_SIDE if self._most_primitives is None else FAR_SIDE // 2
        found = bake(mesh, behind, palette, far.error_m / TEXELS_PER_ERROR, side)
        if found is None:
            return mesh, ()
        return found[0], (encoded(found[1], Wrap.CLAMP, self._imprint.images),)

    def _records(self, shapes: Rows) -> list[FeatureRecord]:
        return feature_records(self._city, self._spool, self._city.shapes.objects[shapes])

    def _encoded(
        self,
        mesh: TileMesh,
        columns: Sequence[Column],
        images: Sequence[TileImage] = (),
        source: TileSource | None = None,
    ) -> Made:
        copies = source.copies if source else ()
        if self._most_primitives is not None:
            mesh = fold_groups(mesh, self._most_primitives - len(copies))
        glb = encode_glb(mesh, columns, self._imprint, images, copies)
        triangles = drawn_triangles(mesh, source.times if source else None)
        return Made(glb, triangles, sum(len(image.data) for image in images))

    def _source(self, layer: Layer, shapes: Rows, translation: Float64Array) -> TileSource:
        """What the source has, as many templates among it as the tile may have primitives."""
        each = PRIMITIVES_OF_ELEMENTS if layer in ELEMENTS else 1
        most = None if self._most_primitives is None else self._most_primitives // each - 1
        return tile_source(self._city, self._spool, shapes, translation, most)

    def _faces(
        self,
        layer: Layer,
        shapes: Rows,
        translation: Float64Array,
        columns: Sequence[Column],
    ) -> Made:
        source = self._source(layer, shapes, translation)
        mesh = source.mesh
        images: tuple[TileImage, ...] = ()
        if layer in ELEMENTS and source.looks is None:
            mesh = of_own_colours(mesh)
        if source.looks is not None and source.texture_coordinates is not None:
            mesh, images = self._texturer.dress(mesh, source.looks, source.texture_coordinates)
            mesh = of_own_colours(mesh) if layer in ELEMENTS and not images else mesh
        elif layer is Layer.LAND:
            form = self._imprint.images
            mesh, images = self._imagery.cover(mesh, translation, MOST_LAND_TEXELS, form)
        return self._encoded(mesh, columns, images, source)

    def _far_faces(self, source: TileSource, shapes: Rows, layer: Layer) -> TileMesh:
        """The source's faces in plain colours."""
        mesh = source.mesh
        if source.looks is not None:
            colours = self._city.shapes.take(shapes).colours
            mesh = self._texturer.colour(mesh, source.looks, colours)
        if layer in ELEMENTS:
            return of_own_colours(mesh)
        return without_markings(mesh) if layer is Layer.LAND else mesh

    def _plants(
        self,
        shapes: Rows,
        translation: Float64Array,
        columns: Sequence[Column],
    ) -> Made:
        plants = self._city.shapes.take(shapes)
        blocks, kinds = plants.blocks, plants.kinds
        if self._most_primitives is not None:
            kinds = fold_kinds(kinds, self._most_primitives)
        drawn = Plants(
            np.column_stack([blocks.centers, blocks.heights[:, 0]]) - translation,
            np.column_stack([2 * blocks.half_sizes, np.diff(blocks.heights, axis=1)]),
            kinds,
        )
        glb = encode_plants(drawn, columns, self._imprint)
        return Made(glb, plant_triangles(drawn.kinds))


def _labels(records: Sequence[FeatureRecord]) -> list[Column]:
    return [
        Column(IDENTITY, [record.id for record in records]),
        Column(CLASS, [record.class_name for record in records]),
        Column(NAME, [record.name for record in records]),
    ]
