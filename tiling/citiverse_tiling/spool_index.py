"""Where the meshes and records of objects are in the columns of all segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.templates import DIGEST_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.model import Int64Array, UInt8Array
    from citiverse_tiling.spool import Counts


@dataclass(frozen=True, slots=True)
class CopyIndex:
    """The k objects that are copies.

    objects     int64 (k,), rising
    templates   int64 (k,): rows of `digests`
    placements  int64 (k,): rows of the placements of all segments
    digests     uint8 (t, 16): what tells templates apart
    """

    objects: Int64Array
    templates: Int64Array
    placements: Int64Array
    digests: UInt8Array

    def find(self, objects: Int64Array) -> Int64Array:
        """The copy that each of some objects is, −1 for none."""
        if not len(self.objects):
            return np.full(len(objects), -1, np.int64)
        found = np.searchsorted(self.objects, objects).clip(max=len(self.objects) - 1)
        return np.where(self.objects[found] == objects, found, -1)

    def without(self, objects: Int64Array) -> CopyIndex:
        """Those that aren't among some objects."""
        kept = ~np.isin(self.objects, objects)
        return CopyIndex(
            self.objects[kept], self.templates[kept], self.placements[kept], self.digests
        )


@dataclass(frozen=True, slots=True)
class SpoolIndex:
    """Where each object's rows are: starts and counts, int64 (n,) each; (n + 1,) of records.

    Those of copies are their template's.
    """

    vertex_starts: Int64Array
    vertex_counts: Int64Array
    triangle_starts: Int64Array
    triangle_counts: Int64Array
    record_offsets: Int64Array
    copies: CopyIndex


def index_of(counts: Sequence[Counts]) -> SpoolIndex:
    """Where the objects of segments are that follow each other."""
    objects = offsets([np.array([len(one.vertices)]) for one in counts])
    templates = offsets([np.array([len(one.copies.digests)]) for one in counts])
    copies = joined(
        [one.copies.objects + first for one, first in zip(counts, objects, strict=False)]
    )
    rows = joined(
        [one.copies.templates + first for one, first in zip(counts, templates, strict=False)]
    )
    digests = [np.zeros((0, DIGEST_BYTES), np.uint8), *(one.copies.digests for one in counts)]
    distinct, kinds = np.unique(np.concatenate(digests), axis=0, return_inverse=True)
    return SpoolIndex(
        *_placed([(one.vertices, one.copies.vertices) for one in counts], copies, rows),
        *_placed([(one.triangles, one.copies.triangles) for one in counts], copies, rows),
        offsets([one.record_bytes for one in counts]),
        CopyIndex(copies, kinds.ravel()[rows], np.arange(len(copies)), distinct),
    )


def _placed(
    each: Sequence[tuple[Int64Array, Int64Array]], copies: Int64Array, rows: Int64Array
) -> tuple[Int64Array, Int64Array]:
    """Starts and counts of objects, by those of the objects and then the templates of segments.

    `copies` are the objects that have the rows of a template, `rows` says which.
    """
    borders = offsets([counts for both in each for counts in both])
    is_own = np.repeat(
        np.tile([True, False], len(each)), [len(counts) for both in each for counts in both]
    )
    all_starts, all_counts = borders[:-1], np.diff(borders)
    starts, counts = all_starts[is_own], all_counts[is_own]
    starts[copies], counts[copies] = all_starts[~is_own][rows], all_counts[~is_own][rows]
    return starts, counts


def joined(counts: Sequence[Int64Array]) -> Int64Array:
    """Whole numbers one after the other."""
    return np.concatenate([np.zeros(0, np.int64), *counts])


def offsets(counts: Sequence[Int64Array]) -> Int64Array:
    """Where each of so many begins, and the last ends: one more than there are counts."""
    return np.concatenate([np.zeros(1, np.int64), *counts]).cumsum()
