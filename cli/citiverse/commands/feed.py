"""`citiverse feed`: recorded readings played again through the protocol that sensors speak."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from citiverse.exits import one_sentence
from citiverse.feed.message import RecordingError
from citiverse.feed.recordings import Reading
from citiverse.feed.replay import Pace, Told, play
from citiverse.feed.senders import sender_to
from citiverse_server.overlays.instants import micros

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LINE_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """What the command line says."""

    to: str
    speed: float
    start: str
    timezone: str
    loop: bool
    made_up: bool
    token_env: str | None


def run(recordings: Sequence[Path], options: FeedOptions) -> None:
    """Play until the end, or for ever."""
    pace = pace_of(options)
    try:
        how = Reading(ZoneInfo(options.timezone), options.made_up)
    except (ZoneInfoNotFoundError, ValueError):
        raise typer.BadParameter(
            f"nobody knows the time zone {options.timezone!r}", param_hint="--timezone"
        ) from None
    token = os.environ.get(options.token_env) if options.token_env else None
    if options.token_env and not token:
        raise typer.BadParameter(f"{options.token_env} is not set", param_hint="--token-env")
    with one_sentence(RecordingError):
        sent = asyncio.run(_play(recordings, how, pace, options.to, token))
    print(f"{sent} messages sent.", file=sys.stderr)


def pace_of(options: FeedOptions) -> Pace:
    """Raises `typer.BadParameter`."""
    if options.start in ("now", "recorded"):
        recorded = options.start == "recorded"
        if recorded and options.loop:
            raise typer.BadParameter(
                "the same times again bring nothing new; leave --start out", param_hint="--loop"
            )
        return Pace(options.speed, None, recorded, options.loop)
    start_us = micros(options.start)
    if start_us is None:
        raise typer.BadParameter(
            f"{options.start!r} is no moment; write now, recorded, or one such as"
            " 2026-10-26T06:00:00Z",
            param_hint="--start",
        )
    return Pace(options.speed, start_us, loop=options.loop)


async def _play(
    recordings: Sequence[Path], how: Reading, pace: Pace, to: str, token: str | None
) -> int:
    sender = sender_to(to, token)
    try:
        return await play(recordings, how, pace, sender, _Line())
    finally:
        await sender.close()


class _Line:
    """One line that says how far it is: rewritten on a terminal, else a new one now and then."""

    def __init__(self) -> None:
        self._due = 0.0
        self._begun = time.monotonic()

    def __call__(self, told: Told) -> None:
        now = time.monotonic()
        if now < self._due and not told.problem:
            return
        terminal = sys.stderr.isatty()
        self._due = now + (0.2 if terminal else LINE_EVERY_S)
        rate = told.sent / max(now - self._begun, 1e-3)
        words = f"{told.recorded_s:.0f} s of the recording, {told.sent} messages, {rate:.0f}/s"
        if told.problem:
            words = f"Nothing is taken: {told.problem}; trying again. ({words})"
        print(
            f"\r\x1b[K{words}" if terminal else words,
            end="" if terminal else "\n",
            file=sys.stderr,
            flush=True,
        )
