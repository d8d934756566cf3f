"""Writes all files of a scene from a city in the spool."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling import manifest
from citiverse_tiling.attributions import attributions
from citiverse_tiling.collider_cells import ground_cells, object_cells
from citiverse_tiling.content.glb import Imprint
from citiverse_tiling.description import describe
from citiverse_tiling.feature_rows import FeatureRows, lon_lat
from citiverse_tiling.ground_tiles import ground_tile
from citiverse_tiling.layers import name_of
from citiverse_tiling.model import Layer
from citiverse_tiling.sinks.features import FeatureDatabase
from citiverse_tiling.sinks.tiles3d import LayerTilesets, scene_tileset
from citiverse_tiling.start import find_start
from citiverse_tiling.tile_contents import ObjectTiles
from citiverse_tiling.tour import fullest_layer, keep_budget, tour
from citiverse_tiling.tree.tree_bin import TreeTable, encode_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from citiverse_tiling.budget import BudgetReport
    from citiverse_tiling.city import City, FeatureRecord
    from citiverse_tiling.collider_cells import Cell
    from citiverse_tiling.crs import CrsDescription
    from citiverse_tiling.model import Int64Array, UInt8Array
    from citiverse_tiling.options import Progress, TileOptions
    from citiverse_tiling.plan import Plan
    from citiverse_tiling.report import Report, Successions
    from citiverse_tiling.sinks.scene_folder import SceneFolder, Stored
    from citiverse_tiling.spool import Spool
    from citiverse_tiling.start import Start

_ROWS_AT_ONCE = 1_024
_CELLS_A_REPORT = 256


@dataclass(frozen=True, slots=True)
class SceneWriter:
    """Everything that the files of a scene are made of; `crs` are those of the sources."""

    options: TileOptions
    city: City
    plan: Plan
    crs: tuple[CrsDescription, ...]
    spool: Spool
    folder: SceneFolder
    report: Report
    progress: Progress

    def write(self) -> BudgetReport:
        """Write all files; scene.json is the last."""
        contents, triangles = self._write_tiles()
        cells = list(self._write_colliders())
        cells.sort(key=lambda cell: (cell.layer, cell.i, cell.j))
        table = _tree_table(self.plan, contents, triangles, cells)
        self.folder.write("tree.bin", encode_tree(table))
        self._write_tilesets([f"{stored.digest.hex()}.glb" for stored in contents])
        start = find_start(self.city, self.plan.field, self.spool)
        budget = self._walk(table, start)
        self.report.successions = self._succeed()
        said = manifest.report_file(self.report, budget)
        self.folder.write("report.json", manifest.to_json(said))
        named = attributions(self.options, self.report)
        scene = describe(self.options, self.city, self.plan, start, self.crs, self.folder, named)
        self.folder.write("scene.json", manifest.to_json(scene))
        return budget

    def _walk(self, table: TreeTable, start: Start) -> BudgetReport:
        """Hold the tiles against the budget of the device that they are made for."""
        folders = [f"tiles/{name_of(layer)}" for layer in self.plan.layers]

        def read(row: int) -> bytes:
            name = f"{table.content_hash[row].tobytes().hex()}.glb"
            return (self.folder.partial / folders[int(table.layer[row])] / name).read_bytes()

        looks = tour(table, fullest_layer(table), start, self.plan.field)
        budget = keep_budget(table, looks, self.options.profile, read)
        for sentence in budget.misses():
            self.report.warn(sentence)
        return budget

    def _write_tiles(self) -> tuple[list[Stored], Int64Array]:
        """Contents of all tiles in tree order, and features.sqlite beside them."""
        tree = self.plan.tree
        imprint = self._imprint()
        tiles = ObjectTiles(
            self.city, self.spool, self.plan.imagery, imprint, self.options.limits.primitives
        )
        contents: list[Stored] = []
        triangles = np.zeros(len(tree), np.int64)
        large: list[tuple[int, str]] = []
        with FeatureDatabase(self.folder.partial / "features.sqlite") as database:
            numbers, reality = self.plan.feature_rows, self.options.reality
            rows = FeatureRows(self.city, numbers, lon_lat(self.city), reality)
            writer = _FeatureWriter(self.city, rows, database)
            for row in range(len(tree)):
                self.progress("writing tiles", row, len(tree))
                local, translation = int(tree.local_rows[row]), tree.translations[row]
                layer = self.plan.layer_of(row)
                if layer is Layer.GROUND:
                    glb, triangles[row] = ground_tile(
                        self.plan.imagery, self.plan.ground, local, translation, imprint
                    )
                    contents.append(self.folder.store("tiles/ground", ".glb", glb))
                    continue
                plan = self.plan.objects[layer]
                shown, leaf = plan.shown[local], plan.leaves[local]
                if leaf:
                    made = tiles.leaf(layer, shown, translation)
                else:
                    made = tiles.inner(layer, shown, translation, plan.blocks(local))
                triangles[row] = made.triangles
                contents.append(self.folder.store(f"tiles/{name_of(layer)}", ".glb", made.glb))
                objects = self.city.shapes.objects[shown]
                writer.add(row, objects, made.records if leaf else None)
                size = len(made.glb) - made.image_bytes
                if leaf and size > self.options.limits.leaf_bytes:
                    large.append((size, made.records[0].id))
            writer.finish(tiles)
        if large:
            self._warn_of_size(large)
        return contents, triangles

    def _warn_of_size(self, large: list[tuple[int, str]]) -> None:
        size, who = max(large)
        many = "1 tile has" if len(large) == 1 else f"{len(large):,} tiles have"
        self.report.warn(
            f"{many} more than {self.options.limits.leaf_bytes:,} bytes without images; "
            f"the largest, with {who}, has {size:,}"
        )

    def _write_colliders(self) -> Iterator[Cell]:
        """Colliders of all layers."""
        field = self.plan.field
        cells = (
            ground_cells(field, self.folder),
            *(
                object_cells(self.city, layer, self.spool, field, self.folder)
                for layer in self.plan.objects
            ),
        )
        for total, cell in enumerate(chain.from_iterable(cells), 1):
            if total % _CELLS_A_REPORT == 0:
                self.progress("writing colliders", total, 0)
            yield cell

    def _write_tilesets(self, uris: Sequence[str]) -> None:
        """tileset.json of the layers and of the scene."""
        tree, frame = self.plan.tree, self.city.frame
        files = [f"tiles/{name_of(layer)}/tileset.json" for layer in self.plan.layers]
        for layer, name in enumerate(files):
            store = partial(self._store_tileset, name.rpartition("/")[0])
            tileset = LayerTilesets(tree, layer, uris, frame, store).root()
            self.folder.write(name, msgspec.json.encode(tileset))
        roots = np.flatnonzero(tree.parents < 0)
        scene = scene_tileset(tree, roots, files, frame)
        self.folder.write("tileset.json", msgspec.json.encode(scene))

    def _succeed(self) -> Successions | None:
        """What became of the features of the former delivery, where there is one."""
        previous = self.options.previous or self.options.output
        if self.options.previous is None and not (previous / "scene.json").is_file():
            return None
        from citiverse_tiling.succession import Place, succeed  # rare, and shapely takes its time

        layers = tuple(name_of(layer) for layer in self.plan.layers)
        self.progress("comparing with the former delivery", 0, 0)
        return succeed(previous, self.folder.partial, Place(self.city.frame, layers))

    def _store_tileset(self, folder: str, data: bytes) -> str:
        return f"{self.folder.store(folder, '.json', data).digest.hex()}.json"

    def _imprint(self) -> Imprint:
        """Who must be named, in one line, and how tiles are written."""
        notice = "; ".join(
            f"{item.text} ({item.licence})" if item.licence else item.text
            for item in attributions(self.options, self.report)
        )
        encoding = self.options.encoding
        return Imprint(notice, encoding.compress, encoding.images)


@dataclass(frozen=True, slots=True)
class _FeatureWriter:
    """Writes features as their leaves are made."""

    city: City
    rows: FeatureRows
    database: FeatureDatabase

    def add(self, tile: int, objects: Int64Array, records: Sequence[FeatureRecord] | None) -> None:
        """Link a tile to its objects; `records` of a leaf make the objects' rows."""
        if records is not None:
            self.database.add(self.rows.of(objects, records))
        self.database.link(tile, self.rows.numbers[objects].tolist())

    def finish(self, tiles: ObjectTiles) -> None:
        """Add the objects that aren't drawn, and the indices."""
        is_bare = np.ones(len(self.city), np.bool_)
        is_bare[self.city.shapes.objects] = False
        bare = np.flatnonzero(is_bare)
        for start in range(0, len(bare), _ROWS_AT_ONCE):
            objects = bare[start : start + _ROWS_AT_ONCE]
            self.database.add(self.rows.of(objects, tiles.records(objects)))
        self.database.finish()


def _tree_table(
    plan: Plan, contents: Sequence[Stored], triangles: Int64Array, cells: Sequence[Cell]
) -> TreeTable:
    """The columns of tree.bin; encoding narrows their types."""
    tree = plan.tree
    return TreeTable(
        len(plan.layers),
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
        np.array([plan.layers.index(cell.layer) for cell in cells], np.int32),
        np.array([cell.translation for cell in cells]),
        _digests([cell.stored for cell in cells]),
        np.array([cell.stored.size for cell in cells], np.int32),
        np.array([cell.stored.gzip_size for cell in cells], np.int32),
    )


def _digests(contents: Sequence[Stored]) -> UInt8Array:
    return np.frombuffer(b"".join(stored.digest for stored in contents), np.uint8).reshape(-1, 16)
