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
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from citiverse_tiling.image_decoding import PART
from citiverse_tiling.sinks.contents import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.sinks.contents import Stored

Ingredient: TypeAlias = "np.ndarray | bytes | str | float | None"
MAGIC = b"CVMADE\x00\x01"
NAME = "made.bin"
_LIBRARIES = ("numpy", "mapbox_earcut", "msgspec", "Pillow", "meshopt", "pyproj")
ROW = np.dtype(
    [
        ("key", "V16"),
        ("digest", "V16"),
        ("size", "<u4"),
        ("gzip_size", "<u4"),
        ("numbers", "<i4", 3),
        ("_", "<u4"),
    ]
)
NO_ROWS = np.zeros(0, ROW)


class Recipe:
    """Digests what a content is made from."""

    def __init__(self, kind: str, base: bytes) -> None:
        self._hash = hashlib.blake2b(base + kind.encode(), digest_size=HASH_BYTES)

    def add(self, *ingredients: Ingredient) -> Recipe:
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


def file_digest(path: str) -> bytes:
    """Of a file's content; b"" where it can't be read."""
    try:
        about = Path(path).stat()
    except OSError:
        return b""
    return _digest_of(path, about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=65_536)
def _digest_of(path: str, *about: int) -> bytes:
    del about  # a file that is another one now is told by it
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return b""


def image_digest(image: str) -> bytes:
    """Of an image by its path, which may lead into another file; b"" where there is none."""
    path, _, part = image.partition(PART)
    return file_digest(path) + part.encode() if path else b""


class Made:
    """Contents by the keys of what they were made from; several of one key are in their order."""

    def __init__(self, rows: np.ndarray) -> None:
        self._rows = by_key(rows)
        keys = self._rows["key"].tolist()
        self._ends = {key: row for row, key in enumerate(keys, 1)}
        self._first = {key: row for row, key in reversed([*enumerate(keys)])}

    def __reduce__(self) -> tuple[type[Made], tuple[np.ndarray]]:
        return Made, (self._rows,)

    def of(self, key: bytes) -> np.ndarray:
        """The rows of contents that were made from these ingredients; none where they weren't."""
        return self._rows[self._first.get(key, 0) : self._ends.get(key, 0)]


def by_key(rows: np.ndarray) -> np.ndarray:
    """Rows sorted by their keys."""
    keys = rows["key"].tolist()
    return rows[sorted(range(len(keys)), key=keys.__getitem__)]


def row_of(key: bytes, stored: Stored, numbers: tuple[int, int, int]) -> np.ndarray:
    """The row (1,) of a content; `numbers` are what else is known of it: see who made it."""
    return np.array([(key, stored.digest, stored.size, stored.gzip_size, numbers, 0)], ROW)


def read_rows(paths: Sequence[Path]) -> np.ndarray:
    """The rows of several files; what isn't one, or its end is cut off, has none to tell."""
    pieces = [NO_ROWS]
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError:
            continue
        if data.startswith(MAGIC):
            whole = (len(data) - len(MAGIC)) // ROW.itemsize * ROW.itemsize
            pieces.append(np.frombuffer(data[len(MAGIC) : len(MAGIC) + whole], ROW))
    return np.concatenate(pieces)
