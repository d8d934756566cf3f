"""The shape of a scene before any content is made: ground, trees, and the order of features."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.buildings import groups_of
from citiverse_tiling.content.copies import COPY_BYTES
from citiverse_tiling.far_table import (
    Behind,
    FarTable,
    far_blocks,
    far_objects,
    objects_behind,
)
from citiverse_tiling.model import ELEMENTS, Layer
from citiverse_tiling.options import MOST_LEAF_OBJECTS
from citiverse_tiling.tree.coarse import (
    BLOCK_BYTES,
    GABLE_BYTES,
    ObjectSizes,
    choose_shown,
    merge_shown,
)
from citiverse_tiling.tree.ground_tree import build_ground_tree
from citiverse_tiling.tree.nested import below_one, build_nested, is_one_storey
from citiverse_tiling.tree.quadtree import build_quadtree
from citiverse_tiling.tree.runs import Runs
from citiverse_tiling.tree.tile_tree import merge_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from citiverse_tiling.city import City, Shapes
    from citiverse_tiling.far_table import Merged
    from citiverse_tiling.imagery import Imagery
    from citiverse_tiling.model import Float64Array, Int32Array, Int64Array, Rows
    from citiverse_tiling.options import TileOptions
    from citiverse_tiling.transforms.block import Blocks
    from citiverse_tiling.transforms.ground import HeightField
    from citiverse_tiling.tree.coarse import Team
    from citiverse_tiling.tree.ground_tree import GroundTree
    from citiverse_tiling.tree.tile_tree import LayerTree, TileTree

_BYTES_PER_VERTEX, _BYTES_PER_TRIANGLE = 6, 2
_BYTES_PER_WIDE_VERTEX = 7
"""In tiles of more than 262 m, as those with long streets are, positions are floats."""

_BYTES_PER_VALUE, _FIXED_COLUMNS = 2, 5
_PLANT_BYTES = 26
_COPIES_A_TILE = 8
"""So many share a mesh in a tile, where there are as many at all."""

_TEXELS_PER_BYTE = 32
"""A pixel of a JPEG takes a quarter of a byte; leaves may have eight times as many bytes of images
as of all else."""

_TEXTURED_ERROR_M = 2.0
"""Where an object has images, its mean colours are off by about a window or a balcony."""

_JSON_BYTES = 3_072
"""Of a GLB with the fixed properties; each attribute adds about as much as the next."""

_JSON_BYTES_PER_ATTRIBUTE, _NAMES_PER_ATTRIBUTE = 170, 3
_LEAST_LEAF_BYTES = 16_384
_LEAF_OBJECTS = {
    Layer.LAND: 2,
    Layer.BUILDINGS: 1,
    Layer.STRUCTURES: 1,
    Layer.FURNITURE: 2,
    Layer.VEGETATION: 12,
    Layer.MESHES: 1,
    Layer.SHELLS: 4,
    Layer.INTERIORS: 4,
}
"""Objects in a leaf, in units of the option for buildings: these have fewer faces each."""

_OUTLINES_SHARE = 16
"""Land that is drawn as outlines (`content.outlines`) needs about this part of its triangles."""

_BUILDING_ERROR_M, _STOREY_ERROR_M = 0.6, 0.2
"""What is indoors is seen through doors and windows alone, so no more than this is wrong where it
is left out, of a building and of a storey: they open up 35 m and 12 m away on a desktop's screen,
20 m and 7 m in a headset."""

_BOX_TRIANGLES, _SIMPLER = 12, 8
"""What is indoors is simplified so far in inner tiles, about: stairs and doors have hundreds of
triangles, and the walls behind them must not want for room."""

_FINEST_MARKING_M = 0.5
"""Inner tiles of land have no painted lines, which are about so wide."""


class Far(NamedTuple):
    """What an inner tile may be: the blocks that it shows, None where it isn't of buildings.

    Else its content is simplified to so many triangles, as far as its error allows. `behind` are
    the shapes that its blocks stand for, where they are to have images.
    """

    blocks: Blocks | None
    triangles: float
    error_m: float
    behind: Behind | None = None


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """One layer's tree of objects.

    shown      per tile of the layer's own tree: the rows of `city.shapes` that it shows
    errors_m   float64 (N,): of each tile
    rooms      float64 (N,): the triangles that it should have
    merged     those that inner tiles of buildings show
    far_first  int64 (N,): the first of them that a tile shows, one for each of `shown`
    pictured   all shapes of the layer, where there are images of some; else none
    """

    layer: Layer
    shown: Runs
    leaves: Sequence[bool]
    errors_m: Float64Array
    rooms: Float64Array
    merged: Merged | None = None
    far_first: Int64Array | None = None
    pictured: Int32Array | None = None

    def far(self, tile: int) -> Far | None:
        """What an inner tile may be; None for a leaf."""
        if self.leaves[tile]:
            return None
        blocks, behind = None, None
        if self.merged is not None and self.far_first is not None:
            first, count = int(self.far_first[tile]), len(self.shown[tile])
            blocks = far_blocks(self.merged, first, count)
            if self.pictured is not None and (found := objects_behind(self.merged, first, count)):
                behind = Behind(self.pictured[found.objects], found.blocks)
        return Far(blocks, float(self.rooms[tile]), float(self.errors_m[tile]), behind)


@dataclass(frozen=True, slots=True)
class Plan:
    """The trees before any content is made.

    imagery       the ground's height field, and the photos on it
    layers        those that have content, in the order of the manifest
    objects       the plan of each of them but the ground
    feature_rows  int32 (n,): row of each CityObject in features.sqlite, from 1
    """

    imagery: Imagery
    ground: GroundTree
    layers: tuple[Layer, ...]
    objects: dict[Layer, LayerPlan]
    tree: TileTree
    feature_rows: Int32Array

    @property
    def field(self) -> HeightField:
        """The ground."""
        return self.imagery.field

    def layer_of(self, row: int) -> Layer:
        """The layer of a row of the tree."""
        return self.layers[int(self.tree.layers[row])]


def plan_scene(city: City, imagery: Imagery, options: TileOptions, team: Team) -> Plan:
    """Trees, boxes, errors, and the order of the features, over a ground that is known."""
    field = imagery.field
    ground = build_ground_tree(field.heights, imagery.tile_quads())
    ground = replace(ground, errors_m=np.maximum(ground.errors_m, imagery.errors_m(ground)))
    trees = [ground.layer(field.x, field.y, field.heights)]
    plans: dict[Layer, LayerPlan] = {}
    for layer in _LEAF_OBJECTS:
        shapes = city.shapes.of(layer)
        if len(shapes):
            layer_tree, plans[layer] = _plan_layer(city, layer, shapes, options, team)
            trees.append(layer_tree)
    tree = merge_layers(trees)
    layers = (Layer.GROUND, *plans)
    return Plan(imagery, ground, layers, plans, tree, _feature_rows(city, layers, plans, tree))


def _plan_layer(
    city: City, layer: Layer, shapes: Int32Array, options: TileOptions, team: Team
) -> tuple[LayerTree, LayerPlan]:
    """The tree of one layer's shapes, given as rows of `city.shapes`."""
    centers, weights = _placed(city, layer, shapes, options)
    if layer is Layer.INTERIORS:
        return _plan_interiors(city, shapes, centers, weights, options)
    quadtree = build_quadtree(centers, weights)
    if layer is Layer.SHELLS:
        quadtree = below_one(quadtree)
    most_bytes = options.limits.leaf_bytes - _JSON_BYTES
    leaves = quadtree.is_leaf.tolist()
    if layer is not Layer.BUILDINGS:
        objects = _Objects(city, shapes, partial(_sizes, city, layer))
        tree, shown, rooms = choose_shown(quadtree, objects, most_bytes)
        rows = Runs(shapes[shown.rows], shown.starts)
        return tree, LayerPlan(layer, rows, leaves, tree.geometric_errors_m, rooms)
    far = FarTable(city.folder / "far", len(shapes), lambda rows: _far(city, shapes[rows]))
    objects = _Objects(city, shapes, partial(_block_sizes, city))
    tree, shown = merge_shown(quadtree, objects, far, most_bytes, team)
    merged = far.merged()
    stood_for = far_objects(merged)
    is_far = shown.rows >= len(shapes)
    far_first = shown.rows[shown.starts[:-1]].astype(np.int64) - len(shapes)
    shown.rows[is_far] = stood_for[shown.rows[is_far] - len(shapes)]
    errors = tree.geometric_errors_m
    rows, rooms = Runs(shapes[shown.rows], shown.starts), np.zeros(len(errors))
    has_images = any(some.texels.any() for some in city.shapes.pieces(shapes))
    pictured = shapes if has_images else None
    return tree, LayerPlan(layer, rows, leaves, errors, rooms, merged, far_first, pictured)


