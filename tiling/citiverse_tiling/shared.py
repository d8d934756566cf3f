"""What all workers need to make a scene: put on disk once, and read once by each of them.

Arrays are mapped from the file, so that the workers of one machine have them in memory only once.
"""

from __future__ import annotations

import mmap
import pickle
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_ALIGNMENT = 64
_kept: dict[str, object] = {}


def share(value: object, path: Path, *, is_here: bool) -> None:
    """Let `shared` give back a value; it is written only where not all work `is_here`."""
    _kept.clear()
    _kept[str(path)] = value
    if is_here:
        return
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    raws = [buffer.raw() for buffer in buffers]
    with path.open("wb") as file:
        file.write(struct.pack(f"<{2 + len(raws)}Q", len(raws), len(head), *map(len, raws)))
        file.write(head)
        for raw in raws:
            file.write(bytes(-file.tell() % _ALIGNMENT))
            file.write(raw)


def shared(path: Path) -> object:
    """The value that this run has put there: never read a file of anyone else's with this."""
    if str(path) not in _kept:
        _kept.clear()
        _kept[str(path)] = _read(path)
    return _kept[str(path)]


def _read(path: Path) -> object:
    with path.open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    count, head_size = struct.unpack_from("<2Q", data)
    sizes = struct.unpack_from(f"<{count}Q", data, 16)
    at = 16 + 8 * count
    head = data[at : at + head_size]
    at += head_size
    buffers = []
    for size in sizes:
        at += -at % _ALIGNMENT
        buffers.append(data[at : at + size])
        at += size
    return pickle.loads(head, buffers=buffers)  # noqa: S301 written by this run
