"""A mesh file → triangles, by trimesh, which is given nothing but the bytes of that file.

Images are never decoded here. Where the format asks for one it gets a picture of a single dot that
tells which of the names was asked for, so that each material can be traced to its file.
"""

from __future__ import annotations

import io
import json
import logging
import struct
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import numpy as np

from citiverse_tiling.errors import InputError
from citiverse_tiling.model import Appearance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.model import Float32Array, Float64Array, Int32Array

MOST_BYTES = 1 << 30
MOST_TRIANGLES = 4_000_000
MOST_ITEMS = 30_000_000
"""Elements that the accessors of a glTF may claim together."""

_JSON = b"JSON"
_COLOUR_STEPS = 31
"""Colours of vertices are told apart in so many steps a channel."""


@dataclass(frozen=True, slots=True)
class Triangles:
    """T triangles of one part of a mesh, in the coordinates of the file.

    corners      float64 (T, 3, 3)
    places       float32 (T, 3, 2): texture coordinates, v upward; None without images
    appearances  int32 (T,): row of `looks`, −1 for none
    """

    name: str
    corners: Float64Array
    places: Float32Array | None
    appearances: Int32Array
    looks: tuple[Appearance, ...]


@dataclass(slots=True)
class Names:
    """The images that a file names, as paths inside its folder, in the order asked for."""

    folder: Path
    paths: list[str] = field(default_factory=list)

    def inside(self, name: str) -> Path | None:
        """A file in the folder or below it, however its path is written; None for any other."""
        try:
            path = (self.folder / unquote(name).replace("\\", "/")).resolve()
        except (OSError, ValueError):
            return None
        return path if path.is_relative_to(self.folder.resolve()) else None

    def dot(self, path: str) -> bytes:
        """A picture of one dot whose colour is the path's number."""
        from PIL import Image

        if path not in self.paths:
            self.paths.append(path)
        number = self.paths.index(path)
        made = io.BytesIO()
        Image.new("RGB", (1, 1), (number >> 16, number >> 8 & 255, number & 255)).save(made, "PNG")
        return made.getvalue()

    def of(self, dot: Any) -> str:
        """The path behind a picture of one dot."""
        red, green, blue = dot.convert("RGB").getpixel((0, 0))
        number = red << 16 | green << 8 | blue
        return self.paths[number] if number < len(self.paths) else ""


def load(path: Path, form: str) -> tuple[list[Triangles], list[str]]:
    """The parts of a mesh, and the images that it names. Raises InputError."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise InputError(
            f"it has more than {MOST_BYTES >> 30} GiB", path, remedy="cut it into pieces"
        )
    names = Names(path.parent)
    data = path.read_bytes()
    try:
        _check(data, form, path)
        scene = _scene(data, form, names, path)
        parts = list(_parts(scene, names))
    except InputError:
        raise
    except Exception as error:  # trimesh and pycollada raise whatever they stumble over
        reason = (str(error).splitlines() or [""])[0][:120] or type(error).__name__
        raise InputError(f"it can't be read as a mesh ({reason})", path) from error
    return parts, names.paths


def _check(data: bytes, form: str, path: Path) -> None:
    """Refuse what would be expanded beyond bounds."""
    if form == "dae" and (b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data[:1024]):
        raise InputError("it has a DOCTYPE or is no UTF-8, which is refused", path)
    if form == "stl" and len(data) < 84:
        raise InputError("it is cut short", path)


def _scene(data: bytes, form: str, names: Names, path: Path) -> Any:
    import trimesh
    from trimesh.resolvers import Resolver

    class OnlyThese(Resolver):
        """Gives materials and buffers in the file's own folder, and dots for all images."""

        def __init__(self) -> None:
            pass

        def get(self, name: str) -> bytes:
            if name.startswith("#"):
                return names.dot(str(path) + name)
            file = names.inside(name)
            if file is None:
                raise ValueError(f"{name} lies outside of the folder")
            if file.suffix.lower() in (".mtl", ".bin"):
                if file.stat().st_size > MOST_BYTES:
                    raise ValueError(f"{name} is too large")
                return file.read_bytes()
            return names.dot(str(file))

        def write(self, name: str, data: bytes) -> None:
            raise ValueError("nothing is written")

        def namespaced(self, namespace: str) -> OnlyThese:
            del namespace
            return self

        def keys(self) -> tuple[str, ...]:
            return ()

    if form in ("glb", "gltf"):
        data = _bounded_gltf(data, form, path)
    logging.getLogger("trimesh").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return trimesh.load_scene(
            io.BytesIO(data), file_type=form, resolver=OnlyThese(), process=False
        )


