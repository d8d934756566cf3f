"""Compressed files and archives → files in a folder of ours, trusting nothing in them.

Bounded are the entries of an archive, all bytes that come out, and how much more they are than
what went in. An entry that would leave the folder, or is a link, or is locked, is an error.
"""

from __future__ import annotations

import gzip
import shutil
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from citiverse_tiling.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
MAX_ENTRIES = 100_000
MAX_BYTES = 32 * 1024**3
"""Of all that one run unpacks."""

MAX_RATIO = 250
"""City models shrink to a fiftieth; more than this is meant to harm."""

_SMALL_BYTES = 64 * 1024**2
"""So much may come out of anything."""

_CHUNK = 1 << 20


@dataclass(slots=True)
class Unpacker:
    """Unpacks into `folder`; `written` bytes so far."""

    folder: Path
    written: int = 0
    _folders: int = 0

    def gunzip(self, path: Path) -> Path:
        """The file in a gzip file, without its last ending. Raises InputError."""
        place = self._new_folder() / (path.stem or "unnamed")
        try:
            with gzip.open(path) as packed:
                self._copy(packed, place, path, path.stat().st_size)
        except (OSError, EOFError, zlib.error) as error:
            raise _broken(path, error) from error
        return place

    def unzip(self, path: Path) -> Path:
        """The folder with all that is in a ZIP file. Raises InputError."""
        folder = self._new_folder()
        try:
            with zipfile.ZipFile(path) as archive:
                entries = archive.infolist()
                if len(entries) > MAX_ENTRIES:
                    raise InputError(f"it holds more than {MAX_ENTRIES:,} files", file=path)
                for entry in entries:
                    if entry.is_dir():
                        continue
                    place = folder / _safe_name(entry, path)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    with archive.open(entry) as packed:
                        self._copy(packed, place, path, entry.compress_size)
        except (
            OSError,
            EOFError,
            zlib.error,
            zipfile.BadZipFile,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise _broken(path, error) from error
        return folder

    def _new_folder(self) -> Path:
        self._folders += 1
        folder = self.folder / str(self._folders)
        folder.mkdir()
        return folder

    def _copy(self, packed: IO[bytes] | gzip.GzipFile, place: Path, path: Path, size: int) -> None:
        limit = max(size * MAX_RATIO, _SMALL_BYTES)
        free = shutil.disk_usage(self.folder).free
        done = 0
        with place.open("xb") as file:
            while chunk := packed.read(_CHUNK):
                done += len(chunk)
                self.written += len(chunk)
                if done > limit or self.written > MAX_BYTES:
                    raise InputError(
                        f"more comes out of it than is sane ({done >> 20} MB of {size:,} bytes)",
                        file=path,
                        remedy="unpack it yourself, if you trust it",
                    )
                if done > free:
                    raise InputError(
                        "the disk for temporary files is too small for what is in it",
                        file=path,
                        remedy="set TMPDIR to a folder with more room",
                    )
                file.write(chunk)


def _safe_name(entry: zipfile.ZipInfo, path: Path) -> PurePosixPath:
    """Where an entry goes, below the folder. Raises InputError where it wants to go elsewhere."""
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    drive = ":" in name.parts[0] if name.parts else True
    if is_link or drive or name.is_absolute() or ".." in name.parts:
        raise InputError(
            f"the entry {entry.filename[:80]!r} leads out of the archive",
            file=path,
            remedy="get it again from somebody you trust",
        )
    return name


def _broken(path: Path, error: Exception) -> InputError:
    words = getattr(error, "strerror", None) or str(error) or "it is cut short"
    return InputError(f"it can't be unpacked ({words[:200]})", file=path, remedy="get it again")
