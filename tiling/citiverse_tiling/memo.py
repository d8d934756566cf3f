"""Results of steps that take long, kept for the next run over the same scene: `kept.bin`.

They are found by a digest of all that they were made from. What a run has recalled or kept is in
its file, in the order in which it was asked for: the same whether it was there or not.
"""

from __future__ import annotations

import mmap
import struct
from typing import TYPE_CHECKING, Self

import numpy as np

from citiverse_tiling.made import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from citiverse_tiling.made import Ingredient

NAME = "kept.bin"
_MAGIC = b"CVKEPT\x00\x01"
_COUNT = struct.Struct("<Q")
_ENTRY = np.dtype([("key", "V16"), ("start", "<u8"), ("size", "<u8")])


class Memo:
    """Reads results from the former scene's file, and writes the new one's."""

    def __init__(self, path: Path, former: Path | None, base: bytes) -> None:
        """`base` is a digest of what every result depends on."""
        self._base = base
        self._former, self._places = _opened(former)
        self._file = path.open("wb")
        self._file.write(_MAGIC)
        self._entries: list[tuple[bytes, int, int]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Write the index, and close the file."""
        entries = np.array(self._entries, _ENTRY)
        self._file.write(entries.tobytes() + _COUNT.pack(len(entries)))
        self._file.close()

    def recall(self, make: Callable[[], bytes], kind: str, *ingredients: Ingredient) -> bytes:
        """What was made from the same before, or what is made now."""
        key = self.key(kind, *ingredients)
        found = self.of(key)
        return self.keep(key, make() if found is None else found)

    def key(self, kind: str, *ingredients: Ingredient) -> bytes:
        """By which a result is found."""
        return Recipe(kind, self._base).add(*ingredients).key

    def of(self, key: bytes) -> bytes | None:
        """A result of the former run."""
        place = self._places.get(key)
        return None if place is None else self._former[place[0] : place[0] + place[1]]

    def keep(self, key: bytes, result: bytes) -> bytes:
        """Leave a result for the next run, and give it back."""
        self._entries.append((key, self._file.tell(), len(result)))
        self._file.write(result)
        return result


def _opened(path: Path | None) -> tuple[mmap.mmap | bytes, dict[bytes, tuple[int, int]]]:
    """A file and where in it results are; nothing where it isn't one, or isn't whole."""
    try:
        if path is None:
            return b"", {}
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        (count,) = _COUNT.unpack_from(data, len(data) - _COUNT.size)
        start = len(data) - _COUNT.size - count * _ENTRY.itemsize
        entries = np.frombuffer(data, _ENTRY, count, start)
        is_whole = (
            data[: len(_MAGIC)] == _MAGIC and (entries["start"] + entries["size"] <= start).all()
        )
    except (OSError, ValueError, struct.error, OverflowError):
        return b"", {}
    keys, starts, sizes = (entries[name].tolist() for name in ("key", "start", "size"))
    return data, dict(zip(keys, zip(starts, sizes, strict=True), strict=True)) if is_whole else {}
