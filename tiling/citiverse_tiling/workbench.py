"""What the workers share while they make the contents of a scene, and the tasks that they do."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from citiverse_tiling.collider_cells import GroundCells, object_block
from citiverse_tiling.feature_rows import FeatureSource, write_features
from citiverse_tiling.ground_tiles import ground_tile
from citiverse_tiling.layers import name_of
from citiverse_tiling.made import NO_ROWS, Made, Recipe, file_digest, row_of
from citiverse_tiling.model import Layer
from citiverse_tiling.shared import shared
from citiverse_tiling.tile_contents import ObjectTiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from citiverse_tiling.city import City
    from citiverse_tiling.collider_cells import CellBlocks, Patch
    from citiverse_tiling.content.glb import Imprint
    from citiverse_tiling.feature_rows import Differences
    from citiverse_tiling.model import Rows, UInt64Array
    from citiverse_tiling.options import Reality
    from citiverse_tiling.plan import Plan
    from citiverse_tiling.sinks.contents import ContentStore
    from citiverse_tiling.spool import Spool

TILES, CELLS, FEATURES = "tiles", "colliders", "features.sqlite"
_TILES_A_JOB, _COLUMNS_A_JOB, _BLOCKS_A_JOB = 32, 8, 4


@dataclass(frozen=True, slots=True)
class Workbench:
    """All that the contents of a scene are made from.

    cells  which objects are in which cells of the colliders
    base  digest of what every content depends on: the program and the options
    made  contents that are there already, by what they were made from
    former_features  features.sqlite of the scene that is replaced
    """

    city: City
    plan: Plan
    cells: Mapping[Layer, CellBlocks]
    spool: Spool
    imprint: Imprint
    reality: Reality
    most_primitives: int | None
    store: ContentStore
    made: Made
    base: bytes
    former_features: Path | None


class Job(NamedTuple):
    """Work for one task: tiles [first, last), columns of the ground's collider cells, or blocks of
    those of another layer."""

    bench: Path
    kind: str
    layer: int
    first: int
    last: int


class Result(NamedTuple):
    """The contents of a job, as rows of `made.bin`."""

    job: Job
    rows: np.ndarray


def jobs_of(path: Path, bench: Workbench) -> Iterator[Job]:
    """All work but the features: tiles in the order of the tree, then colliders layer by layer."""
    plan = bench.plan
    counts: list[tuple[str, int, int, int]] = [(TILES, 0, len(plan.tree), _TILES_A_JOB)]
    counts.append((CELLS, int(Layer.GROUND), plan.field.cells[1], _COLUMNS_A_JOB))
    for layer, blocks in bench.cells.items():
        counts.append((CELLS, int(layer), len(blocks.firsts), _BLOCKS_A_JOB))
    for kind, number, count, step in counts:
        for first in range(0, count, step):
            yield Job(path, kind, number, first, min(first + step, count))


def work(job: Job) -> Result:
    """Do one job."""
    tools, numbers = _tools(job.bench), range(job.first, job.last)
    if job.kind == TILES:
        return Result(job, np.concatenate([_tile(tools, row) for row in numbers]))
    if job.layer == Layer.GROUND:
        return Result(job, np.concatenate([_ground_cells(tools, column) for column in numbers]))
    layer = Layer(job.layer)
    return Result(job, np.concatenate([_object_cells(tools, layer, row) for row in numbers]))


def write_all_features(path: Path) -> Differences | None:
    """Write features.sqlite; gives back what differs from the former one, where that is known."""
    bench = _tools(path).bench
    base = bench.base + bench.reality.encode()
    source = FeatureSource(bench.city, bench.plan, bench.spool, bench.reality, base)
    return write_features(Path(bench.store.root) / FEATURES, source, bench.former_features)


class _Tools:
    """What a worker makes for itself once, of what is on the workbench."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.tiles = ObjectTiles(
            bench.city, bench.spool, bench.plan.imagery, bench.imprint, bench.most_primitives
        )
        self.ground = GroundCells(bench.plan.field)
        self.field_digest = Recipe("field", b"").add(bench.plan.field.heights).key


_kept: dict[str, _Tools] = {}


