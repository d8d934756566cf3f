"""Rows of each of many tiles, one after the other: two arrays however many tiles there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from citiverse_tiling.model import Int32Array, Int64Array, Rows


@dataclass(frozen=True, slots=True)
class Runs:
    """Tile t of N has `rows[starts[t] : starts[t + 1]]`; `starts` is int64 (N + 1,)."""

    rows: Int32Array
    starts: Int64Array

    @staticmethod
    def of(each: Sequence[Rows]) -> Runs:
        """Those of each tile."""
        starts = np.cumsum([0, *(len(rows) for rows in each)])
        flat = np.empty(starts[-1], np.int32)
        for start, rows in zip(starts.tolist(), each, strict=False):
            flat[start : start + len(rows)] = rows
        return Runs(flat, starts)

    def __getitem__(self, tile: int) -> Int32Array:
        return self.rows[self.starts[tile] : self.starts[tile + 1]]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __iter__(self) -> Iterator[Int32Array]:
        return (self[tile] for tile in range(len(self)))
