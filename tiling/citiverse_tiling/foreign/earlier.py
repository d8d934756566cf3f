"""What tilesets of 3D Tiles 1.0 say by extensions, in the words of 1.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from citiverse_tiling.check.standard.documents import Content, ImplicitTiling
from citiverse_tiling.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.check.standard.documents import Tile

IMPLICIT = "3DTILES_implicit_tiling"
MULTIPLE = "3DTILES_multiple_contents"

KNOWN = frozenset(
    {
        IMPLICIT,
        MULTIPLE,
        "3DTILES_bounding_volume_S2",
        "3DTILES_content_gltf",
        "3DTILES_metadata",
    }
)
"""Extensions of tilesets that change nothing of what we draw, or that we know."""


class _Contents(msgspec.Struct):
    """3DTILES_multiple_contents; its first drafts called them `content`."""

    contents: list[Content] = []
    content: list[Content] = []


def in_words_of_today(tile: Tile, path: Path) -> Tile:
    """The tile without those extensions. Raises InputError where they can't be read."""
    said = tile.extensions or {}
    try:
        if tile.implicit_tiling is None and IMPLICIT in said:
            tile = replace(tile, implicit_tiling=msgspec.convert(said[IMPLICIT], ImplicitTiling))
        if MULTIPLE in said:
            several = msgspec.convert(said[MULTIPLE], _Contents)
            tile = replace(tile, contents=several.contents or several.content)
    except msgspec.ValidationError as error:
        raise InputError(f"an extension of a tile can't be read ({error})", path) from None
    return tile
