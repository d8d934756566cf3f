"""Where scenes lie that `serve` makes of city files, and whether they are still what the files say.

What decides is each file's place, size and time of change, the options, and our own code.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import citiverse_tiling
from citiverse import cache
from citiverse_tiling.names import slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Made:
    """A scene in the making, or made; `note` holds the key of what it was made from."""

    scene: Path
    note: Path
    key: str

    @property
    def lock(self) -> Path:
        """Held by who makes the scene (`citiverse.lock`)."""
        return self.note.with_name(f"{self.note.name}.lock")

    @property
    def is_fresh(self) -> bool:
        """Whether the scene is there, and was made from these very files."""
        with suppress(OSError):
            return (self.scene / "scene.json").is_file() and self.note.read_text() == self.key
        return False

    def remember(self) -> None:
        """The scene is there now. What can't be noted is made again at the next start."""
        with suppress(OSError):
            self.note.parent.mkdir(parents=True, exist_ok=True)
            self.note.write_text(self.key)


def made_of(
    files: Sequence[Path], words: Iterable[object], output: Path | None, kept: Path
) -> Made:
    """Where the scene of some files goes: to `output`, else into a folder of its own in `kept`.

    `words` are the options that it depends on.
    """
    key = _key(files, words)
    if output is not None:
        return Made(output, kept / "notes" / _digest([str(output.resolve())]), key)
    folder = kept / key
    folder.mkdir(parents=True, exist_ok=True)
    folder.touch()
    return Made(folder / slug(files[0].resolve().stem), folder / "key", key)


def home_of(files: Sequence[Path]) -> str:
    """A name for what belongs to a city whatever is in its files: from their places alone."""
    return _digest([str(path.resolve()) for path in files])


def _key(files: Sequence[Path], words: Iterable[object]) -> str:
    told = [cache.digest(citiverse_tiling), *(repr(word) for word in words)]
    for path in files:
        found = sorted(_files_in(path)) if path.is_dir() else [path]
        for one in found:
            status = one.stat()
            told.append(f"{one.resolve()} {status.st_size} {status.st_mtime_ns}")
    return _digest(told)


def _files_in(folder: Path) -> Iterable[Path]:
    for place, _, names in os.walk(folder):
        yield from (path for name in names if (path := Path(place) / name).is_file())


def _digest(words: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(words).encode(errors="surrogateescape")).hexdigest()[:16]
