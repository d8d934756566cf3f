"""Who asks for much waits for others, and not behind a crowd."""

from __future__ import annotations

import asyncio

import pytest

from citiverse_server.standards.turns import MOST_WAITING, BusyError, Turns

pytestmark = pytest.mark.anyio


async def test_so_many_wait_and_the_others_are_sent_away() -> None:
    turns, done, answered = Turns(2), asyncio.Event(), 0

    async def ask() -> None:
        nonlocal answered
        async with turns.one():
            await done.wait()
            answered += 1

    async with asyncio.timeout(10.0):
        asking = [asyncio.create_task(ask()) for _ in range(2 + MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await ask()
        asking[-1].cancel()
        await asyncio.wait([asking[-1]])
        last = asyncio.create_task(ask())
        await asyncio.sleep(0)
        done.set()
        await asyncio.gather(*asking[:-1], last)
    assert answered == 2 + MOST_WAITING
