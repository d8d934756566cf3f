"""The buffers of a GLB, filled piece by piece, its meshes compressed if wanted.

EXT_meshopt_compression: what a compressed view holds once it is decoded has its place in a second
buffer, which isn't in the file ("fallback buffers" of the extension).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import meshopt
import numpy as np

from citiverse_tiling.content.gltf_document import (
    ARRAY_BUFFER,
    ELEMENT_ARRAY_BUFFER,
    Buffer,
    BufferExtensions,
    BufferView,
    CompressedBuffer,
    CompressedView,
    ViewExtensions,
)

ALIGNMENT = 8
"""Property tables need 8 (EXT_structural_metadata, binary table format); vertices need 4."""

MESHOPT = "EXT_meshopt_compression"


class _Rows(NamedTuple):
    """What is encoded: rows for a mode and a filter of the extension."""

    values: np.ndarray
    mode: Literal["ATTRIBUTES", "TRIANGLES"]
    filter: Literal["EXPONENTIAL"] | None = None


@dataclass(slots=True)
class BufferBuilder:
    """Pieces so far; each begins at a multiple of 8 bytes."""

    compress: bool
    views: list[BufferView] = field(default_factory=list)
    _parts: list[bytes] = field(default_factory=list)
    _seen: dict[bytes, int] = field(default_factory=dict)
    _size: int = 0
    _decoded_size: int = 0

    def add(self, data: bytes) -> int:
        """Add a piece, once, and return its buffer view. No piece is empty: glTF forbids it."""
        data = data or bytes(1)
        if data not in self._seen:
            self.views.append(BufferView(0, len(data), self._append(data)))
            self._seen[data] = len(self.views) - 1
        return self._seen[data]

    def add_vertices(self, rows: np.ndarray) -> int:
        """Add an attribute, a row a vertex of a multiple of 4 bytes, and return its buffer view."""
        rows = np.ascontiguousarray(rows)
        return self._add_mesh(rows, _Rows(rows, "ATTRIBUTES"), rows.strides[0], ARRAY_BUFFER)

    def add_floats(
        self, steps: np.ndarray, step: float, *, target: int | None = ARRAY_BUFFER
    ) -> int:
        """Add an attribute of floats: whole numbers below 2^23, (V, n), of steps of a power of 2.

        Compressed, they are the extension's filter EXPONENTIAL with the same exponent everywhere.
        Instances have no `target`: viewers read them and don't upload them as they are.
        """
        exponent = round(math.log2(step))
        bits = (exponent & 0xFF) << 24 | (steps.astype(np.int64) & 0xFFFFFF)
        filtered = _Rows(bits.astype("<u4"), "ATTRIBUTES", "EXPONENTIAL")
        stride = 4 * steps.shape[1] if target else None
        return self._add_mesh((steps * step).astype("<f4"), filtered, stride, target)

    def add_triangles(self, indices: np.ndarray) -> int:
        """Add indices of triangles, uint16 or uint32 (3 T,), and return their buffer view."""
        return self._add_mesh(indices, _Rows(indices, "TRIANGLES"), None, ELEMENT_ARRAY_BUFFER)

    def _add_mesh(
        self, values: np.ndarray, rows: _Rows, stride: int | None, target: int | None
    ) -> int:
        """Add values as they are, or `rows`, which decode to them, where that is shorter."""
        size, count = values.nbytes, len(values)
        data = meshopt.encode_gltf_buffer(rows.values, rows.mode) if self.compress else b""
        if 0 < len(data) < size:
            packed = CompressedView(
                0, len(data), size // count, count, rows.mode, self._append(data), rows.filter
            )
            extensions = ViewExtensions(packed)
            view = BufferView(1, size, self._decoded_size, stride, target, extensions)
            self._decoded_size += size + -size % ALIGNMENT
        else:
            view = BufferView(0, size, self._append(values.tobytes()), stride, target)
        self.views.append(view)
        return len(self.views) - 1

    def _append(self, data: bytes) -> int:
        place = self._size
        self._parts.append(data + bytes(-len(data) % ALIGNMENT))
        self._size += len(self._parts[-1])
        return place

    def bytes(self) -> bytes:
        """All that is in the file."""
        return b"".join(self._parts)

    def buffers(self) -> tuple[Buffer, ...]:
        """The buffer that is in the file, and the one that decoded views make up."""
        stored = Buffer(self._size)
        if not self._decoded_size:
            return (stored,)
        decoded = BufferExtensions(CompressedBuffer(fallback=True))
        return stored, Buffer(self._decoded_size, decoded)

    def extensions(self) -> tuple[str, ...]:
        """The extensions that a reader needs for it."""
        return (MESHOPT,) if self._decoded_size else ()
