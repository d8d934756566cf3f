"""The one binary buffer of a GLB, filled piece by piece."""

from __future__ import annotations

from dataclasses import dataclass, field

from citiverse_tiling.content.gltf_document import BufferView

ALIGNMENT = 8
"""Property tables need 8 (EXT_structural_metadata, binary table format); vertices need 4."""


@dataclass(slots=True)
class BufferBuilder:
    """Pieces so far; each begins at a multiple of 8 bytes."""

    views: list[BufferView] = field(default_factory=list)
    _parts: list[bytes] = field(default_factory=list)
    _size: int = 0

    def add(self, data: bytes, stride: int | None = None, target: int | None = None) -> int:
        """Add a piece and return its buffer view. No piece is empty: glTF forbids it."""
        data = data or bytes(1)
        self.views.append(BufferView(0, len(data), self._size, stride, target))
        padding = -len(data) % ALIGNMENT
        self._parts.append(data + bytes(padding))
        self._size += len(data) + padding
        return len(self.views) - 1

    def bytes(self) -> bytes:
        """The whole buffer."""
        return b"".join(self._parts)