def _tools(path: Path) -> _Tools:
    bench = cast("Workbench", shared(path))
    kept = _kept.get(str(path))
    if kept is None or kept.bench is not bench:
        _kept.clear()
        kept = _kept[str(path)] = _Tools(bench)
    return kept


def _tile(tools: _Tools, row: int) -> np.ndarray:
    """A tile; the numbers of its row are triangles and bytes without images."""
    bench, tiles, plan = tools.bench, tools.tiles, tools.bench.plan
    local, translation = int(plan.tree.local_rows[row]), plan.tree.translations[row]
    layer = plan.layer_of(row)
    folder = f"tiles/{name_of(layer)}"
    recipe = Recipe(folder, bench.base).add(translation, *_photos(plan, layer))
    if layer is Layer.GROUND:
        columns, rows = plan.ground.columns[local], plan.ground.rows[local]
        x, y, skirt = plan.field.x[columns], plan.field.y[rows], plan.ground.skirt_m
        recipe.add(x, y, plan.field.heights[np.ix_(rows, columns)], skirt)
        if len(known := bench.made.of(recipe.key)):
            return known[:1]
        glb, triangles = ground_tile(plan.imagery, plan.ground, local, translation, bench.imprint)
        return row_of(recipe.key, bench.store.store(folder, ".glb", glb), (triangles, 0, 0))
    own = plan.objects[layer]
    shown, is_leaf, far = own.shown[local], own.leaves[local], own.far(local)
    recipe.add(str(is_leaf), tiles.properties_digest if is_leaf else b"", _digests(bench, shown))
    if far is not None:
        recipe.add(far.triangles, far.error_m)
        if far.behind is not None:
            recipe.add(_digests(bench, far.behind.objects), far.behind.blocks)
        if far.blocks is not None:
            recipe.add(*(getattr(far.blocks, one.name) for one in fields(far.blocks)))
    if len(known := bench.made.of(recipe.key)):
        return known[:1]
    if far is None:
        made = tiles.leaf(layer, shown, translation)
    else:
        made = tiles.inner(layer, shown, translation, far)
    size = len(made.glb) - made.image_bytes if is_leaf else 0
    stored = bench.store.store(folder, ".glb", made.glb)
    return row_of(recipe.key, stored, (made.triangles, size, 0))


def _ground_cells(tools: _Tools, column: int) -> np.ndarray:
    """The cells of a column; the numbers of a row are i, j and the height of the origin."""
    bench, folder = tools.bench, "colliders/ground"
    recipe = Recipe(folder, bench.base).add(*tools.ground.ingredients(column))
    if len(known := bench.made.of(recipe.key)):
        return known
    return _stored(bench, folder, recipe.key, tools.ground.patches(column))


def _object_cells(tools: _Tools, layer: Layer, row: int) -> np.ndarray:
    """The same of a block of a layer's cells."""
    bench, field = tools.bench, tools.bench.plan.field
    folder = f"colliders/{name_of(layer)}"
    first, shapes = bench.cells[layer].firsts[row], bench.cells[layer].of(row)
    recipe = Recipe(folder, bench.base).add(first, field.cell_m, _digests(bench, shapes))
    if layer is Layer.LAND:
        recipe.add(field.grid.origin, tools.field_digest)
    if len(known := bench.made.of(recipe.key)):
        return known
    patches = object_block(bench.city, layer, bench.spool, field, first, shapes)
    return _stored(bench, folder, recipe.key, patches)


def _stored(bench: Workbench, folder: str, key: bytes, patches: Iterable[Patch]) -> np.ndarray:
    rows = [
        row_of(key, bench.store.store(folder, ".bin", one.data), (one.i, one.j, one.datum))
        for one in patches
    ]
    return np.concatenate([NO_ROWS, *rows])


def _digests(bench: Workbench, shapes: Rows) -> UInt64Array:
    """All that is known of some shapes."""
    return bench.city.digests(bench.city.shapes.objects[shapes])


def _photos(plan: Plan, layer: Layer) -> Iterator[bytes | str | float]:
    """What is known of the photos that lie on the ground, for the layers that show them."""
    if layer in (Layer.GROUND, Layer.LAND):
        for photo, box in plan.imagery.photos:
            yield file_digest(str(photo.footprint.path))
            yield photo.footprint.crs
            yield box.tobytes()
