"""Writes all files of a scene from a city in the spool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling import manifest
from citiverse_tiling.layers import (
    BUILDINGS,
    GROUND,
    BuildingTiles,
    building_cells,
    ground_cells,
    ground_tile,
)
from citiverse_tiling.names import slug
from citiverse_tiling.sinks.features import FeatureDatabase, FeatureRow
from citiverse_tiling.sinks.tiles3d import layer_tileset, scene_tileset
from citiverse_tiling.transforms.ground import derive_ground
from citiverse_tiling.transforms.spawn import find_view
from citiverse_tiling.tree.coarse import ObjectSizes, choose_blocks
from citiverse_tiling.tree.ground_tree import build_ground_tree
from citiverse_tiling.tree.quadtree import LeafLimits, build_quadtree
from citiverse_tiling.tree.tile_tree import merge_layers
from citiverse_tiling.tree.tree_bin import TreeTable, encode_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.city import City, FeatureRecord
    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.layers import Cell
    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.options import Progress, TileOptions
    from citiverse_tiling.report import Report
    from citiverse_tiling.sinks.scene_folder import SceneFolder, Stored
    from citiverse_tiling.spool import Spool
    from citiverse_tiling.transforms.ground import HeightField
    from citiverse_tiling.tree.ground_tree import GroundTree
    from citiverse_tiling.tree.quadtree import Quadtree
    from citiverse_tiling.tree.tile_tree import TileTree

CELL_M = 64.0
LAYERS = (
    ("ground", "Ground", "ground", "derived"),
    ("buildings", "Buildings", "city-objects", "measured"),
)
"""Name, title, kind and reality of each layer."""

_BYTES_PER_VERTEX, _BYTES_PER_TRIANGLE = 16, 6
_JSON_BYTES = 4_096
"""Of a GLB with the fixed properties; each attribute adds about as much as the next."""

_JSON_BYTES_PER_ATTRIBUTE = 260
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
    corners = city.blocks.corners
    sizes = ObjectSizes(
        city.blocks.sizes_m,
        city.blocks.errors_m,
        city.label_bytes[city.shaped],
        city.box_min[city.shaped],
        city.box_max[city.shaped],
        corners.min(axis=1),
        corners.max(axis=1),
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
    json = _JSON_BYTES + _JSON_BYTES_PER_ATTRIBUTE * len(city.types.kinds)
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


def write_scene(
    options: TileOptions,
    city: City,
    crs: CrsRegistry,
    spool: Spool,
    folder: SceneFolder,
    report: Report,
    progress: Progress,
) -> int:
    """Write everything but the journal; returns the number of tiles."""
    plan = plan_scene(city, options)
    notice = "; ".join(_credit_line(item.text, item.licence) for item in options.attributions)
    contents, triangles = _write_tiles(city, plan, spool, folder, report, progress, notice)
    cells = [
        *ground_cells(plan.field, folder),
        *building_cells(city, spool, plan.field.cell_m, folder),
    ]
    cells.sort(key=lambda cell: (cell.layer, cell.i, cell.j))
    folder.write("tree.bin", encode_tree(_tree_table(plan.tree, contents, triangles, cells)))
    uris = [f"{stored.digest.hex()}.glb" for stored in contents]
    for layer, (name, *_) in enumerate(LAYERS):
        tileset = layer_tileset(plan.tree, layer, uris, city.frame)
        folder.write(f"tiles/{name}/tileset.json", msgspec.json.encode(tileset))
    roots = np.flatnonzero(plan.tree.parents < 0)
    tilesets = [f"tiles/{name}/tileset.json" for name, *_ in LAYERS]
    folder.write(
        "tileset.json", msgspec.json.encode(scene_tileset(plan.tree, roots, tilesets, city.frame))
    )
    folder.write("report.json", manifest.to_json(manifest.report_file(report)))
    scene = _manifest(options, city, crs, plan, folder)
    folder.write("scene.json", manifest.to_json(scene))
    return len(plan.tree)


def _credit_line(text: str, licence: str) -> str:
    return f"{text} ({licence})" if licence else text


def _write_tiles(
    city: City,
    plan: Plan,
    spool: Spool,
    folder: SceneFolder,
    report: Report,
    progress: Progress,
    notice: str,
) -> tuple[list[Stored], Int64Array]:
    """Contents of all tiles in tree order, and features.sqlite beside them."""
    tree = plan.tree
    maker = BuildingTiles(city, spool, notice)
    leaves = plan.quadtree.is_leaf
    contents: list[Stored] = []
    triangles = np.zeros(len(tree), np.int64)
    geodetic = _lon_lat(city)
    with FeatureDatabase(folder.partial / "features.sqlite") as database:
        for row in range(len(tree)):
            progress("writing tiles", row, len(tree))
            local, translation = int(tree.local_rows[row]), tree.translations[row]
            if tree.layers[row] == GROUND:
                glb, triangles[row] = ground_tile(
                    plan.field, plan.ground, local, translation, notice
                )
                contents.append(folder.store("tiles/ground", ".glb", glb))
                continue
            shaped = plan.shown[local]
            objects = city.shaped[shaped]
            made = (
                maker.leaf(shaped, translation)
                if leaves[local]
                else maker.inner(shaped, translation)
            )
            triangles[row] = made.triangles
            contents.append(folder.store("tiles/buildings", ".glb", made.glb))
            if len(made.glb) > 65_536:
                report.warn(f"a tile has {len(made.glb)} bytes")
            if leaves[local]:
                database.add(_rows(city, objects, made.records, plan.feature_rows, geodetic))
            database.link(row, plan.feature_rows[objects].tolist())
        bare = np.flatnonzero(np.diff(city.index.vertex_offsets) == 0)
        for start in range(0, len(bare), 1024):
            objects = bare[start : start + 1024]
            database.add(_rows(city, objects, maker.records(objects), plan.feature_rows, geodetic))
        database.finish()
    return contents, triangles


def _lon_lat(city: City) -> Float64Array:
    """Longitude and latitude of the middle of each object's box, (n, 2)."""
    middle = (city.box_min + city.box_max) / 2
    known = ~np.isnan(middle[:, 0])
    result = np.full((len(city), 2), np.nan)
    result[known] = city.frame.to_geodetic(middle[known])[:, :2].round(9)
    return result


