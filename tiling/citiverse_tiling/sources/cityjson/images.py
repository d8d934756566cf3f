"""The images that textures name (CityJSON 2.0, clause 6.2)."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class _Appearance(msgspec.Struct):
    textures: list[Any] = []


class _Dressed(msgspec.Struct):
    appearance: _Appearance | None = None


_decoder = msgspec.json.Decoder(_Dressed)


def images(path: Path) -> Iterator[str]:
    """The member `image` of each texture, of the whole file and of the lines of a sequence."""
    with path.open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        try:
            yield from _named(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            for line in file:
                if b'"appearance"' in line:
                    yield from _named(line)


def _named(data: bytes | memoryview) -> Iterator[str]:
    appearance = _decoder.decode(data).appearance
    for texture in appearance.textures if appearance else ():
        image = texture.get("image") if isinstance(texture, dict) else None
        if isinstance(image, str) and image.strip():
            yield image.strip()
