"""What a scene shows at a place, read by pygltflib and Pillow as a stranger would."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import meshopt
import numpy as np
import pygltflib
from PIL import Image
from pyproj import Transformer

from tiling.scenes import tiles

if TYPE_CHECKING:
    from pathlib import Path

_TYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


@dataclass(frozen=True)
class Drawn:
    """One primitive: material, positions (V, 3) in a CRS, triangles, and its picture if any."""

    layer: str
    material: str
    positions: np.ndarray
    triangles: np.ndarray
    places: np.ndarray | None
    picture: np.ndarray | None

    def under(self, x: float, y: float) -> tuple[int, np.ndarray] | None:
        """A triangle over or under a place, and the weights of its corners there."""
        corners = self.positions[self.triangles][..., :2]
        a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
        area = _cross(b - a, c - a)
        point = np.array([x, y])
        with np.errstate(all="ignore"):
            weights = (
                np.stack(
                    [
                        _cross(b - point, c - point),
                        _cross(c - point, a - point),
                        _cross(a - point, b - point),
                    ],
                    axis=1,
                )
                / area[:, None]
            )
        hits = np.flatnonzero((weights >= -1e-6).all(axis=1) & (np.abs(area) > 1e-6))
        return (int(hits[0]), weights[hits[0]]) if len(hits) else None


def _cross(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    result: np.ndarray = one[..., 0] * two[..., 1] - one[..., 1] * two[..., 0]
    return result


def drawn(scene: Path, layer: str, crs: str) -> list[Drawn]:
    """All primitives of a layer's leaves, in a CRS, with ellipsoidal heights."""
    to_degrees = Transformer.from_crs(4978, 4979, always_xy=True)
    to_crs = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    found = []
    for tile in tiles(scene, layer):
        if not tile.leaf:
            continue
        document = pygltflib.GLTF2().load_binary(str(tile.content))
        blob = document.binary_blob()
        scale = np.array(document.nodes[0].scale or [1, 1, 1])
        for primitive in document.meshes[0].primitives:
            positions = _read(document, blob, primitive.attributes.POSITION) * scale
            lon, lat, height = to_degrees.transform(*tile.to_ecef(positions).T)
            x, y = to_crs.transform(lon, lat)
            places = picture = None
            material = document.materials[primitive.material]
            texture = material.pbrMetallicRoughness.baseColorTexture
            if texture is not None:
                places = _read(document, blob, primitive.attributes.TEXCOORD_0)
                picture = _picture(document, blob, texture.index)
            triangles = _read(document, blob, primitive.indices).astype(np.int64).reshape(-1, 3)
            found.append(
                Drawn(
                    layer,
                    material.name,
                    np.column_stack([x, y, height]),
                    triangles,
                    places,
                    picture,
                )
            )
    return found


def height_at(things: list[Drawn], x: float, y: float) -> float:
    """The greatest height at a place; NaN where nothing is there."""
    heights = [np.nan]
    for thing in things:
        if (hit := thing.under(x, y)) is not None:
            heights.append(float(thing.positions[thing.triangles[hit[0]], 2] @ hit[1]))
    return float(np.nanmax(heights)) if len(heights) > 1 else np.nan


def colour_at(things: list[Drawn], x: float, y: float) -> np.ndarray | None:
    """The colour of the picture at a place, sRGB; None where nothing with a picture is there."""
    for thing in things:
        if thing.places is None or thing.picture is None:
            continue
        if (hit := thing.under(x, y)) is not None:
            u, v = thing.places[thing.triangles[hit[0]]].T @ hit[1]
            rows, columns, _ = thing.picture.shape
            seen: np.ndarray = thing.picture[min(int(v * rows), rows - 1)]
            return np.asarray(seen[min(int(u * columns), columns - 1)])
    return None


def _picture(document: Any, blob: bytes, texture: int) -> np.ndarray:
    used = document.textures[texture]
    webp = (used.extensions or {}).get("EXT_texture_webp")
    image = document.images[webp["source"] if webp else used.source]
    view = document.bufferViews[image.bufferView]
    data = blob[view.byteOffset or 0 :][: view.byteLength]
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def _read(document: Any, blob: bytes, number: int) -> np.ndarray:
    accessor = document.accessors[number]
    view = document.bufferViews[accessor.bufferView]
    kind, width = np.dtype(_TYPES[accessor.componentType]), _WIDTHS[accessor.type]
    stride = view.byteStride or kind.itemsize * width
    start = (view.byteOffset or 0) + (accessor.byteOffset or 0)
    packed = (view.extensions or {}).get("EXT_meshopt_compression")
    if packed:
        begin, row = packed.get("byteOffset", 0), packed["byteStride"]
        data = blob[begin : begin + packed["byteLength"]]
        decode = meshopt.decode_gltf_buffer
        blob = decode(data, packed["count"], row, packed["mode"], packed.get("filter")).tobytes()
        start = accessor.byteOffset or 0
    rows = np.lib.stride_tricks.as_strided(
        np.frombuffer(blob, np.uint8)[start:],
        (accessor.count, kind.itemsize * width),
        (stride, 1),
    )
    values = np.ascontiguousarray(rows).view(kind).astype(np.float64)
    return values / np.iinfo(kind).max if accessor.normalized else values
