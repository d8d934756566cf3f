"""Who hears when of where others are: everyone once in a round, a few at a time.

A round takes a tick while there are few. With many it takes longer, so that the frames of all
together stay within what one core sends beside everything else; each hears of more at a time then.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .people.onlookers import TICK_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .clock import Now
    from .connection import Connection
    from .people.crowd import Crowd

AT_ONCE = 64
"""Weighed together: more would cost less each, and hold up the others for longer."""
LEAST_PAUSE_S = 0.0125


async def run(connections: set[Connection], now: Callable[[], Now]) -> None:
    """Round after round, for ever."""
    while True:
        everyone = list(connections)
        groups = [everyone[at : at + AT_ONCE] for at in range(0, len(everyone), AT_ONCE)]
        pause = max(LEAST_PAUSE_S, TICK_S / max(1, len(groups)))
        for group in groups or [[]]:
            await asyncio.sleep(pause)
            meet(group, now())


def meet(connections: Iterable[Connection], now: Now) -> None:
    """Tells each of these what others have done, where her line is free for it."""
    by_crowd: dict[Crowd, tuple[list[Connection], list[int]]] = {}
    for connection in connections:
        connection.tick()
        place = connection.place_among_people
        if place is not None:
            crowd, seat = place
            who, seats = by_crowd.setdefault(crowd, ([], []))
            who.append(connection)
            seats.append(seat)
    for crowd, (who, seats) in by_crowd.items():
        for connection, frame in zip(who, crowd.presence(seats, now), strict=True):
            if frame is not None:
                connection.hear(frame)
