"""Where a large CityJSONSeq can be cut: between its lines. One JSON document can't be."""

from __future__ import annotations

import mmap
from itertools import pairwise
from typing import TYPE_CHECKING

from citiverse_tiling.sources.cityjson.reader import is_sequence
from citiverse_tiling.sources.parts import FIRST_PART_BYTES, LEAST_SPLIT_BYTES, PART_BYTES, Part

if TYPE_CHECKING:
    from pathlib import Path


def split(path: Path) -> tuple[Part, ...]:
    """The parts of a file; none where it is small or no sequence."""
    size = path.stat().st_size
    if size < LEAST_SPLIT_BYTES:
        return ()
    with path.open("rb") as file:
        if not is_sequence(file, path):
            return ()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            lead = data.find(b"\n") + 1
            if not data[:lead].strip():
                return ()
            borders = [0, *_cuts(data, size, lead), size]
            parts, line = [], 1
            for start, end in pairwise(borders):
                parts.append(Part(start, end, lead, line, end == size, has_looks=True))
                line += data[start:end].count(b"\n")
            return tuple(parts) if len(parts) > 1 else ()


def _cuts(data: mmap.mmap, size: int, lead: int) -> list[int]:
    """Where parts begin, but the first."""
    cuts: list[int] = []
    wanted = max(FIRST_PART_BYTES, lead)
    while wanted < size:
        found = data.find(b"\n", wanted) + 1
        if not 0 < found < size:
            break
        cuts.append(found)
        wanted = found + PART_BYTES
    return cuts
