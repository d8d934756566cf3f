"""Meshes and feature records on disk during a run, so that memory doesn't grow with the input.

Each segment of the input has a folder with one file per column, appended batch by batch. A spool
reads those of all segments as one, by object: rows are counted through all of them. Objects that
are read together mostly lie together, so that runs of neighbours are one read.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

import numpy as np

from citiverse_tiling.meshes import Meshes, put_in_place
from citiverse_tiling.spool_index import joined, offsets
from citiverse_tiling.templates import DIGEST_BYTES, Copies
from citiverse_tiling.transforms.place import Placements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from citiverse_tiling.model import (
        BoolArray,
        Float32Array,
        Float64Array,
        Int32Array,
        Int64Array,
        Rows,
    )
    from citiverse_tiling.spool_index import SpoolIndex
    from citiverse_tiling.templates import Batch

Scalar = TypeVar("Scalar", bound=np.generic)

_COLUMNS = ("positions", "faces", "triangles", "records", "terrain", "looks", "placements")
_LOOK = np.dtype([("number", np.int32), ("place", np.float32, 2)])
"""A look's number from 1 on, and the texture coordinates. Most vertices have none, and the file has
a hole there, which reads as 0."""

_VERTEX, _TRIANGLE = 24, 12
_CORNERS = 9 * 8
_TRIANGLES_AT_ONCE = 32_768
_MOST_OPEN = 256
"""Files that are kept open for reading: a city may come in thousands of pieces."""


class Counts(NamedTuple):
    """What each of a segment's n objects has, int64 (n,), and the triangles of its terrain.

    An object that is a copy has no mesh of its own; those of templates follow the objects'.
    """

    vertices: Int64Array
    triangles: Int64Array
    record_bytes: Int64Array
    terrain: int
    copies: Copies


class SegmentFiles:
    """The columns of one segment while they are written, into a folder that must exist."""

    def __init__(self, folder: Path) -> None:
        self._files = {name: (folder / name).open("wb") for name in _COLUMNS}
        self._vertices: list[Int64Array] = []
        self._triangles: list[Int64Array] = []
        self._record_bytes: list[Int64Array] = []
        self._copies: list[Int64Array] = []
        self.terrain_low, self.terrain_high = np.full(3, np.nan), np.full(3, np.nan)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()

    @property
    def rows(self) -> tuple[int, int]:
        """Vertices and triangles so far."""
        return (
            self._files["positions"].tell() // _VERTEX,
            self._files["triangles"].tell() // _TRIANGLE,
        )

    def append(self, meshes: Meshes, records: Sequence[bytes]) -> None:
        """Add objects with one record each; an object without geometry has an empty mesh."""
        self._write(meshes)
        self._files["records"].write(b"".join(records))
        self._vertices.append(np.diff(meshes.vertex_offsets))
        self._triangles.append(np.diff(meshes.triangle_offsets))
        self._record_bytes.append(np.array([len(record) for record in records], np.int64))

    def append_copies(self, objects: Int64Array, copies: Batch) -> None:
        """Say that objects without meshes, rising, are copies of templates."""
        self._files["placements"].write(np.ascontiguousarray(copies.placements.columns).data)
        self._copies.append(np.stack([objects, copies.templates]))

    def _write(self, meshes: Meshes) -> None:
        if meshes.looks is not None and meshes.texture_coordinates is not None:
            looks = np.zeros(len(meshes.looks), _LOOK)
            looks["number"], looks["place"] = meshes.looks + 1, meshes.texture_coordinates
            self._files["looks"].seek(self.rows[0] * _LOOK.itemsize)
            self._files["looks"].write(looks.data)
        self._files["positions"].write(np.ascontiguousarray(meshes.positions).data)
        faces = np.column_stack([meshes.normals, meshes.groups.view(np.int8)])
        self._files["faces"].write(np.ascontiguousarray(faces).data)
        self._files["triangles"].write(np.ascontiguousarray(meshes.triangles).data)

    def append_terrain(self, corners: Float64Array) -> None:
        """Add triangles of the terrain (T, 3, 3), scene frame."""
        if len(corners):
            self._files["terrain"].write(np.ascontiguousarray(corners).data)
            self.terrain_low = np.fmin(self.terrain_low, corners.min(axis=(0, 1)))
            self.terrain_high = np.fmax(self.terrain_high, corners.max(axis=(0, 1)))

    def flush(self) -> None:
        """Write out what waits, so that it can be read."""
        for file in self._files.values():
            file.flush()

    def close(self, templates: Sequence[Meshes] = (), digests: Sequence[bytes] = ()) -> Counts:
        """Write all out, and behind it the templates, one mesh each, of which there are copies."""
        for meshes in templates:
            self._write(meshes)
        terrain = self._files["terrain"].tell() // _CORNERS
        self.__exit__()
        objects, numbers = np.concatenate([np.zeros((2, 0), np.int64), *self._copies], axis=1)
        copies = Copies(
            objects,
            numbers,
            np.frombuffer(b"".join(digests), np.uint8).reshape(-1, DIGEST_BYTES),
            np.array([len(meshes.positions) for meshes in templates], np.int64),
            np.array([len(meshes.triangles) for meshes in templates], np.int64),
        )
        return Counts(
            joined(self._vertices),
            joined(self._triangles),
            joined(self._record_bytes),
            terrain,
            copies,
        )


class SegmentRows(NamedTuple):
    """How many rows a segment has in the spool, and what its looks are called in the whole run."""

    vertices: int
    triangles: int
    record_bytes: int
    placements: int
    looks: Int32Array

    @staticmethod
    def of(counts: Counts, looks: Int32Array) -> SegmentRows:
        """Those of a segment whose objects have these."""
        copies = counts.copies
        return SegmentRows(
            int(counts.vertices.sum() + copies.vertices.sum()),
            int(counts.triangles.sum() + copies.triangles.sum()),
            int(counts.record_bytes.sum()),
            len(copies.objects),
            looks,
        )


class Spool:
    """The columns of all segments, read as one. It may be sent to other processes.

    `laid` is a folder for meshes that replace others. Raises OSError where a file of a segment is
    gone.
    """

    def __init__(
        self, folders: Sequence[Path], segments: Sequence[SegmentRows], laid: Path
    ) -> None:
        looks = 1 + max((int(one.looks.max(initial=-1)) for one in segments), default=-1)
        self._folders = [*folders, laid]
        self._look_numbers = [*(one.looks for one in segments), np.arange(looks, dtype=np.int32)]
        self._vertices = _borders([one.vertices for one in segments])
        self._triangles = _borders([one.triangles for one in segments])
        self._placements = _borders([one.placements for one in segments])
        self._records = _borders([one.record_bytes for one in segments])
        self._open: dict[tuple[int, str], int] = {}
        self._laid: SegmentFiles | None = None

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_open": {}, "_laid": None}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        if self._laid is not None:
            self._laid.close()

    def _close(self) -> None:
        """Close what is open for reading; it is opened again when it is asked for."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()

    def replace(self, index: SpoolIndex, objects: Rows, meshes: Meshes) -> SpoolIndex:
        """Give some objects other meshes; the old ones stay on disk, but nobody finds them."""
        if self._laid is None:
            self._folders[-1].mkdir(parents=True)
            self._laid = SegmentFiles(self._folders[-1])
        vertices, triangles = self._laid.rows
        self._laid.append(meshes, [])
        self._laid.flush()
        vertices, triangles = vertices + self._vertices[-1], triangles + self._triangles[-1]
        return index.moved(objects, int(vertices), int(triangles), meshes)

    def meshes(
        self, index: SpoolIndex, objects: Rows, *, in_place: BoolArray | None = None
    ) -> Meshes:
        """The meshes of some objects, in that order.

        Copies are in their places, but those of which `in_place` (n,) says otherwise: they are as
        their template is.
        """
        places = index.take(objects)
        vertices = _spans(places["vertex_start"], places["vertices"], self._vertices)
        triangles = _spans(places["triangle_start"], places["triangles"], self._triangles)
        faces = self._read("faces", np.dtype(np.int8), 4, vertices)
        meshes = Meshes(
            self._read("positions", np.dtype(np.float64), 3, vertices),
            faces[:, :3],
            faces[:, 3].view(np.uint8),
            self._read("triangles", np.dtype(np.uint32), 3, triangles),
            offsets([places["vertices"]]),
            offsets([places["triangles"]]),
            *self._looks(vertices),
        )
        copies = index.copies.find(objects)
        if in_place is not None:
            copies = np.where(in_place, copies, -1)
        if not (copies >= 0).any():
            return meshes
        return put_in_place(meshes, copies >= 0, self.placements(index, copies[copies >= 0]))

    def placements(self, index: SpoolIndex, copies: Int64Array) -> Placements:
        """Where some copies (rows of `index.copies`) stand, scene frame."""
        rows = index.copies.placements[copies]
        spans = _spans(rows, np.ones(len(rows), np.int64), self._placements)
        return Placements.of_columns(self._read("placements", np.dtype(np.float64), 10, spans))

    def _looks(self, spans: Int64Array) -> tuple[Int32Array | None, Float32Array | None]:
        """Looks and texture coordinates of some vertices, None where none of them has a look."""
        if not any(len(self._look_numbers[one]) for one in np.unique(spans[:, 0]).tolist()):
            return None, None
        looks = np.zeros(int((spans[:, 2] - spans[:, 1]).sum()), _LOOK)
        place, size = 0, _LOOK.itemsize
        for segment, start, end in spans.tolist():
            numbers = self._look_numbers[segment]
            if len(numbers):
                descriptor = self._descriptor(segment, "looks")
                data = os.pread(descriptor, (end - start) * size, start * size)
                own = looks[place : place + len(data) // size]
                own[:] = np.frombuffer(data, _LOOK)
                named = own["number"] > 0
                own["number"][named] = numbers[own["number"][named] - 1] + 1
            place += end - start
        if not looks["number"].any():
            return None, None
        return looks["number"] - 1, looks["place"]

    def records(self, index: SpoolIndex, objects: Rows) -> list[bytes]:
        """The records of some objects, in that order."""
        places = index.take(objects)
        starts, sizes = places["record_start"], places["record_bytes"]
        segments = np.searchsorted(self._records, starts, side="right") - 1
        local = starts - self._records[segments]
        return [
            os.pread(self._descriptor(segment, "records"), size, start)
            for segment, start, size in zip(
                segments.tolist(), local.tolist(), sizes.tolist(), strict=True
            )
        ]

    def _read(
        self, name: str, kind: np.dtype[Scalar], width: int, spans: Int64Array
    ) -> npt.NDArray[Scalar]:
        """Rows of a column of `width` scalars a row, one span after the other."""
        row = kind.itemsize * width
        data = b"".join(
            [
                os.pread(self._descriptor(segment, name), (end - start) * row, start * row)
                for segment, start, end in spans.tolist()
            ]
        )
        return np.frombuffer(data, kind).reshape(-1, width)

    def _descriptor(self, segment: int, name: str) -> int:
        descriptor = self._open.get((segment, name))
        if descriptor is None:
            if len(self._open) >= _MOST_OPEN:
                self._close()
            descriptor = os.open(f"{self._folders[segment]}/{name}", os.O_RDONLY)
            self._open[segment, name] = descriptor
        return descriptor


@dataclass(frozen=True, slots=True)
class TerrainSpool:
    """Triangles of the terrain on disk, read back in the order of the segments.

    files      each with the number of its triangles
    low, high  float64 (3,): corners of the box around them, scene frame; NaN where there are none
    """

    files: tuple[tuple[Path, int], ...]
    low: Float64Array
    high: Float64Array

    @property
    def count(self) -> int:
        """Triangles of all files."""
        return sum(count for _, count in self.files)

    def pieces(self) -> Iterator[Float64Array]:
        """All triangles, some (T, 3, 3) at a time."""
        for path, _ in self.files:
            with path.open("rb") as file:
                while data := file.read(_TRIANGLES_AT_ONCE * _CORNERS):
                    yield np.frombuffer(data, np.float64).reshape(-1, 3, 3)


def _borders(rows: Sequence[int]) -> Int64Array:
    """The first row of each segment, and where the last ends."""
    return offsets([np.array(rows, np.int64)])


def _spans(starts: Int64Array, counts: Int64Array, borders: Int64Array) -> Int64Array:
    """The rows of objects as (k, 3): segment, and first and last + 1 in it.

    There is one span for all objects that follow each other in a segment; `borders` has the first
    row of each segment.
    """
    there = counts > 0
    starts, ends = starts[there], (starts + counts)[there]
    if not len(starts):
        return np.zeros((0, 3), np.int64)
    segments = np.searchsorted(borders, starts, side="right") - 1
    breaks = np.flatnonzero((starts[1:] != ends[:-1]) | (np.diff(segments) != 0))
    firsts = np.concatenate([[0], breaks + 1])
    lasts = np.concatenate([breaks, [len(ends) - 1]])
    owners = segments[firsts]
    base = borders[owners]
    return np.stack([owners, starts[firsts] - base, ends[lasts] - base], axis=1)
