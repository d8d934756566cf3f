"""A scene as one file: a .3tz archive (3D Tiles Archive 1.3), packed and unpacked.

A ZIP whose last entry `@3dtilesIndex1@` lists every other one: the MD5 of its name (16 bytes) and
the place of its local header (u64), sorted by the MD5 as two little-endian u64. What has a .gz
beside it in the folder is one deflated entry here, with the very bytes of that .gz, so a server can
hand them on; the rest is stored as it is.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from citiverse_tiling.errors import OutputError, SceneError
from citiverse_tiling.sinks.contents import GZIP_LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from zipfile import ZipInfo

SUFFIX = ".3tz"
INDEX = "@3dtilesIndex1@"
NAME = re.compile(r"[a-z0-9][a-z0-9.-]*(?:/[a-z0-9][a-z0-9.-]*){0,4}", re.ASCII)
MOST_ENTRIES = 10_000_000
LARGEST_BYTES = 1 << 40
_CHUNK = 1 << 20
_LIMIT = 0xFFFF_FFFF
_DATE = 0x21  # 1 January 1980, the first that a ZIP can hold
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_END = struct.Struct("<4s4H2IH")
_GZIP_HEADER, _GZIP_TRAILER = 10, 8


def pack(scene: Path, archive: Path) -> int:
    """Write a scene folder as an archive; its bytes. The same folder gives the same bytes.

    OutputError where it can't be written, SceneError where the folder is no scene.
    """
    if not (scene / "scene.json").is_file():
        raise SceneError("this folder is no scene: it has no scene.json", scene)
    partial = archive.with_name(f"{archive.name}.partial")
    names = sorted(
        path.relative_to(scene).as_posix() for path in scene.rglob("*") if path.is_file()
    )
    try:
        with partial.open("wb") as file:
            size = _write(file, scene, names)
        partial.replace(archive)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(
            f"the archive can't be written ({error.strerror})",
            archive,
            remedy="choose a place that you may write to, with room on the disk",
        ) from error
    return size


def _write(file: BinaryIO, scene: Path, names: list[str]) -> int:
    there = set(names)
    directory: list[bytes] = []
    index: list[tuple[int, int, bytes]] = []
    for name in names:
        if name.endswith(".gz") and name.removesuffix(".gz") in there:
            continue
        offset = file.tell()
        digest = hashlib.md5(name.encode(), usedforsecurity=False).digest()
        low, high = struct.unpack("<2Q", digest)
        index.append((low, high, digest + struct.pack("<Q", offset)))
        packed = _deflated(scene / f"{name}.gz") if f"{name}.gz" in there else None
        if packed is None:
            directory.append(_store_file(file, name, scene / name))
        else:
            body, crc, size = packed
            directory.append(_store(file, name, body, (ZIP_DEFLATED, crc, len(body), size)))
    listing = b"".join(entry for _, _, entry in sorted(index))
    entry = (ZIP_STORED, zlib.crc32(listing), len(listing), len(listing))
    directory.append(_store(file, INDEX, listing, entry))
    _write_directory(file, directory)
    return file.tell()


def _deflated(path: Path) -> tuple[bytes, int, int] | None:
    """The deflate stream of a plain gzip file, CRC-32 and size; None where it isn't plain."""
    data = path.read_bytes()
    if len(data) < _GZIP_HEADER + _GZIP_TRAILER or data[:4] != b"\x1f\x8b\x08\x00":
        return None
    crc, size = struct.unpack("<II", data[-_GZIP_TRAILER:])
    return data[_GZIP_HEADER:-_GZIP_TRAILER], crc, size


Entry = tuple[int, int, int, int]
"""Method, CRC-32, packed size and size."""


def _store(file: BinaryIO, name: str, body: bytes, entry: Entry) -> bytes:
    """Write an entry; its record in the central directory."""
    record = _header(file, name, entry)
    file.write(body)
    return record


def _store_file(file: BinaryIO, name: str, path: Path) -> bytes:
    """Write a file as it is, without holding it in memory."""
    crc, size = 0, path.stat().st_size
    if size >= _LIMIT:
        raise OutputError("a file of 4 GiB or more has no place in an archive", path)
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK):
            crc = zlib.crc32(chunk, crc)
        record = _header(file, name, (ZIP_STORED, crc, size, size))
        source.seek(0)
        while chunk := source.read(_CHUNK):
            file.write(chunk)
    return record


