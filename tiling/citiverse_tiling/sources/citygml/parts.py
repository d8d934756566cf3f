"""Where a large CityGML file can be cut: before members of its root."""

from __future__ import annotations

import mmap
import re
from typing import TYPE_CHECKING

from citiverse_tiling.sources.citygml.appearance_index import look_for
from citiverse_tiling.sources.citygml.stream import HEAD_BYTES
from citiverse_tiling.sources.parts import FIRST_PART_BYTES, LEAST_SPLIT_BYTES, PART_BYTES, Part

if TYPE_CHECKING:
    from pathlib import Path

_MEMBER = re.compile(rb"<(?:[\w.-]+:)?(?:cityObjectMember|featureMember)[\s>]")
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)")
_ASCII_BASED = re.compile(rb"utf-?8|us-ascii|iso-8859-\d+|windows-125\d|latin-?1", re.IGNORECASE)
"""Encodings in which a byte below 128 is always that character."""


def split(path: Path) -> tuple[Part, ...]:
    """The parts of a file; none where it is small, or can be read only as a whole.

    What looks like a member may be none, as in a comment: then the part before isn't well-formed,
    and the file is read whole after all.
    """
    size = path.stat().st_size
    if size < LEAST_SPLIT_BYTES:
        return ()
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        head = data[:HEAD_BYTES]
        first = _MEMBER.search(head)
        encoding = _ENCODING.search(head)
        if first is None or b"\0" in head[:64]:
            return ()
        if encoding is not None and not _ASCII_BASED.fullmatch(encoding[1]):
            return ()
        has_looks, has_looks_of_model = look_for(path)
        if has_looks_of_model:
            return ()
        cuts = _cuts(data, size)
        parts, line = [], 1
        for start, end in zip([0, *cuts], [*cuts, size], strict=True):
            parts.append(Part(start, end, first.start(), line, end == size, has_looks))
            line += data[start:end].count(b"\n")
        return tuple(parts) if len(parts) > 1 else ()


def _cuts(data: mmap.mmap, size: int) -> list[int]:
    """Where parts begin, but the first."""
    cuts: list[int] = []
    wanted = FIRST_PART_BYTES
    while wanted < size:
        following = wanted + PART_BYTES
        found = _MEMBER.search(data, wanted, min(following, size))
        if found is not None:
            cuts.append(found.start())
        wanted = following
    return cuts
