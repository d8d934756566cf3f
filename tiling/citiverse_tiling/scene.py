"""Writes all files of a scene from a city in the spool."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from citiverse_tiling import manifest
from citiverse_tiling.attributions import attributions
from citiverse_tiling.buildings import NAME as BUILDINGS
from citiverse_tiling.buildings import buildings_of
from citiverse_tiling.buildings import encode as encode_buildings
from citiverse_tiling.city import feature_records
from citiverse_tiling.collider_cells import cell_blocks
from citiverse_tiling.content.glb import Imprint
from citiverse_tiling.description import describe
from citiverse_tiling.errors import SceneError
from citiverse_tiling.foreign import FOLDER
from citiverse_tiling.foreign.carry import Carried, carried
from citiverse_tiling.heap import give_back
from citiverse_tiling.layers import name_of
from citiverse_tiling.made import NO_ROWS, code_digest
from citiverse_tiling.model import Layer
from citiverse_tiling.shared import share
from citiverse_tiling.sinks.tiles3d import LayerTilesets, scene_tileset
from citiverse_tiling.start import find_start
from citiverse_tiling.tour import fullest_layer, indoors, keep_budget, tour
from citiverse_tiling.tree.tree_bin import TreeTable, encode_tree
from citiverse_tiling.variants.carry import Carried as CarriedVariants
from citiverse_tiling.variants.carry import NewScene
from citiverse_tiling.variants.carry import carried as carried_variants
from citiverse_tiling.visibility.visibility_bin import NAME as VISIBILITY
from citiverse_tiling.workbench import FEATURES, TILES, Workbench, jobs_of, work, write_all_features

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from citiverse_tiling.budget import BudgetReport
    from citiverse_tiling.buildings import Building
    from citiverse_tiling.city import City
    from citiverse_tiling.crs import CrsDescription
    from citiverse_tiling.feature_rows import Differences
    from citiverse_tiling.model import UInt8Array
    from citiverse_tiling.options import Progress, TileOptions
    from citiverse_tiling.plan import Plan
    from citiverse_tiling.report import Report, Successions
    from citiverse_tiling.sinks.scene_folder import SceneFolder
    from citiverse_tiling.spool import Spool
    from citiverse_tiling.start import Start
    from citiverse_tiling.visibility.run import VisibilitySummary
    from citiverse_tiling.workers import Team


class Contents(NamedTuple):
    """Rows of `made.bin`: of tiles in the order of the tree, and of each layer's colliders.

    `differences` are those of the features from the former scene's, where they are known.
    """

    tiles: np.ndarray
    cells: dict[Layer, np.ndarray]
    differences: Differences | None


@dataclass(frozen=True, slots=True)
class SceneWriter:
    """Everything that the files of a scene are made of; `crs` are those of the sources."""

    options: TileOptions
    city: City
    plan: Plan
    crs: tuple[CrsDescription, ...]
    spool: Spool
    folder: SceneFolder
    team: Team
    report: Report
    progress: Progress

    def write(self) -> tuple[BudgetReport, VisibilitySummary | None]:
        """Write all files; scene.json is the last."""
        tiles, cells, differences = self._make_contents()
        self._warn_of_size(tiles)
        table = _tree_table(self.plan, tiles, cells)
        self.folder.write("tree.bin", encode_tree(table))
        self.folder.write_made()
        self._write_tilesets([f"{digest.hex()}.glb" for digest in tiles["digest"].tolist()])
        visibility = self._look_around(table) if self.options.visibility else None
        start = find_start(self.city, self.plan.field, self.spool)
        buildings = self._inside()
        budget = self._walk(table, start, buildings)
        foreign, variants = self._carry_foreign(), self._carry_variants()
        self.report.successions = self._succeed(differences)
        said = manifest.report_file(self.report, budget)
        self.folder.write("report.json", manifest.to_json(said))
        named = attributions(self.options, self.report)
        scene = describe(self.options, self.city, self.plan, start, self.crs, self.folder, named)
        others = dict((*foreign.checksums, *variants.checksums))
        if buildings:
            others[BUILDINGS] = self.folder.checksum(BUILDINGS)
        whole = msgspec.structs.replace(
            scene,
            foreign=foreign.layers,
            variants=variants.variants,
            buildings=BUILDINGS if buildings else "",
            checksums=dict(sorted((scene.checksums | others).items())),
        )
        self.folder.write("scene.json", manifest.to_json(whole))
        return budget, visibility

    def _inside(self) -> tuple[Building, ...]:
        """What is inside of buildings; it is written where any says so.

        Where there is anything beside them, the report says how they stand in it.
        """
        if not self.city.insides:
            return ()
        found = buildings_of(self.city, self.spool, self.report)
        if found:
            self.folder.write(BUILDINGS, encode_buildings(found))
        if found and (len(self.report.inputs) > 1 or not np.isnan(self.city.terrain_box).any()):
            from citiverse_tiling.landings import landings_in  # shapely takes its time

            field = self.plan.field
            self.report.landings = landings_in(self.city, self.spool, field, found)
        return found

    def _carry_foreign(self) -> Carried:
        """The layers of others in the scene that is replaced, or else in the former delivery's."""
        former = self._former()
        if former is None:
            return Carried()
        is_fresh = self.options.fresh
        kept = carried(former, self.city.frame, self.report.warn, fresh=is_fresh)
        for layer in kept.layers:
            self.folder.keep_whole(f"{FOLDER}/{layer.name}", former)
        return kept

    def _carry_variants(self) -> CarriedVariants:
        """The variants of the same scene."""
        former = self._former()
        if former is None:
            return CarriedVariants()
        features = self.folder.partial / FEATURES
        fresh = self.options.fresh
        new = NewScene(self.city.frame, self.plan.field.cell_m, features, fresh)
        kept = carried_variants(former, new, self.report.warn)
        for variant in kept.variants:
            if variant.folder:
                self.folder.keep_whole(variant.folder, former)
        return kept

    def _former(self) -> Path | None:
        is_replaced = (self.folder.scene / "scene.json").is_file()
        return self.folder.scene if is_replaced else self.options.previous

    def _look_around(self, table: TreeTable) -> VisibilitySummary:
        """Write visibility.bin, which no worker needs anything but tiles for."""
        from citiverse_tiling.visibility.ground_plan import Drawn  # rare, as is all of it
        from citiverse_tiling.visibility.run import Looking, write_visibility
        from citiverse_tiling.visibility.sight import sights_of

        folders = (str(self.folder.partial), str(self.folder.scene))
        drawn = Drawn(folders, table, tuple(self.plan.layers))
        sights = sights_of(self.city, self.plan, table)
        looking = Looking(drawn, sights, self.folder.regions)
        path, former = self.folder.partial / VISIBILITY, self.folder.former(VISIBILITY)
        done = write_visibility(looking, path, former, self.team, self.progress)
        self.folder.bytes += done.bytes
        return done

    def _walk(self, table: TreeTable, start: Start, buildings: Sequence[Building]) -> BudgetReport:
        """Hold the tiles against the budget of the device that they are made for."""
        folders = [f"tiles/{name_of(layer)}" for layer in self.plan.layers]

        def read(row: int) -> bytes:
            name = f"{table.content_hash[row].tobytes().hex()}.glb"
            return self.folder.content(f"{folders[int(table.layer[row])]}/{name}")

        looks = chain(tour(table, fullest_layer(table), start, self.plan.field), indoors(buildings))
        budget = keep_budget(table, looks, self.options.profile, read)
        for sentence in budget.misses():
            self.report.warn(sentence)
        return budget

    def _make_contents(self) -> Contents:
        """Tiles, colliders and features.sqlite, all at the same time."""
        bench = Workbench(
            self.city,
            self.plan,
            {one: cell_blocks(self.city, one, self.plan.field) for one in self.plan.objects},
            self.spool,
            self._imprint(),
            self.options.reality,
            self.options.limits.primitives,
            self.folder.contents,
            self.folder.made,
            code_digest() + repr((self._imprint(), self.city.frame, self.options.limits)).encode(),
            self.folder.former(FEATURES),
        )
        give_back()
        path = self.folder.workbench
        share(bench, path, is_here=self.team.is_here)
        features = self.team.executor.submit(write_all_features, path)
        tiles: list[np.ndarray] = []
        cells: defaultdict[Layer, list[np.ndarray]] = defaultdict(list)
        with self.folder.journal() as note:
            done = 0
            for result in self.team.each(work, jobs_of(path, bench)):
                note(result.rows)
                done += len(result.rows)
                if result.job.kind == TILES:
                    tiles.append(result.rows)
                    self.progress("writing tiles", done, len(self.plan.tree))
                else:
                    cells[Layer(result.job.layer)].append(result.rows)
                    self.progress("writing colliders", done - len(self.plan.tree), 0)
        differences = self.team.result(features)
        of_tiles = np.concatenate(tiles)
        for number, layer in enumerate(self.plan.layers):
            self.folder.keep(
                f"tiles/{name_of(layer)}", ".glb", of_tiles[self.plan.tree.layers == number]
            )
        of_cells = {layer: _in_order(np.concatenate(some)) for layer, some in cells.items()}
        for layer, rows in of_cells.items():
            self.folder.keep(f"colliders/{name_of(layer)}", ".bin", rows)
        return Contents(of_tiles, of_cells, differences)

    def _warn_of_size(self, tiles: np.ndarray) -> None:
        sizes = tiles["numbers"][:, 1]
        large = np.flatnonzero(sizes > self.options.limits.leaf_bytes)
        if not len(large):
            return
        row = int(large[np.argmax(sizes[large])])
        plan = self.plan.objects[self.plan.layer_of(row)]
        shown = plan.shown[int(self.plan.tree.local_rows[row])]
        (first,) = feature_records(self.city, self.spool, self.city.shapes.objects[shown[:1]])
        many = "1 tile has" if len(large) == 1 else f"{len(large):,} tiles have"
        self.report.warn(
            f"{many} more than {self.options.limits.leaf_bytes:,} bytes without images; "
            f"the largest, with {first.id}, has {sizes[row]:,}"
        )

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

    def _succeed(self, differences: Differences | None) -> Successions | None:
        """What became of the features of the former delivery, where there is one."""
        previous = self.options.previous or self.options.output
        if self.options.previous is None and self.folder.former("scene.json") is None:
            return None
        from citiverse_tiling.succession import Place, succeed  # rare, and shapely takes its time

        layers = tuple(name_of(layer) for layer in self.plan.layers)
        self.progress("comparing with the former delivery", 0, 0)
        try:
            place = Place(self.city.frame, layers)
            known = differences if self.options.previous is None else None
            return succeed(previous, self.folder.partial, place, known)
        except SceneError as error:
            if self.options.previous is not None:
                raise
            self.report.warn(f"it isn't known what became of the former delivery: {error}")
            return None

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


