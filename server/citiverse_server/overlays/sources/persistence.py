"""Going on for ever: asked again at its interval, and with growing pauses while it is down."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from .intake import SourceDown

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from ..reading import Arrival
    from .intake import Intake

logger = logging.getLogger("citiverse.sensors")

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
LONGEST_WISH_S = 3600.0


async def persistently(
    intake: Intake,
    attempt: Callable[[], AsyncGenerator[Arrival, None]],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[Arrival, None]:
    """All that `attempt` yields, again and again; it ends when there is nothing more just now.

    What raises `SourceDown` is told in the log, counted, and tried again; so is what we never
    thought of, with its trace: what a stranger sends silences nobody for good.
    """
    pause_s = FIRST_PAUSE_S
    while True:
        rest_s = intake.source.every_s
        try:
            _check_credential(intake)
            async with contextlib.aclosing(attempt()) as arrivals:
                async for arrival in arrivals:
                    pause_s = FIRST_PAUSE_S
                    yield arrival
            pause_s = FIRST_PAUSE_S
        except SourceDown as error:
            rest_s = max(pause_s, min(error.after_s, LONGEST_WISH_S))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            intake.lost()
            logger.warning(
                "The source %s brings nothing: %s; trying again in %.0f s.",
                intake.source.name,
                error,
                rest_s,
            )
        except Exception:
            rest_s = pause_s = LONGEST_PAUSE_S
            intake.lost()
            logger.exception(
                "The source %s failed; trying again in %.0f s.", intake.source.name, rest_s
            )
        await sleep(rest_s)


def _check_credential(intake: Intake) -> None:
    """Raises `SourceDown` where the credential is missing that the sensor file speaks of."""
    name = intake.source.token_env
    if name and intake.token is None:
        raise SourceDown(f"the environment variable {name} isn't set, which its token_env names")
