"""Questions for Observations, answered by the store: what is read is bounded by time and number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ...observations.recent import part
from ...observations.store import Span
from ...overlays.model import Batch
from .bounds import bounds
from .evaluate import ordered, where
from .expression import Order, Path
from .observed import ObservationTable
from .problems import QueryError
from .tables import Budget, Frame, Rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from ...observations.store import ObservationStore
    from .bounds import Bounds
    from .catalogue import Catalogue
    from .expression import Expression
    from .options import Options
    from .tables import Table

CHUNK = 10_000
HISTORY_CELLS = 2000
"""What it costs to ask the store once, beside what it then tells."""
MAX_SCANNED = 500_000
"""Observations that one request may look at."""
MAX_MERGED = 256
"""Datastreams whose Observations one request may bring into one order."""
MAX_SKIPPED = 100_000
_TIME = Path(("phenomenonTime",))
_NARROWER = "ask about fewer Datastreams, or a shorter phenomenonTime."


@dataclass(frozen=True, slots=True)
class Page:
    """Observations (`rows` are the catalogue's Datastreams) and where to go on, one way or other.

    `after` is the Datastream and the time of the last one, `skip` how many come before the next.
    """

    batch: Batch
    after: tuple[int, int] | None = None
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
        chosen = self._chosen(streams, limits)
        first = options.orders[0] if options.orders else Order(_TIME)
        if not options.orders or (first.expression == _TIME and len(chosen) == 1):
            return await self._in_turn(chosen, limits, options, limit)
        return await self._sorted(chosen, limits, options, limit)

    async def count(self, streams: Rows, options: Options) -> int:
        """How many meet the condition. Raises `QueryError`."""
        limits = bounds(options.filter, self._now_us)
        total = 0
        for stream in await self._speaking(self._chosen(streams, limits), limits.span):
            async for found, _ in self._scan(stream, limits.span, limits.rest):
                self._check_scanned()
                total += len(found.rows)
        return total

    async def newest(self, streams: Rows) -> Batch:
        """The newest of each of these Datastreams that has one."""
        batch = await self._store.latest(self._catalogue.stored[streams].tolist())
        return replace(batch, rows=self._catalogue.streams_of(batch.rows))

    async def one(self, stream: int, time_us: int) -> Batch:
        """The observation of a Datastream at a time, if there is one. Raises `StateError`."""
        return await self._history(stream, Span(time_us, time_us + 1), 1, newest=False)

    async def _in_turn(self, streams: Rows, limits: Bounds, options: Options, limit: int) -> Page:
        """Datastream by Datastream, each by time: any page costs as little as the first."""
        newest = bool(options.orders) and options.orders[0].descending
        want = options.skip + limit + 1
        kept: list[Batch] = []
        count = 0
        stopped: tuple[int, int] | None = None
        for stream, span in await self._spans(streams, limits.span, options.after, newest=newest):
            scan = self._scan(stream, span, limits.rest, newest=newest, want=want - count)
            async for found, reached in scan:
                kept.append(found)
                count += len(found.rows)
                stopped = (stream, reached) if self._scanned >= MAX_SCANNED else None
                if count >= want or stopped:
                    break
            if count >= want or stopped:
                break
        whole = joined(kept)
        page = part(whole, slice(options.skip, want - 1))
        if count < want:
            return Page(page, after=stopped)
        return Page(page, after=_place(page, -1) if limit else None)

    async def _spans(
        self, streams: Rows, span: Span, after: tuple[int, int] | None, *, newest: bool
    ) -> list[tuple[int, Span]]:
        """What is still to be read of each Datastream that has said anything."""
        heard = await self._speaking(streams, span)
        if after is None:
            return [(stream, span) for stream in heard]
        row, time = after
        rest = Span(span.begin_us, time) if newest else Span(time + 1, span.end_us)
        return [(stream, rest if stream == row else span) for stream in heard if stream >= row]

    async def _sorted(self, streams: Rows, limits: Bounds, options: Options, limit: int) -> Page:
        """In another order: by time a page of each Datastream, else all of them, are read."""
        first = options.orders[0]
        by_time = first.expression == _TIME
        want = options.skip + limit + 1
        heard = await self._speaking(streams, limits.span)
        if by_time and first.descending and not limits.rest and limits.span.end_us > self._now_us:
            heard = await self._latest(heard, want)
        if by_time and len(heard) > MAX_MERGED:
            raise QueryError(f"At most {MAX_MERGED} Datastreams come into one order; {_NARROWER}")
        kept: list[Batch] = []
        for stream in heard:
            count = 0
            newest = by_time and first.descending
            async for found, _ in self._scan(stream, limits.span, limits.rest, newest=newest):
                self._check_scanned()
                kept.append(found)
                count += len(found.rows)
                if by_time and count >= want:
                    break
        whole = joined(kept)
        order = ordered(options.orders, self._frame(whole), self._now_us)
        until = options.skip + limit
        return Page(
            part(whole, order[options.skip : until]),
            skip=until if len(order) > until and limit else None,
        )

    async def _latest(self, streams: list[int], count: int) -> list[int]:
        """The Datastreams that have spoken last: the newest observations are all theirs."""
        batch = await self.newest(np.array(streams, dtype=np.intp))
        order = np.argsort(batch.times, kind="stable")[::-1][:count]
        return sorted(batch.rows[order].tolist())

    async def _speaking(self, streams: Rows, span: Span) -> list[int]:
        """Those that have said anything since a span began."""
        batch = await self.newest(streams)
        heard = batch.rows[batch.times >= span.begin_us]
        return sorted(heard.tolist())

    async def _scan(
        self,
        stream: int,
        span: Span,
        conditions: tuple[Expression, ...],
        *,
        newest: bool = False,
        want: int = CHUNK,
    ) -> AsyncIterator[tuple[Batch, int]]:
        """What meets the conditions, by time, and how far that reaches; as much as is taken."""
        most = CHUNK if conditions else min(want, CHUNK)
        while span.begin_us < span.end_us:
            batch = await self._history(stream, span, most, newest=newest)
            count = len(batch.rows)
            if not count:
                return
            reached = int(batch.times[0 if newest else -1])
            yield (
                self._matching(part(batch, slice(None, None, -1 if newest else 1)), conditions),
                reached,
            )
            if count < most:
                return
            span = Span(span.begin_us, reached) if newest else Span(reached + 1, span.end_us)

    async def _history(self, stream: int, span: Span, limit: int, *, newest: bool) -> Batch:
        stored = int(self._catalogue.stored[stream])
        batch = await self._store.history(stored, span, limit, newest=newest)
        self._scanned += len(batch.rows)
        self._budget.spend(HISTORY_CELLS + len(batch.rows))
        return replace(batch, rows=np.full(len(batch.rows), stream, dtype=np.uint32))

    def _matching(self, batch: Batch, conditions: tuple[Expression, ...]) -> Batch:
        for condition in conditions:
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

    def _check_scanned(self) -> None:
        if self._scanned > MAX_SCANNED:
            raise QueryError(f"This is about more than {MAX_SCANNED} Observations; {_NARROWER}")


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


def _place(batch: Batch, at: int) -> tuple[int, int]:
    return int(batch.rows[at]), int(batch.times[at])
