"""The triangles of a foreign glTF, primitive by primitive, with what they look like."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, sin
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.foreign.draco import unpack
from citiverse_tiling.foreign.gltf_document import Material
from citiverse_tiling.foreign.unstreamable import Unstreamable
from citiverse_tiling.foreign.volumes import moved
from citiverse_tiling.model import Wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_tiling.foreign.accessors import Accessors
    from citiverse_tiling.foreign.gltf_document import Node, Primitive, TextureInfo
    from citiverse_tiling.model import Float32Array, Float64Array, Int64Array, UInt8Array

DEEPEST = 64
MOST_NODES = 100_000
MOST_TRIANGLES = 4_000_000
_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_WRAPS = {33071: Wrap.CLAMP, 33648: Wrap.MIRROR, 10497: Wrap.REPEAT}
_SIGNATURES = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/webp": b"RIFF",
}


class Picture(NamedTuple):
    """An image on a surface: the bytes of its file, and how it is used, as in `TileImage`."""

    data: bytes
    mime_type: str
    wrap: Wrap
    alpha_mode: str


@dataclass(frozen=True, slots=True)
class Surface:
    """V vertices and T triangles of one look.

    positions    float64 (V, 3)
    normals      float64 (V, 3), of length 1; None where they tell nothing of the light (unlit)
    triangles    int64 (T, 3)
    colours      uint8 (V, 4): linear red, green and blue, and opacity
    picture      in the place of the colours, at `places`, float32 (V, 2)
    features     int64 (V,): row of the content's features; None where it has none
    """

    positions: Float64Array
    normals: Float64Array | None
    triangles: Int64Array
    colours: UInt8Array
    picture: Picture | None
    places: Float32Array | None
    features: Int64Array | None

    def turned(self, matrix: Float64Array) -> Surface:
        """In another frame, by an affine matrix (4, 4)."""
        triangles = self.triangles
        if np.linalg.det(matrix[:3, :3]) < 0:
            triangles = triangles[:, ::-1]
        normals = self.normals
        if normals is not None:
            normals = _unit(normals @ np.linalg.inv(matrix[:3, :3]))
        return replace(
            self,
            positions=moved(self.positions, matrix),
            normals=normals,
            triangles=triangles,
        )

    def copied(self, places: Float64Array, owners: Int64Array) -> Surface:
        """Once in each of n places (n, 4, 4), each copy a feature of `owners` (n,)."""
        count, size = len(places), len(self.positions)
        moved_by = np.einsum("nij,vj->nvi", places[:, :3, :3], self.positions)
        normals = self.normals
        if normals is not None:
            turned = np.einsum("nji,vj->nvi", np.linalg.inv(places[:, :3, :3]), normals)
            normals = _unit(turned.reshape(-1, 3))
        triangles = self.triangles + (np.arange(count) * size)[:, None, None]
        is_mirrored = np.linalg.det(places[:, :3, :3]) < 0
        triangles[is_mirrored] = triangles[is_mirrored][:, :, ::-1]
        return replace(
            self,
            positions=(moved_by + places[:, None, :3, 3]).reshape(-1, 3),
            normals=normals,
            triangles=triangles.reshape(-1, 3),
            colours=np.tile(self.colours, (count, 1)),
            places=None if self.places is None else np.tile(self.places, (count, 1)),
            features=np.repeat(owners, size),
        )

    def shifted(self, offset: Float64Array) -> Surface:
        """Moved by an offset (3,)."""
        return replace(self, positions=self.positions + offset)


def surfaces_of(accessors: Accessors, starts: list[int]) -> tuple[list[Surface], set[str]]:
    """All surfaces of the document's scene in its own frame, and what of them isn't shown.

    `starts` are the rows at which the features of each property table begin. Raises InputError,
    and Unstreamable where there are lines or points.
    """
    unsaid: set[str] = set()
    surfaces: list[Surface] = []
    triangles = 0
    for node, matrix in _placed(accessors):
        if node.mesh is None:
            continue
        if node.mesh >= len(accessors.document.meshes):
            raise accessors.broken(f"there is no mesh {node.mesh}")
        for primitive in accessors.document.meshes[node.mesh].primitives:
            surface = _surface(primitive, accessors, starts, unsaid)
            if surface is None:
                continue
            triangles += len(surface.triangles)
            if triangles > MOST_TRIANGLES:
                raise accessors.broken(f"it has more than {MOST_TRIANGLES:,} triangles")
            surfaces.append(surface.turned(matrix))
    return surfaces, unsaid


def _placed(accessors: Accessors) -> Iterator[tuple[Node, Float64Array]]:
    """The nodes of the scene, each with its way to the scene's frame."""
    document = accessors.document
    nodes, scenes = document.nodes, document.scenes
    roots = scenes[document.scene].nodes if document.scene < len(scenes) else range(len(nodes))
    waiting = [(number, np.eye(4), 0) for number in roots]
    seen = 0
    while waiting:
        number, above, depth = waiting.pop()
        seen += 1
        if number >= len(nodes) or depth > DEEPEST or seen > MOST_NODES:
            raise accessors.broken("its nodes are too deep, too many, or not there")
        matrix = above @ _matrix(nodes[number])
        with np.errstate(all="ignore"):
            volume = abs(float(np.linalg.det(matrix[:3, :3])))
        if not (np.isfinite(matrix).all() and 1e-18 < volume < 1e18):
            raise accessors.broken(f"node {number} is placed nowhere")
        yield nodes[number], matrix
        waiting += [(child, matrix, depth + 1) for child in nodes[number].children]


