"""Plays recordings at their pace, or faster: each message when it is due, at its new time."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse.feed.message import moved
from citiverse.feed.recordings import messages
from citiverse_server.overlays.sources.intake import SourceDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from citiverse.feed.message import Message
    from citiverse.feed.recordings import Reading
    from citiverse.feed.senders import Sender

MOST_AT_ONCE = 500
SOON_S = 0.02
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
LEAST_ROUND_S = 1.0
"""A recording of a moment, played for ever, is no flood."""
SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Pace:
    """`speed` is how many recorded seconds pass in one; 0: all as fast as they are taken.

    `start_us` is the time that the beginning gets, None: each message is of the moment it is sent.
    `recorded`: all times stay as they are.
    """

    speed: float = 1.0
    start_us: int | None = None
    recorded: bool = False
    loop: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """How far a run is; `problem` says why nothing is taken just now."""

    sent: int
    recorded_s: float
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds that only grow, the time in µs since 1970 UTC, and how to wait."""

    monotonic: Callable[[], float] = time.monotonic
    micros: Callable[[], int] = lambda: time.time_ns() // 1000
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


async def play(
    paths: Sequence[Path],
    how: Reading,
    pace: Pace,
    sender: Sender,
    tell: Callable[[Told], None],
    clock: Clock | None = None,
) -> int:
    """Plays files once or for ever; how many messages were taken. Raises `RecordingError`."""
    clock = clock or Clock()
    player = _Player(how, pace, sender, tell, clock)
    while True:
        before, begun_s = player.sent, clock.monotonic()
        await player.once(paths)
        if not pace.loop or player.sent == before:
            return player.sent
        if pace.speed:
            await clock.sleep(max(0.0, begun_s + LEAST_ROUND_S - clock.monotonic()))


class _Player:
    def __init__(
        self,
        how: Reading,
        pace: Pace,
        sender: Sender,
        tell: Callable[[Told], None],
        clock: Clock,
    ) -> None:
        self.sent = 0
        self._how = how
        self._pace = pace
        self._sender = sender
        self._tell = tell
        self._clock = clock

    async def once(self, paths: Sequence[Path]) -> None:
        """From the beginning to the end."""
        begun_s, begun_us = self._clock.monotonic(), self._clock.micros()
        due: list[Message] = []
        for message in messages(paths, self._how):
            wait_s = self._wait(message, begun_s)
            if due and (wait_s > SOON_S or len(due) >= MOST_AT_ONCE):
                await self._send(due, begun_us)
                due = []
                wait_s = self._wait(message, begun_s)
            if wait_s > SOON_S:
                await self._clock.sleep(wait_s)
            due.append(message)
        if due:
            await self._send(due, begun_us)

    def _wait(self, message: Message, begun_s: float) -> float:
        if not self._pace.speed:
            return 0.0
        due_s = begun_s + message.after_us / SECOND_US / self._pace.speed
        return due_s - self._clock.monotonic()

    async def _send(self, due: list[Message], begun_us: int) -> None:
        timed = [moved(message, self._by(message, begun_us), self._how.zone) for message in due]
        recorded_s, pause_s = due[-1].after_us / SECOND_US, FIRST_PAUSE_S
        while True:
            try:
                await self._sender.send(timed)
                break
            except SourceDown as error:
                self._tell(Told(self.sent, recorded_s, str(error)))
                await self._clock.sleep(max(pause_s, error.after_s))
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self.sent += len(due)
        self._tell(Told(self.sent, recorded_s))

    def _by(self, message: Message, begun_us: int) -> int:
        """How far the message's times are moved."""
        pace = self._pace
        if pace.recorded:
            return 0
        if pace.start_us is not None:
            return pace.start_us + message.after_us - message.at_us
        if not pace.speed:
            return self._clock.micros() - message.at_us
        return begun_us + round(message.after_us / pace.speed) - message.at_us
