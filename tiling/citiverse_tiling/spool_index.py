"""Where the meshes and records of objects are in the columns of all segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.table import TableWriter
from citiverse_tiling.templates import DIGEST_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import Int64Array, Rows, UInt8Array
    from citiverse_tiling.spool import Counts
    from citiverse_tiling.table import Table
    from citiverse_tiling.templates import Copies


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

    def find(self, objects: Rows) -> Int64Array:
        """The copy that each of some objects is, −1 for none."""
        if not len(self.objects):
            return np.full(len(objects), -1, np.int64)
        found = np.searchsorted(self.objects, objects).clip(max=len(self.objects) - 1)
        return np.where(self.objects[found] == objects, found, -1)

    def without(self, objects: Rows) -> CopyIndex:
        """Those that aren't among some objects."""
        kept = ~np.isin(self.objects, objects)
        return CopyIndex(
            self.objects[kept], self.templates[kept], self.placements[kept], self.digests
        )


_PLACE = np.dtype(
    [
        ("vertex_start", "<i8"),
        ("triangle_start", "<i8"),
        ("record_start", "<i8"),
        ("vertices", "<i4"),
        ("triangles", "<i4"),
        ("record_bytes", "<i4"),
    ],
    align=True,
)


@dataclass(frozen=True, slots=True)
class SpoolIndex:
    """Where each object's rows are: starts and counts of vertices, triangles and record.

    Those of copies are their template's.
    """

    places: Table
    copies: CopyIndex

    def take(self, objects: Rows) -> npt.NDArray[np.void]:
        """The rows of some objects, with the columns of `_PLACE`."""
        return self.places.take(objects)

    def moved(
        self, objects: Rows, first_vertex: int, first_triangle: int, meshes: Meshes
    ) -> SpoolIndex:
        """The index where some objects have other meshes, which begin at these rows."""
        self.places.put(
            objects,
            vertex_start=first_vertex + meshes.vertex_offsets[:-1],
            vertices=np.diff(meshes.vertex_offsets),
            triangle_start=first_triangle + meshes.triangle_offsets[:-1],
            triangles=np.diff(meshes.triangle_offsets),
        )
        return SpoolIndex(self.places, self.copies.without(objects))


class SpoolIndexWriter:
    """Notes where the objects of segments are that follow each other."""

    def __init__(self, path: Path) -> None:
        self._places = TableWriter(path, _PLACE)
        self._objects = self._templates = 0
        self._vertices = self._triangles = self._record_bytes = 0
        self._copies: list[tuple[Int64Array, Int64Array]] = []
        self._digests = [np.zeros((0, DIGEST_BYTES), np.uint8)]

    def append(self, counts: Counts) -> None:
        """Add the objects of the next segment."""
        copies = counts.copies
        vertex_start, vertices = _placed(counts.vertices, copies.vertices, copies)
        triangle_start, triangles = _placed(counts.triangles, copies.triangles, copies)
        records = np.cumsum(counts.record_bytes) - counts.record_bytes
        self._places.append(
            vertex_start=self._vertices + vertex_start,
            triangle_start=self._triangles + triangle_start,
            record_start=self._record_bytes + records,
            vertices=vertices,
            triangles=triangles,
            record_bytes=counts.record_bytes,
        )
        self._copies.append((self._objects + copies.objects, self._templates + copies.templates))
        self._digests.append(copies.digests)
        self._objects += len(counts.vertices)
        self._templates += len(copies.digests)
        self._vertices += int(counts.vertices.sum() + copies.vertices.sum())
        self._triangles += int(counts.triangles.sum() + copies.triangles.sum())
        self._record_bytes += int(counts.record_bytes.sum())

    def finish(self) -> SpoolIndex:
        """Where all of them are."""
        objects = joined([objects for objects, _ in self._copies])
        templates = joined([templates for _, templates in self._copies])
        distinct, kinds = np.unique(np.concatenate(self._digests), axis=0, return_inverse=True)
        copies = CopyIndex(objects, kinds.ravel()[templates], np.arange(len(objects)), distinct)
        return SpoolIndex(self._places.finish(), copies)


def _placed(
    own: Int64Array, templates: Int64Array, copies: Copies
) -> tuple[Int64Array, Int64Array]:
    """Starts and counts of a segment's objects: their own rows, then those of the templates."""
    borders = offsets([own, templates])
    starts, counts = borders[: len(own)].copy(), own.copy()
    starts[copies.objects] = borders[len(own) + copies.templates]
    counts[copies.objects] = templates[copies.templates]
    return starts, counts


def joined(counts: Sequence[Int64Array]) -> Int64Array:
    """Whole numbers one after the other."""
    return np.concatenate([np.zeros(0, np.int64), *counts])


def offsets(counts: Sequence[Int64Array]) -> Int64Array:
    """Where each of so many begins, and the last ends: one more than there are counts."""
    return np.concatenate([np.zeros(1, np.int64), *counts]).cumsum()