def _in_order(cells: np.ndarray) -> np.ndarray:
    """Rows of a layer's colliders by i and j."""
    return cells[np.lexsort(cells["numbers"][:, 1::-1].T)]


def _tree_table(plan: Plan, tiles: np.ndarray, cells: Mapping[Layer, np.ndarray]) -> TreeTable:
    """The columns of tree.bin from rows of `made.bin`; encoding narrows their types."""
    tree = plan.tree
    numbers = [number for number, layer in enumerate(plan.layers) if layer in cells]
    each = [cells[plan.layers[number]] for number in numbers]
    rows = np.concatenate([NO_ROWS, *each])
    places = rows["numbers"].astype(np.float64) * (plan.field.cell_m, plan.field.cell_m, 1.0)
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
        _hashes(tiles),
        tiles["size"].astype(np.int32),
        tiles["gzip_size"].astype(np.int32),
        tiles["numbers"][:, 0].astype(np.int32),
        rows["numbers"][:, :2].astype(np.int32),
        np.repeat(numbers, [len(some) for some in each]).astype(np.int32),
        places,
        _hashes(rows),
        rows["size"].astype(np.int32),
        rows["gzip_size"].astype(np.int32),
    )


def _hashes(rows: np.ndarray) -> UInt8Array:
    return np.frombuffer(rows["digest"].tobytes(), np.uint8).reshape(-1, 16)
