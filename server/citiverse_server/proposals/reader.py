"""The one process that reads and publishes proposals: ready before it is needed, killed as a group.

A file may do to it whatever it can: it ends, and the next order finds a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from typing import TYPE_CHECKING

import msgspec

from . import orders

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable

    from .orders import End, Order, Told

    Heard = Callable[[Told], None]

logger = logging.getLogger("citiverse.proposals")

LONGEST_LINE = 16 << 20
IDLE_S = 300.0
_DECODER = msgspec.json.Decoder(orders.Told)
_ENDS = (orders.Placed, orders.Published, orders.Done, orders.Failed)
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}
"""Its threads, one a core, would take address space, which is bounded, and do nothing."""


class Reader:
    """Does one order after the other, for all scenes of a server. `command` starts the process."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command = command
        self._process: Process | None = None
        self._lock = asyncio.Lock()
        self._idle: asyncio.TimerHandle | None = None

    @property
    def is_there(self) -> bool:
        """Whether this server can read proposals at all."""
        return bool(self._command)

    @property
    def process_id(self) -> int | None:
        """That of the process, while there is one."""
        return None if self._process is None else self._process.pid

    async def warm(self) -> None:
        """Have a process ready, for some minutes."""
        if not self._lock.locked():
            async with self._lock:
                await self._started()
                self._await_idle()

    async def do(self, order: Order, heard: Heard, limit_s: float) -> End:
        """Have an order done; `heard` is called with what is said on the way.

        The process is killed where it takes longer than `limit_s`, or where this is cancelled. For
        its turn an order waits as long.
        """
        try:
            async with asyncio.timeout(limit_s):
                await self._lock.acquire()
        except TimeoutError:
            return orders.Failed("other files are being read; please try again in a while.")
        try:
            self._stop_waiting()
            async with asyncio.timeout(limit_s):
                return await self._done(order, heard)
        except TimeoutError:
            await self._kill()
            return orders.Failed(f"it took more than {limit_s:.0f} seconds, and was stopped.")
        except BaseException:
            await self._kill()
            raise
        finally:
            self._lock.release()
            self._await_idle()

    async def close(self) -> None:
        """End the process."""
        self._stop_waiting()
        await self._kill()

    async def _done(self, order: Order, heard: Heard) -> End:
        process = await self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(ConnectionError):
            process.stdin.write(msgspec.json.encode(order) + b"\n")
            await process.stdin.drain()
        try:
            while line := await process.stdout.readline():
                told = _DECODER.decode(line)
                if isinstance(told, _ENDS):
                    return told
                heard(told)
        except (ValueError, msgspec.MsgspecError):
            logger.exception("The process that reads proposals said what nobody understands.")
        await self._kill()
        logger.warning("The process that reads proposals ended: %s.", process.returncode)
        return orders.Failed("the program that reads it ended over it. Is the file whole?")

    async def _started(self) -> Process:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=os.environ | _ENVIRONMENT,
                start_new_session=True,
                limit=LONGEST_LINE,
            )
        return process

    async def _kill(self) -> None:
        """End the process and all that it has started."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    def _await_idle(self) -> None:
        self._stop_waiting()
        self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._end_idle)

    def _stop_waiting(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _end_idle(self) -> None:
        """Nobody has asked for anything lately: the process ends when it has nothing to read."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process = None
