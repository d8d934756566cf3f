"""Turns of questions that take long: some at a time, some who wait, and the others come again."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MOST_WAITING = 256
SENTENCE = "Many ask for much at the moment; please ask again in a while."


class BusyError(Exception):
    """So many wait already that whoever comes now would wait too long."""


class Turns:
    """Nobody fills the queue with more than it holds, so that it never takes minutes."""

    def __init__(self, at_once: int) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._waiting = 0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A turn. Raises `BusyError`."""
        if self._waiting >= MOST_WAITING:
            raise BusyError(SENTENCE)
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()
