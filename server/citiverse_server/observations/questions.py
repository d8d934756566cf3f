"""Answers from what is sealed on the disk and what is in memory, together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from . import steps
from .columns import Columns, merged
from .reading import Pace, needed
from .recent import of_row, part
from .store import Overview

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..overlays.model import Batch
    from .reading import Reader
    from .store import Span, Summary

Batches = tuple["Batch", ...]


def history(reader: Reader | None, memory: Batches, row: int, ask: tuple[Span, int, bool]) -> Batch:
    """`ask` is the span, the limit, and whether the last ones are wanted, not the first."""
    span, limit, newest = ask
    parts = []
    if reader is not None:
        pace = Pace()
        for place in needed(reader.places(row, span), span, limit, newest=newest):
            parts.append(reader.columns(place).within(span))
            pace.step()
    found = merged((*parts, of_row(memory, row, span)))
    return found.only(slice(-limit, None) if newest else slice(limit)).batch(row)


def summary(reader: Reader | None, memory: Batches, row: int, ask: tuple[Span, int]) -> Summary:
    """`ask` is the span and the length of a step in µs."""
    span, step_us = ask
    pace = Pace()
    parts = [steps.NOTHING]
    for columns in _all(reader, row, span, of_row(memory, row, span)):
        parts.append(steps.of_columns(columns, step_us))
        pace.step()
    if reader is not None:
        parts += reader.summaries(row, span)
    return steps.combined(parts, step_us)


def overview(
    reader: Reader | None, memory: Batches, rows: Sequence[int], ask: tuple[Span, int]
) -> Overview:
    """`ask` is the span and the length of a step in µs; steps count from where the span begins."""
    span, step_us = ask
    count = -(-(span.end_us - span.begin_us) // step_us)
    means = np.full((len(rows), count), np.nan, dtype=np.float32)
    quality = np.zeros((len(rows), count), dtype=np.uint8)
    pace = Pace()
    mine = _by_row(memory, span)
    for index, row in enumerate(rows):
        sums, counts = np.zeros(count), np.zeros(count)
        for piece in _in_parts(reader, row, span, mine(row)):
            at = (piece.times - span.begin_us) // step_us
            sums += np.bincount(at, piece.means * piece.counts, count)
            counts += np.bincount(at, piece.counts, count)
            if piece.quality.any():
                np.bitwise_or.at(quality[index], at, piece.quality)
        there = counts > 0
        means[index, there] = sums[there] / counts[there]
        pace.step()
    return Overview(means, quality)


def _in_parts(reader: Reader | None, row: int, span: Span, recent: Columns) -> Iterator[Summary]:
    for columns in _all(reader, row, span, recent):
        yield steps.one_each(columns)
    if reader is not None:
        yield from reader.summaries(row, span)


def _all(reader: Reader | None, row: int, span: Span, recent: Columns) -> Iterator[Columns]:
    """Every observation of a span that is kept, once, sealed batch by sealed batch."""
    if reader is not None:
        for place in reader.places(row, span):
            columns = reader.columns(place).within(span)
            if len(recent) and place.last >= recent.times[0] and place.first <= recent.times[-1]:
                recent = recent.only(~np.isin(recent.times, columns.times))
            yield columns
    yield recent


def _by_row(memory: Batches, span: Span) -> Callable[[int], Columns]:
    """What each row has in memory; sorted once, as there are many rows."""
    inside = [
        part(batch, (batch.times >= span.begin_us) & (batch.times < span.end_us))
        for batch in memory
    ]
    rows = np.concatenate([batch.rows for batch in inside])
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    together = Columns(
        np.concatenate([batch.times for batch in inside])[order],
        np.concatenate([batch.values for batch in inside])[order],
        np.concatenate([batch.arrivals for batch in inside])[order],
        np.concatenate([batch.quality for batch in inside])[order],
    )

    def of(row: int) -> Columns:
        begin, end = np.searchsorted(ordered, (row, row + 1))
        return merged((together.only(slice(int(begin), int(end))),))

    return of
