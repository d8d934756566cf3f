"""The images that a source names → files beside it, and never anywhere else."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

MAX_NAMES = 100_000
MAX_FOLDER_ENTRIES = 200_000
LONGEST_NAME = 2_048


class NoImage(ValueError):
    """A name that leads to no image file that may be read; the message says why."""


class ImageFiles:
    """Finds image files for one source, however their names are written.

    Backslashes, percent-encoding, another case and another Unicode normal form are seen through.
    """

    def __init__(self, source: Path) -> None:
        self._folder = source.resolve().parent
        self._found: dict[str, str | NoImage] = {}
        self._listings: dict[Path, dict[str, str]] = {}

    def find(self, name: str) -> str:
        """The path of the file that a name means. Raises NoImage."""
        found = self._found.get(name)
        if found is None:
            try:
                found = self._find(name)
            except NoImage as problem:
                found = problem
            if len(self._found) < MAX_NAMES:
                self._found[name] = found
        if isinstance(found, NoImage):
            raise found
        return found

    def _find(self, name: str) -> str:
        if not name or len(name) > LONGEST_NAME or "\0" in name:
            raise NoImage("its name can't be that of a file")
        for spelling in dict.fromkeys((name, unquote(name))):
            parts = self._parts(spelling)
            try:
                path = self._exact(parts) or self._alike(parts)
            except NoImage:
                raise
            except (OSError, ValueError):
                continue
            if path is not None:
                return path
        raise NoImage("there is no such file")

    def _parts(self, name: str) -> tuple[str, ...]:
        """The parts of a path below the folder of the source. Raises NoImage."""
        plain = name.replace("\\", "/")
        if "://" in plain or plain.lower().startswith(("file:", "data:", "http:", "https:")):
            raise NoImage("it isn't beside the file, but at a URL, where nothing is fetched")
        if plain.startswith("/") or plain[1:2] == ":":
            raise NoImage("its path is absolute, and only files beside the source are read")
        parts: list[str] = []
        for part in PurePosixPath(plain).parts:
            if part == "..":
                if not parts:
                    raise NoImage("it lies outside of the folder of the source")
                parts.pop()
            else:
                parts.append(part)
        return tuple(parts)

    def _exact(self, parts: tuple[str, ...]) -> str | None:
        return self._inside(self._folder.joinpath(*parts))

    def _alike(self, parts: tuple[str, ...]) -> str | None:
        """The file whose path differs in case or normal form only."""
        path = self._folder
        for part in parts:
            there = self._listing(path).get(_folded(part))
            if there is None:
                return None
            path /= there
        return self._inside(path)

    def _inside(self, path: Path) -> str | None:
        if not path.is_file():
            return None
        if not path.resolve().is_relative_to(self._folder):
            raise NoImage("it is a link that leads out of the folder of the source")
        return str(path)

    def _listing(self, folder: Path) -> dict[str, str]:
        """The names in a folder, by what is alike in all their spellings."""
        if folder not in self._listings:
            names: dict[str, str] = {}
            with os.scandir(folder) as entries:
                for number, entry in enumerate(entries):
                    if number >= MAX_FOLDER_ENTRIES:
                        break
                    names[_folded(entry.name)] = min(
                        entry.name, names.get(_folded(entry.name), entry.name)
                    )
            self._listings[folder] = names
        return self._listings[folder]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
