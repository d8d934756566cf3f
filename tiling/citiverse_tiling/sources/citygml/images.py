"""The images that textures name (CityGML 2.0, clause 9.3), found without parsing the file."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK_BYTES = 1 << 20
LONGEST = 2048
"""A name longer than this, markup around it included, is no name of a file."""

_IMAGE = re.compile(rb"imageURI\s*>([^<]+)</")


def images(path: Path) -> Iterator[str]:
    """What stands in each imageURI, in the file's order; in files of 8-bit encodings only."""
    left = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            text = left + chunk
            end = 0
            for found in _IMAGE.finditer(text):
                end = found.end()
                name = html.unescape(found[1].decode(errors="replace")).strip()
                if name:
                    yield name
            left = text[max(end, len(text) - LONGEST) :]
