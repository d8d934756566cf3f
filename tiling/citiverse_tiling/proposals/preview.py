"""How a proposal looks, as one small GLB: plain colours, a node for each storey and its parts."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np

from citiverse_tiling.content import gltf_document as gltf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.model import Float64Array, Int64Array

MOST_TRIANGLES = 1_000_000
_ROUGH = 0.9

Colour: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Part:
    """Triangles (T, 3, 3) of one colour (linear) in one storey, shell or interior."""

    storey: str
    part: str
    colour: Colour
    corners: Float64Array


class Extras(msgspec.Struct, frozen=True):
    """What a node says of itself."""

    storey: str
    part: str


def parts_of(
    corners: Float64Array,
    owners: Int64Array,
    colours: Float64Array,
    who: Sequence[tuple[str, str]],
) -> tuple[Part, ...]:
    """Triangles (T, 3, 3) with colours (T, 4) by where their owners belong: storey and part."""
    places = sorted(set(who))
    number = {place: at for at, place in enumerate(places)}
    of_owner = np.array([number[place] for place in who])
    steps = np.rint(colours * 255).astype(np.int64)
    key = of_owner[owners]
    for channel in range(4):
        key = key << 8 | steps[:, channel]
    kinds, kind = np.unique(key, return_inverse=True)
    order = np.argsort(kind, kind="stable")
    ends = np.searchsorted(kind[order], np.arange(len(kinds) + 1))
    found = []
    for at in range(len(kinds)):
        rows = order[ends[at] : ends[at + 1]]
        storey, part = places[int(kinds[at]) >> 32]
        red, green, blue, alpha = (steps[rows[0]] / 255).tolist()
        found.append(Part(storey, part, (red, green, blue, alpha), corners[rows]))
    return tuple(found)


def encode(parts: Sequence[Part]) -> tuple[bytes, int]:
    """The GLB (y up), and how many triangles were too many: those of the last parts."""
    kept: list[tuple[Part, Float64Array]] = []
    left, dropped = MOST_TRIANGLES, 0
    for part in sorted(parts, key=lambda one: one.part != "shell"):
        some = part.corners[:left]
        left -= len(some)
        dropped += len(part.corners) - len(some)
        if len(some):
            kept.append((part, some))
    kept.sort(key=lambda one: (one[0].storey, one[0].part))
    return _glb(kept), dropped


def _glb(parts: Sequence[tuple[Part, Float64Array]]) -> bytes:
    colours = sorted({part.colour for part, _ in parts})
    nodes: dict[tuple[str, str], list[dict[str, object]]] = {}
    views: list[dict[str, int]] = []
    accessors: list[dict[str, object]] = []
    pieces: list[bytes] = []
    start = 0
    for part, corners in parts:
        # (x, y, z) of the frame is (x, z, −y) of glTF.
        points = corners.reshape(-1, 3)[:, [0, 2, 1]] * (1.0, 1.0, -1.0)
        data = points.astype("<f4")
        pieces.append(data.tobytes())
        views.append(
            {
                "buffer": 0,
                "byteOffset": start,
                "byteLength": data.nbytes,
                "target": gltf.ARRAY_BUFFER,
            }
        )
        accessors.append(
            {
                "bufferView": len(views) - 1,
                "componentType": gltf.FLOAT,
                "count": len(data),
                "type": "VEC3",
                "min": data.min(axis=0).tolist(),
                "max": data.max(axis=0).tolist(),
            }
        )
        start += data.nbytes
        nodes.setdefault((part.storey, part.part), []).append(
            {
                "attributes": {"POSITION": len(accessors) - 1},
                "material": colours.index(part.colour),
            }
        )
    document = {
        "asset": {"version": "2.0", "generator": "citiverse"},
        "scene": 0,
        "scenes": [{"nodes": list(range(len(nodes)))}],
        "nodes": [
            {"mesh": at, "extras": Extras(storey, part)} for at, (storey, part) in enumerate(nodes)
        ],
        "meshes": [{"primitives": primitives} for primitives in nodes.values()],
        "materials": [_material(colour) for colour in colours],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": start}],
    }
    return _packed(msgspec.json.encode(document), b"".join(pieces))


def _material(colour: Colour) -> dict[str, object]:
    plain = {
        "baseColorFactor": colour,
        "metallicFactor": 0.0,
        "roughnessFactor": _ROUGH,
    }
    clear = {"alphaMode": "BLEND"} if colour[3] < 1 else {}
    return {"pbrMetallicRoughness": plain, "doubleSided": True, **clear}


def _packed(document: bytes, binary: bytes) -> bytes:
    """glTF 2.0, 4.4: both chunks are filled up to four bytes."""
    document += b" " * (-len(document) % 4)
    binary += bytes(-len(binary) % 4)
    total = 12 + 8 + len(document) + 8 + len(binary)
    return b"".join(
        (
            struct.pack("<4sII", b"glTF", 2, total),
            struct.pack("<I4s", len(document), b"JSON"),
            document,
            struct.pack("<I4s", len(binary), b"BIN\x00"),
            binary,
        )
    )
