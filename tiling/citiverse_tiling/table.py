"""Rows of fixed width on disk: what is known of each of many objects, without having it in memory.

Rows are read through a map of the file, which C code does at once for rows that lie anywhere. But
the kernel counts what was touched as memory of the process, in pieces of 64 KiB; so only a few of
them are touched at a time, and then given back.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from citiverse_tiling.model import Rows

_TOUCHED_BYTES = 64 * 1024
_TOUCHED_AT_ONCE = 16
ROWS_AT_ONCE = 4_096
"""Rows that are worked on together where all of them are."""


class TableWriter:
    """Writes a table from its first row to its last; the folder must exist."""

    def __init__(self, path: Path, dtype: np.dtype[np.void]) -> None:
        self._path, self._dtype = path, dtype
        self._count = 0
        path.write_bytes(b"")

    def append(self, **columns: npt.ArrayLike) -> None:
        """Add rows, column by column; those that aren't named are 0."""
        count = len(np.asarray(next(iter(columns.values()))))
        rows = np.zeros(count, self._dtype)
        for name, values in columns.items():
            rows[name] = values
        with self._path.open("ab") as file:
            file.write(rows.data)
        self._count += count

    def finish(self) -> Table:
        """The table, which can be read from now on."""
        return Table(self._path, self._dtype, self._count)


@dataclass(slots=True)
class Table:
    """`count` rows of a structured dtype. It may be sent to other processes."""

    path: Path
    dtype: np.dtype[np.void]
    count: int
    _map: mmap.mmap | None = field(default=None, repr=False)

    def __getstate__(self) -> tuple[Path, np.dtype[np.void], int]:
        return self.path, self.dtype, self.count

    def __setstate__(self, state: tuple[Path, np.dtype[np.void], int]) -> None:
        self.path, self.dtype, self.count = state
        self._map = None

    def __len__(self) -> int:
        return self.count

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._map is not None:
            self._map.close()
            self._map = None

    def take(self, rows: Rows) -> npt.NDArray[np.void]:
        """Some rows, in that order: a copy."""
        taken = np.empty(len(rows), self.dtype)
        for part in self._parts(rows):
            np.take(self._rows(), rows[part], out=taken[part], mode="clip")
            self._let_go()
        return taken

    def put(self, rows: Rows, **columns: npt.ArrayLike) -> None:
        """Write columns of some rows anew."""
        given = {name: np.asarray(values) for name, values in columns.items()}
        for part in self._parts(rows):
            for name, values in given.items():
                self._rows()[name][rows[part]] = values[part]
            self._let_go()

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[npt.NDArray[np.void]]:
        """The rows from `start` to `end`, or all, some at a time."""
        last = self.count if end is None else end
        with self.path.open("rb") as file:
            file.seek(start * self.dtype.itemsize)
            for at in range(start, last, ROWS_AT_ONCE):
                yield np.fromfile(file, self.dtype, min(ROWS_AT_ONCE, last - at))

    def _rows(self) -> npt.NDArray[np.void]:
        if self._map is None:
            with self.path.open("r+b") as file:
                self._map = mmap.mmap(file.fileno(), 0)
        return np.frombuffer(self._map, self.dtype)

    def _let_go(self) -> None:
        if self._map is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def _parts(self, rows: Rows) -> Iterator[slice]:
        """Runs of `rows` that touch few pieces of the file each."""
        if not len(rows):
            return
        pieces = rows * np.int64(self.dtype.itemsize) // _TOUCHED_BYTES
        moves = np.cumsum(np.diff(pieces, prepend=pieces[:1]) != 0)
        first = 0
        for most in range(_TOUCHED_AT_ONCE, int(moves[-1]) + 1, _TOUCHED_AT_ONCE):
            last = int(np.searchsorted(moves, most))
            yield slice(first, last)
            first = last
        yield slice(first, len(rows))
