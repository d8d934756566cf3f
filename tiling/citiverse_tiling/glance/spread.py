"""Pieces of a whole, as far as time allows, in an order in which those seen are spread evenly."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PIECE_BYTES = 4 * 1024 * 1024

Piece = TypeVar("Piece")


class Spread(Generic[Piece]):
    """Goes through pieces for `budget_s` seconds of `clock`, through one of them at least."""

    def __init__(
        self, pieces: Sequence[Piece], clock: Callable[[], float], budget_s: float
    ) -> None:
        self._pieces = pieces
        self._clock = clock
        self._budget_s = budget_s
        self._took = 0.0

    def __iter__(self) -> Iterator[Piece]:
        begins = self._clock()
        for number, place in enumerate(spread(len(self._pieces))):
            if number and self._clock() > begins + self._budget_s:
                break
            yield self._pieces[place]
            self._took = self._clock() - begins

    def pace(self, seen_bytes: int) -> float:
        """Bytes a second; infinite by a clock that stands."""
        return seen_bytes / self._took if self._took > 0 else math.inf


def spread(count: int) -> list[int]:
    """The numbers below `count` in the order of their bits read backwards (van der Corput, 1935).

    However early one stops, those so far lie about equally far apart.
    """
    bits = max(count - 1, 0).bit_length()
    backwards = (int(f"{number:0{bits}b}"[::-1] or "0", 2) for number in range(1 << bits))
    return [number for number in backwards if number < count]
