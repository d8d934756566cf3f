"""Tilesets as others make them: small, by hand, and placed anywhere on the globe."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from citiverse_tiling.frame import SceneFrame

if TYPE_CHECKING:
    from pathlib import Path

RED = (0.8, 0.0, 0.0, 1.0)
CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float64)
FACES = (
    ((0, 1, 3, 2), (-1, 0, 0)),
    ((4, 6, 7, 5), (1, 0, 0)),
    ((0, 4, 5, 1), (0, -1, 0)),
    ((2, 3, 7, 6), (0, 1, 0)),
    ((0, 2, 6, 4), (0, 0, -1)),
    ((1, 5, 7, 3), (0, 0, 1)),
)
"""Corners of a cube's sides, seen from outside, and where they look; z up."""


@dataclass(frozen=True)
class House:
    """A box: its low corner and size, metres, z up, in the frame of its tile."""

    corner: tuple[float, float, float]
    size: tuple[float, float, float]


@dataclass(frozen=True)
class Look:
    """How the houses of a GLB look, and how their features are told."""

    colour: tuple[float, float, float, float] = RED
    image: bytes | None = None
    unlit: bool = False
    batched: bool = False
    extensions_required: tuple[str, ...] = ()


def png(colour: tuple[int, int, int]) -> bytes:
    """A picture of one colour."""
    made = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(made, "PNG")
    return made.getvalue()


def glb(houses: list[House], look: Look | None = None, copyright_notice: str = "") -> bytes:
    """A GLB with a box for each house, y up as glTF has it; `_BATCHID` counts them."""
    look = look or Look()
    points: list[Any] = []
    normals: list[Any] = []
    places: list[Any] = []
    ids: list[int] = []
    triangles: list[int] = []
    for number, house in enumerate(houses):
        corners = CUBE * house.size + house.corner
        for side, normal in FACES:
            first = len(points)
            points += corners[list(side)].tolist()
            normals += [normal] * 4
            places += [(0, 0), (1, 0), (1, 1), (0, 1)]
            ids += [number] * 4
            triangles += [first, first + 1, first + 2, first, first + 2, first + 3]
    arrays: dict[str, tuple[np.ndarray, str]] = {
        "POSITION": (_y_up(points), "VEC3"),
        "NORMAL": (_y_up(normals), "VEC3"),
        "TEXCOORD_0": (np.array(places, "<f4"), "VEC2"),
    }
    if look.batched:
        arrays["_BATCHID"] = (np.array(ids, "<f4"), "SCALAR")
    arrays["indices"] = (np.array(triangles, "<u2"), "SCALAR")
    return _pack(arrays, look, copyright_notice)


def _y_up(points: list[Any]) -> np.ndarray:
    x, y, z = np.array(points, np.float64).T
    return np.column_stack([x, z, -y]).astype("<f4")


def _pack(arrays: dict[str, tuple[np.ndarray, str]], look: Look, notice: str) -> bytes:
    binary, views, accessors = b"", [], []
    for values, kind in arrays.values():
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": values.nbytes})
        accessor = {
            "bufferView": len(views) - 1,
            "componentType": {"f": 5126, "u": 5123}[values.dtype.kind],
            "count": len(values),
            "type": kind,
        }
        if kind == "VEC3":
            accessor |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        accessors.append(accessor)
        binary += values.tobytes() + bytes(-values.nbytes % 8)
    names = list(arrays)
    roughness: dict[str, Any] = {"baseColorFactor": look.colour, "metallicFactor": 0}
    document: dict[str, Any] = {
        "asset": {"version": "2.0", **({"copyright": notice} if notice else {})},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "accessors": accessors,
    }
    if look.image is not None:
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(look.image)})
        binary += look.image + bytes(-len(look.image) % 8)
        document["images"] = [{"bufferView": len(views) - 1, "mimeType": "image/png"}]
        document["textures"] = [{"source": 0}]
        roughness = {"baseColorTexture": {"index": 0}, "metallicFactor": 0}
    material: dict[str, Any] = {"pbrMetallicRoughness": roughness}
    used = list(look.extensions_required)
    if look.unlit:
        material["extensions"] = {"KHR_materials_unlit": {}}
        used.append("KHR_materials_unlit")
    primitive = {
        "attributes": {name: at for at, name in enumerate(names) if name != "indices"},
        "indices": names.index("indices"),
        "material": 0,
    }
    document |= {
        "materials": [material],
        "meshes": [{"primitives": [primitive]}],
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    }
    if used:
        document["extensionsUsed"] = used
    if look.extensions_required:
        document["extensionsRequired"] = list(look.extensions_required)
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 8 + 4)  # so that the buffer begins at a multiple of 8
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(binary))
    chunk = struct.pack("<I4s", len(text), b"JSON") + text
    return head + chunk + struct.pack("<I4s", len(binary), b"BIN\0") + binary


