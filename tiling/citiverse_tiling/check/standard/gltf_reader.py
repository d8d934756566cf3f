"""Accessors, views and textures of a foreign glTF as arrays; each fault becomes a finding."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.check.standard.report import LARGEST_BYTES
from citiverse_tiling.check.standard.values import WIDTHS

if TYPE_CHECKING:
    import numpy.typing as npt

    from citiverse_tiling.check.standard.gltf_document import (
        CompressedView,
        Document,
        FeatureTexture,
        TextureProperty,
    )
    from citiverse_tiling.check.standard.report import Reader

KINDS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_NEAREST = {None, 9728, 9984}
_LARGEST_IMAGE = 1 << 26


@dataclass(slots=True)
class GltfReader:
    """One glTF with its binary data; `images` and `views` are what was decoded before."""

    reader: Reader
    name: str
    document: Document
    buffers: list[bytes | None]
    images: dict[int, npt.NDArray[np.uint8] | None] = field(default_factory=dict)
    views: dict[int, bytes | None] = field(default_factory=dict)

    @classmethod
    def open(
        cls, reader: Reader, name: str, document: Document, binary: bytes | None
    ) -> GltfReader | None:
        """Read all buffers and hold the views against them; None after a finding."""
        buffers: list[bytes | None] = []
        before = len(reader.report.findings)
        for number, buffer in enumerate(document.buffers):
            data = binary if number == 0 else None
            if buffer.uri is not None:
                data = reader.read_uri(name, buffer.uri)
            if data is not None and len(data) < buffer.byte_length:
                reader.report.bad(name, f"buffer {number} is too short", f"{buffer.byte_length}")
            buffers.append(data)
        for number, view in enumerate(document.buffer_views):
            if view.buffer >= len(buffers):
                reader.report.bad(name, f"buffer view {number} has no buffer", "a buffer")
            elif view.byte_offset + view.byte_length > document.buffers[view.buffer].byte_length:
                reader.report.bad(name, f"buffer view {number} leaves its buffer", "inside of it")
        if len(reader.report.findings) > before:
            return None
        return cls(reader, name, document, buffers)

    def bad(self, where: str, problem: str, expected: str) -> None:
        """One finding at a place of this file."""
        self.reader.report.bad(f"{self.name}: {where}", problem, expected)

    def view(self, number: int) -> bytes | None:
        """Bytes of a buffer view, decompressed; None after a finding or where none are at hand."""
        if number not in self.views:
            view = self.document.buffer_views[number]
            packed = view.extensions.compressed if view.extensions else None
            data = self.buffers[view.buffer]
            if packed is not None:
                self.views[number] = self._decompressed(number, view.byte_length, packed)
            elif data is None:
                self.views[number] = None
            else:
                self.views[number] = data[view.byte_offset : view.byte_offset + view.byte_length]
        return self.views[number]

    def _decompressed(self, number: int, size: int, packed: CompressedView) -> bytes | None:
        import meshopt  # only compressed files pay for it

        where, end = f"buffer view {number}", packed.byte_offset + packed.byte_length
        data = self.buffers[packed.buffer] if packed.buffer < len(self.buffers) else None
        if data is None or end > len(data):
            self.bad(where, "what it is compressed to isn't there", "inside of a buffer")
            return None
        if packed.count * packed.byte_stride != size:
            self.bad(where, f"{size} bytes aren't its rows", "count times byteStride")
            return None
        if size + sum(len(view) for view in self.views.values() if view) > LARGEST_BYTES:
            limit = f"{LARGEST_BYTES >> 20} MiB"
            self.reader.report.not_checked(f"{self.name}: it decompresses to more than {limit}")
            return None
        how = None if packed.filter == "NONE" else packed.filter
        source = data[packed.byte_offset : end]
        try:
            rows = meshopt.decode_gltf_buffer(
                source, packed.count, packed.byte_stride, packed.mode, how
            )
        except (ValueError, RuntimeError) as error:
            self.bad(where, f"it can't be decompressed ({error})", "meshopt's streams")
            return None
        return bytes(rows.tobytes())

    def count(self, where: str, number: int) -> int | None:
        """Elements of an accessor; None after a finding."""
        if number >= len(self.document.accessors):
            self.bad(where, f"there is no accessor {number}", "one of its accessors")
            return None
        return self.document.accessors[number].count

    def array(self, where: str, number: int) -> npt.NDArray[np.generic] | None:
        """Elements as stored, (count, width); None after a finding or where none are at hand."""
        if self.count(where, number) is None:
            return None
        accessor = self.document.accessors[number]
        if accessor.buffer_view is None or accessor.sparse is not None:
            return None
        if accessor.buffer_view >= len(self.document.buffer_views):
            self.bad(where, f"accessor {number} has no buffer view", "one of its views")
            return None
        data = self.view(accessor.buffer_view)
        if data is None:
            return None
        kind = np.dtype(KINDS[accessor.component_type])
        width, size = WIDTHS[accessor.type], kind.itemsize
        stride = self.document.buffer_views[accessor.buffer_view].byte_stride or size * width
        last = accessor.byte_offset + stride * (accessor.count - 1) + size * width
        if last > len(data) or accessor.byte_offset % size or stride % size:
            self.bad(where, f"accessor {number} leaves its buffer view", "inside of it, aligned")
            return None
        shape, steps = (accessor.count, width), (stride, size)
        return np.ndarray(shape, kind, data, accessor.byte_offset, steps)

    def check_bounds(self, number: int) -> None:
        """min and max of an accessor (glTF 2.0, 3.6.2.5)."""
        accessor = self.document.accessors[number]
        where = f"accessor {number}"
        stored = self.array(where, number)
        if stored is None:
            return
        if stored.dtype.kind == "f" and not np.isfinite(stored.astype(np.float64)).all():
            self.bad(where, "it holds what is no number", "finite numbers")
            return
        for name, given, found in (
            ("min", accessor.min, stored.min(axis=0)),
            ("max", accessor.max, stored.max(axis=0)),
        ):
            if given is None:
                continue
            if len(given) != len(found):
                self.bad(where, f"its {name} has {len(given)} numbers", f"{len(found)}")
            elif np.asarray(given, stored.dtype).tolist() != found.tolist():
                self.bad(where, f"its {name} is {given}", f"{found.tolist()}")

    def pixels(
        self, where: str, use: FeatureTexture | TextureProperty
    ) -> npt.NDArray[np.uint8] | None:
        """Channels of the texture that a use names, (pixels, channels); None after a finding."""
        textures, document = self.document.textures, self.document
        if use.index >= len(textures):
            self.bad(where, f"there is no texture {use.index}", "one of its textures")
            return None
        texture = textures[use.index]
        if texture.sampler is not None and texture.sampler < len(document.samplers):
            sampler = document.samplers[texture.sampler]
            if {sampler.mag_filter, sampler.min_filter} - _NEAREST:
                self.bad(where, "its texture is blurred by a filter", "NEAREST")
                return None
        if texture.image is None or texture.image >= len(document.images):
            self.bad(where, f"texture {use.index} has no image", "one of its images")
            return None
        if texture.image not in self.images:
            self.images[texture.image] = self._decode(where, texture.image)
        image = self.images[texture.image]
        if image is None:
            return None
        if max(use.channels) >= image.shape[1]:
            self.bad(where, f"there is no channel {max(use.channels)}", f"{image.shape[1]} of them")
            return None
        return image[:, use.channels]

    def _decode(self, where: str, number: int) -> npt.NDArray[np.uint8] | None:
        from PIL import Image  # only files with such textures pay for it

        image = self.document.images[number]
        if image.uri is not None:
            data = self.reader.read_uri(self.name, image.uri)
        elif image.buffer_view is not None and image.buffer_view < len(self.document.buffer_views):
            data = self.view(image.buffer_view)
        else:
            self.bad(where, f"image {number} has neither uri nor buffer view", "one of them")
            return None
        if data is None:
            return None
        try:
            with Image.open(io.BytesIO(data)) as opened:
                if opened.width * opened.height > _LARGEST_IMAGE:
                    self.reader.report.not_checked(f"{self.name}: an image that is too large")
                    return None
                pixels = np.asarray(opened.convert("RGBA") if opened.mode == "P" else opened)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            self.bad(where, f"image {number} can't be decoded ({error})", "an image")
            return None
        return pixels.reshape(-1, 1 if pixels.ndim == 2 else pixels.shape[2]).astype(np.uint8)
