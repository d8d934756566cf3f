"""What the process said of an IFC file, kept beside it: so it is read where ifcopenshell isn't.

The recording of `x.ifc` is `x.ifc.said.gz`: the SHA-256 of the file, then the messages, as they
came. One that was made of other bytes is passed over.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.errors import InputError
from citiverse_tiling.ifc import messages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDING = ".said.gz"
MOST_BYTES = 64 << 20
"""Of a recording, unpacked."""

_DIGEST_BYTES = 32
_MATRIX_BYTES = 96


def messages_of(path: Path) -> Iterator[messages.Message] | None:
    """What was recorded of exactly this file; None where nothing was. Raises InputError."""
    beside = path.with_name(path.name + ENDING)
    if not beside.is_file():
        return None
    try:
        with gzip.open(beside) as stream:
            digest, said = stream.read(_DIGEST_BYTES), stream.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _broken(beside, "it can't be unpacked") from error
    if digest != _digest(path):
        return None
    if len(said) > MOST_BYTES:
        raise _broken(beside, f"it holds more than {MOST_BYTES >> 20} MiB")
    return _messages(beside, io.BytesIO(said))


def write(path: Path, said: bytes) -> Path:
    """Keep what the process said of a file; returns the recording. Raises OSError."""
    beside = path.with_name(path.name + ENDING)
    beside.write_bytes(gzip.compress(_digest(path) + said, mtime=0))
    return beside


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _messages(beside: Path, stream: io.BytesIO) -> Iterator[messages.Message]:
    shapes = 0
    is_whole = False
    try:
        while (message := messages.read(stream)) is not None:
            if isinstance(message, messages.Shape):
                shapes += 1
            if not _is_sound(message, shapes):
                raise _broken(beside, "a shape in it lacks corners")
            is_whole = isinstance(message, messages.End)
            yield message
    except msgspec.DecodeError as error:
        raise _broken(beside, "it is none") from error
    if not is_whole:
        raise _broken(beside, "it ends early")


def _is_sound(message: messages.Message, shapes: int) -> bool:
    """Whether what a message refers to is there."""
    if isinstance(message, messages.Body):
        return 0 <= message.shape < shapes and len(message.matrix) == _MATRIX_BYTES
    if not isinstance(message, messages.Shape):
        return True
    if len(message.points) % 24 or len(message.triangles) != 3 * len(message.looks):
        return False
    if len(message.triangles) % 12:
        return False
    return _within(message.triangles, 0, len(message.points) // 24) and _within(
        message.looks, -1, len(message.colours)
    )


def _within(numbers: bytes, low: int, end: int) -> bool:
    """Whether int32 numbers are at least `low` and below `end`."""
    values = np.frombuffer(numbers, np.int32)
    return not len(values) or bool(values.min() >= low and values.max() < end)


def _broken(beside: Path, problem: str) -> InputError:
    return InputError(f"the recording is broken: {problem}", beside, remedy="remove it")
