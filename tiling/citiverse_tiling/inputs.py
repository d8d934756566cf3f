"""What a user names → the files that are read: folders are searched, archives unpacked.

What was named must be readable. Of what is in a folder or an archive, files of a format that can
be read are taken and the others listed; images that city models name as their textures are theirs,
and other images that lie nowhere on Earth are listed too.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import unquote

from citiverse_tiling import sources
from citiverse_tiling.errors import InputError
from citiverse_tiling.unpacking import GZIP, ZIP, Unpacker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_FILES = 100_000
MAX_NESTED = 2
"""Archives in archives: a compressed file in a ZIP, say."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read, and what to call it: where it came from, for people."""

    path: Path
    shown: str


@dataclass(slots=True)
class Inputs:
    """The files to read, in order, and those that were passed by, named from what was named on."""

    files: list[InputFile] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


@contextmanager
def opened(
    named: Sequence[Path], leave_out: Path | None = None, *, sort_images: bool = True
) -> Iterator[Inputs]:
    """All files that are to be read of what was named; temporary files live as long as this.

    `leave_out` is a folder that is not looked into. Without `sort_images`, images that are textures
    may be among the files: to tell, all city models must be looked through. Raises InputError where
    something can't be read or unpacked, where a folder holds too many files, or nothing that can be
    read.
    """
    with TemporaryDirectory(prefix="citiverse-") as temporary:
        left_out = leave_out.resolve() if leave_out else None
        search = _Search(Unpacker(Path(temporary)), left_out, sort_images)
        for path in named:
            before, passed = len(search.found.files), len(search.found.skipped)
            search.look_at(path, str(path), 0)
            names = search.found.skipped[passed:]
            folder = str(path.parent / "_")[:-1]
            search.found.skipped[passed:] = [name.removeprefix(folder) for name in names]
            if len(search.found.files) == before:
                problem = "nothing in it is of a format that can be read"
                raise InputError(problem, file=path, remedy="docs/mapping names those that can")
        yield search.found


@dataclass(slots=True)
class _Search:
    unpacker: Unpacker
    leave_out: Path | None
    sort_images: bool
    found: Inputs = field(default_factory=Inputs)
    _seen: int = 0

    def look_at(self, path: Path, shown: str, depth: int) -> None:
        """Something that was named: a file, a folder, an archive or a compressed file."""
        if path.is_dir():
            self._search_folder(path, shown, depth)
            return
        head = sources.head_of(path)
        if head.startswith(GZIP) and depth <= MAX_NESTED:
            self.look_at(self.unpacker.gunzip(path), shown, depth + 1)
        elif head.startswith(ZIP) and depth <= MAX_NESTED and not sources.is_taken(head):
            self._search_folder(self.unpacker.unzip(path), shown, depth + 1)
        else:
            self.found.files.append(InputFile(path, shown))

    def _search_folder(self, folder: Path, shown: str, depth: int) -> None:
        taken: list[InputFile] = []
        for path in self._walk(folder):
            name = f"{shown}/{path.relative_to(folder).as_posix()}"
            head = sources.head_of(path)
            if head.startswith((GZIP, ZIP)) and not sources.is_taken(head):
                if depth >= MAX_NESTED:
                    self.found.skipped.append(name)
                else:
                    self.look_at(path, name, depth + 1)
            elif sources.is_taken(head):
                taken.append(InputFile(path, name))
            else:
                self.found.skipped.append(name)
        if not self.sort_images:
            self.found.files += taken
            return
        textures = _textures(taken)
        for one in taken:
            if one.path in textures:
                continue
            if sources.is_anywhere(one.path):
                self.found.files.append(one)
            else:
                self.found.skipped.append(one.shown)

    def _walk(self, folder: Path) -> Iterator[Path]:
        """All files below, in the order of their names; hidden ones and links are passed by."""
        for place, folders, names in os.walk(folder):
            here = Path(place)
            folders[:] = sorted(
                name
                for name in folders
                if not name.startswith(".") and (here / name).resolve() != self.leave_out
            )
            for name in sorted(names):
                self._seen += 1
                if self._seen > MAX_FILES:
                    problem = f"it holds more than {MAX_FILES:,} files"
                    raise InputError(problem, file=folder, remedy="name fewer at a time")
                if not name.startswith(".") and (here / name).is_file():
                    yield here / name


def _textures(taken: list[InputFile]) -> frozenset[Path]:
    """Those of the files that others name as images of their textures."""
    cities = [one.path for one in taken if sources.has_textures(one.path)]
    if len(cities) == len(taken):
        return frozenset()
    named = chain.from_iterable(
        ((path.parent / unquote(name).replace("\\", "/")), (path.parent / name.replace("\\", "/")))
        for path in cities
        for name in sources.images(path)
    )
    return frozenset(Path(os.path.normpath(path)) for path in named)
