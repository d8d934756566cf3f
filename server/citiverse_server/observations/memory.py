"""What the event loop and the thread that writes share, under one lock."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from ..errors import StateError
from .recent import Newest, Recent, part
from .sealing import Ages
from .steps import DAY_US

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from ..overlays.model import Batch

# So long somebody who waits for the disk waits for others, so that they share one commit; and so
# long what nobody waits for does.
GROUP_S = 0.02
IDLE_S = 0.5
# Where nothing has come for so long, they wait no longer: perhaps nothing comes before the commit,
# as brokers send so many messages that aren't acknowledged and no more.
QUIET_S = 0.003
# So many observations, or groups, are sealed together; a start reads them all.
SEAL_AT = 1 << 19
SEAL_GROUPS_AT = 10_000
MOST = 1 << 22
MILLI = 1_000


@dataclass(frozen=True, slots=True)
class Group:
    """What goes to the disk together; `end` counts all that was appended until then."""

    batch: Batch
    streams: tuple[tuple[int, str], ...]
    notes: tuple[tuple[str, bytes], ...]
    end: int


@dataclass(frozen=True, slots=True)
class _Waiter:
    end: int
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


class Memory:
    """`problem` says why nothing is written, or "". `late` and `lost` count observations."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rows: dict[str, int] = {}
        self._unsaved: list[tuple[int, str]] = []
        self._notes: dict[str, bytes] = {}
        self._new_notes: dict[str, bytes] = {}
        self._recent = Recent()
        self._committed = self._groups = 0
        self._sealing: tuple[Batch, int] | None = None
        self._newest = Newest()
        self._appended = 0
        self._waiters: list[_Waiter] = []
        self._ending = False
        self.ages = Ages(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
        self.problem = ""
        self.given_up = False
        self.late = 0
        self.lost = 0

    # What the event loop does.

    def row(self, key: str) -> int:
        """The row of a datastream; a new one goes to the disk with the next group."""
        with self._changed:
            row = self._rows.get(key)
            if row is None:
                row = self._rows[key] = len(self._rows)
                self._unsaved.append((row, key))
                self.ages.grow(row + 1)
                self._changed.notify()
            return row

    def note(self, name: str) -> bytes | None:
        """What was kept under a name."""
        with self._changed:
            return self._notes.get(name)

    def keep_note(self, name: str, content: bytes) -> None:
        """Goes to the disk with the next group."""
        with self._changed:
            self._notes[name] = self._new_notes[name] = content
            self._changed.notify()

    def append(self, batch: Batch) -> None:
        """Takes what isn't too old, as long as there is room."""
        with self._changed:
            on_time = batch.times >= self.ages.raw_from[batch.rows]
            count = int(np.count_nonzero(on_time))
            if count < len(on_time):
                self.late += len(on_time) - count
                batch = part(batch, on_time)
            if not count or not self._has_room(count):
                return
            # As the disk keeps it, so that a restart changes nothing.
            delays = (batch.arrivals - batch.times) // MILLI * MILLI
            batch = replace(batch, arrivals=batch.times + delays)
            self._recent.append(batch)
            self._newest.take(batch)
            self._appended += count
            self._changed.notify()

    def latest(self, rows: Sequence[int]) -> Batch:
        """The newest of those rows that have one."""
        with self._changed:
            return self._newest.of(np.asarray(rows, dtype=np.uint32))

    def views(self) -> tuple[Batch, ...]:
        """What isn't sealed, in the order it came."""
        with self._changed:
            recent = self._recent.view()
            return (recent,) if self._sealing is None else (self._sealing[0], recent)

    def flushed(self, loop: asyncio.AbstractEventLoop) -> asyncio.Future[None]:
        """Done when all that was appended is on the disk, or it can't be (`StateError`)."""
        with self._changed:
            done: asyncio.Future[None] = loop.create_future()
            if self._is_written() or self.given_up:
                done.set_result(None)
            else:
                self._waiters.append(_Waiter(self._appended, loop, done))
                self._changed.notify()
            return done

    def is_sealed(self) -> bool:
        """Whether nothing is being sealed, or waits for that."""
        with self._changed:
            return self._sealing is None and len(self._recent) < SEAL_AT

    def end(self) -> None:
        """The thread that writes ends when it has written what waits."""
        with self._changed:
            self._ending = True
            self._changed.notify()

    # What the thread that writes does.

    def load(self, streams: Iterable[tuple[int, str, int, int]], newest: Batch | None) -> None:
        """What is on the disk when the store is opened."""
        with self._changed:
            for row, key, raw_from, hours_from in streams:
                self._rows[key] = row
                self.ages.grow(row + 1)
                self.ages.raw_from[row] = raw_from
                self.ages.hours_from[row] = hours_from
            if newest is not None:
                self._newest.take(newest)

    def load_notes(self, notes: dict[str, bytes]) -> None:
        """What others asked to keep."""
        with self._changed:
            self._notes = notes

    def load_groups(self, batches: Sequence[Batch]) -> None:
        """The groups that are on the disk and aren't sealed."""
        with self._changed:
            for batch in batches:
                self._recent.append(batch)
            self._newest.take(self._recent.view())
            self._committed, self._groups = len(self._recent), len(batches)

    def next_group(self, *, busy: bool) -> Group | None:
        """Waits for something to write; `busy`: for a moment only. None at the end."""
        with self._changed:
            if not busy:
                self._changed.wait_for(lambda: self._ending or not self._is_written())
            patience_s = GROUP_S if busy else IDLE_S
            self._changed.wait_for(lambda: self._ending or self._waiters, patience_s)
            if self._waiters:
                self._let_others_come()
            if self._ending and self._is_written():
                return None
            batch = self._recent.view(self._committed)
            notes = tuple(self._new_notes.items())
            return Group(batch, tuple(self._unsaved), notes, self._appended)

    def committed(self, group: Group) -> None:
        """A group is on the disk."""
        with self._changed:
            self._committed += len(group.batch.rows)
            self._groups += 1
            del self._unsaved[: len(group.streams)]
            for name, content in group.notes:
                # Another may have come meanwhile.
                if self._new_notes.get(name) is content:
                    del self._new_notes[name]
            self.problem = ""
            done = [waiter for waiter in self._waiters if waiter.end <= group.end]
            self._waiters = [waiter for waiter in self._waiters if waiter.end > group.end]
        for waiter in done:
            waiter.loop.call_soon_threadsafe(_settle, waiter.done, None)

    def failed(self, problem: str, *, finally_so: bool = False) -> None:
        """A group couldn't be written; `finally_so`: from now on nothing is."""
        with self._changed:
            self.problem = problem
            self.given_up = finally_so
            failed, self._waiters = self._waiters, []
        for waiter in failed:
            error = None if finally_so else StateError(problem)
            waiter.loop.call_soon_threadsafe(_settle, waiter.done, error)

    def pause(self, seconds: float) -> None:
        """Waits, or until the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ending, seconds)

    def to_seal(self, last_group: int) -> tuple[Batch, int] | None:
        """What is to be sealed now, and its last group: much that is on the disk, or a day.

        `last_group` is the last that was written.
        """
        with self._changed:
            if self._sealing is None:
                written = part(self._recent.view(), slice(0, self._committed))
                arrivals = written.arrivals
                if not len(arrivals):
                    return None
                is_much = len(arrivals) >= SEAL_AT or self._groups >= SEAL_GROUPS_AT
                if not is_much and arrivals[-1] - arrivals[0] < DAY_US:
                    return None
                rest = self._recent.view(self._committed)
                self._sealing, self._recent = (written, last_group), Recent()
                self._committed = self._groups = 0
                self._recent.append(rest)
            return self._sealing

    def on_time(self, batch: Batch) -> Batch:
        """What is not older than the retention."""
        with self._changed:
            return part(batch, batch.times >= self.ages.raw_from[batch.rows])

    def newest_times(self) -> NDArray[np.int64]:
        """The time of the newest of each row, µs."""
        with self._changed:
            return self._newest.times.copy()

    def is_behind(self) -> bool:
        """Whether more has come meanwhile than is sealed at once."""
        with self._changed:
            return len(self._recent) > SEAL_AT

    def sealed(self) -> None:
        """It is sealed, and that is on the disk."""
        with self._changed:
            self._sealing = None

    def _let_others_come(self) -> None:
        """Who waits for the disk waits for as long as others go on coming, within bounds."""
        latest = monotonic() + GROUP_S
        while not self._ending and monotonic() < latest:
            before = self._appended
            self._changed.wait(QUIET_S)
            if self._appended == before:
                return

    def _is_written(self) -> bool:
        waits = self._unsaved or self._new_notes
        return self._committed == len(self._recent) and not waits

    def _has_room(self, count: int) -> bool:
        if len(self._recent) + count <= MOST:
            return True
        if not self.given_up:
            self.lost += count
            return False
        half = self._recent.view(len(self._recent) // 2)
        self._recent = Recent()
        self._recent.append(half)
        return True


def _settle(done: asyncio.Future[None], error: StateError | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
