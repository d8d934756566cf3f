"""What each inner tile shows, coarser than its children do, and the error that this makes.

From the leaves upwards, level by level: an inner tile shows less of what its children show. So it
depends on nothing but what is below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from citiverse_tiling.transforms.block import FLAT_TRIANGLES, GABLED_TRIANGLES
from citiverse_tiling.transforms.merge_blocks import Room, merge_blocks
from citiverse_tiling.tree.runs import Runs
from citiverse_tiling.tree.tile_tree import LayerTree, levels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from citiverse_tiling.model import Float64Array, Int32Array, Int64Array, Rows
    from citiverse_tiling.transforms.block import Blocks
    from citiverse_tiling.transforms.merge_blocks import Merged
    from citiverse_tiling.tree.quadtree import Quadtree

SHARE = 0.35
"""An inner tile has at most this share of the triangles of its children."""

REDRAWN_M = 3.0
"""An inner tile whose objects are drawn anew, with fewer triangles, is as wrong as this, and the
next above twice as wrong: from where that is little, kerbs and painted lines can't be seen."""

BLOCK_BYTES = 20 * 20 + 30 * 2 + 3 * 4
"""A block in a GLB: 20 vertices, 30 indices, three offsets of strings."""

GABLE_BYTES = 30 * 20 + 42 * 2 + 3 * 4
"""One with a gabled roof: 30 vertices, 42 indices."""

_ITEMS_AT_ONCE = 2_048
"""Merging takes about 4 kB for each of them while it works."""

_OBJECTS_AT_ONCE = 4_096
_Boxes = tuple[np.ndarray, np.ndarray]
"""Lowest and highest corners, float64 (n, 3) each."""

_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class ObjectSizes:
    """What decides which of n objects are shown; all (n,) or (n, 3).

    sizes_m        how wrong it is to leave the object out
    errors_m       how wrong it is to show it as inner tiles do
    bytes          that it adds to an inner tile
    triangles      that it has in a leaf
    box_min/max    of its own faces, scene frame; coarse_min/max of what inner tiles show
    """

    sizes_m: Float64Array
    errors_m: Float64Array
    bytes: Int64Array
    triangles: Int64Array
    least: Int64Array
    box_min: Float64Array
    box_max: Float64Array
    coarse_min: Float64Array
    coarse_max: Float64Array

    def take(self, rows: Rows) -> ObjectSizes:
        """Those of some objects, in that order."""
        return ObjectSizes(*(getattr(self, name)[rows] for name in self.__slots__))


class Objects(Protocol):
    """Many objects, of which a few are looked at at a time."""

    def take(self, rows: Rows, /) -> ObjectSizes:
        """Some of them, in that order."""


@dataclass(frozen=True, slots=True)
class FarBlocks:
    """What inner tiles of buildings show.

    blocks   those of some objects, or merged ones
    objects  int64: the object that each is, or the largest of those that it stands for
    """

    blocks: Blocks
    objects: Int64Array


class FarStore(Protocol):
    """The blocks of the n objects, and behind them the merged ones."""

    def take(self, rows: Rows, /) -> FarBlocks:
        """Some of them, in that order."""

    def append(self, more: FarBlocks, parts: Runs, /) -> None:
        """Take merged ones, and the rows of those that each stands for."""


def choose_shown(
    tree: Quadtree, objects: Objects, most_bytes: int
) -> tuple[LayerTree, Runs, Float64Array]:
    """The tiles with boxes and measured errors, and the objects that each tile shows.

    A leaf shows its objects in tree order; an inner tile the largest ones of its children, as many
    as there is room for. It shows one at least, however many triangles that has: the third are the
    triangles that each tile (N,) should have, to which its content is simplified.
    """
    levels = _Levels.of(tree, objects)
    for tiles, rows, owners in chain.from_iterable(levels.upwards()):
        some = objects.take(rows)
        order = np.lexsort((rows, -some.sizes_m, owners))
        rows, owners, some = rows[order], owners[order], some.take(order)
        first = np.searchsorted(owners, np.arange(len(tiles)))
        room = levels.room(tiles)
        over = _cumulated(some.least, first, owners) > room[owners]
        over |= _cumulated(some.bytes, first, owners) > most_bytes
        over[first] = False
        # What comes after something that has no room is left out as well: it is smaller.
        fits = _cumulated(over.astype(np.int64), first, owners) == 0
        wrong = np.where(fits, some.errors_m, some.sizes_m)
        levels.errors_m[tiles] = np.maximum.reduceat(wrong, first)
        levels.show(tiles, rows[fits], owners[fits], some.triangles[fits])
        spare = (some.triangles - some.least)[fits]
        redrawn = (levels.triangles[tiles] > room) & (np.bincount(owners[fits], spare) > 0)
        coarser = np.maximum(REDRAWN_M, 2 * levels.worst_below(tiles))
        levels.errors_m[tiles] = np.maximum(levels.errors_m[tiles], np.where(redrawn, coarser, 0.0))
        levels.triangles[tiles] = np.minimum(levels.triangles[tiles], room)

    def coarse(rows: Int32Array) -> _Boxes:
        some = objects.take(rows)
        return some.coarse_min, some.coarse_max

    return levels.layer_tree(objects, coarse), Runs.of(levels.shown), levels.triangles