def _header(file: BinaryIO, name: str, entry: Entry) -> bytes:
    """Write a local header; the record of the central directory that goes with it."""
    method, crc, packed, size = entry
    offset, raw = file.tell(), name.encode("ascii")
    common = (0, method, 0, _DATE, crc, packed, size, len(raw))
    file.write(_LOCAL.pack(b"PK\x03\x04", 20, *common, 0) + raw)
    extra = b"" if offset < _LIMIT else struct.pack("<2HQ", 1, 8, offset)
    version = 45 if extra else 20
    at = min(offset, _LIMIT)
    record = _CENTRAL.pack(b"PK\x01\x02", version, version, *common, len(extra), 0, 0, 0, 0, at)
    return record + raw + extra


def _write_directory(file: BinaryIO, directory: list[bytes]) -> None:
    start, count = file.tell(), len(directory)
    file.write(b"".join(directory))
    end = file.tell()
    size = end - start
    if count > 0xFFFE or end > _LIMIT:
        record = (44, 45, 45, 0, 0, count, count, size, start)
        file.write(_END64.pack(b"PK\x06\x06", *record))
        file.write(_LOCATOR.pack(b"PK\x06\x07", 0, end, 1))
    short = min(count, 0xFFFF)
    last = (0, 0, short, short, min(size, _LIMIT), min(start, _LIMIT), 0)
    file.write(_END.pack(b"PK\x05\x06", *last))


def unpack(archive: Path, folder: Path) -> None:
    """Write the scene folder that an archive holds. SceneError where it isn't a sound one."""
    try:
        with ZipFile(archive) as opened:
            entries = _checked(archive, opened)
            for entry in entries:
                _extract(opened, entry, folder)
    except (BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise SceneError(f"the archive is broken ({error})", archive) from error


def _checked(archive: Path, opened: ZipFile) -> list[ZipInfo]:
    """All entries but the index, after holding them against the index and each other."""
    found = opened.infolist()
    if not found or found[-1].filename != INDEX:
        raise SceneError(f"its last entry isn't {INDEX}", archive, remedy="it is no .3tz")
    *entries, last = found
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > LARGEST_BYTES:
        raise SceneError("the archive is larger than any scene", archive)
    for problem in _faults(entries, last):
        raise SceneError(problem, archive)
    lines = sorted(_index_lines(entries))
    if last.file_size != 24 * len(lines):
        raise SceneError("its index is of another size than its entries", archive)
    if opened.read(last) != b"".join(line for _, _, line in lines):
        raise SceneError("its index isn't that of its entries", archive)
    return entries


def _faults(entries: list[ZipInfo], last: ZipInfo) -> Iterator[str]:
    seen: set[str] = set()
    end = 0
    for entry in sorted((*entries, last), key=lambda one: one.header_offset):
        name = entry.filename
        if entry is not last and not NAME.fullmatch(name):
            yield f"{name[:80]!r} can't be a file of a scene"
        if name in seen:
            yield f"{name} stands in it twice"
        seen.add(name)
        if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or entry.flag_bits & 0x1:
            yield f"{name} is packed in a way that isn't read here"
        # Deflate can't shrink more than 1032 times (zlib's own limit).
        if entry.file_size > 1100 * entry.compress_size + 64:
            yield f"{name} claims to be larger than it can be"
        if entry.header_offset < end:
            yield f"{name} overlaps with another entry"
        end = entry.header_offset + _LOCAL.size + len(name) + entry.compress_size


def _index_lines(entries: list[ZipInfo]) -> Iterator[tuple[int, int, bytes]]:
    for entry in entries:
        digest = hashlib.md5(entry.filename.encode(), usedforsecurity=False).digest()
        low, high = struct.unpack("<2Q", digest)
        yield low, high, digest + struct.pack("<Q", entry.header_offset)


def _extract(opened: ZipFile, entry: ZipInfo, folder: Path) -> None:
    """Write one entry, and the .gz that it was where it is deflated."""
    path = folder / entry.filename
    path.parent.mkdir(parents=True, exist_ok=True)
    with opened.open(entry) as source, path.open("wb") as target:
        while chunk := source.read(_CHUNK):
            target.write(chunk)
    if entry.compress_type == ZIP_DEFLATED:
        trailer = struct.pack("<II", entry.CRC, entry.file_size & _LIMIT)
        packed = (
            gzip.compress(b"", GZIP_LEVEL, mtime=0)[:_GZIP_HEADER] + _raw(opened, entry) + trailer
        )
        path.with_name(f"{path.name}.gz").write_bytes(packed)


def _raw(opened: ZipFile, entry: ZipInfo) -> bytes:
    """The packed bytes of an entry, whose local header was read before."""
    file = opened.fp
    if file is None:
        raise BadZipFile("it was closed")
    file.seek(entry.header_offset)
    header = _LOCAL.unpack(file.read(_LOCAL.size))
    file.seek(header[-2] + header[-1], 1)
    return file.read(entry.compress_size)
