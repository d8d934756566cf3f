"""Where a large CityGML file can be cut: before members of its root."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from citiverse_tiling.sources.citygml.appearance_index import look_for
from citiverse_tiling.sources.citygml.shape_index import shapes_in
from citiverse_tiling.sources.citygml.stream import HEAD_BYTES
from citiverse_tiling.sources.parts import (
    FIRST_PART_BYTES,
    LEAST_SPLIT_BYTES,
    PART_BYTES,
    chunks,
    cut,
)

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from citiverse_tiling.sources.parts import Part

_MEMBER = re.compile(rb"<(?:[\w.-]+:)?(?:cityObjectMember|featureMember)[\s>]")
_OVERLAP_BYTES = 64
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
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        first = _MEMBER.search(head)
        encoding = _ENCODING.search(head)
        if first is None or b"\0" in head[:64]:
            return ()
        if encoding is not None and not _ASCII_BASED.fullmatch(encoding[1]):
            return ()
        has_looks, has_looks_of_model = look_for(path)
        if has_looks_of_model:
            return ()
        parts = cut(file, _cuts(file, size), first.start(), has_looks=has_looks)
    # A shape alone doesn't know how it looks.
    shapes = () if has_looks or not parts else shapes_in(path)
    return tuple(replace(part, shapes=shapes) for part in parts)


def _cuts(file: BinaryIO, size: int) -> list[int]:
    """Where parts begin, but the first."""
    cuts: list[int] = []
    wanted = FIRST_PART_BYTES
    while wanted < size:
        following = wanted + PART_BYTES
        found = _member(file, wanted, min(following, size))
        if found is not None:
            cuts.append(found)
        wanted = following
    return cuts


def _member(file: BinaryIO, start: int, end: int) -> int | None:
    """Where the first member begins in the bytes [start, end) of a file."""
    left = b""
    for chunk in chunks(file, start, end):
        text = left + chunk
        if found := _MEMBER.search(text):
            return start - len(left) + found.start()
        start += len(chunk)
        left = text[-_OVERLAP_BYTES:]
    return None
