"""The images of a run by path: decoded once, and those last used in memory."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from citiverse_tiling.decoded_images import decoded_once
from citiverse_tiling.image_decoding import UnusableImage, decode

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.image_decoding import Decoded
    from citiverse_tiling.model import UInt8Array

CACHE_BYTES, CACHE_IMAGES = 128 * 1024 * 1024, 1_024


class ImageLibrary:
    """Images by path; those last used are kept, so that memory is bounded.

    With a folder, an image is decoded once by all processes whose libraries have the same one.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._kept: OrderedDict[str, Decoded] = OrderedDict()
        self._bytes = 0
        self._problems: dict[str, str] = {}
        self._sizes: dict[str, tuple[int, int]] = {}

    def __reduce__(self) -> tuple[type[ImageLibrary], tuple[Path | None]]:
        """What is in memory stays in this process."""
        return ImageLibrary, (self._folder,)

    def size(self, path: str) -> tuple[int, int]:
        """Width and height in pixels. Raises UnusableImage."""
        if path not in self._sizes:
            self._decoded(path)
        return self._sizes[path]

    def small(self, path: str) -> UInt8Array:
        """Pixels (h, w, 3 or 4) of a copy of at most 256 pixels a side. Raises UnusableImage."""
        return self._decoded(path).small

    def full(self, path: str) -> UInt8Array:
        """Pixels (h, w, 3 or 4), sRGB; four columns where it isn't opaque. Raises UnusableImage."""
        return self._decoded(path).full

    def _decoded(self, path: str) -> Decoded:
        if path in self._problems:
            raise UnusableImage(self._problems[path])
        if path in self._kept:
            self._kept.move_to_end(path)
            return self._kept[path]
        try:
            found = decode(path) if self._folder is None else decoded_once(path, self._folder)
        except UnusableImage as problem:
            self._problems[path] = str(problem)
            raise
        height, width = found.full.shape[:2]
        self._sizes[path] = width, height
        self._bytes += found.full.nbytes
        while self._kept and (self._bytes > CACHE_BYTES or len(self._kept) >= CACHE_IMAGES):
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.full.nbytes
        self._kept[path] = found
        return found
