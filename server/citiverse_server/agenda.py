"""What of a viewer's missing tiles is sent when.

The picture comes first. Of what can wait the client is only told that it will come, so that it
holds up nobody; of what can't be seen, and of what is replaced by its children at once, no more.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from . import lod

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from .catalog import Bools, Rows, Tiles
    from .choice import Choice
    from .lod import Viewpoint

# Where the picture is so small, no coarser step is shown on the way to it.
STRAIGHT_BYTES = 512 * 1024


@dataclass(slots=True)
class Agenda:
    """Rows in the order in which they are sent.

    coarse    the roots
    finer     what makes the picture whole
    unseen    what follows
    outlines  those of which only the beginning is sent when their turn comes first
    """

    coarse: deque[int] = field(default_factory=deque)
    finer: deque[int] = field(default_factory=deque)
    unseen: deque[int] = field(default_factory=deque)
    outlines: set[int] = field(default_factory=set)

    @property
    def waiting(self) -> set[int]:
        """All that is still to be sent."""
        return {*self.coarse, *self.finer, *self.unseen}

    def forget(self, gone: AbstractSet[int]) -> None:
        """Sends none of these but roots."""
        self.finer = deque(row for row in self.finer if row not in gone)
        self.unseen = deque(row for row in self.unseen if row not in gone)


@dataclass(frozen=True, slots=True)
class Missing:
    """Rows whose content the client lacks, and those that it was told of (`begun`).

    `begins` says that it can be told of a tile before its content comes.
    """

    rows: AbstractSet[int]
    begun: AbstractSet[int]
    begins: bool


def agenda(tiles: Tiles, choice: Choice, seen: Viewpoint, missing: Missing) -> Agenda:
    """In which order what is missing is sent."""
    result = Agenda()
    if not missing.rows:
        return result
    order = lod.sending_order(tiles, choice.cut, seen, choice.now)
    is_missing, is_begun = _mask(tiles, missing.rows), _mask(tiles, missing.begun)
    picture, aside = np.split(order.rows, [order.seen])
    picture, aside = picture[is_missing[picture]], aside[is_missing[aside]]
    is_root = tiles.parent[picture] < 0
    is_seen = True if choice.now is None else lod.contains(choice.now, picture)
    result.coarse.extend(picture[is_root & is_seen].tolist())
    # Other variants begin to come when all else has come.
    elsewhere = picture[is_root & ~np.asarray(is_seen)].tolist()
    picture = picture[~is_root]
    waits, stays_empty = _what_waits(tiles, choice, seen, picture, begins=missing.begins)
    # Whoever was told of a tile isn't told again.
    is_outline = waits | stays_empty
    result.finer.extend(picture[~(is_outline & is_begun[picture])].tolist())
    result.outlines.update(picture[is_outline & ~is_begun[picture]].tolist())
    result.unseen.extend(picture[waits].tolist())
    stays_empty = _stays_empty(choice, aside, begins=missing.begins)
    result.unseen.extend(aside[~(stays_empty & is_begun[aside])].tolist())
    result.outlines.update(aside[stays_empty & ~is_begun[aside]].tolist())
    result.unseen.extend(elsewhere)
    return result


def _mask(tiles: Tiles, rows: AbstractSet[int]) -> Bools:
    mask = np.zeros(tiles.count, dtype=np.bool_)
    mask[list(rows)] = True
    return mask


def _what_waits(
    tiles: Tiles, choice: Choice, seen: Viewpoint, rows: Rows, *, begins: bool
) -> tuple[Bools, Bools]:
    """Of the picture's families: what is beside it, and what no content is sent of, (R,) each."""
    stays_empty = _stays_empty(choice, rows, begins=begins)
    is_seen = lod.in_view(tiles, rows, seen)
    if choice.now is not None:
        is_seen &= lod.contains(choice.now, rows)
    if not begins:
        return np.zeros(len(rows), dtype=np.bool_), stays_empty
    sizes = tiles.sent_bytes(rows)
    if int(sizes[is_seen & ~stays_empty].sum()) > STRAIGHT_BYTES:
        is_step = is_seen & lod.contains(choice.cut.refined, rows)
        stays_empty &= ~is_step
    return ~is_seen & ~stays_empty, stays_empty


def _stays_empty(choice: Choice, rows: Rows, *, begins: bool) -> Bools:
    """What can't be seen, and what its children replace at once."""
    is_hidden = np.fromiter((row in choice.hidden for row in rows.tolist()), np.bool_, len(rows))
    if not begins:
        return is_hidden
    is_due = np.fromiter((row in choice.due for row in rows.tolist()), np.bool_, len(rows))
    is_replaced = lod.contains(choice.cut.refined, rows) & ~is_due
    return is_hidden | is_replaced
