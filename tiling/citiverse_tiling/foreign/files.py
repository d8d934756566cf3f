"""The files of a foreign tileset: read within its folder, bounded in size and number."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from citiverse_tiling.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES = 1 << 28
MOST_READS = 2_000_000
_GZIP = b"\x1f\x8b"


@dataclass(slots=True)
class Files:
    """Reads by URI, as 3D Tiles and glTF have them; nothing outside of `folder`, nothing by net."""

    folder: Path
    reads: int = field(default=0)

    def path_of(self, base: Path, uri: str) -> Path:
        """The file that a URI in the file `base` names. InputError where it leads elsewhere."""
        parts = urlsplit(uri)
        if parts.scheme or parts.netloc:
            raise InputError(
                f"it names {uri[:80]!r}, which lies elsewhere and isn't fetched",
                base,
                remedy="take a copy of the whole tileset, with files that name each other",
            )
        try:
            path = (base.parent / unquote(parts.path)).resolve()
        except (OSError, ValueError):
            raise InputError(f"it names {uri[:80]!r}, which is no file", base) from None
        if not path.is_relative_to(self.folder.resolve()):
            raise InputError(f"it names {uri[:80]!r}, which lies outside of its folder", base)
        return path

    def read(self, path: Path) -> bytes | None:
        """The bytes of a file, unpacked where it is gzip; None where there is no such file."""
        self.reads += 1
        if self.reads > MOST_READS:
            raise InputError(f"more than {MOST_READS:,} files are asked for", self.folder)
        try:
            if not path.is_file():
                return None
            if path.stat().st_size > LARGEST_BYTES:
                raise InputError(f"it is larger than {LARGEST_BYTES >> 20} MiB", path)
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"it can't be read ({error.strerror})", path) from None
        return _unpacked(data, path) if data.startswith(_GZIP) else data

    def read_uri(self, base: Path, uri: str) -> bytes | None:
        """What a URI in the file `base` leads to: a file, or the data of a data URI."""
        if not uri.startswith("data:"):
            return self.read(self.path_of(base, uri))
        head, _, body = uri.partition(",")
        try:
            return base64.b64decode(body, validate=True) if head.endswith(";base64") else b""
        except binascii.Error:
            raise InputError("a data URI in it can't be decoded", base) from None


def _unpacked(data: bytes, path: Path) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as file:
            plain = file.read(LARGEST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"it can't be unpacked ({error})", path) from None
    if len(plain) > LARGEST_BYTES:
        raise InputError(f"it unpacks to more than {LARGEST_BYTES >> 20} MiB", path)
    return plain
