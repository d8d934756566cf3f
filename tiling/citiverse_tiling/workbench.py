"""What the workers share while they make the contents of a scene, and the tasks that they do."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from citiverse_tiling.collider_cells import Cell, GroundCells, cell_blocks, object_block
from citiverse_tiling.feature_rows import write_features
from citiverse_tiling.ground_tiles import ground_tile
from citiverse_tiling.image_library import PART
from citiverse_tiling.layers import name_of
from citiverse_tiling.made import Entry, Made, Recipe, file_digest
from citiverse_tiling.model import Layer
from citiverse_tiling.shared import shared
from citiverse_tiling.tile_contents import ObjectTiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_tiling.city import City
    from citiverse_tiling.content.glb import Imprint
    from citiverse_tiling.model import Int64Array
    from citiverse_tiling.options import Reality
    from citiverse_tiling.plan import Plan
    from citiverse_tiling.sinks.contents import ContentStore, Stored
    from citiverse_tiling.spool import Spool

TILES, CELLS = "tiles", "colliders"
_TILES_A_JOB, _CELLS_A_JOB, _BLOCKS_A_JOB = 32, 256, 4


@dataclass(frozen=True, slots=True)
class Workbench:
    """All that the contents of a scene are made from.

    base  digest of what every content depends on: the program and the options
    made  contents that are there already, by what they were made from
    """

    city: City
    plan: Plan
    spool: Spool
    imprint: Imprint
    reality: Reality
    most_primitives: int | None
    store: ContentStore
    made: Made
    base: bytes


class Job(NamedTuple):
    """Work for one task: the rows [first, last) of the tiles, or of a layer's collider cells."""

    bench: Path
    kind: str
    layer: int
    first: int
    last: int


class Result(NamedTuple):
    """The contents of a job, each with the key of what it was made from."""

    job: Job
    entries: list[tuple[bytes, Entry]]


def jobs_of(bench: Path, city: City, plan: Plan) -> Iterator[Job]:
    """All work but the features: tiles in the order of the tree, then colliders layer by layer."""
    counts: list[tuple[str, int, int, int]] = [(TILES, 0, len(plan.tree), _TILES_A_JOB)]
    rows, columns = plan.field.cells
    counts.append((CELLS, int(Layer.GROUND), rows * columns, _CELLS_A_JOB))
    for layer in plan.objects:
        blocks = len(cell_blocks(city, layer, plan.field)[0])
        counts.append((CELLS, int(layer), blocks, _BLOCKS_A_JOB))
    for kind, number, count, step in counts:
        for first in range(0, count, step):
            yield Job(bench, kind, number, first, min(first + step, count))


def work(job: Job) -> Result:
    """Do one job."""
    tools, rows = _tools(job.bench), range(job.first, job.last)
    if job.kind == TILES:
        return Result(job, [_tile(tools, row) for row in rows])
    if job.layer == Layer.GROUND:
        return Result(job, [_ground_cell(tools, number) for number in rows])
    each = (_object_cells(tools, Layer(job.layer), row) for row in rows)
    return Result(job, list(chain.from_iterable(each)))


def write_all_features(path: Path) -> None:
    """Write features.sqlite."""
    bench = _tools(path).bench
    file = Path(bench.store.root) / "features.sqlite"
    write_features(file, bench.city, bench.plan, bench.spool, bench.reality)


