"""A folder of our own for what can be made again at any time (XDG Base Directory 0.8)."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse import lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

UNUSED_AFTER_S = 7 * 86_400.0
USED = "used"


def folder() -> Path:
    """`$XDG_CACHE_HOME/citiverse`, by default `~/.cache/citiverse`; it may not exist yet."""
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    # An address that doesn't start at the root is to be ignored, says the standard.
    base = Path(chosen) if chosen.startswith("/") else Path.home() / ".cache"
    return base / "citiverse"


@contextmanager
def writable(name: str) -> Iterator[Path]:
    """A folder called `name` in ours; where that can't be written to, one that is then removed."""
    place = folder() / name
    with suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
    if os.access(place, os.W_OK):
        yield place
    else:
        with tempfile.TemporaryDirectory(prefix="citiverse-") as passing:
            yield Path(passing)


def digest(*packages: ModuleType) -> str:
    """Changes whenever a file of these packages does, or the version of ours: 16 hex digits."""
    total = hashlib.sha256(version("citiverse").encode())
    for package in packages:
        for root in package.__path__:
            for file in sorted(Path(root).rglob("*")):
                if file.is_file() and file.suffix != ".pyc":
                    total.update(str(file.relative_to(root)).encode())
                    total.update(file.read_bytes())
    return total.hexdigest()[:16]


@contextmanager
def in_use(child: Path) -> Iterator[None]:
    """The folder stays until the block ends, however long that takes."""
    child.mkdir(parents=True, exist_ok=True)
    with lock.in_use(child / USED):
        yield


def forget_unused(parent: Path) -> None:
    """Remove the folders in `parent` that nobody uses, nor has touched for a week."""
    for child in parent.iterdir():
        is_old = time.time() - child.stat().st_mtime > UNUSED_AFTER_S
        if is_old and not lock.is_used(child / USED):
            shutil.rmtree(child, ignore_errors=True)
