"""A scene in one file: a .3tz archive, mapped into memory and served without unpacking its tiles.

3D Tiles Archive 1.3: a ZIP whose last entry lists the MD5 of each name and the place of its local
header. Deflated entries are handed on as gzip, by putting gzip's header and trailer around them.
"""

from __future__ import annotations

import hashlib
import mmap
import re
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from .errors import SceneError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path, PurePosixPath
    from zipfile import ZipInfo

SUFFIX = ".3tz"
INDEX = "@3dtilesIndex1@"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*(?:/[a-z0-9][a-z0-9.-]*){0,4}", re.ASCII)
_LOCAL = struct.Struct("<4s5H3I2H")
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
# zlib can't shrink more than 1 032 times.
_MOST_SHRUNK = 1_100


@dataclass(frozen=True, slots=True)
class Entry:
    """Where the bytes of a file lie in the archive, and what they unpack to."""

    start: int
    packed_size: int
    size: int
    crc: int
    deflated: bool


class Archive:
    """An archive whose entries were all held against its index, its size and each other."""

    def __init__(self, path: Path) -> None:
        """Raises `SceneError` where the file is no .3tz that is safe to serve."""
        self.path = path
        try:
            with path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            with ZipFile(path) as opened:
                found = opened.infolist()
            self._entries = self._checked(found)
        except (OSError, ValueError, BadZipFile, struct.error, zlib.error) as error:
            raise self._broken(f"the archive can't be read: {error}") from None

    def __contains__(self, name: str) -> bool:
        if name.endswith(".gz"):
            entry = self._entries.get(name.removesuffix(".gz"))
            return entry is not None and entry.deflated
        return name in self._entries

    def read(self, name: str) -> bytes:
        """A file's bytes; with `.gz` at its end, those of its gzip. Raises `OSError`."""
        entry = self._entries.get(name.removesuffix(".gz"))
        if entry is None or (name.endswith(".gz") and not entry.deflated):
            raise FileNotFoundError(f"{self.path} has no {name}")
        packed = self._data[entry.start : entry.start + entry.packed_size]
        if name.endswith(".gz"):
            return _GZIP_HEADER + packed + struct.pack("<II", entry.crc, entry.size & 0xFFFF_FFFF)
        data = _inflated(packed, entry.size) if entry.deflated else packed
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            raise OSError(f"{name} in {self.path} isn't what its checksum says")
        return data

    def view(self, name: str) -> memoryview:
        """A stored file without copying it. Raises `OSError` where it isn't stored or is broken."""
        entry = self._entries.get(name)
        if entry is None or entry.deflated:
            raise FileNotFoundError(f"{self.path} has no {name} that is stored as it is")
        data = memoryview(self._data)[entry.start : entry.start + entry.size]
        if zlib.crc32(data) != entry.crc:
            raise OSError(f"{name} in {self.path} isn't what its checksum says")
        return data

    def _broken(self, problem: str) -> SceneError:
        return SceneError(problem, self.path, remedy="make the archive again")

    def _checked(self, found: list[ZipInfo]) -> dict[str, Entry]:
        if not found or found[-1].filename != INDEX:
            raise self._broken(f"this is no .3tz: its last entry isn't {INDEX}")
        entries: dict[str, Entry] = {}
        end = 0
        for info in sorted(found, key=lambda one: one.header_offset):
            entry = self._entry(info)
            if info.filename in entries:
                raise self._broken(f"{info.filename[:80]!r} stands in it twice")
            if info.header_offset < end:
                raise self._broken(f"{info.filename[:80]!r} overlaps with another entry")
            end = entry.start + entry.packed_size
            entries[info.filename] = entry
        index = entries.pop(INDEX)
        listed = self._data[index.start : index.start + index.packed_size]
        if index.deflated or listed != _index(found[:-1]):
            raise self._broken("its index isn't that of its entries")
        return entries

    def _entry(self, info: ZipInfo) -> Entry:
        """An entry by its local header, which must say the same as the directory."""
        raw = info.filename.encode()
        if info.filename != INDEX and not _NAME.fullmatch(info.filename):
            raise self._broken(f"{info.filename[:80]!r} can't be a file of a scene")
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or info.flag_bits & 0x0009:
            raise self._broken(f"{info.filename} is packed in a way that isn't read here")
        head = _LOCAL.unpack_from(self._data, info.header_offset)
        start = info.header_offset + _LOCAL.size + head[9] + head[10]
        name = self._data[info.header_offset + _LOCAL.size : start - head[10]]
        sizes = (info.CRC, info.compress_size, info.file_size)
        if head[0] != b"PK\x03\x04" or name != raw or head[6:9] != sizes:
            raise self._broken(f"{info.filename} says one thing at its place, another in the list")
        if start + info.compress_size > len(self._data):
            raise self._broken(f"{info.filename} reaches beyond the end")
        if info.file_size > _MOST_SHRUNK * info.compress_size + 64:
            raise self._broken(f"{info.filename} claims to be larger than it can be")
        deflated = info.compress_type == ZIP_DEFLATED
        if not deflated and info.file_size != info.compress_size:
            raise self._broken(f"{info.filename} has two sizes")
        return Entry(start, info.compress_size, info.file_size, info.CRC, deflated)


def _inflated(packed: bytes, size: int) -> bytes:
    """At most `size` bytes and one, so that a lie in the size is seen and costs nothing."""
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1)
    except zlib.error as error:
        raise OSError(f"it can't be unpacked: {error}") from None


def _index(entries: Iterable[ZipInfo]) -> bytes:
    """The bytes that the index must have."""
    lines = []
    for entry in entries:
        digest = hashlib.md5(entry.filename.encode(), usedforsecurity=False).digest()
        lines.append((*struct.unpack("<2Q", digest), digest, entry.header_offset))
    return b"".join(digest + struct.pack("<Q", offset) for _, _, digest, offset in sorted(lines))


@dataclass(frozen=True)
class ArchivedPath:
    """A path inside of an archive, to be read like one on disk."""

    archive: Archive
    inside: PurePosixPath

    def __truediv__(self, name: str) -> ArchivedPath:
        return ArchivedPath(self.archive, self.inside / name)

    def __str__(self) -> str:
        return f"{self.archive.path}/{self.inside}"

    @property
    def name(self) -> str:
        """The last part."""
        return self.inside.name

    @property
    def suffix(self) -> str:
        """The ending of the name."""
        return self.inside.suffix

    def with_name(self, name: str) -> ArchivedPath:
        """A file beside this one."""
        return ArchivedPath(self.archive, self.inside.with_name(name))

    def is_file(self) -> bool:
        """Whether the archive has it."""
        return str(self.inside) in self.archive

    def read_bytes(self) -> bytes:
        """Its bytes. Raises `OSError`."""
        return self.archive.read(str(self.inside))
