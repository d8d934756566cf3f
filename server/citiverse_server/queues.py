"""What waits to be sent, in queues of which the first that isn't empty has its turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from .decisions import Decision, SendCollider, SendTile

if TYPE_CHECKING:
    from .parcels import Piece

Queue: TypeAlias = tuple[deque[int], Callable[[int, float], Decision | None]]
"""Rows, and what sends one of them."""


def send_first(queues: tuple[Queue, ...], now: float) -> Decision | None:
    """The first of what waits; None where the window has no room for it."""
    queue, send = next((queue, send) for queue, send in queues if queue)
    decision = send(queue[0], now)
    if isinstance(decision, SendTile | SendCollider) and _is_done(decision.piece):
        queue.popleft()
    return decision


def _is_done(piece: Piece | None) -> bool:
    return piece is None or piece.is_last or piece.length == 0
