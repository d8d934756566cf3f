"""The one thread that writes a scene's comments: a bounded queue in, answers out after the commit.

Whatever waits when a commit begins goes into it together (group commit), so that a slow disk makes
batches larger and not the line longer.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import Refusal, RequestRefused, SceneError, StateError
from .requests import Post
from .store import FILE, check_place, newest, open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..protocol import CommentInfo
    from .requests import Request
    from .store import Kept, Store

logger = logging.getLogger("citiverse.consultation")

MAX_WAITING = 256
MAX_BATCH = 128


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch; `newest` is there when the store has just been opened."""

    answers: tuple[tuple[int, Kept | RequestRefused], ...]
    newest: tuple[CommentInfo, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Ticket:
    number: int
    request: Request
    micros: int


class Writer:
    """Told of requests by number; tells what became of them through `deliver`, in its thread."""

    def __init__(self, folder: Path, features: Path, deliver: Callable[[Written], None]) -> None:
        self._folder = folder
        self._features = features
        self._deliver = deliver
        self._waiting: queue.Queue[_Ticket | None] = queue.Queue(MAX_WAITING)
        self._thread = threading.Thread(target=self._run, name="comments", daemon=True)
        self._held = ExitStack()
        self._store: Store | None = None
        self._ending = False
        self._complained = False

    def open(self) -> list[CommentInfo]:
        """Opens the store where there is one (it is made with the first comment); the newest 200.

        Where it can't be written it is read, and the log says why. Blocks.
        """
        try:
            if (self._folder / FILE).exists():
                self._store = self._held.enter_context(open_store(self._folder, self._features))
            else:
                check_place(self._folder)
        except (StateError, sqlite3.Error) as error:
            self._complain(str(error))
        try:
            return newest(self._folder)
        except sqlite3.Error as error:
            self._complain(f"{self._folder / FILE}: the comments can't be read: {error}.")
            return []

    def start(self) -> None:
        """From now on what is submitted is written."""
        self._thread.start()

    def move_to(self, features: Path) -> None:
        """From the next comment on, these are the CityObjects; from any thread."""
        self._features = features

    def submit(self, number: int, request: Request, micros: int) -> None:
        """Raises `RequestRefused` (`not-stored`) where the disk is behind by too much."""
        try:
            self._waiting.put_nowait(_Ticket(number, request, micros))
        except queue.Full:
            raise not_stored(request) from None

    def close(self) -> None:
        """Writes what waits, and ends; blocks meanwhile."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        with self._held:
            while (batch := self._next_batch()) is not None:
                self._deliver(self._write(batch))

    def _next_batch(self) -> list[_Ticket] | None:
        """None when there is nothing more to come."""
        batch: list[_Ticket] = []
        while not self._ending and len(batch) < MAX_BATCH:
            try:
                ticket = self._waiting.get(block=not batch)
            except queue.Empty:
                break
            if ticket is None:
                self._ending = True
            else:
                batch.append(ticket)
        return batch or None

    def _write(self, batch: list[_Ticket]) -> Written:
        found: tuple[CommentInfo, ...] | None = None
        try:
            store = self._store
            if store is None:
                store = self._held.enter_context(open_store(self._folder, self._features))
                self._store = store
                found = tuple(store.newest())
            store.features = self._features
            answers = self._commit(store, batch)
        except Exception as error:
            # Also a bug of ours: the next comment may be well, and nobody is to wait for ever.
            if not isinstance(error, StateError | sqlite3.Error):
                logger.exception("A comment could not be written, by a mistake of this program.")
            self._complain(str(error))
            refused = tuple((one.number, not_stored(one.request)) for one in batch)
            return Written(refused, found)
        self._complained = False
        return Written(answers, found)

    def _commit(
        self, store: Store, batch: list[_Ticket]
    ) -> tuple[tuple[int, Kept | RequestRefused], ...]:
        with store.transaction():
            return tuple((one.number, self._do(store, one)) for one in batch)

    def _do(self, store: Store, ticket: _Ticket) -> Kept | RequestRefused:
        try:
            return store.do(ticket.request, ticket.micros)
        except RequestRefused as refused:
            return refused
        except SceneError as error:
            self._complain(str(error))
            return not_stored(ticket.request)

    def _complain(self, sentence: str) -> None:
        """Once, until it went well again."""
        if not self._complained:
            logger.error("%s", sentence)
        self._complained = True


def not_stored(request: Request) -> RequestRefused:
    """The disk didn't take it."""
    key = request.key if isinstance(request, Post) else None
    return RequestRefused(
        Refusal.NOT_STORED, "The server could not save this. Please try again later.", key
    )
