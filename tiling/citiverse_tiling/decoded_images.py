"""Decoded images on disk: whichever process needs one first decodes it, for all of a run.

Pixels are mapped into memory, so that it holds what is looked at of them.
"""

from __future__ import annotations

import fcntl
import shutil
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.image_decoding import Decoded, UnusableImage, decode, file_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.model import UInt8Array

ROOM_BYTES = 4 * 1024**3
"""Left free on the disk: where there is less, an image is decoded each time that it is needed."""


def decoded_once(path: str, folder: Path) -> Decoded:
    """The pixels of an image, from a folder that may be shared by processes, and by runs.

    An image is known by its path and its file's size and time. Raises UnusableImage.
    """
    try:
        status = file_of(path).stat()
    except OSError:
        return decode(path)
    known = f"{path}\0{status.st_size}\0{status.st_mtime_ns}"
    base = folder / sha256(known.encode(errors="surrogateescape")).hexdigest()[:32]
    return _found(base) or _made(base, path)


def _found(base: Path) -> Decoded | None:
    try:
        full, small = (
            np.asarray(np.load(base.with_suffix(suffix), mmap_mode="r"))
            for suffix in (".full", ".small")
        )
    except FileNotFoundError:
        return None
    return Decoded(full, small)


def _made(base: Path, path: str) -> Decoded:
    folder, problem = base.parent, base.with_suffix(".problem")
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(base.with_suffix(".lock")):
        if found := _found(base):
            return found
        if problem.exists():
            raise UnusableImage(problem.read_text("utf-8"))
        try:
            pixels = decode(path)
        except UnusableImage as error:
            problem.write_text(str(error), "utf-8")
            raise
        if shutil.disk_usage(folder).free < ROOM_BYTES + pixels.full.nbytes:
            return pixels
        _write(base.with_suffix(".small"), pixels.small)
        _write(base.with_suffix(".full"), pixels.full)
    return _found(base) or pixels


def _write(path: Path, pixels: UInt8Array) -> None:
    """A file that is there when it is complete."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    with unfinished.open("wb") as file:
        np.save(file, pixels)
    unfinished.rename(path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """No other process is in this block; the system opens the lock of one that dies (flock, 2)."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
