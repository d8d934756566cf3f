"""What each content was made from: the same ingredients need not be cooked twice.

A key is a digest of all that a content depends on, the program's own code too. Contents of an
interrupted run and of a former scene are found by it.
"""

from __future__ import annotations

import hashlib
import zlib
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.sinks.contents import HASH_BYTES, Stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAGIC = b"CVMADE\x00\x01"
NAME = "made.bin"
_LIBRARIES = ("numpy", "mapbox_earcut", "msgspec", "Pillow", "meshopt", "pyproj")
_ROW = np.dtype(
    [
        ("key", "V16"),
        ("digest", "V16"),
        ("size", "<u4"),
        ("gzip_size", "<u4"),
        ("numbers", "<i4", 3),
        ("_", "<u4"),
    ]
)


class Entry(NamedTuple):
    """A content; `numbers` are what else is known of it: see who made it."""

    stored: Stored
    numbers: tuple[int, int, int]


class Recipe:
    """Digests what a content is made from."""

    def __init__(self, kind: str, base: bytes) -> None:
        self._hash = hashlib.blake2b(base + kind.encode(), digest_size=HASH_BYTES)

    def add(self, *ingredients: np.ndarray | bytes | str | float | None) -> Recipe:
        """Take more; what is of another kind, shape or order makes another key."""
        for one in ingredients:
            if isinstance(one, np.ndarray):
                self._hash.update(f"{one.dtype.str}{one.shape}".encode())
                self._hash.update(np.ascontiguousarray(one).data)
            elif isinstance(one, bytes):
                self._hash.update(b"%d:" % len(one))
                self._hash.update(one)
            else:
                text = repr(one).encode()
                self._hash.update(b"%d;" % len(text))
                self._hash.update(text)
        return self

    @property
    def key(self) -> bytes:
        """16 bytes."""
        return self._hash.digest()


@lru_cache(maxsize=1)
def code_digest() -> bytes:
    """Of this program, and of the libraries that the bytes of a scene come from."""
    digest = hashlib.blake2b(zlib.ZLIB_RUNTIME_VERSION.encode(), digest_size=HASH_BYTES)
    for name in _LIBRARIES:
        digest.update(f"{name} {version(name)}\n".encode())
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.digest()


@lru_cache(maxsize=65_536)
def file_digest(path: str) -> bytes:
    """Of a file's content; b"" where it can't be read."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return b""


class Made:
    """Contents by the keys of what they were made from; several of one key are in their order."""

    def __init__(self, rows: np.ndarray) -> None:
        self._rows = rows
        self._first: dict[bytes, int] = {}
        self._keys = [bytes(key) for key in rows["key"]]
        for row in range(len(rows) - 1, -1, -1):
            self._first[self._keys[row]] = row

    def __reduce__(self) -> tuple[type[Made], tuple[np.ndarray]]:
        return Made, (self._rows,)

    def of(self, key: bytes) -> list[Entry]:
        """The contents that were made from these ingredients; none where they weren't."""
        found = []
        row = self._first.get(key, len(self._rows))
        while row < len(self._rows) and self._keys[row] == key:
            found.append(_entry(self._rows[row]))
            row += 1
        return found


def rows_of(entries: Iterable[tuple[bytes, Entry]]) -> np.ndarray:
    """Rows of `made.bin`."""
    rows = [
        (key, entry.stored.digest, entry.stored.size, entry.stored.gzip_size, entry.numbers, 0)
        for key, entry in entries
    ]
    return np.array(rows, _ROW)


def _entry(row: np.void) -> Entry:
    stored = Stored(bytes(row["digest"]), int(row["size"]), int(row["gzip_size"]))
    first, second, third = row["numbers"].tolist()
    return Entry(stored, (first, second, third))


def read_rows(paths: Sequence[Path]) -> np.ndarray:
    """The rows of several files; what isn't one, or its end is cut off, has none to tell."""
    pieces = [np.zeros(0, _ROW)]
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError:
            continue
        if data.startswith(MAGIC):
            whole = (len(data) - len(MAGIC)) // _ROW.itemsize * _ROW.itemsize
            pieces.append(np.frombuffer(data[len(MAGIC) : len(MAGIC) + whole], _ROW))
    return np.concatenate(pieces)
