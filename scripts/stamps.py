"""Stamps: a file that remembers what a step was done with, so that it isn't done twice."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def digest(files: Iterable[Path]) -> str:
    """SHA-256 over the names and contents of `files`, as hex digits."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(file.name.encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def is_current(stamp: Path, expected: str) -> bool:
    """True where the step behind `stamp` was last done with the same input."""
    try:
        return stamp.read_text() == expected
    except OSError:
        return False


def write(stamp: Path, value: str) -> None:
    """Remember that the step was done with the input that has this digest."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value)