class _Tools:
    """What a worker makes for itself once, of what is on the workbench."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.tiles = ObjectTiles(
            bench.city, bench.spool, bench.plan.imagery, bench.imprint, bench.most_primitives
        )
        self.ground = GroundCells(bench.plan.field)
        self.field_digest = Recipe("field", b"").add(bench.plan.field.heights).key
        self._blocks: dict[Layer, tuple[Int64Array, list[Int64Array]]] = {}

    def block(self, layer: Layer, row: int) -> tuple[Int64Array, Int64Array]:
        """The first cell of a block, and the shapes in it."""
        if layer not in self._blocks:
            self._blocks[layer] = cell_blocks(self.bench.city, layer, self.bench.plan.field)
        firsts, members = self._blocks[layer]
        return firsts[row], members[row]


_kept: dict[str, _Tools] = {}


def _tools(path: Path) -> _Tools:
    bench = cast("Workbench", shared(path))
    kept = _kept.get(str(path))
    if kept is None or kept.bench is not bench:
        _kept.clear()
        _image_digest.cache_clear()
        file_digest.cache_clear()
        kept = _kept[str(path)] = _Tools(bench)
    return kept


def _tile(tools: _Tools, row: int) -> tuple[bytes, Entry]:
    """A tile; the numbers of its entry are triangles and bytes without images."""
    bench, tiles, plan = tools.bench, tools.tiles, tools.bench.plan
    local, translation = int(plan.tree.local_rows[row]), plan.tree.translations[row]
    layer = plan.layer_of(row)
    folder = f"tiles/{name_of(layer)}"
    recipe = Recipe(folder, bench.base).add(translation, *_photos(plan, layer))
    if layer is Layer.GROUND:
        columns, rows = plan.ground.columns[local], plan.ground.rows[local]
        x, y, skirt = plan.field.x[columns], plan.field.y[rows], plan.ground.skirt_m
        recipe.add(x, y, plan.field.heights[np.ix_(rows, columns)], skirt)
        if known := _known(bench, folder, ".glb", recipe.key):
            return recipe.key, known[0]
        glb, triangles = ground_tile(plan.imagery, plan.ground, local, translation, bench.imprint)
        return recipe.key, Entry(bench.store.store(folder, ".glb", glb), (triangles, 0, 0))
    own = plan.objects[layer]
    shown, is_leaf, far = own.shown[local], own.leaves[local], own.far(local)
    blocks = None if far is None else far.blocks
    recipe.add(str(is_leaf), tiles.properties_digest if is_leaf else b"")
    _add_objects(recipe, bench, shown, with_meshes=blocks is None and layer is not Layer.VEGETATION)
    if far is not None:
        recipe.add(far.triangles, far.error_m)
    if blocks is not None:
        _add_columns(recipe, blocks)
    if known := _known(bench, folder, ".glb", recipe.key):
        return recipe.key, known[0]
    if far is None:
        made = tiles.leaf(layer, shown, translation)
    else:
        made = tiles.inner(layer, shown, translation, far)
    size = len(made.glb) - made.image_bytes
    stored = bench.store.store(folder, ".glb", made.glb)
    return recipe.key, Entry(stored, (made.triangles, size if is_leaf else 0, 0))


def _ground_cell(tools: _Tools, number: int) -> tuple[bytes, Entry]:
    bench, folder = tools.bench, "colliders/ground"
    patch = tools.ground.patch(number)
    recipe = Recipe(folder, bench.base).add(patch.positions)
    known = _known(bench, folder, ".bin", recipe.key)
    stored = known[0].stored if known else bench.store.store(folder, ".bin", patch.data)
    return recipe.key, Entry(stored, (patch.i, patch.j, patch.datum))


def _object_cells(tools: _Tools, layer: Layer, row: int) -> list[tuple[bytes, Entry]]:
    """The cells of a block; the numbers of an entry are i, j and the height of the origin."""
    bench, field = tools.bench, tools.bench.plan.field
    folder = f"colliders/{name_of(layer)}"
    first, shapes = tools.block(layer, row)
    recipe = Recipe(folder, bench.base).add(first, field.cell_m)
    _add_objects(recipe, bench, shapes, with_meshes=layer is not Layer.VEGETATION)
    if layer is Layer.LAND:
        recipe.add(field.grid.origin, tools.field_digest)
    if known := _known(bench, folder, ".bin", recipe.key):
        return [(recipe.key, entry) for entry in known]
    return [
        (recipe.key, Entry(bench.store.store(folder, ".bin", one.data), (one.i, one.j, one.datum)))
        for one in object_block(bench.city, layer, bench.spool, field, first, shapes)
    ]


def _known(bench: Workbench, folder: str, suffix: str, key: bytes) -> list[Entry]:
    """What was made from the same before, where all of it is still there."""
    found = bench.made.of(key)
    is_there = all(bench.store.keeps(folder, suffix, entry.stored) for entry in found)
    return found if is_there else []


def _add_objects(
    recipe: Recipe, bench: Workbench, shapes: Int64Array, *, with_meshes: bool
) -> None:
    """All that is known of some shapes."""
    city = bench.city
    objects = city.shapes.objects[shapes]
    for record in bench.spool.records(city.index, objects):
        recipe.add(record)
    recipe.add(city.parents[objects] >= 0)
    recipe.add(*(city.renamed.get(row) for row in objects.tolist()) if city.renamed else ())
    for column in fields(city.shapes):
        if column.name not in ("objects", "blocks"):
            recipe.add(getattr(city.shapes, column.name)[shapes])
    _add_columns(recipe, city.shapes.blocks.take(shapes))
    if with_meshes:
        meshes = bench.spool.meshes(city.index, objects)
        looks = meshes.looks
        for column in fields(meshes):
            if column.name != "looks":
                recipe.add(getattr(meshes, column.name))
        if looks is not None:
            numbers, places = np.unique(looks, return_inverse=True)
            recipe.add(places)
            for number in numbers[numbers >= 0].tolist():
                look = city.looks.looks[number]
                recipe.add(repr(look.colour), repr(look.wrap), _image_digest(look.image))


def _add_columns(recipe: Recipe, blocks: object) -> None:
    recipe.add(*(getattr(blocks, one.name) for one in fields(blocks)))  # type: ignore[arg-type]


@lru_cache(maxsize=65_536)
def _image_digest(image: str) -> bytes:
    path, _, part = image.partition(PART)
    return file_digest(path) + part.encode() if path else b""


def _photos(plan: Plan, layer: Layer) -> Iterator[bytes | str | float]:
    """What is known of the photos that lie on the ground, for the layers that show them."""
    if layer in (Layer.GROUND, Layer.LAND):
        for photo, box in plan.imagery.photos:
            yield file_digest(str(photo.footprint.path))
            yield photo.footprint.crs
            yield box.tobytes()


def cell_of(layer: Layer, entry: Entry, cell_m: float) -> Cell:
    """A collider from the entry of its content."""
    i, j, datum = entry.numbers
    return Cell(i, j, layer, (i * cell_m, j * cell_m, float(datum)), entry.stored)


def stored_of(results: list[Result]) -> list[Stored]:
    """The contents of results, in order."""
    return [entry.stored for result in results for _, entry in result.entries]
