"""Many datastreams in one order of time: the first observations of a span, or the last ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..overlays.model import Batch
from .reading import Pace, needed
from .recent import part
from .store import TooMuchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .disk import Place
    from .reading import Reader
    from .store import Span

MOST_PLACES = 200_000
"""Sealed batches that one question may reach over."""
_SLACK = 20_000
"""So many more than are wanted are held before they are cut."""


def across(
    reader: Reader | None,
    memory: Sequence[Batch],
    rows: Sequence[int],
    ask: tuple[Span, int, bool],
) -> Batch:
    """By time, then by row; `ask` is the span, the limit, and whether the last ones are wanted.

    Of several at one time of one datastream the one that came first counts. Raises `TooMuchError`.
    """
    span, limit, newest = ask
    found: list[Batch] = []
    held = 0
    pace = Pace()
    if reader is not None:
        owners: dict[int, int] = {}
        places: list[Place] = []
        for row in rows:
            mine = reader.places(row, span)
            owners.update((place.id, row) for place in mine)
            places += mine
            if len(places) > MOST_PLACES:
                raise TooMuchError("more sealed batches than one question may reach over")
            pace.step()
        places.sort(key=lambda place: place.first)
        for place in needed(places, span, limit, newest=newest):
            found.append(reader.columns(place).within(span).batch(owners[place.id]))
            held += len(found[-1].rows)
            if held > limit + _SLACK:
                found = [_ordered(found, limit, newest=newest)]
                held = len(found[0].rows)
            pace.step()
    wanted = np.zeros(max(rows, default=0) + 1, dtype=np.bool_)
    wanted[list(rows)] = True
    for batch in memory:
        inside = (batch.times >= span.begin_us) & (batch.times < span.end_us)
        inside &= wanted[np.minimum(batch.rows, len(wanted) - 1)] & (batch.rows < len(wanted))
        found.append(part(batch, inside))
    return _ordered(found, limit, newest=newest)


def _ordered(batches: Sequence[Batch], limit: int, *, newest: bool) -> Batch:
    """All of them in order, each once, and of those the first or the last `limit`."""
    together = Batch(
        np.concatenate([batch.rows for batch in batches]),
        np.concatenate([batch.values for batch in batches]),
        np.concatenate([batch.times for batch in batches]),
        np.concatenate([batch.arrivals for batch in batches]),
        np.concatenate([batch.quality for batch in batches]),
    )
    # A stable order leaves those of one time and row as they came.
    order = np.lexsort((together.rows, together.times))
    rows, times = together.rows[order], together.times[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (times[1:] != times[:-1]) | (rows[1:] != rows[:-1])
    kept = order[first]
    return part(together, kept[-limit:] if newest else kept[:limit])
