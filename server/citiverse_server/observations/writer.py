"""The one thread that writes a store: groups as they come, and between them a little of the rest.

Each group is one transaction. What is sealed or aged goes along with it, a few milliseconds at a
time, so that nobody who waits for a group waits long.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from typing import TYPE_CHECKING

from .codec import CorruptError
from .recent import Newest
from .sealing import age, seal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..overlays.model import Batch
    from .disk import Disk
    from .memory import Group, Memory
    from .store import Retention

logger = logging.getLogger("citiverse.observations")

SLICE_S = 0.003
# Where more comes than is sealed, sealing goes first.
LONG_SLICE_S = 0.03
RETRY_S = 1.0
GROUPS_FORGOTTEN = 64


class Writer:
    """`run` is the thread's work; it ends when `memory` does."""

    def __init__(self, memory: Memory, disk: Disk, retention: Retention) -> None:
        self._memory = memory
        self._disk = disk
        self._retention = retention
        self._last_group = 0
        self._stages: Iterator[Iterator[None]] | None = None
        self._work: Iterator[None] | None = None

    def load(self) -> None:
        """Reads what is on the disk. Raises `sqlite3.Error` and `CorruptError`."""
        self._memory.load(self._disk.streams(), self._disk.newest())
        self._memory.load_notes(self._disk.notes())
        groups = list(self._disk.groups())
        self._memory.load_groups([batch for _, batch in groups])
        self._last_group = groups[-1][0] if groups else 0

    def run(self) -> None:
        """Writes until the end."""
        while (group := self._memory.next_group(busy=self._work is not None)) is not None:
            try:
                self._write(group)
            except (sqlite3.Error, CorruptError) as error:
                self._complain(error)
                # What was done in this transaction is undone, so it begins again.
                self._stages = self._work = None
                self._memory.pause(RETRY_S)
            except Exception as error:
                logger.exception("Observations can't be written, by a mistake of this program.")
                self._memory.failed(f"observations aren't kept: {error}", finally_so=True)
                return

    def _write(self, group: Group) -> None:
        with self._disk.transaction():
            self._disk.add_streams(group.streams)
            self._disk.write_notes(group.notes)
            number = self._last_group
            if len(group.batch.rows):
                number = self._disk.write_group(group.batch)
            finished = self._advance()
        self._last_group = number
        self._memory.committed(group)
        if finished:
            self._work = self._next_work()

    def _advance(self) -> bool:
        """Does a slice of the work in the background; whether there is none left."""
        if self._work is None:
            return True
        long = self._memory.is_behind()
        end = time.perf_counter() + (LONG_SLICE_S if long else SLICE_S)
        return all(time.perf_counter() <= end for _ in self._work)

    def _next_work(self) -> Iterator[None] | None:
        """What to do in the background now; what was before is on the disk."""
        work = None if self._stages is None else next(self._stages, None)
        if work is None:
            found = self._memory.to_seal(self._last_group)
            self._stages = None if found is None else self._in_stages(*found)
            work = None if self._stages is None else next(self._stages)
        return work

    def _in_stages(self, batch: Batch, last_group: int) -> Iterator[Iterator[None]]:
        yield seal(self._disk, self._memory.on_time(batch))
        self._memory.sealed()
        yield self._forget(batch, last_group)
        yield age(self._disk, self._memory.newest_times(), self._memory.ages, self._retention)

    def _forget(self, batch: Batch, last_group: int) -> Iterator[None]:
        newest, former = Newest(), self._disk.newest()
        if former is not None:
            newest.take(former)
        newest.take(batch)
        self._disk.keep_newest(newest.all())
        yield
        while self._disk.forget_groups(last_group, GROUPS_FORGOTTEN):
            yield

    def _complain(self, error: Exception) -> None:
        """Once, until it went well again."""
        if not self._memory.problem:
            logger.error("Observations can't be written now: %s.", error)
        self._memory.failed(f"observations can't be written now: {error}")
