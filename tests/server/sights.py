"""Files of visibility, written by docs/contract/scene.md alone."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SIDE = 4
CELL_M = 4.0
LOWEST, HIGHEST = -0.5, 2.3

Cell = tuple[int, int]
"""Column and row in the plane."""


def pack_sights(seen: Mapping[Cell, set[int]], tiles: int, margin: int = 3) -> bytes:
    """visibility.bin in which each cell sees these tiles, and nobody walks in others; with so many
    blocks round theirs.
    """
    aside = range(-margin, margin + 1)
    own = {(column // SIDE, row // SIDE) for column, row in seen}
    places = sorted({(i + x, j + y) for i, j in own for x in aside for y in aside})
    blocks = [_block(place, seen) for place in places]
    starts = [sum(map(len, blocks[:at])) for at in range(len(blocks) + 1)]
    return b"".join(
        [
            struct.pack("<8s3If", b"CVSEEN\x00\x01", len(places), SIDE, tiles, CELL_M),
            *(struct.pack("<2i", *place) for place in places),
            *(struct.pack("<Q", start) for start in starts),
            *blocks,
            bytes(16),
        ]
    )


def _block(place: Cell, seen: Mapping[Cell, set[int]]) -> bytes:
    cells = [
        (place[0] * SIDE + column, place[1] * SIDE + row)
        for row in range(SIDE)
        for column in range(SIDE)
    ]
    rows = sorted(set().union(*(seen.get(cell, set()) for cell in cells)))
    lowest = [LOWEST if cell in seen else float("nan") for cell in cells]
    highest = [HIGHEST if cell in seen else float("nan") for cell in cells]
    bits = b"".join(
        sum(1 << at for at, row in enumerate(rows) if row in seen.get(cell, ())).to_bytes(
            -(-len(rows) // 8), "little"
        )
        for cell in cells
    )
    count = len(cells)
    return zlib.compress(
        struct.pack(f"<{count}f", *lowest)
        + struct.pack(f"<{count}f", *highest)
        + struct.pack(f"<I{len(rows)}I", len(rows), *rows)
        + bits
    )
