"""Where visitors stay who come before their city is there, and hear how far it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Send

RETELL_S = 10.0
"""So long is the longest silence: a client thinks a line dead that says nothing for longer."""


class WaitingRoom:
    """Holds sockets that have been accepted and of which nothing has been read yet.

    `most` may be in it at a time.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.inside = 0
        self._news = b""
        self._is_open = False
        self._turn = asyncio.Event()

    @property
    def is_full(self) -> bool:
        """Whether nobody else may come in."""
        return self.inside >= self._most

    def tell(self, news: bytes) -> None:
        """A message for all who wait, and for those who come later."""
        self._news = news
        self._call()

    def open(self) -> None:
        """Lets everybody out; from now on nobody waits."""
        self._is_open = True
        self._call()

    async def stay(self, send: Send) -> None:
        """Until it is open. Raises OSError where the client has gone."""
        self.inside += 1
        try:
            while not self._is_open:
                turn = self._turn
                if self._news:
                    await send({"type": "websocket.send", "bytes": self._news})
                try:
                    async with asyncio.timeout(RETELL_S):
                        await turn.wait()
                except TimeoutError:
                    pass
        finally:
            self.inside -= 1

    def _call(self) -> None:
        self._turn.set()
        self._turn = asyncio.Event()