def _bounded_gltf(data: bytes, form: str, path: Path) -> bytes:
    """The same file with its images named "#bytes=start,length", once its claims are checked."""
    text, rest, start = data, b"", 0
    if form == "glb":
        length, kind = struct.unpack_from("<I4s", data, 12)
        if kind != _JSON:
            raise InputError("its first chunk is no JSON", path)
        text, rest, start = data[20 : 20 + length], data[20 + length :], 20 + length + 8
    document = json.loads(text)
    claimed = sum(int(one.get("count", 0)) for one in document.get("accessors", []))
    if claimed > MOST_ITEMS or any(one.get("count", 0) < 0 for one in document["accessors"]):
        raise InputError(f"it claims {claimed:,} numbers, more than {MOST_ITEMS:,}", path)
    views = document.get("bufferViews", [])
    for image in document.get("images", []):
        if "bufferView" in image and form == "glb":
            view = views[image.pop("bufferView")]
            first = start + int(view.get("byteOffset", 0))
            image["uri"] = f"#bytes={first},{int(view['byteLength'])}"
            image.pop("mimeType", None)
        elif str(image.get("uri", "data:")).startswith("data:"):
            image["uri"] = "#data"
    made = json.dumps(document).encode()
    if form == "gltf":
        return made
    made += b" " * (-len(made) % 4)
    total = 20 + len(made) + len(rest)
    return struct.pack("<4sIII4s", b"glTF", 2, total, len(made), _JSON) + made + rest


def _parts(scene: Any, names: Names) -> Iterator[Triangles]:
    nodes = scene.graph.nodes_geometry
    total = 0
    for node in nodes:
        _, name = scene.graph[node]
        total += len(getattr(scene.geometry[name], "faces", ()))
    if total > MOST_TRIANGLES:
        raise InputError(
            f"it has {total:,} triangles, more than {MOST_TRIANGLES:,}",
            remedy="cut it into pieces, or take a coarser level of it",
        )
    for node in nodes:
        matrix, name = scene.graph[node]
        mesh = scene.geometry[name]
        if len(getattr(mesh, "faces", ())):
            yield _part(str(name), mesh, np.asarray(matrix, np.float64), names)


def _part(name: str, mesh: Any, matrix: Float64Array, names: Names) -> Triangles:
    faces = np.asarray(mesh.faces, np.int64)
    points = np.asarray(mesh.vertices, np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    corners = points[faces]
    if np.linalg.det(matrix[:3, :3]) < 0:
        faces, corners = faces[:, ::-1], corners[:, ::-1]
    visual = mesh.visual
    material = getattr(visual, "material", None)
    dot = getattr(material, "image", None) or getattr(material, "baseColorTexture", None)
    uv = getattr(visual, "uv", None)
    count = len(faces)
    if dot is not None and dot.size == (1, 1) and uv is not None and (image := names.of(dot)):
        places = np.asarray(uv, np.float32)[faces]
        return Triangles(name, corners, places, np.zeros(count, np.int32), (Appearance(image),))
    if getattr(visual, "kind", None) in ("vertex", "face"):
        return Triangles(name, corners, None, *_coloured(np.asarray(visual.face_colors)))
    colour = getattr(material, "diffuse", None)
    if colour is None:
        colour = getattr(material, "baseColorFactor", None)
    if colour is None:
        return Triangles(name, corners, None, np.full(count, -1, np.int32), ())
    red, green, blue, opacity = (np.asarray(colour, np.float64)[:4] / 255).tolist()
    look = Appearance(colour=(red, green, blue, opacity))
    return Triangles(name, corners, None, np.zeros(count, np.int32), (look,))


def _coloured(colours: Any) -> tuple[Int32Array, tuple[Appearance, ...]]:
    """Rows of looks (T,) for colours (T, 4) of bytes, and the looks."""
    coarse = np.rint(colours[:, :3] / 255 * _COLOUR_STEPS).astype(np.int64)
    found, rows = np.unique(coarse, axis=0, return_inverse=True)
    shares = (found / _COLOUR_STEPS).tolist()
    looks = tuple(Appearance(colour=(red, green, blue, 1.0)) for red, green, blue in shares)
    return rows.reshape(-1).astype(np.int32), looks
