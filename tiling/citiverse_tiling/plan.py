"""The shape of a scene before any content is made: ground, trees, and the order of features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.layers import BUILDINGS
from citiverse_tiling.transforms.ground import derive_ground
from citiverse_tiling.tree.coarse import ObjectSizes, choose_blocks
from citiverse_tiling.tree.ground_tree import build_ground_tree
from citiverse_tiling.tree.quadtree import LeafLimits, build_quadtree
from citiverse_tiling.tree.tile_tree import merge_layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.city import City
    from citiverse_tiling.model import Int64Array
    from citiverse_tiling.options import TileOptions
    from citiverse_tiling.transforms.ground import HeightField
    from citiverse_tiling.tree.ground_tree import GroundTree
    from citiverse_tiling.tree.quadtree import Quadtree
    from citiverse_tiling.tree.tile_tree import TileTree

CELL_M = 64.0
_BYTES_PER_VERTEX, _BYTES_PER_TRIANGLE = 16, 6
_JSON_BYTES = 4_096
"""Of a GLB with the fixed properties; each attribute adds about as much as the next."""

_JSON_BYTES_PER_ATTRIBUTE, _NAMES_PER_ATTRIBUTE = 240, 3
_LEAST_LEAF_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Plan:
    """The trees before any content is made.

    shown         per tile of the buildings' own tree: the shaped objects it shows
    feature_rows  int64 (n,): row of each CityObject in features.sqlite, from 1
    """

    field: HeightField
    ground: GroundTree
    quadtree: Quadtree
    shown: tuple[Int64Array, ...]
    tree: TileTree
    feature_rows: Int64Array


def plan_scene(city: City, options: TileOptions) -> Plan:
    """Ground, trees, boxes, errors, and the order of the features."""
    field = derive_ground(city.blocks, city.buildings[city.shaped], CELL_M)
    ground = build_ground_tree(field.heights)
    quadtree = build_quadtree(
        city.blocks.centers,
        _content_bytes(city),
        LeafLimits(options.max_leaf_objects, _leaf_bytes(city, options)),
    )
    sizes = ObjectSizes(
        city.blocks.sizes_m,
        city.blocks.errors_m,
        city.label_bytes[city.shaped],
        city.box_min[city.shaped],
        city.box_max[city.shaped],
        *city.blocks.boxes,
    )
    buildings, shown = choose_blocks(quadtree, sizes, options.max_leaf_bytes - _JSON_BYTES)
    tree = merge_layers((ground.layer(field.x, field.y, field.heights), buildings))
    return Plan(field, ground, quadtree, shown, tree, _feature_rows(city, quadtree, shown, tree))


def _content_bytes(city: City) -> Int64Array:
    """At most so much does each shaped object add to a leaf's content."""
    vertices = np.diff(city.index.vertex_offsets)[city.shaped]
    triangles = np.diff(city.index.triangle_offsets)[city.shaped]
    records = np.diff(city.index.record_offsets)[city.shaped]
    columns = 8 * min(len(city.types.kinds), 64)
    meshes = vertices * _BYTES_PER_VERTEX + triangles * _BYTES_PER_TRIANGLE
    sizes: Int64Array = meshes + records + columns
    return sizes


def _leaf_bytes(city: City, options: TileOptions) -> int:
    """What the JSON leaves of a leaf's bytes."""
    names = sum(len(name.encode()) for name in city.types.kinds)
    json = _JSON_BYTES + _JSON_BYTES_PER_ATTRIBUTE * len(city.types.kinds)
    json += _NAMES_PER_ATTRIBUTE * names
    return max(options.max_leaf_bytes - json, _LEAST_LEAF_BYTES)


def _feature_rows(
    city: City, quadtree: Quadtree, shown: Sequence[Int64Array], tree: TileTree
) -> Int64Array:
    """Rows in tile order, then the objects without geometry."""
    leaves = quadtree.is_leaf
    local_rows = tree.local_rows[tree.layers == BUILDINGS]
    tiles = [shown[tile] for tile in local_rows.tolist() if leaves[tile]]
    order = city.shaped[np.concatenate(tiles)]
    rows = np.zeros(len(city), np.int64)
    rows[order] = np.arange(1, len(order) + 1)
    rest = np.flatnonzero(rows == 0)
    rows[rest] = np.arange(len(order) + 1, len(city) + 1)
    return rows
