"""A passing folder, in memory where there is enough: no disk is waited for, nor measured."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse import lock

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY = Path("/dev/shm")  # noqa: S108 - a fresh folder in it, never a name that one could guess
PREFIX, USED = "citiverse-room-", "used"
LEFT_AFTER_S = 60.0


@contextmanager
def folder(size_bytes: int) -> Iterator[str]:
    """A fresh folder for `size_bytes`, gone after the block: in memory, else in the TMPDIR.

    What programs of ours that were killed have left there goes first: it would fill the memory.
    """
    in_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= size_bytes
    place = MEMORY if in_memory else Path(tempfile.gettempdir())
    _clear(place)
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX, dir=place) as fresh,
        lock.in_use(Path(fresh) / USED),
    ):
        yield fresh


def _clear(place: Path) -> None:
    """Remove our rooms that nobody uses, but for those that have only just been made."""
    for room in place.glob(f"{PREFIX}*"):
        try:
            status = room.lstat()
        except OSError:
            continue
        is_ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
        is_old = time.time() - status.st_mtime > LEFT_AFTER_S
        if is_ours and is_old and not lock.is_used(room / USED):
            shutil.rmtree(room, ignore_errors=True)