def _matrix(node: Node) -> Float64Array:
    if node.matrix is not None:
        return np.array(node.matrix).reshape(4, 4).T
    x, y, z, w = node.rotation
    length = x * x + y * y + z * z + w * w
    scale = 2 / length if length else 0.0
    matrix = np.eye(4)
    matrix[:3, :3] -= scale * np.array(
        [
            [y * y + z * z, z * w - x * y, -x * z - y * w],
            [-x * y - z * w, x * x + z * z, x * w - y * z],
            [y * w - x * z, -y * z - x * w, x * x + y * y],
        ]
    )
    matrix[:3, :3] *= np.array(node.scale)
    matrix[:3, 3] = node.translation
    return matrix


def _surface(
    primitive: Primitive, accessors: Accessors, starts: list[int], unsaid: set[str]
) -> Surface | None:
    if primitive.mode not in (_TRIANGLES, _STRIP, _FAN):
        raise Unstreamable("lines or points")
    if primitive.targets:
        raise Unstreamable("morph targets")
    names = primitive.attributes
    if "POSITION" not in names:
        return None
    if primitive.extensions and primitive.extensions.draco:
        unpack(primitive, primitive.extensions.draco, accessors)
    positions = accessors.floats(names["POSITION"])
    count = len(positions)
    if positions.shape[1] != 3:
        raise accessors.broken("its positions aren't of three numbers")
    triangles = _triangles(primitive, accessors, count)
    if not len(triangles):
        return None
    if int(triangles.max()) >= count:
        raise accessors.broken("a triangle has a corner that isn't there")
    material = _material(primitive, accessors)
    picture, places = _picture(material, names, accessors)
    if places is not None and len(places) != count:
        raise accessors.broken("its attributes differ in length")
    normals = None
    if not (material.extensions and material.extensions.unlit is not None):
        normals = _normals(names, accessors, positions, triangles)
    factor = material.pbr_metallic_roughness.base_color_factor
    if picture and (factor != (1.0, 1.0, 1.0, 1.0) or "COLOR_0" in names):
        unsaid.add("colours that are mixed with an image")
    return Surface(
        positions,
        normals,
        triangles,
        _colours(material, names, accessors, count),
        picture,
        places,
        _features(primitive, accessors, starts, count, unsaid),
    )


