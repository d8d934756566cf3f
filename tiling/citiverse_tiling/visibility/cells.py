"""What can be seen from each cell of a region, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.visibility.ground_plan import (
    BLOCK_CELLS,
    REGION_BLOCKS,
    REGION_CELLS,
    around,
    blocks_to_look_from,
    floors,
)
from citiverse_tiling.visibility.horizon import CELL_M, horizon, surroundings
from citiverse_tiling.visibility.sight import Cells, tiles_seen
from citiverse_tiling.visibility.visibility_bin import Block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from citiverse_tiling.model import BoolArray, Float32Array
    from citiverse_tiling.visibility.ground_plan import Region
    from citiverse_tiling.visibility.horizon import Surroundings
    from citiverse_tiling.visibility.sight import Sights

EYES_M = 2.3
"""The band of eyes above the highest floor of a cell, up to which what is hidden stays hidden."""
_BELOW_M = 0.5


def blocks_seen(sights: Sights, region: Region, files: Mapping[Region, Path]) -> Iterator[Block]:
    """The blocks of a region in which anyone can walk near something that is built."""
    lowest, highest = floors(files[region])
    chosen = blocks_to_look_from(region, files)
    if not chosen.any():
        return
    surrounding = surroundings(around(region, files))
    for block in range(REGION_BLOCKS**2):
        i, j = divmod(block, REGION_BLOCKS)
        rows = slice(j * BLOCK_CELLS, (j + 1) * BLOCK_CELLS)
        columns = slice(i * BLOCK_CELLS, (i + 1) * BLOCK_CELLS)
        eyes = highest[rows, columns] + np.float32(EYES_M)
        if not (chosen[j, i] and np.isfinite(eyes).any()):
            continue
        seen = np.stack(
            [
                _row_seen(sights, surrounding, region, j * BLOCK_CELLS + row, columns, eyes[row])
                for row in range(BLOCK_CELLS)
            ]
        )
        known = np.isfinite(eyes)
        tiles = np.flatnonzero(seen.any(axis=(0, 1)))
        yield Block(
            (region[0] * REGION_BLOCKS + i, region[1] * REGION_BLOCKS + j),
            np.where(known, lowest[rows, columns] - np.float32(_BELOW_M), np.float32(np.nan)),
            np.where(known, eyes, np.float32(np.nan)),
            tiles,
            seen[:, :, tiles],
        )


def _row_seen(
    sights: Sights,
    surrounding: Surroundings,
    region: Region,
    row: int,
    columns: slice,
    eyes: Float32Array,
) -> BoolArray:
    """What is seen from a row of a block's cells, (BLOCK_CELLS, N)."""
    seen = np.zeros((BLOCK_CELLS, len(sights.table.parent)), np.bool_)
    known = np.flatnonzero(np.isfinite(eyes))
    if len(known):
        rising = np.stack(
            [horizon(surrounding, row, columns.start + at, eyes[at]) for at in known.tolist()]
        )
        x = region[0] * REGION_CELLS + columns.start + known
        y = np.full(len(known), region[1] * REGION_CELLS + row)
        middles = (np.stack([x, y], axis=1) + 0.5) * CELL_M
        seen[known] = tiles_seen(sights, Cells(rising, middles, eyes[known].astype(np.float64)))
    return seen