def _plan_interiors(
    city: City,
    shapes: Int32Array,
    centers: Float64Array,
    weights: Float64Array,
    options: TileOptions,
) -> tuple[LayerTree, LayerPlan]:
    """The tree of what is indoors: storey by storey, and fine for who is near or inside."""
    layer = Layer.INTERIORS
    feet = [some.box_min[:, 2] for some in city.shapes.pieces(shapes)]
    groups = groups_of(city, city.shapes.objects[shapes])
    nested = build_nested(np.column_stack([centers, np.concatenate(feet)]), weights, groups)
    objects = _Objects(city, shapes, partial(_sizes, city, layer))
    most_bytes = options.limits.leaf_bytes - _JSON_BYTES
    tree, shown, rooms = choose_shown(nested, objects, most_bytes)
    most_m = np.where(is_one_storey(nested, groups), _STOREY_ERROR_M, _BUILDING_ERROR_M)
    tree = replace(tree, geometric_errors_m=np.minimum(tree.geometric_errors_m, most_m))
    rows, leaves = Runs(shapes[shown.rows], shown.starts), nested.is_leaf.tolist()
    return tree, LayerPlan(layer, rows, leaves, tree.geometric_errors_m, rooms)


@dataclass(frozen=True, slots=True)
class _Objects:
    """What decides which of a layer's objects are shown, read when it is asked for."""

    city: City
    shapes: Int32Array
    sizes: Callable[[Shapes], ObjectSizes]

    def take(self, rows: Rows) -> ObjectSizes:
        """That of some of them, in that order."""
        return self.sizes(self.city.shapes.take(self.shapes[rows]))