class _Piece(NamedTuple):
    """Inner tiles; what their children show, and whose that is, rising."""

    tiles: Int64Array
    rows: Int64Array
    owners: Int64Array


class MergeJob(NamedTuple):
    """Blocks to merge for some inner tiles, which others of the same level don't matter to.

    tiles   int64 (k,)
    rows    int64 (m,): what their children show
    owners  int64 (m,), rising: whose of the k that is
    given   the blocks that it is
    bytes   int64 (m,): what the object of each adds to a tile
    room    what the k may have
    """

    tiles: Int64Array
    rows: Int64Array
    owners: Int64Array
    given: FarBlocks
    bytes: Int64Array
    room: Room


def merge(job: MergeJob) -> tuple[MergeJob, Merged]:
    """What becomes of the blocks of a job."""
    return job, merge_blocks(job.given.blocks, job.owners, job.bytes, job.room)


class Team(Protocol):
    """Whoever does jobs: one after the other, or many at a time."""

    def each(
        self,
        task: Callable[[MergeJob], tuple[MergeJob, Merged]],
        jobs: Iterable[MergeJob],
        /,
    ) -> Iterator[tuple[MergeJob, Merged]]:
        """The results of all jobs, in their order."""


def merge_shown(
    tree: Quadtree, objects: Objects, far: FarStore, most_bytes: int, team: Team
) -> tuple[LayerTree, Runs]:
    """The same for n objects that inner tiles show as blocks.

    What a leaf shows are rows of the objects; what an inner tile shows are rows of the far blocks
    that follow each other.
    """
    levels = _Levels.of(tree, objects)
    count = len(tree.order)
    for pieces in levels.upwards():
        jobs = map(partial(_merge_job, levels, objects, far, most_bytes), pieces)
        for job, merged in team.each(merge, jobs):
            out = merged.clusters < 0
            left_out_m = job.given.blocks.sizes_m[out]
            np.maximum.at(levels.errors_m, job.tiles[job.owners[out]], left_out_m)
            np.maximum.at(levels.errors_m, job.tiles[merged.groups], merged.blocks.errors_m)
            kept = np.flatnonzero(~out)
            kept = kept[np.argsort(merged.clusters[kept], kind="stable")]
            each = np.bincount(merged.clusters[kept], minlength=len(merged.largest))
            parts = Runs(job.rows[kept].astype(np.int32), np.concatenate([[0], np.cumsum(each)]))
            far.append(FarBlocks(merged.blocks, job.given.objects[merged.largest]), parts)
            triangles = np.where(merged.blocks.is_gabled, GABLED_TRIANGLES, FLAT_TRIANGLES)
            levels.show(job.tiles, count + np.arange(len(triangles)), merged.groups, triangles)
            count += len(triangles)
    return levels.layer_tree(objects, lambda rows: far.take(rows).blocks.boxes), Runs.of(
        levels.shown
    )


def _merge_job(
    levels: _Levels, objects: Objects, far: FarStore, most_bytes: int, piece: _Piece
) -> MergeJob:
    tiles, rows, owners = piece
    given = far.take(rows)
    room = Room(levels.room(tiles), np.full(len(tiles), float(most_bytes)))
    return MergeJob(tiles, rows, owners, given, objects.take(given.objects).bytes, room)


