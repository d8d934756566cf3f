"""Meshes and feature records on disk during a run, so that memory doesn't grow with the input.

One file per column, appended batch by batch and read back by object. Objects that are read
together mostly lie together, so that runs of neighbours are one read.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np

from citiverse_tiling.meshes import Meshes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    import numpy.typing as npt

    from citiverse_tiling.model import Int64Array

Scalar = TypeVar("Scalar", bound=np.generic)

_COLUMNS = ("positions", "faces", "triangles", "records")


@dataclass(frozen=True, slots=True)
class SpoolIndex:
    """Where each object's rows are: int64 (n + 1,) each."""

    vertex_offsets: Int64Array
    triangle_offsets: Int64Array
    record_offsets: Int64Array


class Spool:
    """Append-only columns in a folder that must exist; the files go when it closes."""

    def __init__(self, folder: Path) -> None:
        self._paths = {name: folder / f"spool-{name}" for name in _COLUMNS}
        self._files = {name: path.open("w+b") for name, path in self._paths.items()}
        self._vertex_counts: list[Int64Array] = []
        self._triangle_counts: list[Int64Array] = []
        self._record_sizes: list[Int64Array] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the files."""
        for file in self._files.values():
            file.close()
        for path in self._paths.values():
            path.unlink(missing_ok=True)

    def append(self, meshes: Meshes, records: Sequence[bytes]) -> None:
        """Add objects with one record each; an object without geometry has an empty mesh."""
        self._files["positions"].write(np.ascontiguousarray(meshes.positions).data)
        faces = np.column_stack([meshes.normals, meshes.groups.view(np.int8)])
        self._files["faces"].write(np.ascontiguousarray(faces).data)
        self._files["triangles"].write(np.ascontiguousarray(meshes.triangles).data)
        self._files["records"].write(b"".join(records))
        self._vertex_counts.append(np.diff(meshes.vertex_offsets))
        self._triangle_counts.append(np.diff(meshes.triangle_offsets))
        self._record_sizes.append(np.array([len(record) for record in records], np.int64))

    def finish(self) -> SpoolIndex:
        """Flush, so that objects can be read."""
        for file in self._files.values():
            file.flush()
        return SpoolIndex(
            _offsets(self._vertex_counts),
            _offsets(self._triangle_counts),
            _offsets(self._record_sizes),
        )

    def meshes(self, index: SpoolIndex, objects: Int64Array) -> Meshes:
        """The meshes of some objects, in that order."""
        runs = _runs(objects)
        vertices = index.vertex_offsets[runs]
        triangles = index.triangle_offsets[runs]
        faces = self._read("faces", np.dtype(np.int8), 4, vertices)
        return Meshes(
            self._read("positions", np.dtype(np.float64), 3, vertices),
            faces[:, :3],
            faces[:, 3].view(np.uint8),
            self._read("triangles", np.dtype(np.uint32), 3, triangles),
            _offsets([np.diff(index.vertex_offsets)[objects]]),
            _offsets([np.diff(index.triangle_offsets)[objects]]),
        )

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


def _offsets(counts: list[Int64Array]) -> Int64Array:
    return np.concatenate([np.zeros(1, np.int64), *counts]).cumsum()


def _runs(objects: Int64Array) -> Int64Array:
    """Neighbours in `objects` that are neighbours on disk, as [first, last + 1), (k, 2)."""
    breaks = np.flatnonzero(np.diff(objects) != 1)
    first = objects[np.concatenate([[0], breaks + 1])] if len(objects) else objects
    last = objects[np.concatenate([breaks, [len(objects) - 1]])] if len(objects) else objects
    return np.stack([first, last + 1], axis=1)