def _placed(
    city: City, layer: Layer, shapes: Int32Array, options: TileOptions
) -> tuple[Float64Array, Float64Array]:
    """The middles of a layer's shapes, (n, 2), and which share of a leaf each takes, (n,)."""
    parts = np.bincount(city.wholes[city.shapes.objects[shapes]], minlength=len(city))
    centers, weights = np.empty((len(shapes), 2)), np.empty(len(shapes))
    leaf_bytes, done = _leaf_bytes(city, layer, options), 0
    for some in city.shapes.pieces(shapes):
        rows = slice(done, done + len(some.objects))
        objects = 1 / (
            parts[city.wholes[some.objects]] * options.limits.leaf_objects * _LEAF_OBJECTS[layer]
        )
        content = _content_bytes(city, layer, some) / leaf_bytes
        centers[rows] = some.blocks.centers
        weights[rows] = np.maximum(np.maximum(objects, content), 1 / MOST_LEAF_OBJECTS)
        done = rows.stop
    return centers, weights


def _sizes(city: City, layer: Layer, shapes: Shapes) -> ObjectSizes:
    """Of what inner tiles show as it is, or not at all.

    A mast or a bridge is nothing like its block: what is left out far away is left out whole.
    """
    blocks = shapes.blocks
    labels = city.objects.take(shapes.objects)["label_bytes"].astype(np.int64)
    triangles = city.index.take(shapes.objects)["triangles"].astype(np.int64)
    sizes, errors = blocks.sizes_m, _blurred(shapes)
    content, least = _mesh_bytes(city, layer, shapes), triangles
    if layer is Layer.LAND:
        least = np.maximum(triangles // _OUTLINES_SHARE, np.minimum(triangles, 2))
        content = content // _OUTLINES_SHARE
        sizes = shapes.widths_m
        errors = np.maximum(np.minimum(sizes, _FINEST_MARKING_M), errors)
    elif layer is Layer.INTERIORS:
        least = np.minimum(triangles, _BOX_TRIANGLES + triangles // _SIMPLER)
    elif layer is Layer.VEGETATION:
        sizes, errors = np.diff(blocks.heights, axis=1)[:, 0], np.zeros(len(sizes))
        content = np.full(len(sizes), _PLANT_BYTES)
        triangles = least = np.ones(len(sizes), np.int64)
    own = shapes.box_min, shapes.box_max
    return ObjectSizes(sizes, errors, labels + content, triangles, least, *own, *own)


def _far(city: City, rows: Int32Array) -> Blocks:
    """The blocks of some shapes: as wrong at least as the mean colours of their images are."""
    shapes = city.shapes.take(rows)
    return replace(shapes.blocks, errors_m=np.maximum(shapes.blocks.errors_m, _blurred(shapes)))


def _block_sizes(city: City, shapes: Shapes) -> ObjectSizes:
    """Of what inner tiles show as blocks."""
    blocks = shapes.blocks
    block_bytes = np.where(blocks.is_gabled, GABLE_BYTES, BLOCK_BYTES)
    triangles = city.index.take(shapes.objects)["triangles"].astype(np.int64)
    return ObjectSizes(
        blocks.sizes_m,
        np.maximum(blocks.errors_m, _blurred(shapes)),
        city.objects.take(shapes.objects)["label_bytes"] + block_bytes,
        triangles,
        triangles,
        shapes.box_min,
        shapes.box_max,
        *blocks.boxes,
    )


def _blurred(shapes: Shapes) -> Float64Array:
    """By how much the mean colours of images are off."""
    return np.where(shapes.texels > 0, _TEXTURED_ERROR_M, 0.0)


def _mesh_bytes(city: City, layer: Layer, shapes: Shapes) -> Int64Array:
    """What each shape's mesh takes in a GLB."""
    per_vertex = _BYTES_PER_WIDE_VERTEX if layer is Layer.LAND else _BYTES_PER_VERTEX
    places = city.index.take(shapes.objects)
    vertices, triangles = places["vertices"].astype(np.int64), places["triangles"].astype(np.int64)
    sizes: Int64Array = vertices * per_vertex + triangles * _BYTES_PER_TRIANGLE
    copies = city.index.copies
    found = copies.find(shapes.objects)
    if (found >= 0).any():
        there = np.bincount(copies.templates)
        few = np.minimum(there[copies.templates[found[found >= 0]]], _COPIES_A_TILE)
        sizes[found >= 0] = sizes[found >= 0] // few + COPY_BYTES
    return sizes


def _content_bytes(city: City, layer: Layer, shapes: Shapes) -> Int64Array:
    """About so much does each shape add to a leaf's content."""
    about = city.objects.take(shapes.objects)
    texts = about["label_bytes"].astype(np.int64) + about["value_bytes"]
    columns = _BYTES_PER_VALUE * min(len(city.names[layer]) + _FIXED_COLUMNS, 64)
    plants = _PLANT_BYTES if layer is Layer.VEGETATION else 0
    images = shapes.texels // _TEXELS_PER_BYTE
    sizes: Int64Array = _mesh_bytes(city, layer, shapes) + texts + columns + plants + images
    return sizes


def _leaf_bytes(city: City, layer: Layer, options: TileOptions) -> int:
    """What the JSON leaves of a leaf's bytes; of elements with many properties as much as it."""
    names = sum(len(name.encode()) for name in city.names[layer])
    json = _JSON_BYTES + _JSON_BYTES_PER_ATTRIBUTE * len(city.names[layer])
    json += _NAMES_PER_ATTRIBUTE * names
    if layer in ELEMENTS:
        return max(options.limits.leaf_bytes, json)
    return max(options.limits.leaf_bytes - json, _LEAST_LEAF_BYTES)


def _feature_rows(
    city: City, layers: tuple[Layer, ...], plans: dict[Layer, LayerPlan], tree: TileTree
) -> Int32Array:
    """Rows in tile order, layer by layer, then the objects without geometry."""
    orders = [np.zeros(0, np.int32)]
    for number, layer in enumerate(layers[1:], 1):
        plan = plans[layer]
        local_rows = tree.local_rows[tree.layers == number].tolist()
        orders += [plan.shown[tile] for tile in local_rows if plan.leaves[tile]]
    order = city.shapes.objects[np.concatenate(orders)]
    rows = np.zeros(len(city), np.int32)
    rows[order] = np.arange(1, len(order) + 1)
    rest = np.flatnonzero(rows == 0)
    rows[rest] = np.arange(len(order) + 1, len(city) + 1)
    return rows
