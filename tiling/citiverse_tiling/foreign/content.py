"""Foreign content → triangles with colours, images and features, in the frame of its tile.

What a tile of ours can't hold is named (`Unstreamable`); such a tileset is shown as it is.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.errors import InputError
from citiverse_tiling.foreign.accessors import Accessors
from citiverse_tiling.foreign.batched import MOST_FEATURES, Values, parts_of, read_batched
from citiverse_tiling.foreign.gltf_document import Document
from citiverse_tiling.foreign.instanced import read_instanced
from citiverse_tiling.foreign.metadata import read_table
from citiverse_tiling.foreign.surface import Surface, surfaces_of
from citiverse_tiling.foreign.unstreamable import Unstreamable

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.foreign.files import Files
    from citiverse_tiling.foreign.instanced import Instanced
    from citiverse_tiling.foreign.tileset import UpAxis

_KNOWN = frozenset(
    {
        "EXT_mesh_features",
        "EXT_structural_metadata",
        "EXT_meshopt_compression",
        "EXT_texture_webp",
        "KHR_materials_unlit",
        "KHR_mesh_quantization",
        "KHR_texture_transform",
        "KHR_draco_mesh_compression",
        "CESIUM_RTC",
    }
)
"""Extensions of glTF that our tiles can say, in their own way."""

MOST_NOTICE = 200

_TO_Z_UP = {
    "Y": np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]),
    "X": np.array([[0.0, 0, -1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]]),
    "Z": np.eye(4),
}
MOST_CORNERS = 3_000_000
"""Of all copies of a model in a content, each of which becomes a body of its own."""


@dataclass(frozen=True, slots=True)
class ForeignContent:
    """Surfaces in the tile's frame, z up, and what is known of n features.

    columns  by name, (n,) each; of b3dm and property tables
    unsaid   what is in the content and isn't shown, in words
    copyright_notice  whom the content names
    """

    surfaces: list[Surface]
    count: int = 0
    columns: dict[str, Values] = field(default_factory=dict)
    unsaid: frozenset[str] = frozenset()
    copyright_notice: str = ""


def read_content(path: Path, data: bytes, up_axis: UpAxis, files: Files) -> list[ForeignContent]:
    """The parts of a content. InputError where it is broken, Unstreamable where it is of a kind
    that our tiles haven't got.
    """
    return [_part(path, part, up_axis, files) for part in parts_of(data, path)]


def _part(path: Path, data: bytes, up_axis: UpAxis, files: Files) -> ForeignContent:
    magic = data[:4]
    if magic == b"pnts":
        raise Unstreamable("points (pnts)")
    if magic == b"i3dm":
        return _copies(read_instanced(data, path, files), up_axis, files)
    if magic == b"b3dm":
        batched = read_batched(data, path)
        content = _gltf(path, batched.glb, up_axis, files)
        surfaces = [one.shifted(np.array(batched.centre)) for one in content.surfaces]
        if not batched.count:
            return replace(content, surfaces=surfaces)
        return replace(content, surfaces=surfaces, count=batched.count, columns=batched.columns)
    if magic == b"glTF" or data.lstrip()[:1] == b"{":
        return _gltf(path, data, up_axis, files)
    raise InputError("it is no tile content of a known kind", path)


def _copies(instanced: Instanced, up_axis: UpAxis, files: Files) -> ForeignContent:
    """A body for each copy of a model."""
    content = _gltf(instanced.model_path, instanced.model, up_axis, files)
    corners = 3 * sum(len(one.triangles) for one in content.surfaces) * len(instanced.places)
    if corners > MOST_CORNERS:
        raise Unstreamable(f"copies of a model with {corners:,} corners in all (i3dm)")
    surfaces = [one.copied(instanced.places, instanced.owners) for one in content.surfaces]
    return replace(
        content,
        surfaces=surfaces if len(instanced.places) else [],
        count=instanced.count,
        columns=instanced.columns,
    )


def _gltf(path: Path, data: bytes, up_axis: UpAxis, files: Files) -> ForeignContent:
    text, binary = glb_chunks(path, data) if data[:4] == b"glTF" else (data, b"")
    if data[:4] == b"glTF" and struct.unpack_from("<I", data, 4)[0] == 1:
        raise Unstreamable("glTF 1.0")
    try:
        document = msgspec.json.decode(text, type=Document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"its glTF can't be read ({error})", path) from None
    for extension in sorted(set(document.extensions_required) - _KNOWN):
        raise Unstreamable(f"the glTF extension {extension}")
    if "EXT_mesh_gpu_instancing" in document.extensions_used:
        raise Unstreamable("the glTF extension EXT_mesh_gpu_instancing")
    if document.animations or any(node.skin is not None for node in document.nodes):
        raise Unstreamable("animations")
    accessors = Accessors(document, binary, path, files)
    extensions = document.extensions
    tables = extensions.metadata.property_tables if extensions and extensions.metadata else []
    starts = list(accumulate((table.count for table in tables), initial=0))
    if starts[-1] > MOST_FEATURES:
        raise Unstreamable(f"{starts[-1]:,} features in one tile")
    surfaces, unsaid = surfaces_of(accessors, starts)
    turn = _TO_Z_UP[up_axis]
    surfaces = [one.turned(turn) for one in surfaces]
    if extensions and extensions.centre:
        surfaces = [one.shifted(np.array(extensions.centre.center)) for one in surfaces]
    columns: dict[str, Values] = {}
    for table, start in zip(tables, starts, strict=False):
        schema = extensions.metadata.schema if extensions and extensions.metadata else None
        for name, values in read_table(table, schema, accessors).items():
            column = columns.setdefault(name, [None] * starts[-1])
            column[start : start + table.count] = values
    known = [int(one.features.max()) + 1 for one in surfaces if one.features is not None]
    count = max([starts[-1], *known])
    if count > MOST_FEATURES:
        raise Unstreamable(f"feature ids up to {count:,}")
    for values in columns.values():
        values += [None] * (count - len(values))
    notice = document.asset.copyright[:MOST_NOTICE]
    return ForeignContent(surfaces, count, columns, frozenset(unsaid), notice)


def glb_chunks(path: Path, data: bytes) -> tuple[bytes, bytes]:
    """JSON and binary chunk of a GLB (glTF 2.0, chapter 4.4). Raises InputError."""
    if len(data) < 20:
        raise InputError("its glTF is cut short", path)
    size = struct.unpack_from("<I", data, 12)[0]
    end = 20 + size
    if end > len(data):
        raise InputError("its glTF is cut short", path)
    if end + 8 > len(data):
        return data[20:end], b""
    (length,) = struct.unpack_from("<I", data, end)
    return data[20:end], data[end + 8 : end + 8 + length]
