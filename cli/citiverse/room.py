"""A passing folder, in memory where there is enough: no disk is waited for, nor measured."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

MEMORY = Path("/dev/shm")  # noqa: S108 - a fresh folder in it, never a name that one could guess


def folder(size_bytes: int) -> AbstractContextManager[str]:
    """A fresh folder for `size_bytes`, gone after the block: in memory, else in the TMPDIR."""
    in_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= size_bytes
    return tempfile.TemporaryDirectory(prefix="citiverse-", dir=MEMORY if in_memory else None)