@dataclass(frozen=True, slots=True)
class _Levels:
    """What the N tiles of a tree show so far, from the leaves upwards.

    first      int64 (N,): the first child of each inner tile
    shown      per tile: the rows of what it shows
    triangles  float64 (N,): of all that it shows
    """

    tree: Quadtree
    first: Int64Array
    counts: Int64Array
    shown: list[Int32Array]
    triangles: Float64Array
    errors_m: Float64Array

    @staticmethod
    def of(tree: Quadtree, objects: Objects) -> _Levels:
        """With leaves only."""
        count = len(tree.parents)
        triangles = np.empty(len(tree.order), np.int32)
        for start in range(0, len(triangles), _OBJECTS_AT_ONCE):
            rows = tree.order[start : start + _OBJECTS_AT_ONCE]
            triangles[start : start + len(rows)] = objects.take(rows).triangles
        leaves = np.flatnonzero(tree.is_leaf)
        leaves = leaves[np.argsort(tree.object_starts[leaves])]
        sums = np.zeros(count)
        sums[leaves] = np.add.reduceat(triangles, tree.object_starts[leaves], dtype=np.int64)
        shown = [tree.order[:0]] * count
        for leaf in leaves.tolist():
            shown[leaf] = tree.order[tree.object_starts[leaf] : tree.object_ends[leaf]]
        first = np.searchsorted(tree.parents, np.arange(count))
        counts = np.bincount(tree.parents[1:], minlength=count)
        return _Levels(tree, first, counts, shown, sums, np.zeros(count))

    def upwards(self) -> Iterator[Iterator[_Piece]]:
        """The inner tiles of each level, the deepest first, some at a time."""
        levels = levels_of(self.tree.parents)
        for level in range(int(levels.max()) - 1, -1, -1):
            yield self._level(np.flatnonzero((levels == level) & (self.counts > 0)))

    def _level(self, tiles: Int64Array) -> Iterator[_Piece]:
        sizes = np.array([len(self._below(tile)) for tile in tiles.tolist()])
        pieces = np.flatnonzero(np.diff(np.cumsum(sizes) // _ITEMS_AT_ONCE)) + 1
        for some, their_sizes in zip(np.split(tiles, pieces), np.split(sizes, pieces), strict=True):
            rows = np.concatenate([self._below(tile) for tile in some.tolist()])
            yield _Piece(some, rows, np.repeat(np.arange(len(some)), their_sizes))

    def _below(self, tile: int) -> Int64Array:
        first = int(self.first[tile])
        return np.concatenate(self.shown[first : first + int(self.counts[tile])])

    def worst_below(self, tiles: Int64Array) -> Float64Array:
        """The largest error among the children of inner tiles."""
        firsts, counts = self.first[tiles].tolist(), self.counts[tiles].tolist()
        return np.array(
            [self.errors_m[at : at + count].max() for at, count in zip(firsts, counts, strict=True)]
        )

    def room(self, tiles: Int64Array) -> Float64Array:
        """How many triangles inner tiles may have."""
        total = np.concatenate([[0.0], np.cumsum(self.triangles)])
        first = self.first[tiles]
        room: Float64Array = SHARE * (total[first + self.counts[tiles]] - total[first]) + _TINY
        return room

    def show(
        self, tiles: Int64Array, rows: Int64Array, owners: Int64Array, triangles: Int64Array
    ) -> None:
        """Let each of k tiles show its rows; `owners` (rising) says whose each is."""
        self.triangles[tiles] = np.bincount(owners, triangles, len(tiles))
        ends = np.searchsorted(owners, np.arange(1, len(tiles)))
        for tile, its in zip(tiles.tolist(), np.split(rows, ends), strict=True):
            self.shown[tile] = its.astype(np.int32)

    def layer_tree(self, objects: Objects, coarse: Callable[[Int32Array], _Boxes]) -> LayerTree:
        """The tiles with the boxes of what they show; `coarse` are those of what inner tiles do."""

        def own(rows: Int32Array) -> _Boxes:
            some = objects.take(rows)
            return some.box_min, some.box_max

        box_min, box_max = np.empty((len(self.shown), 3)), np.empty((len(self.shown), 3))
        for is_some, boxes in ((self.counts == 0, own), (self.counts > 0, coarse)):
            for tiles in self._pieces(np.flatnonzero(is_some)):
                shown = [self.shown[tile] for tile in tiles]
                low, high = boxes(np.concatenate(shown))
                first = np.cumsum([0, *(len(rows) for rows in shown[:-1])])
                box_min[tiles] = np.minimum.reduceat(low, first, axis=0)
                box_max[tiles] = np.maximum.reduceat(high, first, axis=0)
        return LayerTree(self.tree.parents, box_min, box_max, self.errors_m)

    def _pieces(self, tiles: Int64Array) -> Iterator[list[int]]:
        """Some tiles, as many at a time as show about so many objects."""
        sizes = np.array([len(self.shown[tile]) for tile in tiles.tolist()], np.int64)
        ends = np.flatnonzero(np.diff(np.cumsum(sizes) // _OBJECTS_AT_ONCE)) + 1
        return (some.tolist() for some in np.split(tiles, ends) if len(some))


def _cumulated(values: Int64Array, first: Int64Array, owners: Int64Array) -> Int64Array:
    """Running sums within each owner's run, which begins at `first`."""
    total = np.cumsum(values)
    sums: Int64Array = total - (total - values)[first][owners]
    return sums
