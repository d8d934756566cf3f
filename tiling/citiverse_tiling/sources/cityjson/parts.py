"""Where a large CityJSONSeq can be cut: between its lines. One JSON document can't be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_tiling.sources.cityjson.reader import is_sequence
from citiverse_tiling.sources.parts import FIRST_PART_BYTES, LEAST_SPLIT_BYTES, PART_BYTES, cut

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from citiverse_tiling.sources.parts import Part


def split(path: Path) -> tuple[Part, ...]:
    """The parts of a file; none where it is small or no sequence."""
    size = path.stat().st_size
    if size < LEAST_SPLIT_BYTES:
        return ()
    with path.open("rb") as file:
        if not is_sequence(file, path):
            return ()
        first = file.readline()
        if not first.strip():
            return ()
        return cut(file, _cuts(file, size, len(first)), len(first), has_looks=True)


def _cuts(file: BinaryIO, size: int, lead: int) -> list[int]:
    """Where parts begin, but the first."""
    cuts: list[int] = []
    wanted = max(FIRST_PART_BYTES, lead)
    while wanted < size:
        file.seek(wanted)
        wanted += len(file.readline())
        if wanted < size:
            cuts.append(wanted)
        wanted += PART_BYTES
    return cuts