def _triangles(primitive: Primitive, accessors: Accessors, count: int) -> Int64Array:
    if primitive.indices is None:
        rows = np.arange(count)
    else:
        rows = accessors.array(primitive.indices)[:, 0].astype(np.int64)
    if primitive.mode == _TRIANGLES:
        return np.asarray(rows[: len(rows) // 3 * 3].reshape(-1, 3))
    if len(rows) < 3:
        return np.zeros((0, 3), np.int64)
    if primitive.mode == _FAN:
        return np.stack([np.full(len(rows) - 2, rows[0]), rows[1:-1], rows[2:]], axis=1)
    strip = np.stack([rows[:-2], rows[1:-1], rows[2:]], axis=1)
    strip[1::2] = strip[1::2, [1, 0, 2]]
    is_flat = (strip == np.roll(strip, 1, axis=1)).any(axis=1)
    return np.asarray(strip[~is_flat])


def _material(primitive: Primitive, accessors: Accessors) -> Material:
    materials = accessors.document.materials
    if primitive.material is None or primitive.material >= len(materials):
        return Material()
    return materials[primitive.material]


def _normals(
    names: dict[str, int], accessors: Accessors, positions: Float64Array, triangles: Int64Array
) -> Float64Array:
    """The file's, or those of the faces around each vertex, the larger ones the more."""
    if "NORMAL" in names:
        given = accessors.floats(names["NORMAL"])
        if given.shape != positions.shape:
            raise accessors.broken("its normals don't fit its positions")
        return _unit(given)
    corners = positions[triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(positions)
    for axis in range(3):
        normals[:, axis] = np.bincount(
            triangles.ravel(), np.repeat(faces[:, axis], 3), minlength=len(positions)
        )
    return _unit(normals)


def _unit(vectors: Float64Array) -> Float64Array:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Float64Array = np.where(lengths > 0, vectors / np.maximum(lengths, 1e-300), (0, 0, 1))
    return result


def _colours(
    material: Material, names: dict[str, int], accessors: Accessors, count: int
) -> UInt8Array:
    factor = np.array(material.pbr_metallic_roughness.base_color_factor)
    colours = np.tile(np.clip(factor, 0, 1), (count, 1))
    if "COLOR_0" in names:
        given = accessors.floats(names["COLOR_0"])
        if len(given) != count or given.shape[1] not in (3, 4):
            raise accessors.broken("its colours don't fit its positions")
        colours[:, : given.shape[1]] *= np.clip(given, 0, 1)
    if material.alpha_mode != "BLEND":
        colours[:, 3] = 1.0
    # Opacity 0 would mean that the palette's colour holds.
    colours[:, 3] = np.maximum(colours[:, 3], 1 / 255)
    return np.asarray(np.rint(colours * 255), np.uint8)


def _picture(
    material: Material, names: dict[str, int], accessors: Accessors
) -> tuple[Picture | None, Float32Array | None]:
    info = material.pbr_metallic_roughness.base_color_texture
    if info is None:
        return None, None
    transform = info.extensions.transform if info.extensions else None
    number = info.tex_coord
    if transform and transform.tex_coord is not None:
        number = transform.tex_coord
    if f"TEXCOORD_{number}" not in names:
        return None, None
    places = accessors.floats(names[f"TEXCOORD_{number}"])
    if places.shape[1] != 2:
        raise accessors.broken("its texture coordinates aren't pairs")
    if transform:
        turn, scale = transform.rotation, np.array(transform.scale)
        matrix = np.array([[cos(turn), sin(turn)], [-sin(turn), cos(turn)]])
        places = (places * scale) @ matrix.T + np.array(transform.offset)
    return _image(info, material.alpha_mode, accessors), places.astype(np.float32)


def _image(info: TextureInfo, alpha_mode: str, accessors: Accessors) -> Picture:
    document = accessors.document
    if info.index >= len(document.textures):
        raise accessors.broken(f"there is no texture {info.index}")
    texture = document.textures[info.index]
    number = texture.image
    if number is None or number >= len(document.images):
        raise accessors.broken(f"texture {info.index} has no image")
    image = document.images[number]
    data: bytes | None = None
    if image.buffer_view is not None:
        data = accessors.view(image.buffer_view)
    elif image.uri is not None:
        data = accessors.files.read_uri(accessors.path, image.uri)
    if data is None:
        raise accessors.broken(f"image {number} isn't there")
    mime_type = next((one for one, begin in _SIGNATURES.items() if data.startswith(begin)), None)
    if mime_type is None:
        raise Unstreamable("images that are neither JPEG, PNG nor WebP")
    wrap = Wrap.REPEAT
    if texture.sampler is not None and texture.sampler < len(document.samplers):
        sampler = document.samplers[texture.sampler]
        wrap = _WRAPS.get(sampler.wrap_s, Wrap.REPEAT)
    return Picture(data, mime_type, wrap, alpha_mode)


def _features(
    primitive: Primitive, accessors: Accessors, starts: list[int], count: int, unsaid: set[str]
) -> Int64Array | None:
    """Rows of features (V,): by EXT_mesh_features, or by the batch ids of a b3dm."""
    names = primitive.attributes
    told = primitive.extensions.features if primitive.extensions else None
    attribute = names.get("_BATCHID", names.get("BATCHID"))
    first = 0
    if told is not None:
        ids = told.feature_ids[0]
        if len(told.feature_ids) > 1:
            unsaid.add("further sets of feature ids")
        if ids.attribute is None:
            unsaid.add("feature ids in images, or of vertices")
            return None
        attribute = names.get(f"_FEATURE_ID_{ids.attribute}")
        if ids.property_table is not None and ids.property_table < len(starts) - 1:
            first = starts[ids.property_table]
    if attribute is None:
        return None
    rows = np.rint(accessors.floats(attribute)[:, 0]).astype(np.int64)
    if len(rows) != count or int(rows.min()) < 0:
        raise accessors.broken("its feature ids don't fit its positions")
    return first + rows
