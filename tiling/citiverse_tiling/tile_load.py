"""What a tile's content asks of a graphics card, read from its GLB."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from citiverse_tiling.content import gltf_document as gltf

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = struct.Struct("<4s2I2I")
_MIPMAPS = 4 / 3
_TEXEL_BYTES = 4


class TileLoad(NamedTuple):
    """Draw calls, and bytes on the card: vertices and indices as drawn, images with mipmaps."""

    primitives: int
    gpu_bytes: int


def load_of(glb: bytes) -> TileLoad:
    """The load of a GLB that we wrote; what is compressed counts as it is drawn."""
    *_, json_size, _ = _HEADER.unpack_from(glb)
    document = msgspec.json.decode(glb[_HEADER.size : _HEADER.size + json_size], type=gltf.Document)
    blob = memoryview(glb)[_HEADER.size + json_size + 8 :]
    views = {accessor.buffer_view for accessor in document.accessors}
    drawn = sum(document.buffer_views[view].byte_length for view in views)
    drawn += sum(_image_bytes(document, blob))
    meshes = [node.mesh for node in document.nodes]
    return TileLoad(sum(len(document.meshes[mesh].primitives) for mesh in meshes), drawn)


def _image_bytes(document: gltf.Document, blob: memoryview) -> Iterator[int]:
    for image in document.images:
        view = document.buffer_views[image.buffer_view]
        data = blob[view.byte_offset : view.byte_offset + view.byte_length]
        from PIL import Image  # only scenes with images need it

        with Image.open(BytesIO(data)) as opened:
            width, height = opened.size
        yield int(width * height * _TEXEL_BYTES * _MIPMAPS)
