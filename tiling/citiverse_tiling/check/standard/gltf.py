"""glTF 2.0 files of any writer: chunks, buffers, accessors, indices, and our three extensions."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from citiverse_tiling.check.standard.gltf_document import Document
from citiverse_tiling.check.standard.gltf_features import check_features
from citiverse_tiling.check.standard.gltf_metadata import check_metadata
from citiverse_tiling.check.standard.gltf_reader import GltfReader

if TYPE_CHECKING:
    from citiverse_tiling.check.standard.gltf_document import Primitive
    from citiverse_tiling.check.standard.report import Reader

_CHECKED = {
    "EXT_mesh_features",
    "EXT_instance_features",
    "EXT_structural_metadata",
    "EXT_mesh_gpu_instancing",
    "KHR_mesh_quantization",
    "EXT_meshopt_compression",
    "EXT_texture_webp",
}


def check_glb(reader: Reader, name: str, data: bytes) -> None:
    """A binary glTF file (glTF 2.0, 4.4)."""
    report = reader.report
    if len(data) < 20:
        report.bad(name, "it is too short", "a GLB")
        return
    magic, version, total, size, kind = struct.unpack_from("<4sIII4s", data)
    if (magic, version, kind) != (b"glTF", 2, b"JSON") or total != len(data) or size % 4:
        report.bad(name, "its header isn't that of a GLB of its size", "glTF, 2, its length, JSON")
        return
    at = 20 + size
    binary: bytes | None = None
    if at > total:
        report.bad(name, "its JSON chunk is longer than the file", "inside of it")
        return
    if at + 8 <= total:
        length, kind = struct.unpack_from("<I4s", data, at)
        if kind == b"BIN\x00":
            if at + 8 + length > total:
                report.bad(name, "its binary chunk is longer than the file", "inside of it")
                return
            binary = data[at + 8 : at + 8 + length]
    _check(reader, name, data[20:at], binary)


def check_gltf(reader: Reader, name: str, data: bytes) -> None:
    """A glTF file of JSON, whose buffers lie beside it or in data URIs."""
    _check(reader, name, data, None)


def _check(reader: Reader, name: str, text: bytes, binary: bytes | None) -> None:
    document = reader.decode(name, text, Document)
    if document is None:
        return
    report = reader.report
    for extension in sorted(set(document.extensions_required) - set(document.extensions_used)):
        report.bad(name, f"{extension} is required and not declared as used", "both")
    for extension in sorted(set(document.extensions_used) - _CHECKED):
        report.not_checked(f"the glTF extension {extension}")
    gltf = GltfReader.open(reader, name, document, binary)
    if gltf is None:
        return
    _check_meshes(gltf)
    schema = check_metadata(gltf)
    check_features(gltf, schema)


def _check_meshes(gltf: GltfReader) -> None:
    """Attributes as many as positions, indices below their number, bounds as they are."""
    document = gltf.document
    for at, node in enumerate(document.nodes):
        if node.mesh is not None and node.mesh >= len(document.meshes):
            gltf.bad(f"node {at}", f"there is no mesh {node.mesh}", "one of its meshes")
        if any(child >= len(document.nodes) for child in node.children):
            gltf.bad(f"node {at}", "a child of it isn't there", "nodes of the file")
    for at, texture in enumerate(document.textures):
        if texture.image is not None and texture.image >= len(document.images):
            gltf.bad(f"texture {at}", f"there is no image {texture.image}", "one of its images")
    for number in range(len(document.accessors)):
        gltf.check_bounds(number)
    for at, mesh in enumerate(document.meshes):
        for other, primitive in enumerate(mesh.primitives):
            _check_primitive(gltf, f"mesh {at}, primitive {other}", primitive)


def _check_primitive(gltf: GltfReader, where: str, primitive: Primitive) -> None:
    materials = len(gltf.document.materials)
    if primitive.material is not None and primitive.material >= materials:
        gltf.bad(where, f"there is no material {primitive.material}", "one of its own")
    counts = {gltf.count(where, number) for number in primitive.attributes.values()}
    if None in counts:
        return
    if len(counts) > 1:
        gltf.bad(where, "its attributes aren't as many", "one of each a vertex")
    is_draco = primitive.extensions and primitive.extensions.draco is not None
    if primitive.indices is None or is_draco:
        return
    indices = gltf.array(where, primitive.indices)
    vertices = max(one for one in counts if one is not None)
    if indices is not None and int(indices.max()) >= vertices:
        gltf.bad(where, "an index is beyond the vertices", f"below {vertices}")
