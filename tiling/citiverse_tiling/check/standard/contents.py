"""Tile content of any kind, told apart by how it begins (3D Tiles 1.1, chapter 10)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import msgspec

from citiverse_tiling.check.standard.gltf import check_glb, check_gltf

if TYPE_CHECKING:
    from collections.abc import Callable

    from citiverse_tiling.check.standard.report import Reader

    CheckTileset = Callable[[Reader, str, bytes], set[str]]

# Sizes of the header; 3D Tiles 1.0, "Tile Format Specifications".
_BATCHED = {b"b3dm": 28, b"i3dm": 32, b"pnts": 28}
_MOST_INNER = 1_000


def is_gltf(data: bytes) -> bool:
    """Whether content is glTF, binary or as JSON."""
    return data.startswith(b"glTF") or ("asset" in (keys := _keys(data)) and "root" not in keys)


def check_content(reader: Reader, name: str, data: bytes, check_tileset: CheckTileset) -> set[str]:
    """Check content by its kind; the tileset extensions that were found in an inner tileset."""
    magic = data[:4]
    if magic == b"glTF":
        check_glb(reader, name, data)
    elif magic in _BATCHED or magic == b"cmpt":
        check_legacy(reader, name, data)
    elif magic == b"PK\x03\x04":
        reader.report.not_checked(f"{name}: an archive inside of a tileset")
    elif data.lstrip()[:1] == b"{":
        keys = _keys(data)
        if "root" in keys or ("geometricError" in keys):
            return check_tileset(reader, name, data)
        if "asset" in keys:
            check_gltf(reader, name, data)
        elif "type" in keys:
            reader.report.not_checked(f"{name}: GeoJSON as content")
        else:
            return check_tileset(reader, name, data)
    else:
        reader.report.bad(name, "it is no tile content of a known kind", "glTF or a tileset")
    return set()


def _keys(data: bytes) -> set[str]:
    """Keys of a JSON object; none where it isn't one."""
    try:
        return set(msgspec.json.decode(data, type=dict[str, msgspec.Raw]))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return set()


def check_legacy(reader: Reader, name: str, data: bytes) -> None:
    """Content of 3D Tiles 1.0: header, tables' lengths, alignment, and the glTF inside."""
    report = reader.report
    magic = data[:4]
    if len(data) < 16:
        report.bad(name, "it is too short", "a header")
        return
    version, length = struct.unpack_from("<II", data, 4)
    if version != 1 or length != len(data) or length % 8:
        report.bad(name, f"version {version}, length {length} of {len(data)} bytes", "1, aligned")
        return
    if magic == b"cmpt":
        _check_composite(reader, name, data)
        return
    at = _check_tables(reader, name, data, _BATCHED[magic])
    if at is None:
        return
    report.not_checked(f"values of {magic.decode()} tables")
    if magic != b"pnts":
        _check_inner_gltf(reader, name, data, at)


def _check_tables(reader: Reader, name: str, data: bytes, size: int) -> int | None:
    """Feature table and batch table, each JSON and binary; where they end, None after a finding."""
    if len(data) < size:
        reader.report.bad(name, "it is too short", f"a header of {size} bytes")
        return None
    at = size
    for number, length in enumerate(struct.unpack_from("<4I", data, 12)):
        start, at, is_json = at, at + length, number % 2 == 0 and length > 0
        if at > len(data):
            reader.report.bad(name, "its tables are longer than the file", "inside of it")
            return None
        if is_json and at % 8:
            reader.report.bad(name, "a table doesn't end at a multiple of 8 bytes", "aligned")
            return None
        if is_json and not _is_json(data[start:at]):
            reader.report.bad(name, "the JSON of a table can't be read", "JSON")
            return None
    return at


def _check_inner_gltf(reader: Reader, name: str, data: bytes, at: int) -> None:
    report = reader.report
    if at % 8:
        report.bad(name, "its glTF doesn't begin at a multiple of 8 bytes", "an aligned glTF")
    elif data[:4] == b"i3dm" and struct.unpack_from("<I", data, 28)[0] == 0:
        report.not_checked(f"{name}: a model by its URI")
    elif data[at : at + 4] == b"glTF" and at + 12 <= len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        check_glb(reader, name, data[at : at + length])
    else:
        report.bad(name, "there is no glTF in it", "a GLB")


def _is_json(data: bytes) -> bool:
    try:
        msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _check_composite(reader: Reader, name: str, data: bytes) -> None:
    count = struct.unpack_from("<I", data, 12)[0]
    at = 16
    for number in range(min(count, _MOST_INNER)):
        if at + 12 > len(data):
            reader.report.bad(name, f"it holds {number} tiles", f"{count}")
            return
        length = struct.unpack_from("<I", data, at + 8)[0]
        inner = data[at : at + length]
        if length < 12 or len(inner) < length or inner[:4] not in _BATCHED:
            reader.report.bad(name, f"tile {number} in it is broken", "b3dm, i3dm or pnts")
            return
        check_legacy(reader, f"{name}, tile {number}", inner)
        at += length
