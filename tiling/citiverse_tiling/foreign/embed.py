"""Foreign content as one file each: what it names besides is put into it.

The JSON of others is handed on with all that we don't know; so it stays a plain dict here.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import msgspec

from citiverse_tiling.errors import InputError
from citiverse_tiling.foreign.batched import MOST_INNER, MOST_NESTED
from citiverse_tiling.foreign.content import glb_chunks
from citiverse_tiling.foreign.draco import EXTENSION as DRACO

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.foreign.files import Files

_HEADERS = {b"b3dm": 28, b"i3dm": 32}
_FORMAT_OFFSET = 28
"""Where an i3dm says whether its model is in it, or only the URI of that."""

_SHOWN = frozenset(
    {
        "EXT_materials_bump",
        "EXT_mesh_features",
        "EXT_mesh_gpu_instancing",
        "EXT_structural_metadata",
        "EXT_texture_webp",
        "KHR_lights_punctual",
        "KHR_materials_clearcoat",
        "KHR_materials_emissive_strength",
        "KHR_materials_ior",
        "KHR_materials_iridescence",
        "KHR_materials_sheen",
        "KHR_materials_specular",
        "KHR_materials_transmission",
        "KHR_materials_unlit",
        "KHR_materials_volume",
        "KHR_mesh_quantization",
        "KHR_texture_transform",
    }
)
"""Extensions of glTF that the viewer in the browser can show without a decoder of its own."""


def suffix_of(data: bytes) -> str:
    """The ending of a file's name by what is in it."""
    return f".{data[:4].decode()}" if data[:4] in (b"b3dm", b"i3dm", b"pnts", b"cmpt") else ".glb"


def self_contained(path: Path, data: bytes, files: Files, depth: int = 0) -> bytes:
    """The content with all its buffers and images inside of it.

    Raises InputError where it is broken, or needs an extension that no viewer of ours has.
    """
    magic = data[:4]
    if magic == b"cmpt":
        return _composite(path, data, files, depth)
    if magic in _HEADERS:
        return _batched(path, data, files)
    if magic == b"pnts":
        if b"3DTILES_draco_point_compression" in data[:65_536]:
            raise _needs("3DTILES_draco_point_compression", path)
        return data
    return _gltf(path, data, files)


def _needs(extension: str, path: Path) -> InputError:
    remedy = "have the tileset made without it"
    if extension == DRACO:
        remedy = f"pip install 'citiverse[draco]', or {remedy}"
    return InputError(
        f"it needs the extension {extension}, which can't be shown here", path, remedy=remedy
    )


def _composite(path: Path, data: bytes, files: Files, depth: int) -> bytes:
    if len(data) < 16 or depth > MOST_NESTED:
        raise InputError("the composite is cut short, or nested too deeply", path)
    count = struct.unpack_from("<I", data, 12)[0]
    if count > MOST_INNER:
        raise InputError(f"the composite has more than {MOST_INNER:,} parts", path)
    parts = []
    at = 16
    for _ in range(count):
        length = struct.unpack_from("<I", data, at + 8)[0] if at + 12 <= len(data) else 0
        if length < 12 or at + length > len(data):
            raise InputError("the composite is cut short", path)
        parts.append(self_contained(path, data[at : at + length], files, depth + 1))
        at += length
    body = b"".join(parts)
    return struct.pack("<4sIII", b"cmpt", 1, 16 + len(body), count) + body


def _batched(path: Path, data: bytes, files: Files) -> bytes:
    size = _HEADERS[data[:4]]
    if len(data) < size:
        raise InputError("its header is cut short", path)
    start = size + sum(struct.unpack_from("<4I", data, 12))
    if start > len(data):
        raise InputError("its tables are longer than the file", path)
    head, inner = bytearray(data[:start]), data[start:]
    if data[:4] == b"i3dm" and struct.unpack_from("<I", data, _FORMAT_OFFSET)[0] == 0:
        uri = inner.rstrip(b"\0 ").decode("utf-8", "replace")
        model = files.path_of(path, uri)
        found = files.read(model)
        if found is None:
            raise InputError(f"it names the model {uri[:80]!r}, which isn't there", path)
        inner = _gltf(model, found, files)
        struct.pack_into("<I", head, _FORMAT_OFFSET, 1)
    else:
        inner = _gltf(path, inner, files)
    inner += bytes(-(len(head) + len(inner)) % 8)
    struct.pack_into("<I", head, 8, len(head) + len(inner))
    return bytes(head) + inner


def _gltf(path: Path, data: bytes, files: Files) -> bytes:
    is_binary = data[:4] == b"glTF"
    if is_binary and len(data) >= 8 and struct.unpack_from("<I", data, 4)[0] != 2:
        raise InputError("it is glTF 1.0, which can't be shown any more", path)
    text, binary = glb_chunks(path, data) if is_binary else (data, b"")
    try:
        document = msgspec.json.decode(text, type=dict[str, Any])
        for extension in sorted(set(document.get("extensionsRequired", [])) - _SHOWN):
            raise _needs(extension, path)
        if is_binary and not _names_files(document):
            return data
        return _packed(path, document, binary, files)
    except (ValueError, RecursionError, TypeError, LookupError, AttributeError) as error:
        raise InputError(f"its glTF can't be read ({error})", path) from None


def _names_files(document: dict[str, Any]) -> bool:
    parts = [*document.get("buffers", []), *document.get("images", [])]
    return any("uri" in part for part in parts)


def _packed(path: Path, document: dict[str, Any], binary: bytes, files: Files) -> bytes:
    """A GLB of one buffer, in which all buffers and images lie."""
    whole = bytearray()
    starts = []
    for buffer in document.get("buffers", []):
        found = files.read_uri(path, buffer["uri"]) if "uri" in buffer else binary
        if found is None:
            raise InputError(f"its buffer {str(buffer['uri'])[:80]!r} isn't there", path)
        starts.append(len(whole))
        whole += found + bytes(-len(found) % 8)
    views = document.setdefault("bufferViews", [])
    for view in views:
        view["byteOffset"] = view.get("byteOffset", 0) + starts[view["buffer"]]
        view["buffer"] = 0
    for image in document.get("images", []):
        if "uri" not in image:
            continue
        found = files.read_uri(path, image["uri"])
        if found is None:
            raise InputError(f"its image {str(image['uri'])[:80]!r} isn't there", path)
        del image["uri"]
        image["bufferView"] = len(views)
        image.setdefault("mimeType", "image/png" if found[:4] == b"\x89PNG" else "image/jpeg")
        views.append({"buffer": 0, "byteOffset": len(whole), "byteLength": len(found)})
        whole += found + bytes(-len(found) % 8)
    if not views:
        del document["bufferViews"]
    if whole:
        document["buffers"] = [{"byteLength": len(whole)}]
    text = msgspec.json.encode(document)
    text += b" " * (-(20 + len(text)) % 8 + 4 if whole else -len(text) % 4)
    total = 20 + len(text) + (8 + len(whole) if whole else 0)
    chunk = struct.pack("<4sIII4s", b"glTF", 2, total, len(text), b"JSON") + text
    return chunk + struct.pack("<I4s", len(whole), b"BIN\0") + whole if whole else chunk