def _rows(
    city: City,
    objects: Int64Array,
    records: Sequence[FeatureRecord],
    feature_rows: Int64Array,
    lon_lat: Float64Array,
) -> list[FeatureRow]:
    """Rows of features.sqlite; numbers that aren't known are None."""
    numbers = np.concatenate(
        [lon_lat[objects], city.box_min[objects].round(4), city.box_max[objects].round(4)], axis=1
    )
    known = ~np.isnan(numbers[:, 0])
    encode = msgspec.json.encode
    return [
        FeatureRow(
            row,
            record.id,
            record.source_id,
            record.dataset,
            record.class_name,
            record.name,
            record.address,
            record.parent,
            tuple(values) if there else (None,) * 8,
            "measured",
            encode(record.attributes).decode(),
        )
        for row, record, values, there in zip(
            feature_rows[objects].tolist(), records, numbers.tolist(), known.tolist(), strict=True
        )
    ]


def _tree_table(
    tree: TileTree, contents: Sequence[Stored], triangles: Int64Array, cells: Sequence[Cell]
) -> TreeTable:
    """The columns of tree.bin; encoding narrows their types."""
    return TreeTable(
        len(LAYERS),
        tree.box_min,
        tree.box_max,
        tree.translations,
        tree.geometric_errors_m.astype(np.float32),
        tree.parents.astype(np.int32),
        tree.first_children.astype(np.int32),
        tree.child_counts.astype(np.int32),
        tree.levels.astype(np.int32),
        tree.layers.astype(np.int32),
        _digests(contents),
        np.array([stored.size for stored in contents], np.int32),
        np.array([stored.gzip_size for stored in contents], np.int32),
        triangles.astype(np.int32),
        np.array([(cell.i, cell.j) for cell in cells], np.int32),
        np.array([cell.layer for cell in cells], np.int32),
        np.array([cell.translation for cell in cells]),
        _digests([cell.stored for cell in cells]),
        np.array([cell.stored.size for cell in cells], np.int32),
        np.array([cell.stored.gzip_size for cell in cells], np.int32),
    )


def _digests(contents: Sequence[Stored]) -> np.typing.NDArray[np.uint8]:
    return np.frombuffer(b"".join(stored.digest for stored in contents), np.uint8).reshape(-1, 16)


def _manifest(
    options: TileOptions, city: City, crs: CrsRegistry, plan: Plan, folder: SceneFolder
) -> manifest.Manifest:
    """scene.json; every other file must be there."""
    tree = plan.tree
    name = options.name or slug(options.output.name)
    view = find_view(city.blocks)
    floor = float(plan.field.at(np.array([[view.x, view.y]]))[0])
    features = (0, len(city))
    described = [crs.describe(key) for key in city.crs_keys]
    low, high = np.nanmin(city.box_min, axis=0), np.nanmax(city.box_max, axis=0)
    checked = ["tileset.json", "tree.bin", "features.sqlite", "report.json"]
    checked += [f"tiles/{layer}/tileset.json" for layer, *_ in LAYERS]
    return manifest.Manifest(
        schema=manifest.SCHEMA,
        name=name,
        title=options.title or name,
        generator=manifest.generator(),
        profile="desktop",
        origin=manifest.Origin(city.frame.lon, city.frame.lat),
        source_crs=tuple(item.code for item in described),
        vertical_datum="; ".join(dict.fromkeys(item.vertical_datum for item in described)),
        extent=manifest.Extent(_triple(low), _triple(high)),
        layers=tuple(
            manifest.Layer(
                layer,
                title,
                kind,
                reality,
                f"tiles/{layer}/tileset.json",
                int((tree.layers == number).sum()),
                features[number],
            )
            for number, (layer, title, kind, reality) in enumerate(LAYERS)
        ),
        variants=(),
        tours=(),
        spawn_points=(
            manifest.SpawnPoint(
                "start", _triple(np.array([view.x, view.y, floor])), view.heading_deg
            ),
        ),
        attributions=tuple(
            manifest.Credit(item.text, item.licence) for item in options.attributions
        ),
        collider_cell_m=plan.field.cell_m,
        checksums={name: folder.checksum(name) for name in sorted(checked)},
    )


def _triple(values: Float64Array) -> tuple[float, float, float]:
    x, y, z = np.round(values, 3).tolist()
    return x, y, z
