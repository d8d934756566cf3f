"""The store that comes with the server: SQLite, written by one thread, read by others.

What is appended lies in memory at once and is written with the next group; when there is much of
it, it is sealed in the background. Where nothing can be written, it stays in memory as long as
there is room, and `problem` says so.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

from ..errors import StateError
from . import questions
from .across import across
from .codec import CorruptError
from .disk import open_disk, reading, unreadable
from .memory import Memory
from .reading import Reader
from .writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ..overlays.model import Batch
    from .store import Overview, Retention, Span, Summary

    Answer = TypeVar("Answer")

logger = logging.getLogger("citiverse.observations")

READERS = 2


class Keeper:
    """An `ObservationStore`; made by `open_store`, to be used on one event loop."""

    def __init__(self, memory: Memory, folder: Path | None, held: ExitStack) -> None:
        """`held` closes what `folder` needs; None: nothing is on a disk."""
        self._memory = memory
        self._folder = folder
        self._held = held
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="observations-read")
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []

    @property
    def problem(self) -> str:
        """Why what is observed now isn't kept, in a sentence; "" where it is."""
        return self._memory.problem

    @property
    def is_sealed(self) -> bool:
        """Whether nothing is being sealed."""
        return self._memory.is_sealed()

    @property
    def late(self) -> int:
        """Observations that came for a time of which only summaries are kept."""
        return self._memory.late

    @property
    def lost(self) -> int:
        """Observations for which there was no room, as the disk was too slow."""
        return self._memory.lost

    def row(self, key: str) -> int:
        """As `ObservationStore` has it."""
        return self._memory.row(key)

    def note(self, name: str) -> bytes | None:
        """As `ObservationStore` has it."""
        return self._memory.note(name)

    def keep_note(self, name: str, content: bytes) -> None:
        """As `ObservationStore` has it."""
        self._memory.keep_note(name, content)

    def append(self, batch: Batch) -> None:
        """As `ObservationStore` has it."""
        self._memory.append(batch)

    async def flush(self) -> None:
        """As `ObservationStore` has it; at once where there is no disk, for `problem` says that."""
        await self._memory.flushed(asyncio.get_running_loop())

    async def latest(self, rows: Sequence[int]) -> Batch:
        """As `ObservationStore` has it."""
        return self._memory.latest(rows)

    async def history(self, row: int, span: Span, limit: int, *, newest: bool = False) -> Batch:
        """As `ObservationStore` has it."""
        return await self._asked(
            lambda reader, memory: questions.history(reader, memory, row, (span, limit, newest))
        )

    async def across(
        self, rows: Sequence[int], span: Span, limit: int, *, newest: bool = False
    ) -> Batch:
        """As `ObservationStore` has it."""
        return await self._asked(
            lambda reader, memory: across(reader, memory, rows, (span, limit, newest))
        )

    async def summary(self, row: int, span: Span, step_us: int) -> Summary:
        """As `ObservationStore` has it."""
        return await self._asked(
            lambda reader, memory: questions.summary(reader, memory, row, (span, step_us))
        )

    async def overview(self, rows: Sequence[int], span: Span, step_us: int) -> Overview:
        """As `ObservationStore` has it."""
        return await self._asked(
            lambda reader, memory: questions.overview(reader, memory, rows, (span, step_us))
        )

    async def close(self) -> None:
        """Writes what waits, and ends."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._readers.shutdown(cancel_futures=True)
        for connection in self._connections:
            connection.close()
        self._held.close()

    async def _asked(
        self, question: Callable[[Reader | None, tuple[Batch, ...]], Answer]
    ) -> Answer:
        """The answer, found in a thread that reads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._answer, question)

    def _answer(self, question: Callable[[Reader | None, tuple[Batch, ...]], Answer]) -> Answer:
        # What is in memory comes first: what is sealed meanwhile is then seen twice, not never.
        memory = self._memory.views()
        if self._folder is None:
            return question(None, memory)
        try:
            reader = self._reader(self._folder)
            with reader.snapshot():
                return question(reader, memory)
        except (sqlite3.Error, CorruptError) as error:
            raise unreadable(self._folder, error) from None

    def _reader(self, folder: Path) -> Reader:
        """This thread's own."""
        reader: Reader | None = getattr(self._own, "reader", None)
        if reader is None:
            reader = self._own.reader = Reader(reading(folder))
            self._connections.append(reader.connection)
        return reader


def open_store(folder: Path | None, retention: Retention) -> Keeper:
    """The store of a state folder, for this process alone. Blocks.

    Without a folder, or where it can't be used, observations stay in memory, and the log and
    `problem` say why.
    """
    memory, held = Memory(), ExitStack()
    try:
        if folder is None:
            raise StateError("observations are kept in memory only, for they have no folder")
        writer = Writer(memory, held.enter_context(open_disk(folder)), retention)
        try:
            writer.load()
        except (sqlite3.Error, CorruptError) as error:
            raise unreadable(folder, error) from None
    except StateError as error:
        held.close()
        logger.error("%s Until then what is observed stays in memory only.", error)
        memory = Memory()
        memory.failed(str(error), finally_so=True)
        return Keeper(memory, None, ExitStack())
    thread = threading.Thread(target=writer.run, name="observations", daemon=True)
    thread.start()
    # Closed in the opposite order: first the thread ends, then the file is closed.
    held.callback(thread.join)
    held.callback(memory.end)
    return Keeper(memory, folder, held)
