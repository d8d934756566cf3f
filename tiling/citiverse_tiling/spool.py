"""Meshes and feature records on disk during a run, so that memory doesn't grow with the input.

One file per column, appended batch by batch and read back by object. Objects that are read
together mostly lie together, so that runs of neighbours are one read.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np

from citiverse_tiling.meshes import Meshes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from citiverse_tiling.model import Float32Array, Float64Array, Int32Array, Int64Array

Scalar = TypeVar("Scalar", bound=np.generic)

_COLUMNS = ("positions", "faces", "triangles", "looks", "records")
_LOOK = np.dtype([("number", np.int32), ("place", np.float32, 2)])
"""A look's number from 1 on, and the texture coordinates. Most vertices have none, and the file has
a hole there, which reads as 0."""

_TRIANGLES_AT_ONCE = 32_768


class _TemporaryFiles(ABC):
    """Files that are gone when the block around them ends, however it ends."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Remove them."""


@dataclass(frozen=True, slots=True)
class SpoolIndex:
    """Where each object's rows are: starts and counts, int64 (n,) each; (n + 1,) of records."""

    vertex_starts: Int64Array
    vertex_counts: Int64Array
    triangle_starts: Int64Array
    triangle_counts: Int64Array
    record_offsets: Int64Array


class Spool(_TemporaryFiles):
    """Append-only columns in a folder that must exist; the files go when it closes."""

    def __init__(self, folder: Path) -> None:
        self._paths = {name: folder / f"spool-{name}" for name in _COLUMNS}
        self._files = {name: path.open("w+b") for name, path in self._paths.items()}
        self._vertex_counts: list[Int64Array] = []
        self._triangle_counts: list[Int64Array] = []
        self._record_sizes: list[Int64Array] = []

    def close(self) -> None:
        """Remove the files."""
        for file in self._files.values():
            file.close()
        for path in self._paths.values():
            path.unlink(missing_ok=True)

    def append(self, meshes: Meshes, records: Sequence[bytes]) -> None:
        """Add objects with one record each; an object without geometry has an empty mesh."""
        self._write(meshes)
        self._files["records"].write(b"".join(records))
        self._vertex_counts.append(np.diff(meshes.vertex_offsets))
        self._triangle_counts.append(np.diff(meshes.triangle_offsets))
        self._record_sizes.append(np.array([len(record) for record in records], np.int64))

    def _write(self, meshes: Meshes) -> None:
        if meshes.looks is not None and meshes.texture_coordinates is not None:
            looks = np.zeros(len(meshes.looks), _LOOK)
            looks["number"], looks["place"] = meshes.looks + 1, meshes.texture_coordinates
            self._files["looks"].seek(self._rows("positions", 24) * _LOOK.itemsize)
            self._files["looks"].write(looks.data)
        self._files["positions"].write(np.ascontiguousarray(meshes.positions).data)
        faces = np.column_stack([meshes.normals, meshes.groups.view(np.int8)])
        self._files["faces"].write(np.ascontiguousarray(faces).data)
        self._files["triangles"].write(np.ascontiguousarray(meshes.triangles).data)

    def _rows(self, name: str, row_bytes: int) -> int:
        return self._files[name].tell() // row_bytes

    def finish(self) -> SpoolIndex:
        """Flush, so that objects can be read."""
        for file in self._files.values():
            file.flush()
        vertices, triangles = _offsets(self._vertex_counts), _offsets(self._triangle_counts)
        return SpoolIndex(
            vertices[:-1],
            np.diff(vertices),
            triangles[:-1],
            np.diff(triangles),
            _offsets(self._record_sizes),
        )

    def replace(self, index: SpoolIndex, objects: Int64Array, meshes: Meshes) -> SpoolIndex:
        """Give some objects other meshes; the old ones stay on disk, but nobody finds them."""
        vertex_starts, vertex_counts = index.vertex_starts.copy(), index.vertex_counts.copy()
        triangle_starts = index.triangle_starts.copy()
        triangle_counts = index.triangle_counts.copy()
        vertex_starts[objects] = self._rows("positions", 24) + meshes.vertex_offsets[:-1]
        triangle_starts[objects] = self._rows("triangles", 12) + meshes.triangle_offsets[:-1]
        vertex_counts[objects] = np.diff(meshes.vertex_offsets)
        triangle_counts[objects] = np.diff(meshes.triangle_offsets)
        self._write(meshes)
        for file in self._files.values():
            file.flush()
        return SpoolIndex(
            vertex_starts, vertex_counts, triangle_starts, triangle_counts, index.record_offsets
        )

    def meshes(self, index: SpoolIndex, objects: Int64Array) -> Meshes:
        """The meshes of some objects, in that order."""
        vertices = _runs(index.vertex_starts[objects], index.vertex_counts[objects])
        triangles = _runs(index.triangle_starts[objects], index.triangle_counts[objects])
        faces = self._read("faces", np.dtype(np.int8), 4, vertices)
        return Meshes(
            self._read("positions", np.dtype(np.float64), 3, vertices),
            faces[:, :3],
            faces[:, 3].view(np.uint8),
            self._read("triangles", np.dtype(np.uint32), 3, triangles),
            _offsets([index.vertex_counts[objects]]),
            _offsets([index.triangle_counts[objects]]),
            *self._looks(vertices),
        )

    def _looks(self, spans: Int64Array) -> tuple[Int32Array | None, Float32Array | None]:
        """Looks and texture coordinates of some vertices, None where none of them has a look."""
        there = self._rows("looks", _LOOK.itemsize)
        if not (spans[:, 0] < there).any():
            return None, None
        looks = np.zeros(int(np.diff(spans, axis=1).sum()), _LOOK)
        ends = np.cumsum(np.diff(spans, axis=1)[:, 0])
        descriptor, size = self._files["looks"].fileno(), _LOOK.itemsize
        for (start, end), place in zip(spans.tolist(), ends.tolist(), strict=True):
            data = os.pread(descriptor, (end - start) * size, start * size)
            first = place - (end - start)
            looks[first : first + len(data) // size] = np.frombuffer(data, _LOOK)
        if not looks["number"].any():
            return None, None
        return looks["number"] - 1, looks["place"]

    def records(self, index: SpoolIndex, objects: Int64Array) -> list[bytes]:
        """The records of some objects, in that order."""
        spans = zip(
            index.record_offsets[objects].tolist(),
            index.record_offsets[objects + 1].tolist(),
            strict=True,
        )
        descriptor = self._files["records"].fileno()
        return [os.pread(descriptor, end - start, start) for start, end in spans]

    def _read(
        self, name: str, kind: np.dtype[Scalar], width: int, spans: Int64Array
    ) -> npt.NDArray[Scalar]:
        """Rows [start, end) of a column of `width` scalars a row, one span after the other."""
        descriptor = self._files[name].fileno()
        row = kind.itemsize * width
        data = b"".join(
            [
                os.pread(descriptor, (end - start) * row, start * row)
                for start, end in spans.tolist()
            ]
        )
        return np.frombuffer(data, kind).reshape(-1, width)


class TerrainSpool(_TemporaryFiles):
    """Triangles of the terrain on disk, appended and read back in order; the file goes at the end.

    count      triangles so far
    low, high  float64 (3,): corners of the box around them, scene frame; NaN where there are none
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "spool-terrain"
        self._file = self._path.open("w+b")
        self.count = 0
        self.low, self.high = np.full(3, np.nan), np.full(3, np.nan)

    def close(self) -> None:
        """Remove the file."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def append(self, corners: Float64Array) -> None:
        """Add triangles (T, 3, 3), scene frame."""
        if len(corners):
            self._file.write(np.ascontiguousarray(corners).data)
            self.count += len(corners)
            self.low = np.fmin(self.low, corners.min(axis=(0, 1)))
            self.high = np.fmax(self.high, corners.max(axis=(0, 1)))

    def pieces(self) -> Iterator[Float64Array]:
        """All triangles, some (T, 3, 3) at a time."""
        self._file.flush()
        size = 9 * np.dtype(np.float64).itemsize
        for start in range(0, self.count, _TRIANGLES_AT_ONCE):
            number = min(_TRIANGLES_AT_ONCE, self.count - start)
            data = os.pread(self._file.fileno(), number * size, start * size)
            yield np.frombuffer(data, np.float64).reshape(-1, 3, 3)


def _offsets(counts: list[Int64Array]) -> Int64Array:
    return np.concatenate([np.zeros(1, np.int64), *counts]).cumsum()


def _runs(starts: Int64Array, counts: Int64Array) -> Int64Array:
    """The rows of objects as [first, last + 1), (k, 2): one span for those that follow on disk."""
    there = counts > 0
    starts, ends = starts[there], (starts + counts)[there]
    if not len(starts):
        return np.zeros((0, 2), np.int64)
    breaks = np.flatnonzero(starts[1:] != ends[:-1])
    first = starts[np.concatenate([[0], breaks + 1])]
    last = ends[np.concatenate([breaks, [len(ends) - 1]])]
    return np.stack([first, last], axis=1)
