"""Looks through files piece by piece, as far as time allows."""

from __future__ import annotations

import math
import mmap
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from citiverse_tiling.glance import citygml
from citiverse_tiling.glance.outlines import joined
from citiverse_tiling.glance.spread import spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from citiverse_tiling.glance.citygml import Buildings, Head
    from citiverse_tiling.glance.outlines import Outlines

PIECE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A file that can be looked through."""

    path: Path
    head: Head


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found: buildings in the order of their files, and within them of their bytes.

    ids, wholes, spans, outlines  as in `citygml.Buildings`
    files  which of `looked_at` each is in
    share  of the bytes that could be looked through, 0 to 1
    pace   bytes a second; infinite by a clock that stands
    """

    looked_at: list[LookedAt]
    ids: list[bytes]
    wholes: list[int]
    spans: list[tuple[int, int]]
    files: list[int]
    outlines: Outlines
    share: float
    pace: float


def look_through(paths: Sequence[Path], clock: Callable[[], float], budget_s: float) -> Seen:
    """Find buildings for `budget_s` seconds of `clock`, at least in one piece."""
    begins = clock()
    ends = begins + budget_s
    found: dict[tuple[int, int], Buildings] = {}
    with ExitStack() as stack:
        looked_at: list[LookedAt] = []
        maps: list[mmap.mmap] = []
        pieces: list[tuple[int, int]] = []
        for path in paths:
            if not path.stat().st_size:
                continue
            file = stack.enter_context(path.open("rb"))
            data = stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            head = citygml.read_head(data)
            if head is None:
                continue
            pieces += [(len(maps), start) for start in range(0, len(data), PIECE_BYTES)]
            looked_at.append(LookedAt(path, head))
            maps.append(data)
        for number in spread(len(pieces)):
            if found and clock() > ends:
                break
            which, start = pieces[number]
            stop = min(start + PIECE_BYTES, len(maps[which]))
            found[which, start] = citygml.buildings_in(maps[which], start, stop)
        took = clock() - begins
        pace = len(found) * PIECE_BYTES / took if took > 0 else math.inf
        return _joined(looked_at, found, len(found) / max(len(pieces), 1), pace)


def _joined(
    looked_at: list[LookedAt],
    found: dict[tuple[int, int], Buildings],
    share: float,
    pace: float,
) -> Seen:
    ids: list[bytes] = []
    wholes: list[int] = []
    spans: list[tuple[int, int]] = []
    files: list[int] = []
    outlines: list[Outlines] = []
    for (which, _), piece in sorted(found.items(), key=_place):
        before = len(ids)
        outlines.append(replace(piece.outlines, owners=piece.outlines.owners + before))
        wholes += [before + whole if whole >= 0 else -1 for whole in piece.wholes]
        ids += piece.ids
        spans += piece.spans
        files += [which] * len(piece.ids)
    return Seen(looked_at, ids, wholes, spans, files, joined(outlines), share, pace)


def _place(item: tuple[tuple[int, int], Buildings]) -> tuple[int, int]:
    return item[0]


def repeated(names: Iterable[tuple[str, bytes]]) -> frozenset[tuple[str, bytes]]:
    """Those that occur more than once."""
    once: set[tuple[str, bytes]] = set()
    more: set[tuple[str, bytes]] = set()
    for name in names:
        (more if name in once else once).add(name)
    return frozenset(more)
