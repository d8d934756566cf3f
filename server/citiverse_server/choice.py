"""Which tiles a viewer is to hold, from where she stands and what she holds already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from . import lod

if TYPE_CHECKING:
    from .catalog import Bools, Rows, Tiles
    from .lod import Aim, Viewpoint
    from .parcels import Parcels
    from .visibility import Sight


def _nothing() -> Rows:
    return np.empty(0, dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Holding:
    """Rows that the client was told of, and those among them whose content isn't whole."""

    tiles: set[int]
    begun: Parcels


@dataclass(frozen=True, slots=True)
class Choice:
    """A cut, and what it means for what is sent.

    wanted  rows that the client must know of
    hidden  those among them whose content isn't sent, as nothing of it can be seen
    due     those that are to take their children's place again when their own content is whole
    now     rows (rising) of which something can be seen from where the viewer is; None: of all
    """

    cut: lod.Cut = field(default_factory=lambda: lod.Cut(_nothing(), np.empty(0), degraded=False))
    wanted: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()
    due: frozenset[int] = frozenset()
    now: Rows | None = None

    def is_like(self, other: Choice) -> bool:
        """Whether nothing else is to be sent than for another choice."""
        mine, others = (self.wanted, self.hidden, self.due), (other.wanted, other.hidden, other.due)
        return mine == others


@dataclass(frozen=True, slots=True)
class Outlook:
    """From where a viewer looks, what can be seen there (None: everything), and with what aim."""

    seen: Viewpoint
    sight: Sight | None
    aim: Aim


def choose(tiles: Tiles, outlook: Outlook, former: Choice, holding: Holding) -> Choice:
    """What to hold next; nothing goes before that which takes its place has come."""
    sight, begun = outlook.sight, holding.begun
    before = former.cut.refined
    scope = None
    if sight is not None:
        scope = lod.Scope(sight.soon, _with_content(tiles.count, holding), sight.apart)
    cut = lod.select(tiles, outlook.seen, outlook.aim, before, scope)
    unfinished = begun.begun.intersection(before.tolist()).difference(cut.refined.tolist())
    if sight is not None:
        unfinished = {row for row in unfinished if sight.soon[row] or begun.sent(row)}
    if unfinished:
        cut = lod.kept(tiles, cut, former.cut, np.array(sorted(unfinished), dtype=np.intp))
    wanted = lod.wanted(tiles, cut)
    due = frozenset(unfinished)
    if sight is None:
        return Choice(cut, frozenset(wanted.tolist()), due=due)
    unseen = wanted[~sight.soon[wanted] & (tiles.parent[wanted] >= 0)].tolist()
    hidden = frozenset(row for row in unseen if _is_empty(row, holding))
    now = np.sort(wanted[sight.now[wanted]])
    return Choice(cut, frozenset(wanted.tolist()), hidden, due, now)


def _is_empty(row: int, holding: Holding) -> bool:
    """Whether the client has nothing of a tile's content."""
    return row not in holding.tiles or (row in holding.begun.begun and holding.begun.sent(row) == 0)


def _with_content(count: int, holding: Holding) -> Bools:
    mask = np.zeros(count, dtype=np.bool_)
    mask[list(holding.tiles)] = True
    mask[[row for row in holding.begun.begun if not holding.begun.sent(row)]] = False
    return mask
