"""Accessors of a foreign glTF as arrays (glTF 2.0, 3.6.2), held against what its bytes are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.check.standard.gltf_reader import KINDS
from citiverse_tiling.check.standard.values import WIDTHS
from citiverse_tiling.errors import InputError
from citiverse_tiling.foreign.files import LARGEST_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.check.standard.gltf_document import CompressedView
    from citiverse_tiling.foreign.files import Files
    from citiverse_tiling.foreign.gltf_document import Document
    from citiverse_tiling.model import Float64Array


@dataclass(slots=True)
class Accessors:
    """Reads a document's buffers: the first may be `binary`, the others are named by URIs."""

    document: Document
    binary: bytes
    path: Path
    files: Files
    _views: dict[int, bytes] = field(default_factory=dict)
    _put: dict[int, np.ndarray] = field(default_factory=dict)
    _decoded_bytes: int = 0

    def view(self, number: int) -> bytes:
        """The bytes of a buffer view, decompressed where it is EXT_meshopt_compression."""
        if number >= len(self.document.buffer_views):
            raise self.broken(f"there is no buffer view {number}")
        if number not in self._views:
            view = self.document.buffer_views[number]
            packed = view.extensions.compressed if view.extensions else None
            if packed is not None:
                self._views[number] = self._decompressed(packed, view.byte_length)
            else:
                self._views[number] = self._part(view.buffer, view.byte_offset, view.byte_length)
        return self._views[number]

    def array(self, number: int) -> np.ndarray:
        """Elements as stored, (count, width)."""
        if number >= len(self.document.accessors):
            raise self.broken(f"there is no accessor {number}")
        if number in self._put:
            return self._put[number]
        accessor = self.document.accessors[number]
        kind = np.dtype(KINDS[accessor.component_type])
        width, size = WIDTHS[accessor.type], kind.itemsize
        if accessor.buffer_view is None:
            if accessor.count * width * size > LARGEST_BYTES:
                raise self.broken(f"accessor {number} is too large")
            return np.zeros((accessor.count, width), kind)
        data = self.view(accessor.buffer_view)
        stride = self.document.buffer_views[accessor.buffer_view].byte_stride or size * width
        if accessor.byte_offset + stride * (accessor.count - 1) + size * width > len(data):
            raise self.broken(f"accessor {number} leaves its buffer view")
        steps = (stride, size)
        return np.ndarray((accessor.count, width), kind, data, accessor.byte_offset, steps)

    def put(self, number: int, elements: np.ndarray) -> None:
        """Let elements (count, width), decoded elsewhere, be those of an accessor."""
        self._put[number] = elements

    def floats(self, number: int) -> Float64Array:
        """Elements as numbers, those that are normalised from −1 or 0 to 1 (3.11)."""
        stored = self.array(number)
        values = widened(stored)
        if self.document.accessors[number].normalized and stored.dtype.kind in "iu":
            values = np.maximum(values / np.iinfo(stored.dtype).max, -1.0)
        if not np.isfinite(values).all():
            raise self.broken(f"accessor {number} holds what is no number")
        return values

    def broken(self, problem: str) -> InputError:
        """What to raise where the file breaks the standard."""
        return InputError(problem, self.path, remedy="have the tileset made again")

    def _part(self, buffer: int, start: int, length: int) -> bytes:
        if buffer >= len(self.document.buffers):
            raise self.broken(f"there is no buffer {buffer}")
        uri = self.document.buffers[buffer].uri
        data = self.binary if uri is None else self.files.read_uri(self.path, uri)
        if data is None or start + length > len(data):
            raise self.broken(f"buffer {buffer} is cut short, or isn't there")
        return data[start : start + length]

    def _decompressed(self, packed: CompressedView, size: int) -> bytes:
        import meshopt  # only compressed files pay for it

        self._decoded_bytes += size
        if packed.count * packed.byte_stride != size or self._decoded_bytes > LARGEST_BYTES:
            raise self.broken("what is compressed by meshopt has a wrong size, or is too large")
        how = None if packed.filter == "NONE" else packed.filter
        data = self._part(packed.buffer, packed.byte_offset, packed.byte_length)
        try:
            rows = meshopt.decode_gltf_buffer(
                data, packed.count, packed.byte_stride, packed.mode, how
            )
        except (ValueError, RuntimeError) as error:
            raise self.broken(f"what is compressed by meshopt can't be read ({error})") from None
        return bytes(rows.tobytes())


def widened(numbers: np.ndarray) -> Float64Array:
    """Numbers as 64-bit floats; what is none stays none, also of the kind that numpy warns of."""
    with np.errstate(invalid="ignore"):
        return numbers.astype(np.float64)
