"""Questions for Observations, answered by the store: what is read is bounded by time and number."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ...observations.recent import part
from ...observations.store import Span, TooMuchError
from ...overlays.model import EARLIEST_US, Batch
from .bounds import bounds
from .evaluate import ordered, where
from .expression import Path
from .observed import ObservationTable
from .problems import QueryError
from .tables import Budget, Frame, Rows

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence

    from ...observations.store import ObservationStore
    from .bounds import Bounds
    from .catalogue import Catalogue
    from .options import Options
    from .tables import Table

CHUNK = 10_000
ASKED_CELLS = 2000
"""What it costs to ask the store once, beside what it then tells."""
STREAM_CELLS = 50
"""The same for each Datastream of many that it is asked about at once."""
MAX_SCANNED = 500_000
"""Observations that one request may look at."""
MAX_SKIPPED = 100_000
DAY_US = 86_400_000_000
Place = tuple[int, int]
"""The row of a Datastream in the store, and a time."""
_TIME = Path(("phenomenonTime",))
_NARROWER = "ask about fewer Datastreams, or a shorter phenomenonTime."


@dataclass(frozen=True, slots=True)
class Page:
    """Observations (`rows` are the catalogue's Datastreams) and where to go on, one way or other.

    `after` is the place of the last one, `skip` how many come before the next.
    """

    batch: Batch
    after: Place | None = None
    skip: int | None = None


class Reader:
    """Reads for one request; counts what it has looked at."""

    def __init__(
        self, store: ObservationStore, catalogue: Catalogue, budget: Budget, now_us: int
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._budget = budget
        self._now_us = now_us
        self._scanned = 0

    async def page(self, streams: Rows, options: Options, limit: int) -> Page:
        """At most `limit` of the Observations of these Datastreams. Raises `QueryError`."""
        if options.skip > MAX_SKIPPED:
            raise QueryError(f"$skip goes up to {MAX_SKIPPED} here; {_NARROWER}")
        limits = bounds(options.filter, self._now_us)
        heard = await self._speaking(self._chosen(streams, limits), limits.span)
        by_time = bool(options.orders) and options.orders[0].expression == _TIME
        # One more than is told says whether there are more.
        want = options.skip + limit + 1
        if not options.orders or (by_time and len(heard) == 1):
            return await self._paged(self._in_turn(heard, limits, options, want), options, limit)
        if by_time and len(options.orders) == 1:
            return await self._paged(self._by_time(heard, limits, options, want), options, limit)
        return await self._sorted(heard, limits, options, limit)

    async def count(self, streams: Rows, options: Options) -> int:
        """How many meet the condition. Raises `QueryError`."""
        limits = bounds(options.filter, self._now_us)
        heard = await self._speaking(self._chosen(streams, limits), limits.span)
        return sum([len(found.rows) async for found in self._all(heard, limits)])

    async def newest(self, streams: Rows) -> Batch:
        """The newest of each of these Datastreams that has one."""
        batch = await self._store.latest(self._catalogue.stored[streams].tolist())
        return replace(batch, rows=self._catalogue.streams_of(batch.rows))

    async def one(self, stream: int, time_us: int) -> Batch:
        """The observation of a Datastream at a time, if there is one. Raises `StateError`."""
        return await self._history(stream, Span(time_us, time_us + 1), 1, newest=False)

    async def _paged(
        self, scan: AsyncGenerator[tuple[Batch, Place], None], options: Options, limit: int
    ) -> Page:
        """As much of a scan as fills a page, and where the next one begins.

        Any page costs as little as the first.
        """
        want = options.skip + limit + 1
        kept: list[Batch] = []
        count = 0
        stopped: Place | None = None
        async with aclosing(scan):
            async for found, reached in scan:
                kept.append(found)
                count += len(found.rows)
                stopped = reached if self._scanned >= MAX_SCANNED else None
                if count >= want or stopped:
                    break
        page = part(joined(kept), slice(options.skip, want - 1))
        if count < want:
            return Page(page, after=stopped)
        return Page(page, after=self._place(page, -1) if limit else None)

    async def _in_turn(
        self, streams: list[int], limits: Bounds, options: Options, want: int
    ) -> AsyncGenerator[tuple[Batch, Place], None]:
        """Datastream by Datastream, each by time: what meets the conditions, and how far it is."""
        newest = bool(options.orders) and options.orders[0].descending
        most = CHUNK if limits.rest else min(want, CHUNK)
        for stream, begun in self._spans(streams, limits.span, options.after, newest=newest):
            span, count = begun, most
            while count == most:
                batch = await self._history(stream, span, most, newest=newest)
                count = len(batch.rows)
                if count:
                    span = _rest(span, int(batch.times[-1]), newest=newest)
                    yield self._matching(batch, limits), self._place(batch, -1)

    def _spans(
        self, streams: list[int], span: Span, after: Place | None, *, newest: bool
    ) -> list[tuple[int, Span]]:
        """What is still to be read of each Datastream."""
        stored = self._catalogue.stored[np.array(streams, dtype=np.intp)]
        places = sorted(zip(stored.tolist(), streams, strict=True))
        if after is None:
            return [(stream, span) for _, stream in places]
        row, time = after
        rest = _rest(span, time, newest=newest)
        return [(stream, rest if at == row else span) for at, stream in places if at >= row]

    async def _by_time(
        self, streams: list[int], limits: Bounds, options: Options, want: int
    ) -> AsyncGenerator[tuple[Batch, Place], None]:
        """The same of all Datastreams in one order of time."""
        newest = options.orders[0].descending
        after, span = options.after, limits.span
        if after is not None:
            span = _from(span, after[1], newest=newest)
        # Of one moment each Datastream has one at most, so that every chunk brings new ones.
        most = len(streams) + (CHUNK if limits.rest else min(want, CHUNK))
        for window in windows(span, await self._last(streams), newest=newest):
            count, left = most, window
            while count == most:
                batch = await self._across(streams, left, most, newest=newest)
                count = len(batch.rows)
                fresh = batch if after is None else self._beyond(batch, after, newest=newest)
                if len(fresh.rows):
                    after = self._place(fresh, -1)
                    left = _from(window, after[1], newest=newest)
                    yield self._matching(fresh, limits), after

    async def _sorted(
        self, streams: list[int], limits: Bounds, options: Options, limit: int
    ) -> Page:
        """In another order: all that meets the condition is read."""
        backwards = joined([found async for found in self._all(streams, limits)])
        # Of equals the first stays first.
        whole = part(backwards, slice(None, None, -1))
        order = ordered(options.orders, self._frame(whole), self._now_us)
        until = options.skip + limit
        return Page(
            part(whole, order[options.skip : until]),
            skip=until if len(order) > until and limit else None,
        )

    async def _all(self, streams: list[int], limits: Bounds) -> AsyncIterator[Batch]:
        """All that meets the condition, the last first. Raises `QueryError`: too much."""
        last_us = await self._last(streams)
        for window in windows(limits.span, last_us, newest=True):
            whole = await self._across(streams, window, MAX_SCANNED + 1, newest=True)
            if self._scanned > MAX_SCANNED:
                raise QueryError(f"This is about more than {MAX_SCANNED} Observations; {_NARROWER}")
            for begin in range(0, len(whole.rows), CHUNK):
                yield self._matching(part(whole, slice(begin, begin + CHUNK)), limits)
                # Others have their turn.
                await asyncio.sleep(0)

    async def _last(self, streams: list[int]) -> int:
        """When the newest Observation of all was."""
        batch = await self.newest(np.array(streams, dtype=np.intp))
        return int(batch.times.max(initial=EARLIEST_US))

    async def _speaking(self, streams: Rows, span: Span) -> list[int]:
        """Those that have said anything since a span began."""
        batch = await self.newest(streams)
        heard = batch.rows[batch.times >= span.begin_us]
        return sorted(heard.tolist())

    async def _history(self, stream: int, span: Span, limit: int, *, newest: bool) -> Batch:
        """Of one Datastream, the first one first, or where the last ones are wanted the last."""
        self._budget.spend(ASKED_CELLS)
        stored = int(self._catalogue.stored[stream])
        return self._read(await self._store.history(stored, span, limit, newest=newest), newest)

    async def _across(self, streams: list[int], span: Span, limit: int, *, newest: bool) -> Batch:
        """The same of many."""
        self._budget.spend(ASKED_CELLS + STREAM_CELLS * len(streams))
        stored = self._catalogue.stored[np.array(streams, dtype=np.intp)].tolist()
        try:
            found = await self._store.across(stored, span, limit, newest=newest)
        except TooMuchError:
            raise QueryError(f"This reaches over too much; {_NARROWER}") from None
        return self._read(found, newest)

    def _read(self, batch: Batch, newest: bool) -> Batch:
        self._scanned += len(batch.rows)
        self._budget.spend(len(batch.rows))
        turned = part(batch, slice(None, None, -1 if newest else 1))
        return replace(turned, rows=self._catalogue.streams_of(turned.rows))

    def _beyond(self, batch: Batch, after: Place, *, newest: bool) -> Batch:
        """What comes after a place in an order of time, then of rows in the store."""
        row, time = after
        stored = self._catalogue.stored[batch.rows]
        later = (stored < row) if newest else (stored > row)
        return part(batch, np.flatnonzero((batch.times != time) | later))

    def _place(self, batch: Batch, at: int) -> Place:
        return int(self._catalogue.stored[batch.rows[at]]), int(batch.times[at])

    def _matching(self, batch: Batch, limits: Bounds) -> Batch:
        for condition in limits.rest:
            batch = part(batch, where(condition, self._frame(batch), self._now_us))
        return batch

    def _chosen(self, streams: Rows, limits: Bounds) -> Rows:
        """The Datastreams that meet what the condition says of them."""
        for condition in limits.streams:
            frame = self._frame(without_values(streams))
            streams = streams[where(condition, frame, self._now_us)]
        return streams

    def _frame(self, batch: Batch) -> Frame:
        tables: dict[str, Table] = dict(self._catalogue.tables)
        tables["Observation"] = ObservationTable(self._catalogue, batch)
        return Frame(tables, "Observation", np.arange(len(batch.rows)), self._budget)


def joined(batches: Sequence[Batch]) -> Batch:
    """Several batches as one."""
    whole = [without_values(np.empty(0, np.intp)), *batches]
    return Batch(
        np.concatenate([one.rows for one in whole]),
        np.concatenate([one.values for one in whole]),
        np.concatenate([one.times for one in whole]),
        np.concatenate([one.arrivals for one in whole]),
        np.concatenate([one.quality for one in whole]),
    )


def without_values(streams: Rows) -> Batch:
    """One row a Datastream, for what is asked of Datastreams alone."""
    nothing = np.zeros(len(streams), dtype=np.int64)
    return Batch(
        streams.astype(np.uint32),
        nothing.astype(np.float64),
        nothing,
        nothing,
        nothing.astype(np.uint8),
    )


def _rest(span: Span, time: int, *, newest: bool) -> Span:
    """What of a span comes after a time, or where the last ones are wanted before it."""
    return Span(span.begin_us, time) if newest else Span(time + 1, span.end_us)


def _from(span: Span, time: int, *, newest: bool) -> Span:
    """What of a span comes from a time on, that moment included, or up to it."""
    return Span(span.begin_us, time + 1) if newest else Span(time, span.end_us)


def windows(span: Span, last_us: int, *, newest: bool) -> Iterator[Span]:
    """A span in pieces, the nearest a day long and each next one eight times as long.

    Whoever wants a page of a long span looks at little of it. Nothing is older than any sensor, and
    nothing newer than `last_us`.
    """
    begin, end = max(span.begin_us, EARLIEST_US), min(span.end_us, last_us + 1)
    length = DAY_US
    while begin < end:
        if newest:
            piece = Span(max(begin, end - length), end)
            end = piece.begin_us
        else:
            piece = Span(begin, min(end, begin + length))
            begin = piece.end_us
        yield piece
        length *= 8
