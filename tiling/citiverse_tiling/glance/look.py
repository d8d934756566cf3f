"""Looks through files piece by piece, as far as time allows."""

from __future__ import annotations

import mmap
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from citiverse_tiling.glance import citygml
from citiverse_tiling.glance.outlines import joined
from citiverse_tiling.glance.spread import PIECE_BYTES, Spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from citiverse_tiling.glance.citygml import Buildings, Head
    from citiverse_tiling.glance.outlines import Outlines


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

    looked_at: dict[int, LookedAt]
    ids: list[bytes]
    wholes: list[int]
    spans: list[tuple[int, int]]
    files: list[int]
    outlines: Outlines
    share: float
    pace: float


def look_through(paths: Sequence[Path], clock: Callable[[], float], budget_s: float) -> Seen:
    """Find buildings for `budget_s` seconds of `clock`, at least in one piece.

    Files are mapped piece by piece: there may be more of them than a process may hold open.
    """
    pieces = [
        (number, start)
        for number, path in enumerate(paths)
        for start in range(0, path.stat().st_size, PIECE_BYTES)
    ]
    heads: dict[int, Head | None] = {}
    found: dict[tuple[int, int], Buildings] = {}
    seen_bytes = 0
    spread = Spread(pieces, clock, budget_s)
    for number, start in spread:
        if number in heads and heads[number] is None:
            continue
        with _mapped(paths[number]) as data:
            if number not in heads:
                heads[number] = citygml.read_head(data)
            if heads[number] is not None:
                stop = min(start + PIECE_BYTES, len(data))
                found[number, start] = citygml.buildings_in(data, start, stop)
                seen_bytes += stop - start
    refused = sum(number in heads and heads[number] is None for number, _ in pieces)
    share = len(found) / max(len(pieces) - refused, 1)
    looked_at = {
        number: LookedAt(paths[number], head) for number, head in heads.items() if head is not None
    }
    return _joined(looked_at, found, share, spread.pace(seen_bytes))


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap]:
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        yield data


def _joined(
    looked_at: dict[int, LookedAt],
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
