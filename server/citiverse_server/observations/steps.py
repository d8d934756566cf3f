"""Summaries by steps of equal length, counted from 1970, so that any two agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .store import Summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .columns import Columns
    from .store import Span

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


def floor(time_us: int, step_us: int) -> int:
    """Where the step begins in which a time lies."""
    return time_us // step_us * step_us


def one_each(columns: Columns) -> Summary:
    """Every observation as a step of its own."""
    count = np.ones(len(columns), dtype=np.uint32)
    values = columns.values
    return Summary(columns.times, count, values, values, values, columns.quality)


def of_columns(columns: Columns, step_us: int) -> Summary:
    """Observations by time, in steps."""
    return combined((one_each(columns),), step_us)


def combined(parts: Sequence[Summary], step_us: int) -> Summary:
    """Several summaries in longer steps; one that lies across two belongs to where it begins."""
    times = np.concatenate([part.times for part in parts]) // step_us * step_us
    counts = np.concatenate([part.counts for part in parts])
    lows = np.concatenate([part.lows for part in parts])
    highs = np.concatenate([part.highs for part in parts])
    means = np.concatenate([part.means for part in parts])
    quality = np.concatenate([part.quality for part in parts])
    if not len(times):
        return Summary(times, counts, lows, highs, means, quality)
    order = np.argsort(times, kind="stable")
    ordered = times[order]
    begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    counts = counts[order]
    together = np.add.reduceat(counts, begins, dtype=np.int64)
    # Weighed before they are added, so that the sum of the largest values can't overflow.
    shares = counts / np.repeat(together, np.diff(np.append(begins, len(order))))
    return Summary(
        ordered[begins],
        together.astype(np.uint32),
        np.minimum.reduceat(lows[order], begins),
        np.maximum.reduceat(highs[order], begins),
        np.add.reduceat(means[order] * shares, begins),
        np.bitwise_or.reduceat(quality[order], begins),
    )


NOTHING = Summary(
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.uint32),
    np.empty(0),
    np.empty(0),
    np.empty(0),
    np.empty(0, dtype=np.uint8),
)


def part(summary: Summary, chosen: slice) -> Summary:
    """Some steps of a summary."""
    return Summary(
        summary.times[chosen],
        summary.counts[chosen],
        summary.lows[chosen],
        summary.highs[chosen],
        summary.means[chosen],
        summary.quality[chosen],
    )


def within(summary: Summary, span: Span) -> Summary:
    """The steps that begin in a span."""
    begin, end = np.searchsorted(summary.times, (span.begin_us, span.end_us))
    return part(summary, slice(int(begin), int(end)))