def b3dm(
    inner: bytes,
    columns: dict[str, list[Any]],
    centre: tuple[float, float, float] | None = None,
) -> bytes:
    """A batched model (3D Tiles 1.0) around a GLB, with its batch table."""
    count = len(next(iter(columns.values()))) if columns else 0
    table: dict[str, Any] = {"BATCH_LENGTH": count}
    if centre:
        table["RTC_CENTER"] = centre
    parts = (_padded(table, 28), b"", _padded(columns, 0) if columns else b"")
    inner += bytes(-len(inner) % 8)
    body = b"".join(parts) + inner
    lengths = (len(parts[0]), 0, len(parts[2]), 0)
    return struct.pack("<4sII4I", b"b3dm", 1, 28 + len(body), *lengths) + body


def pnts(points: np.ndarray, colour: tuple[int, int, int]) -> bytes:
    """Points (n, 3) of one colour (3D Tiles 1.0), z up."""
    places = points.astype("<f4").tobytes()
    colours = np.tile(np.array(colour, np.uint8), (len(points), 1)).tobytes()
    table = {
        "POINTS_LENGTH": len(points),
        "POSITION": {"byteOffset": 0},
        "RGB": {"byteOffset": len(places)},
    }
    text, binary = _padded(table, 28), places + colours
    binary += bytes(-len(binary) % 8)
    lengths = (len(text), len(binary), 0, 0)
    return (
        struct.pack("<4sII4I", b"pnts", 1, 28 + len(text) + len(binary), *lengths) + text + binary
    )


def i3dm(model: bytes | str, table: dict[str, Any], binary: bytes, batch: Any = None) -> bytes:
    """Copies of a model (3D Tiles 1.0), which is in it or named by its URI."""
    text, columns = _padded(table, 32), _padded(batch, 0) if batch else b""
    binary += bytes(-len(binary) % 8)
    inner = model.encode() if isinstance(model, str) else model
    inner += (b" " if isinstance(model, str) else b"\0") * (-len(inner) % 8)
    lengths = (len(text), len(binary), len(columns), 0, int(not isinstance(model, str)))
    body = text + binary + columns + inner
    return struct.pack("<4sII5I", b"i3dm", 1, 32 + len(body), *lengths) + body


def cmpt(*parts: bytes) -> bytes:
    """A composite of contents."""
    body = b"".join(parts)
    return struct.pack("<4sIII", b"cmpt", 1, 16 + len(body), len(parts)) + body


def _padded(value: dict[str, Any], before: int) -> bytes:
    text = json.dumps(value).encode()
    return text + b" " * (-(before + len(text)) % 8)


def on_globe(lon: float, lat: float, height: float = 0.0) -> list[float]:
    """The transform of a root tile whose frame is east-north-up there."""
    return list(SceneFrame(lon, lat).transform(np.array([0.0, 0.0, height])))


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> dict[str, Any]:
    """A bounding volume."""
    first, last = np.array(low), np.array(high)
    half = np.diag((last - first) / 2).ravel().tolist()
    return {"box": [*((first + last) / 2).tolist(), *half]}


def tileset(root: dict[str, Any], version: str = "1.0", **more: Any) -> dict[str, Any]:
    """The JSON of a tileset."""
    error = root.get("geometricError", 100.0)
    return {"asset": {"version": version}, "geometricError": error, "root": root, **more}


def write(folder: Path, documents: dict[str, dict[str, Any] | bytes]) -> Path:
    """Files by name, JSON where they aren't bytes; the folder's tileset.json."""
    for name, value in documents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return folder / "tileset.json"


AROUND = box((-50.0, -50.0, -5.0), (50.0, 50.0, 40.0))


def town(folder: Path, lon: float, lat: float, look: Look | None = None) -> Path:
    """Two levels that refine by REPLACE: one large house far off, four near, in b3dm."""
    look = look or Look(batched=True)
    near = [House((x, y, 0.0), (10.0, 10.0, 12.0)) for x in (-20.0, 10.0) for y in (-20.0, 10.0)]
    children = []
    documents: dict[str, dict[str, Any] | bytes] = {}
    for number, house in enumerate(near):
        columns: dict[str, list[Any]] = {
            "name": [f"House {number}"],
            "height": [12.5 + number],
            "flat": [number % 2 == 0],
        }
        documents[f"near/{number}.b3dm"] = b3dm(glb([house], look), columns)
        children.append(
            {
                "boundingVolume": AROUND,
                "geometricError": 0.0,
                "content": {"uri": f"near/{number}.b3dm"},
            }
        )
    far = [House((-20.0, -20.0, 0.0), (40.0, 40.0, 12.0))]
    documents["far.b3dm"] = b3dm(glb(far, look), {"name": ["Block"]})
    root = {
        "boundingVolume": AROUND,
        "geometricError": 20.0,
        "refine": "REPLACE",
        "transform": on_globe(lon, lat),
        "content": {"uri": "far.b3dm"},
        "children": children,
    }
    documents["tileset.json"] = tileset(root)
    return write(folder, documents)
