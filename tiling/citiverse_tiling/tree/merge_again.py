"""Blocks that inner tiles show are merged only where they aren't as they were before."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from citiverse_tiling.transforms.block import Blocks
from citiverse_tiling.transforms.merge_blocks import Merged, Room
from citiverse_tiling.tree.coarse import FarBlocks, MergeJob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeAlias

    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.tree.coarse import Team

    Task: TypeAlias = Callable[[MergeJob], tuple[MergeJob, Merged]]

_WIDTHS = {"centers": 2, "axes": 2, "half_sizes": 2, "heights": 2}
_COLUMNS = 1 + 10


class Memory(Protocol):
    """Where results are found by what they were made from."""

    def key(self, kind: str, *ingredients: Float64Array | Int64Array | float) -> bytes: ...

    def of(self, key: bytes) -> bytes | None: ...

    def keep(self, key: bytes, result: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class MergingAgain:
    """A team that is given only those groups of blocks to merge that weren't merged before."""

    team: Team
    memory: Memory

    def each(self, task: Task, jobs: Iterable[MergeJob], /) -> Iterator[tuple[MergeJob, Merged]]:
        """The results of all jobs, in their order, as if all of each had been merged now."""
        waiting: deque[_Asked] = deque()

        def unknown() -> Iterator[MergeJob]:
            for job in jobs:
                waiting.append(self._asked(job))
                if len(waiting[-1].new):
                    yield _some(job, waiting[-1].new)

        for job, merged in self.team.each(task, unknown()):
            while not len(waiting[0].new):
                yield self._told(waiting.popleft())
            asked = waiting.popleft()
            firsts = np.searchsorted(job.owners, np.arange(len(asked.new) + 1))
            for number, result in zip(asked.new.tolist(), _results(merged, firsts), strict=True):
                asked.found[number] = result
            yield self._told(asked)
        while waiting:
            yield self._told(waiting.popleft())

    def _asked(self, job: MergeJob) -> _Asked:
        starts = np.searchsorted(job.owners, np.arange(len(job.tiles) + 1))
        given, limits = _table(job.given.blocks), (job.room.triangles, job.room.bytes)
        keys = [
            self.memory.key("merged", given[start:end], job.bytes[start:end], *most)
            for (start, end), most in zip(
                pairwise(starts.tolist()), np.column_stack(limits).tolist(), strict=True
            )
        ]
        found = [self.memory.of(key) for key in keys]
        new = np.array([number for number, one in enumerate(found) if one is None], np.int64)
        return _Asked(job, starts, keys, found, new)

    def _told(self, asked: _Asked) -> tuple[MergeJob, Merged]:
        each = zip(asked.keys, asked.found, strict=True)
        kept = [np.frombuffer(self.memory.keep(key, one or b"")) for key, one in each]
        return asked.job, _merged(kept, asked.starts)


class _Asked(NamedTuple):
    """A job of k groups that begin at `starts`; their results, None of those that are `new`."""

    job: MergeJob
    starts: Int64Array
    keys: list[bytes]
    found: list[bytes | None]
    new: Int64Array


def _some(job: MergeJob, groups: Int64Array) -> MergeJob:
    """Some groups of a job."""
    rows = np.flatnonzero(np.isin(job.owners, groups))
    given = FarBlocks(job.given.blocks.take(rows), job.given.objects[rows])
    return MergeJob(
        job.tiles[groups],
        job.rows[rows],
        np.searchsorted(groups, job.owners[rows]),
        given,
        job.bytes[rows],
        Room(job.room.triangles[groups], job.room.bytes[groups]),
    )


def _results(merged: Merged, firsts: Int64Array) -> Iterator[bytes]:
    """What was made of each group, whose blocks begin at `firsts`: the clusters of its blocks, then
    for each cluster the largest of them and its block; all counted from the group's first."""
    ends = np.searchsorted(merged.groups, np.arange(len(firsts)))
    table = np.column_stack([merged.largest - firsts[merged.groups], _table(merged.blocks)])
    for (first, last), (start, end) in zip(
        pairwise(firsts.tolist()), pairwise(ends.tolist()), strict=True
    ):
        clusters = merged.clusters[first:last]
        local = np.where(clusters < 0, -1, clusters - start)
        yield np.append(local.astype(np.float64), table[start:end]).tobytes()


def _merged(results: list[Float64Array], firsts: Int64Array) -> Merged:
    """All groups together."""
    sizes = np.diff(firsts).tolist()
    tables = [one[size:].reshape(-1, _COLUMNS) for one, size in zip(results, sizes, strict=True)]
    table = np.concatenate(tables)
    counts = np.array([len(one) for one in tables])
    groups = np.repeat(np.arange(len(counts)), counts)
    local = np.concatenate([one[:size] for one, size in zip(results, sizes, strict=True)])
    clusters = np.where(local < 0, -1, local + np.repeat(np.cumsum(counts) - counts, sizes))
    largest = table[:, 0] + firsts[groups]
    return Merged(
        clusters.astype(np.int64), _blocks(table[:, 1:]), largest.astype(np.int64), groups
    )


def _table(blocks: Blocks) -> Float64Array:
    """The columns of n blocks side by side, (n, 10)."""
    return np.column_stack([getattr(blocks, one.name) for one in fields(Blocks)])


def _blocks(table: Float64Array) -> Blocks:
    """The inverse."""
    widths = [_WIDTHS.get(one.name, 1) for one in fields(Blocks)]
    pieces = np.split(table, np.cumsum(widths)[:-1], axis=1)
    return Blocks(
        *(
            np.ascontiguousarray(piece if width > 1 else piece[:, 0])
            for piece, width in zip(pieces, widths, strict=True)
        )
    )
