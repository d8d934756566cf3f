"""The tree of a foreign tileset as the stream has it: refinement replaces, and nothing is bare.

- Tiles that refine by ADD (3D Tiles 1.1, 7.5) get one child more, which shows what they do.
- Tiles without content below one that has some are passed over: their children are that one's, so
  that nothing gives way to nothing. Those above all content stay, as empty tiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.foreign.tileset import ForeignTile
    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array

NOTHING = -1


@dataclass(frozen=True, slots=True)
class Arranged:
    """N tiles, parents first.

    parents            int64 (N,): −1 for the root
    sources            int64 (N,): row of the foreign tile whose contents it shows, or NOTHING
    geometric_error_m  float64 (N,): 0 for a leaf
    """

    parents: Int64Array
    sources: Int64Array
    geometric_error_m: Float64Array


def arrange(tiles: Sequence[ForeignTile], is_drawn: BoolArray) -> Arranged | None:
    """The tree; `is_drawn` (n,) says which of the tiles show something. None where none does."""
    if not is_drawn.any():
        return None
    parents: list[int] = []
    sources: list[int] = []
    errors: list[float] = []
    above: list[int] = []
    has_content_above: list[bool] = []
    has_children = np.zeros(len(tiles), np.bool_)
    for tile in tiles:
        if tile.parent >= 0:
            has_children[tile.parent] = True
    for row, tile in enumerate(tiles):
        parent = above[tile.parent] if tile.parent >= 0 else NOTHING
        covered = has_content_above[tile.parent] if tile.parent >= 0 else False
        has_content_above.append(covered or bool(is_drawn[row]))
        if not is_drawn[row] and covered:
            above.append(parent)
            continue
        above.append(len(parents))
        parents.append(parent)
        sources.append(row if is_drawn[row] else NOTHING)
        errors.append(tile.geometric_error_m)
        if tile.refine == "ADD" and is_drawn[row] and has_children[row]:
            parents.append(above[row])
            sources.append(row)
            errors.append(0.0)
    return _without_bare_leaves(np.array(parents), np.array(sources), np.array(errors))


def _without_bare_leaves(
    parents: Int64Array, sources: Int64Array, errors: Float64Array
) -> Arranged:
    leads = sources != NOTHING
    # Parents come first, so each tile has heard of all below it when its turn comes.
    for row in range(len(parents) - 1, 0, -1):
        if leads[row]:
            leads[parents[row]] = True
    # A copy of what an ADD tile shows is needed only where it has other children.
    children = np.bincount(parents[1:][leads[1:]], minlength=len(parents))
    is_copy = np.zeros(len(parents), np.bool_)
    is_copy[1:] = (sources[1:] == sources[parents[1:]]) & (sources[1:] != NOTHING)
    leads[is_copy] &= children[parents[is_copy]] > 1
    rows = np.cumsum(leads) - 1
    kept = np.where(parents >= 0, rows[parents], NOTHING)[leads]
    is_leaf = np.bincount(kept[kept >= 0], minlength=len(kept)) == 0
    return Arranged(kept, sources[leads], np.where(is_leaf, 0.0, errors[leads]))
